"""Screens made before anybody opens them: they cost no key its time, and show what is true when they are opened."""

from dataclasses import replace

from textual.pilot import Pilot

from wenyam.model.states import State
from wenyam.testing.pictures import FixedSource, in_trouble, picture, standing
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture
from wenyam.tui.screens import SCREENS
from wenyam.tui.screens.device import DevicePage
from wenyam.tui.widgets.quiet_table import QuietTable

ENOUGH = 200
"""Turns of a tenth of a second after which everything has been made ahead, on a busy machine too."""


def app_of(shown: Picture) -> WenyamApp:
    return WenyamApp(FixedSource(shown), Picture(shown.configuration), "en", "devices")


async def made_ahead(pilot: Pilot[None], app: WenyamApp) -> list[DevicePage]:
    """Wait until every screen with a key and one page about a device are there; return pages of devices that nobody opened."""
    for _ in range(ENOUGH):
        await pilot.pause(0.1)
        spare = [page for page in _pages(app, DevicePage) if page not in app.screen_stack]
        if spare and all(app.is_screen_installed(entry.name) for entry in SCREENS):
            return spare
    raise AssertionError("screens were not made ahead")


def _pages(app: WenyamApp, kind: type[DevicePage]) -> list[DevicePage]:
    return [node for node in app._registry if isinstance(node, kind)]


async def test_every_screen_is_made_and_placed_before_its_first_opening() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(100, 30)) as pilot:
        await made_ahead(pilot, app)
        await settled(pilot)
        for entry in SCREENS:
            page = app.get_screen(entry.name)
            assert page.is_mounted
            assert page.size == app.size
        assert [page for page in app.screen_stack if isinstance(page, DevicePage)] == []


async def test_a_page_made_ahead_is_about_the_device_that_is_opened_and_shows_the_picture_of_now() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(160, 40)) as pilot:
        ahead = await made_ahead(pilot, app)
        later = picture(in_trouble().configuration, [standing("device:web-2", State.DOWN, 5)])
        app.take(lambda shown: replace(later, at=shown.at))
        app.open_owner("device", "web-2")
        await settled(pilot)
        assert app.screen is ahead[0]
        assert "web-2" in text_of(app)
        assert "✖ DOWN" in text_of(app)
        app.open_owner("device", "nas-1")
        await settled(pilot)
        assert app.screen is not ahead[0]
        assert "nas-1" in text_of(app).splitlines()[2]
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is ahead[0]
        assert "web-2" in text_of(app).splitlines()[2]


async def test_a_page_used_again_begins_as_a_new_one() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(160, 30)) as pilot:
        ahead = await made_ahead(pilot, app)
        app.open_owner("device", "web-2")
        await settled(pilot)
        await pilot.press("space", "G", "slash", *"web", "enter")
        await settled(pilot)
        assert ahead[0].folded
        assert ahead[0].wanted == "web"
        await pilot.press("3")
        app.open_owner("device", "core-1")
        await settled(pilot)
        assert app.screen is ahead[0]
        assert (ahead[0].folded, ahead[0].wanted) == (frozenset(), "")
        assert ahead[0].table.key == ahead[0].table.keys[0]
        assert ahead[0].table.scroll_offset.y == 0
        assert ahead[0].table.has_focus
        fresh = DevicePage("device:core-1")
        app.push_screen(fresh)
        await settled(pilot)
        assert fresh.table.keys == ahead[0].table.keys


async def test_a_screen_made_ahead_has_the_theme_and_the_language_of_its_opening() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(100, 30)) as pilot:
        await made_ahead(pilot, app)
        await pilot.press("t", "l", "2")
        await settled(pilot)
        table = app.screen.query_one(QuietTable)
        assert table.rich_style.bgcolor is not None
        assert table.rich_style.bgcolor.get_truecolor().red > 200, "the light theme"
        assert "ปัญหา" in text_of(app)
