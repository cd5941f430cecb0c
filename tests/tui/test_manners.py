"""What a person at night must not miss: sentences read to their end, columns without room told, one's way to every thing."""

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from wenyam.model.oncall import Hours
from wenyam.testing.pictures import FixedSource, in_trouble
from wenyam.testing.pictures_everything import troubled
from wenyam.testing.pictures_recovery import ERP
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture
from wenyam.tui.screens.backups import JobPage
from wenyam.tui.screens.recovery import PlanPage

SMALL = (80, 24)


def app_of(shown: Picture, first: str = "problems", language: str = "en") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, language, first)


@pytest.mark.parametrize(("language", "end"), [("en", "account of this system."), ("th", "บัญชีของท่านในระบบนี้")])
async def test_a_dialog_says_every_sentence_to_its_end(language: str, end: str) -> None:
    app = app_of(troubled(), "incidents", language)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("down", "a")
        await pilot.pause()
        told = "".join(text_of(app).replace("│", "").split())
        assert end.replace(" ", "") in told
        assert "…" not in text_of(app).partition("╭")[2].partition("╰")[0].replace("…│", "")


async def test_what_stands_in_columns_without_room_is_read_below_the_table() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("down")
        small = text_of(app)
        assert "Limit" not in small.splitlines()[2]
        assert "Value 97.0% · Limit 95.0%" in small
        await pilot.resize_terminal(160, 48)
        await settled(pilot)
        assert "Limit" in text_of(app).splitlines()[2]
        assert "Value 97.0% · Limit 95.0%" not in text_of(app), "there it stands in its columns"


async def test_two_lines_below_the_table_stay_whatever_they_say() -> None:
    long = replace(in_trouble().states.by_subject["device:core-1"], summary="no answer " * 40)
    shown = in_trouble()
    app = app_of(replace(shown, states=shown.states.moved([long])))
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        lines = text_of(app).splitlines()
        assert lines[-1].startswith(" ?")
        assert "no answer" in lines[-3]
        assert lines[-2].endswith("…"), "even two lines may not hold it, and say so"
        await pilot.press("down")
        assert text_of(app).splitlines()[-1].startswith(" ?"), "the table below does not move"


@pytest.mark.parametrize("words", ["online", "ทะเบียน"])
async def test_the_palette_finds_a_thing_by_what_people_call_it(words: str) -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        app.screen.query_one(Input).value = words
        await pilot.pause()
        assert "service:register" in text_of(app)


async def test_a_problem_of_a_job_leads_to_the_job_and_one_of_a_plan_to_the_plan() -> None:
    shown = troubled()
    plans = replace(shown.configuration, recovery=replace(shown.configuration.recovery, plans={"erp": ERP}))
    app = app_of(replace(shown, configuration=plans))
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        app.open_owner("job", "dr-erp")
        await pilot.pause()
        assert isinstance(app.page, PlanPage)
        app.action_leave()
        app.open_owner("job", "verify-main")
        await pilot.pause()
        assert app.page is not None
        assert app.page.NAME == "backups", "what is no job of its own is among the backups"


async def test_one_job_is_backed_up_from_its_own_page() -> None:
    app = app_of(troubled(), "backups")
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.page, JobPage)
        assert "b back up now" in text_of(app).splitlines()[-1]
        await pilot.press("b")
        await pilot.pause()
        assert "Back up now" in text_of(app)


async def test_tabs_and_keys_say_that_there_are_more_of_them() -> None:
    app = app_of(in_trouble(), language="th")
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        tabs, keys = text_of(app).splitlines()[1], text_of(app).splitlines()[-1]
        assert tabs.endswith("…")
        assert keys.endswith("…")
        assert max(cell_len(tabs), cell_len(keys)) <= SMALL[0]
        await pilot.press("o")
        await settled(pilot)
        assert text_of(app).splitlines()[1].startswith("…")
        assert not text_of(app).splitlines()[1].endswith("…"), "the last one is there"


async def test_a_filter_that_is_kept_is_named_at_the_top() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"erp", "enter")
        await pilot.pause()
        assert "only /erp" in text_of(app).splitlines()[0]
        await pilot.press("escape")
        await pilot.pause()
        assert "only" not in text_of(app).splitlines()[0]


async def test_at_80_columns_one_sees_until_when_and_reads_who_takes_over() -> None:
    app = app_of(troubled(), "oncall")
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert "Until" in text_of(app).splitlines()[3]
        assert "Then " in text_of(app).splitlines()[-3] + text_of(app).splitlines()[-2]


async def test_nobody_outside_the_hours_of_a_rota_is_no_trouble() -> None:
    shown = troubled()
    assert shown.roster is not None
    duty = shown.roster.duties[0]
    place = replace(duty.places[0], person=None, next_person="somchai")
    for hours, words in ((Hours.OFFICE, "outside its hours"), (Hours.ALWAYS, "nobody")):
        changed = replace(duty, rota=replace(duty.rota, hours=hours), places=(place,))
        app = app_of(replace(shown, roster=replace(shown.roster, duties=(changed,))), "oncall")
        async with app.run_test(size=SMALL) as pilot:
            await settled(pilot)
            assert words in text_of(app)
