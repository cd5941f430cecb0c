"""The pages of incidents, events and duty; what is done about an incident asks first and goes to the watcher."""

from pathlib import Path

import pytest

from wenyam.testing.pictures import FixedSource, picture
from wenyam.testing.pictures_incidents import CODE, events, heads, one, roster
from wenyam.testing.screens import require_same, settled, text_of
from wenyam.tui.actions.incident_acts import DEEDS
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture

SNAPSHOTS = Path(__file__).parent / "snapshots"


def shown() -> Picture:
    return picture(incidents=heads(), incident=one(), events=events(), roster=roster())


def app_of(source: FixedSource, language: str = "en", first: str = "incidents") -> WenyamApp:
    return WenyamApp(source, source.shown, language, first)


@pytest.mark.parametrize(("page", "language", "size"), [
    ("incidents", "en", (80, 24)), ("incidents", "th", (160, 48)), ("events", "th", (80, 24)), ("events", "en", (160, 48)),
    ("oncall", "en", (80, 24)), ("oncall", "th", (160, 48)),
])  # fmt: skip
async def test_the_pages_look_as_reviewed(page: str, language: str, size: tuple[int, int]) -> None:
    app = app_of(FixedSource(shown()), language, page)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"{page}-{size[0]}-{language}.svg")


@pytest.mark.parametrize(("language", "size"), [("en", (160, 48)), ("th", (80, 24))])
async def test_one_incident_looks_as_reviewed(language: str, size: tuple[int, int]) -> None:
    app = app_of(FixedSource(shown()), language)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"incident-{size[0]}-{language}.svg")


async def test_every_act_has_a_key_that_asks_and_escape_does_nothing() -> None:
    source = FixedSource(shown())
    app = app_of(source)
    async with app.run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        for deed in DEEDS.values():
            await pilot.press(deed.key)
            await settled(pilot)
            assert f"{deed.words} · {CODE}" in text_of(app)
            await pilot.press("escape")
            await settled(pilot)
    assert source.asked == []


async def test_a_note_is_typed_and_goes_to_the_watcher_with_the_code() -> None:
    source = FixedSource(shown())
    app = app_of(source)
    async with app.run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "n")
        await settled(pilot)
        await pilot.press(*"cable", "enter")
        await settled(pilot)
        assert source.asked == [{"action": "incident", "act": "note", "code": CODE, "text": "cable"}]


async def test_a_refusal_stays_in_the_dialog() -> None:
    source = FixedSource(shown(), refusal="there is no test result; a test result is needed")
    app = app_of(source)
    async with app.run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "x")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "there is no test result" in text_of(app)


async def test_events_are_filtered_and_enter_opens_the_device() -> None:
    app = app_of(FixedSource(shown()), first="events")
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"answers", "enter")
        await settled(pilot)
        assert "on my way" not in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.page is not None
        assert app.page.NAME != "events"


async def test_without_rotas_incidents_and_events_each_page_says_why() -> None:
    app = app_of(FixedSource(picture(incidents=(), events=())))
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert "No open incidents." in text_of(app)
        await pilot.press("0")
        await settled(pilot)
        assert "Nothing happened in the last 24 hours." in text_of(app)
