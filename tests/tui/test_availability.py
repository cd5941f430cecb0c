"""The page of availability: calendar, figures, outages and what-if of a counted month."""

from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.testing.pictures import FixedSource, picture
from wenyam.testing.pictures_availability import counted
from wenyam.testing.screens import require_same, settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture

SNAPSHOTS = Path(__file__).parent / "snapshots"


def app_of(shown: Picture, language: str = "en") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, language, "availability")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
@pytest.mark.parametrize("language", ["en", "th"])
async def test_availability_looks_as_reviewed(size: tuple[int, int], language: str) -> None:
    app = app_of(picture(availability=counted()), language)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"availability-{size[0]}-{language}.svg")


async def test_the_period_is_changed_by_a_key_and_asked_of_the_source() -> None:
    app = app_of(picture(availability=counted()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        page = app.page
        assert page is not None
        assert page.wishes.period == "this-month"
        await pilot.press("p")
        assert page.wishes.period == "last-month"


async def test_the_worst_comes_first_on_request_and_a_line_opens_its_device() -> None:
    app = app_of(picture(availability=counted()))
    async with app.run_test(size=(120, 48)) as pilot:
        await settled(pilot)
        assert "everything" in text_of(app).split("Figures")[1].splitlines()[1]
        await pilot.press("s")
        await settled(pilot)
        first = text_of(app).split("Figures")[1].splitlines()[1]
        assert "✖" in first
        await pilot.press("slash", *"web-1", "enter", "home", "down", "enter")
        await settled(pilot)
        assert app.page is not None
        assert app.page.NAME != "availability"


async def test_outages_that_are_not_listed_are_counted() -> None:
    shown = counted()
    app = app_of(picture(availability=replace(shown, outages=160_000)))
    async with app.run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        assert "Outages (160000)" in text_of(app)
        assert f"… {160_000 - len(shown.losses)} more" in text_of(app)


async def test_a_period_without_figures_says_why() -> None:
    app = app_of(picture().with_trouble("availability", "There is no database yet."))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert "There is no database yet." in text_of(app)
