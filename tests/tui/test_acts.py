"""Acts by keys, palette and mouse: each asks first, and is offered only where it does something."""

import pytest
from textual.pilot import Pilot

from wenyam.testing.pictures import DETAIL, PAST, FixedSource, in_trouble, picture
from wenyam.testing.pictures_backups import view
from wenyam.testing.pictures_recovery import boards
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture
from wenyam.tui.screens.device import DevicePage


def app_of(shown: Picture | None = None, first: str = "problems") -> WenyamApp:
    source = FixedSource(shown or in_trouble(detail=DETAIL, past=PAST))
    return WenyamApp(source, source.shown, "en", first)


def source_of(app: WenyamApp) -> FixedSource:
    assert isinstance(app._source, FixedSource)
    return app._source


@pytest.mark.parametrize(
    ("first", "told", "untold"),
    [
        ("recovery", ("approve",), ("plan work on it", "silence alerts about it")),
        ("events", (), ("acknowledge", "check it again now")),
        ("incidents", ("acknowledge",), ("check it again now",)),
    ],
)
async def test_the_help_tells_no_key_that_does_nothing_here(first: str, told: tuple[str, ...], untold: tuple[str, ...]) -> None:
    app = app_of(first=first)
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert all(words in text_of(app) for words in told)
        assert not any(words in text_of(app) for words in untold)


async def test_the_palette_has_the_screens_own_acts_and_none_that_it_has_not() -> None:
    app = app_of(first="availability")
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot)
        period = app.wishes.period
        await pilot.press("colon", *"period", "enter")
        await settled(pilot)
        assert app.wishes.period != period
        await pilot.press("colon", *"plan work")
        assert "Nothing has this name." in text_of(app)


async def test_a_backup_is_run_by_its_key_or_the_palette_and_asks_first() -> None:
    for keys in (["b"], ["colon", *"back up now", "enter"]):
        app = app_of(picture(backups=view()), "backups")
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await settled(pilot)
            await pilot.press("slash", *"erp-db", "enter", *keys)
            await pilot.pause()
            assert "Back up now · erp-db" in text_of(app)
            assert source_of(app).asked == []
            await pilot.press("enter")
            await settled(pilot)
            assert source_of(app).asked == [{"action": "job-run", "job": "backup-erp-db"}]


async def test_a_step_is_approved_by_its_key_and_asks_twice_before_anything_is_signed() -> None:
    source = FixedSource(picture(recovery=boards()), {"step": "fence", "text": "purpose: dr-statement\nrun: erp"})
    app = WenyamApp(source, source.shown, "en", "recovery")
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("enter", "a")
        await pilot.pause()
        assert "Approve a step" in text_of(app)
        assert source.asked == []
        await pilot.press(*"by telephone", "enter")
        await settled(pilot)
        assert source.asked == [{"action": "dr-text", "run": "erp-20261126-0200", "step": "", "reason": "by telephone"}]
        assert "You sign this text" in text_of(app)
        assert "purpose: dr-statement" in text_of(app)
        await pilot.press("escape")
        await settled(pilot)
        assert len(source.asked) == 1, "nothing was signed"


async def test_the_mouse_says_yes_and_no_in_a_dialog_and_chooses_in_the_palette() -> None:
    app = app_of(first="services")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        for words, asked in (("do nothing", 0), ("Enter check again", 1)):
            await pilot.press("r")
            await pilot.pause()
            await click_on(pilot, words)
            await settled(pilot)
            assert "Check again now?" not in text_of(app)
            assert len(source_of(app).asked) == asked
        await pilot.press("colon", *"ups-1")
        await pilot.pause()
        await click_on(pilot, "device:ups-1")
        await click_on(pilot, "device:ups-1")
        await settled(pilot)
        assert isinstance(app.page, DevicePage)
        assert app.page.owner == "device:ups-1"


async def click_on(pilot: Pilot[None], words: str) -> None:
    """Click on words where a person sees them, if they are still there."""
    lines = text_of(pilot.app).splitlines()
    place = next(((line.index(words) + 1, row) for row, line in enumerate(lines) if words in line), None)
    if place is not None:
        await pilot.click(offset=place)
        await pilot.pause()
