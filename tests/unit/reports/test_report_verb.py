import csv
import io
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wenyam.cli.main import main
from wenyam.i18n.percent import percent
from wenyam.reports.build import builders
from wenyam.reports.data import as_csv, as_json
from wenyam.reports.tables import Column, Report, Section, Shape, Table
from wenyam.reports.text import aligned, write
from wenyam.reports.words import Words, duration

Run = Callable[..., str]
OCTOBER = ("report", "month", "--period", "month:2026-10")
ENGLISH = Words("en", "Asia/Bangkok")


def test_the_monthly_report_tells_outages_with_cause_and_planned_part(wenyam: Run) -> None:
    text = wenyam(*OCTOBER, "--language", "en")
    web_2 = next(line for line in text.splitlines() if "20 Oct 2026 08:00:00" in line)
    assert web_2.split("  ")[0] == "device"
    for said in ("web-2", "20 Oct 2026 10:00:00", "2:00:00", "down", "power", "no answer to icmp"):
        assert said in web_2
    web_1 = next(line for line in text.splitlines() if "10 Oct 2026 01:00:00" in line)
    assert "3:00:00  2:00:00" in web_1


def test_a_year_is_not_told_under_the_title_of_a_month(wenyam: Run, capsys: pytest.CaptureFixture[str], site: Path) -> None:
    for kind, period, right in (
        ("month", "fy:2570", "year"),
        ("year", "fy:2570-q1", "quarter"),
        ("quarter", "month:2026-10", "month"),
    ):
        assert main(["--config", str(site), "report", kind, "--period", period]) == 2
        assert f"'{period}' is a {right}, not a {kind}. Run: wenyam report {right} --period {period}" in capsys.readouterr().err
    assert "Monthly report" in wenyam("report", "month", "--period", "last:10d", "--language", "en")


def test_the_report_says_how_long_the_monitor_was_blind(wenyam: Run) -> None:
    assert "Monitor blind: 60 minutes (1:00:00)" in wenyam(*OCTOBER, "--language", "en")


def test_the_thai_report_uses_buddhist_years_and_thai_words(wenyam: Run) -> None:
    text = wenyam(*OCTOBER)
    assert text.startswith("รายงานประจำเดือน: ตุลาคม 2569\n")
    for said in ("20 ต.ค. 2569 08:00:00 น.", "ไฟฟ้า", "เวลาที่ระบบเฝ้าระวังมองไม่เห็น: 60 นาที", "งานตามกำหนด", "สมาชิกที่ต่ำสุด"):
        assert said in text
    assert "2026" not in text


def test_columns_are_aligned_by_what_a_terminal_shows(wenyam: Run) -> None:
    lines = wenyam(*OCTOBER).splitlines()
    rule = next(number for number, line in enumerate(lines) if line.startswith("----") and "  --" in line)
    start = 0
    for dashes in lines[rule].split("  "):
        end = start + len(dashes)
        for line in (lines[rule - 1], lines[rule + 1], lines[rule + 2]):
            shown = cut(line, start, end)
            assert cell_len(shown) <= len(dashes)
            if end < cell_len(line):
                assert cut(line, end, end + 2) == "  "
        start = end + 2


def cut(line: str, start: int, end: int) -> str:
    """Return the part of a line between two columns of the screen."""
    taken, place, own = "", 0, -1
    for character in line:
        # A vowel or tone mark stands where its consonant does.
        own = place if cell_len(character) else own
        taken += character if start <= own < end else ""
        place += cell_len(character)
    return taken


def test_the_json_report_has_every_chapter(wenyam: Run) -> None:
    found = json.loads(wenyam(*OCTOBER, "--json"))
    assert list(found["sections"]) == [
        "availability",
        "outages",
        "completeness",
        "incidents",
        "scheduled",
        "backups",
        "size_changes",
        "restore_tests",
        "drills",
        "equipment",
        "corrections",
    ]
    first = found["sections"]["outages"]["outages"][0]
    assert (first["name"], first["start"], first["duration"], first["planned"]) == (
        "web-1",
        "2026-10-09T18:00:00.000Z",
        10800.0,
        7200.0,
    )
    assert found["sections"]["corrections"]["corrections"][0]["actor"] == "somchai"


def test_the_csv_report_holds_no_formula(wenyam: Run) -> None:
    rows = list(csv.reader(io.StringIO(wenyam(*OCTOBER, "--format", "csv", "--language", "en"))))
    assert ["nightly", "2026-10-02T01:30:00+07:00", "failed", "'=disk full"] in rows


def test_a_report_is_written_as_a_whole_and_a_spreadsheet_knows_its_letters(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.csv"
    assert main(["--config", str(site), *OCTOBER, "--format", "csv", "--output", str(target)]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"written: {target}\n")
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "ความพร้อมใช้งาน" in target.read_text("utf-8-sig")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_report_that_cannot_be_written_says_where(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(site), *OCTOBER, "--output", str(tmp_path / "none" / "report.txt")]) == 1
    assert f"{tmp_path}/none/report.txt: No such file or directory" in capsys.readouterr().err


def test_a_run_that_nobody_started_is_missed_though_no_scheduler_lived_to_say_so(wenyam: Run) -> None:
    found = json.loads(wenyam(*OCTOBER, "--json"))["sections"]["scheduled"]
    weekly = next(job for job in found["jobs"] if job["job"] == "weekly")
    assert (weekly["done"], weekly["missed"], weekly["on_time"]) == (0, 4, 0.0)
    missed = [each["due"] for each in found["not_done"] if each["job"] == "weekly"]
    assert missed[0] == "2026-10-03T18:00:00.000Z"


def test_the_calendar_keeps_a_report_in_both_languages_beside_the_database(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(site), *OCTOBER, "--write"]) == 0
    kept = sorted(path.name for path in (site.parent / "state" / "reports").iterdir())
    assert kept == [f"month-2026-10-01.{form}" for form in ("csv", "en.txt", "json", "th.txt")]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("written: ") == 4


@pytest.mark.parametrize(("kind", "title"), [("quarter", "Quarterly report: quarter"), ("year", "Yearly report: fiscal year")])
def test_quarter_and_year_are_the_last_complete_ones_of_the_fiscal_year(wenyam: Run, kind: str, title: str) -> None:
    assert wenyam("report", kind, "--language", "en").startswith(title)


def test_chapters_are_found_by_their_files_in_order() -> None:
    names = [builder.__module__.rsplit(".", 1)[1] for builder in builders()]
    assert names == [
        "availability",
        "outages",
        "completeness",
        "incidents",
        "scheduled",
        "backups",
        "size_changes",
        "restore_tests",
        "drills",
        "equipment",
        "corrections",
    ]


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (634 / 664, "95.48"),
        (1.0, "100.00"),
        (0.999999, "99.99"),
        (0.0, "0.00"),
        (0.0000001, "0.01"),
        (0.95785, "95.79"),
        (0.5, "50.00"),
    ],
)
def test_a_percentage_never_rounds_to_all_or_nothing(ratio: float, text: str) -> None:
    assert percent(ratio) == text


def test_durations_count_hours_past_a_day() -> None:
    assert [duration(each) for each in (0, 499, 500, 59_999, 90_061_000)] == [
        "0:00:00",
        "0:00:00",
        "0:00:01",
        "0:01:00",
        "25:01:01",
    ]


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_hostile_text_reaches_no_terminal_spreadsheet_or_reader_of_data(cells: list[str]) -> None:
    table = Table("t", "T", [Column("a", "A", Shape.TEXT), Column("n", "N", Shape.COUNT)], [[cell, 1] for cell in cells])
    report = Report("r", "R", [], [Section("s", "S", [table], cells)])
    lines = write(report, ENGLISH).splitlines()
    controls = {chr(code) for code in (*range(32), *range(127, 160))}
    assert not controls & set("".join(lines))
    assert len(list(aligned(table, ENGLISH))) == 2 + len(cells)
    read = list(csv.reader(io.StringIO(as_csv(report, ENGLISH), newline="")))
    assert not [cell for row in read for cell in row if cell.startswith(("=", "@", "\t", "\r"))]
    assert len(as_json(report.sections[0])["t"]) == len(cells)  # type: ignore[arg-type]  # a list of rows


def test_old_equipment_is_listed_by_the_rules_of_five_and_seven_years(site: Path, wenyam: Run) -> None:
    path = site / "wenyam.yaml"
    text = path.read_text(encoding="utf-8").replace("{kind: switch,", "{kind: switch, in_service: 2014-05-01,")
    path.write_text(text, encoding="utf-8")
    chapter = json.loads(wenyam(*OCTOBER, "--json"))["sections"]["equipment"]
    assert [(row["device"], row["years"], row["rule"]) for row in chapter["ages"]] == [("core-switch", 12, "age_replace")]
    assert chapter["versions"] == []
    said = wenyam(*OCTOBER, "--language", "th")
    assert "เกิน 7 ปี: จัดหาทดแทนได้" in said
    assert "ไม่ได้ระบุวันแรกที่ใช้งาน (in_service): 2" in said
