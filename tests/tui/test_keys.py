"""The dashboard by its keys: every screen, every act, help, palette, filter, theme and language, without a mouse."""

import pytest
from textual.widgets import Input

from wenyam.testing.pictures import DETAIL, PAST, FixedSource, in_trouble, picture, silent
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture
from wenyam.tui.screens import SCREENS
from wenyam.tui.screens.device import DevicePage


def app_of(shown: Picture | None = None, first: str = "problems", language: str = "en") -> WenyamApp:
    source = FixedSource(shown or in_trouble(detail=DETAIL, past=PAST), {"window": {"name": "work-1"}})
    return WenyamApp(source, source.shown, language, first)


def source_of(app: WenyamApp) -> FixedSource:
    assert isinstance(app._source, FixedSource)
    return app._source


async def test_every_screen_opens_by_its_key_and_wishes_for_its_parts() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        for entry in SCREENS:
            await pilot.press(entry.key)
            await settled(pilot)
            assert app.page is not None
            assert entry.name == app.page.NAME
            assert source_of(app).wished[-1].parts >= app.page.NEEDS


async def test_arrows_and_j_k_move_the_cursor_enter_goes_in_and_escape_comes_out() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("j", "down", "k")
        assert app.page is not None
        assert app.page.subject() == "device:erp-db/memory"
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.page, DevicePage)
        assert source_of(app).wished[-1].owner == "device:erp-db"
        await pilot.press("escape")
        assert app.page.NAME == "problems"
        assert app.page.subject() == "device:erp-db/memory", "it is as it was left"
        await pilot.press("escape")
        assert app.page.NAME == "problems"


async def test_enter_on_a_neighbour_goes_on_and_escape_comes_back_step_by_step() -> None:
    app = app_of()
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("end", "enter")
        await settled(pilot)
        assert isinstance(app.page, DevicePage)
        assert app.page.owner == "device:nas-1"
        await pilot.press("escape")
        assert app.page.owner == "device:core-1"
        await pilot.press("3")
        assert app.page.NAME == "devices"
        await pilot.press("escape")
        assert app.page.NAME == "devices"


async def test_the_filter_narrows_while_one_types_stays_on_enter_and_goes_on_escape() -> None:
    app = app_of(first="devices")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"erp", "enter")
        assert "erp-db" in text_of(app)
        assert "web-1" not in text_of(app)
        await pilot.press("down", "down")
        assert app.page is not None
        assert app.page.subject() == "device:erp-db"
        await pilot.press("escape")
        assert "web-1" in text_of(app)
        await pilot.press("slash", *"nono")
        assert "Nothing matches the filter" in text_of(app)


async def test_letters_typed_into_the_filter_are_no_commands() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"qtl3a")
        assert app.page is not None
        assert app.page.query_one(Input).value == "qtl3a"
        assert source_of(app).asked == []


async def test_t_changes_the_theme_and_l_the_language() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("t", "l")
        assert app.theme == "wenyam-light"
        assert "ปัญหา" in text_of(app)
        await pilot.press("t", "l")
        assert app.theme == "wenyam-dark"
        assert "Problems" in text_of(app)


async def test_help_says_what_the_screen_is_for_and_what_the_keys_do() -> None:
    app = app_of()
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert "What is wrong, worst first." in text_of(app)
        assert "acknowledge the incident of this row" in text_of(app)
        assert "UNREACHABLE" in text_of(app)
        await pilot.press("escape")
        assert "What is wrong, worst first." not in text_of(app)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_opens_a_screen_a_device_or_an_act(key: str) -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(key, *"serv", "enter")
        await settled(pilot)
        assert app.page is not None
        assert app.page.NAME == "services"
        await pilot.press(key, *"ups-1", "enter")
        await settled(pilot)
        assert isinstance(app.page, DevicePage)
        assert app.page.owner == "device:ups-1"
        await pilot.press(key, *"check it", "enter")
        await pilot.pause()
        assert "Check again now?" in text_of(app)
        await pilot.press("escape", key, *"nono", "enter", "escape")
        assert app.page.owner == "device:ups-1"


async def test_acknowledging_asks_first_says_who_has_it_already_and_sends_the_incident() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("a")
        await pilot.pause()
        assert "AB12: somebody has it already: Somchai Rakngan" in text_of(app)
        await pilot.press("end", "a")
        await pilot.pause()
        assert "Acknowledge incident CD34" in text_of(app)
        assert source_of(app).asked == []
        await pilot.press(*"on it", "enter")
        await settled(pilot)
        assert source_of(app).asked == [{"action": "incident", "act": "ack", "code": "CD34", "text": "on it"}]
        assert "CD34: acknowledged" in text_of(app)


async def test_a_row_behind_a_cause_is_acknowledged_with_the_cause() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("space", "down", "a")
        await pilot.pause()
        assert "AB12: somebody has it already" in text_of(app)


async def test_what_is_in_no_incident_cannot_be_acknowledged() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("down", "a")
        await pilot.pause()
        assert "No open incident is about this row." in text_of(app)


async def test_planned_work_needs_its_fields_and_a_refusal_stays_in_the_dialog() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("m")
        await pilot.pause()
        await pilot.press("ctrl+s")
        assert "This is missing: Reason" in text_of(app)
        await pilot.press(*"new", "tab", *"anong")
        source_of(app).refusal = "nobody of this name may approve it"
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "nobody of this name may approve it" in text_of(app)
        assert "new" in text_of(app)
        source_of(app).refusal = ""
        await pilot.press("ctrl+s")
        await settled(pilot)
        request = source_of(app).asked[-1]
        assert request["subjects"] == ["device:core-1"]
        assert request["ends"] - request["starts"] == 7_200_000
        assert (request["reason"], request["approved_by"]) == ("new", "anong")
        assert "work-1: planned until 26 Nov 2026 11:10" in text_of(app)


async def test_a_moment_that_is_none_is_said_in_the_dialog_and_nothing_is_sent() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("m")
        await pilot.pause()
        await pilot.press(*"xx", "down", *"r", "down", *"anong", "ctrl+s")
        await settled(pilot)
        assert "'2hxx' is not a duration" in text_of(app)
        assert source_of(app).asked == []


async def test_rechecking_and_silencing_ask_first_and_escape_does_nothing() -> None:
    app = app_of(first="services")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        await pilot.press("escape", "r")
        await pilot.pause()
        assert source_of(app).asked == []
        await pilot.press("enter")
        await settled(pilot)
        assert source_of(app).asked == [{"action": "recheck", "name": "register"}]
        await pilot.press("S")
        await pilot.pause()
        await pilot.press("tab", *"known", "enter")
        await settled(pilot)
        assert source_of(app).asked[-1] == {
            "action": "alert-silence", "what": "service:register", "for": "2h", "reason": "known",
        }  # fmt: skip


async def test_an_act_without_a_row_says_what_to_do() -> None:
    app = app_of(picture())
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert "Put the cursor on a device" in text_of(app)


async def test_the_mouse_opens_tabs_rows_and_the_keys_below() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        tabs = text_of(app).splitlines()[1]
        await pilot.click(offset=(tabs.index("Devices") + 2, 1))
        await settled(pilot)
        assert app.page is not None
        assert app.page.NAME == "devices"
        await pilot.click(offset=(10, 5))
        assert app.page.subject() == "device:edge-1"
        await pilot.click(offset=(10, 5))
        await settled(pilot)
        assert isinstance(app.page, DevicePage)
        keys = text_of(app).splitlines()[-1]
        await pilot.click(offset=(keys.index("back") + 1, 29))
        await settled(pilot)
        assert app.page.NAME == "devices"


async def test_a_silent_watcher_is_said_and_what_is_shown_is_grey() -> None:
    app = app_of(silent())
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        assert "The watcher is silent; last sign of life: 1 h 2 m" in text_of(app)
        assert "core-1" in text_of(app)
        assert app.screen.has_class("stale")
        source_of(app).shown = in_trouble()
        app.gather()
        await settled(pilot)
        assert "The watcher is silent" not in text_of(app)
        assert not app.screen.has_class("stale")


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_q_and_control_c_end_it(key: str) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
    assert app.return_code == 0
