from dataclasses import replace

from wenyam.i18n.translate import translator
from wenyam.model.states import State
from wenyam.testing.pictures import TROUBLE, in_trouble, picture, standing
from wenyam.testing.pictures_overview import figure, whole
from wenyam.tui.picture import Picture
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.overview import overview


def texts(shown: Picture, language: str = "en") -> list[list[str]]:
    rows = overview(Look(shown, language, translator(language)))
    return [[cell.text.strip() for cell in rows.cells(key)] for key in rows.keys]


def row(shown: Picture, begins: str) -> list[str]:
    return next(line for line in texts(shown) if line[0].startswith(begins))


def test_every_question_of_the_morning_has_its_section() -> None:
    titles = [line[0] for line in texts(whole()) if line[0].startswith("▾")]
    assert titles == [
        "▾ Availability of everything", "▾ Services", "▾ Problems", "▾ Open incidents", "▾ On duty now", "▾ Backups",
        "▾ Last proven restores", "▾ Plans for the DR site",
    ]  # fmt: skip


def test_the_objective_is_told_with_what_is_left_of_the_error_budget() -> None:
    month = row(whole(), "November 2026")
    assert month[1:3] == ["● 99.60%", "≥ 95%"]
    assert month[3] == "█████████░ 94% budget left · 2 below the objective, worst core-1"
    year = row(whole(), "fiscal year 2570")
    assert year[1] == "✖ 91.74%"
    assert year[3].endswith("insufficient data")
    spent = replace(whole(), figures=(figure("this-month", up=100, down=500),))
    assert row(spent, "November")[3].startswith("░░░░░░░░░░ -39% budget left")


def test_services_that_are_up_are_one_line_and_others_are_named() -> None:
    assert row(picture(), "all 1")[3] == "All services are up."
    assert row(in_trouble(), "Online register")[1] == "✖ DOWN"


def test_many_problems_are_a_few_and_how_many_more() -> None:
    many = picture(changed=[*TROUBLE, *(standing(f"device:x{number}", State.DOWN) for number in range(9))])
    assert row(many, "…")[0] == "… 8 more"


def test_who_has_an_incident_who_is_on_duty_and_which_backup_is_red() -> None:
    shown = whole()
    assert any("somchai" in line[3].casefold() or "Somchai" in line[3] for line in texts(shown) if line[0].startswith("Q4RM"))
    assert row(shown, "AB12")[3].startswith("nobody has it")
    assert row(shown, "Jobs in order")[1] == "1/3"
    assert row(shown, "files")[1] == "✖ RED"


def test_what_is_not_gathered_yet_says_so_and_what_failed_says_why() -> None:
    assert sum(line == ["Looking …"] for line in texts(in_trouble())) == 4
    failed = replace(in_trouble(), troubles={"backups": "The database cannot be read."})
    assert ["The database cannot be read."] in texts(failed)


def test_it_speaks_thai() -> None:
    shown = texts(whole(), "th")
    assert ["▾ ความพร้อมใช้งานโดยรวม"] in shown
    assert any(line[0] == "พฤศจิกายน 2569" for line in shown)


def test_a_run_that_waits_for_somebody_or_is_late_is_red_by_symbol_and_tone() -> None:
    shown = whole()
    assert shown.recovery is not None
    board = shown.recovery[0]
    assert board.run is not None
    for run, state, why in (
        ({"waits_for_decision": ["fence"], "overdue": []}, "✖ to be decided", ": fence"),
        ({"waits_for_decision": [], "overdue": ["step 'fence' is overdue: 2 h of 1 h"]}, "✖ overdue", "2 h of 1 h"),
        ({"waits_for_decision": [], "overdue": []}, "▶ under way", ""),
    ):
        changed = replace(board, run={**board.run, **run})
        line = row(replace(shown, recovery=(changed,)), "ERP moves")
        assert line[1] == state
        assert line[3].endswith(why)
