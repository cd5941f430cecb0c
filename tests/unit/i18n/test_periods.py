from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.errors import UsageError
from wenyam.i18n.periods import FORMS, fiscal_year_of, parse_period
from wenyam.model.instants import Instant, Period, from_datetime

ZONE = "Asia/Bangkok"


def local(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


NOW = local("2026-11-21T04:00")


@pytest.mark.parametrize(
    ("text", "start", "end", "thai", "english"),
    [
        ("this-month", "2026-11-01", "2026-12-01", "พฤศจิกายน 2569", "November 2026"),
        ("last-month", "2026-10-01", "2026-11-01", "ตุลาคม 2569", "October 2026"),
        ("this-quarter", "2026-10-01", "2027-01-01", "ไตรมาสที่ 4 ปีปฏิทิน 2569", "quarter 4 of 2026"),
        ("last-quarter", "2026-07-01", "2026-10-01", "ไตรมาสที่ 3 ปีปฏิทิน 2569", "quarter 3 of 2026"),
        ("this-year", "2026-01-01", "2027-01-01", "ปีปฏิทิน 2569", "year 2026"),
        ("last-year", "2025-01-01", "2026-01-01", "ปีปฏิทิน 2568", "year 2025"),
        ("this-fy", "2026-10-01", "2027-10-01", "ปีงบประมาณ 2570", "fiscal year 2570 (B.E.)"),
        ("last-fy", "2025-10-01", "2026-10-01", "ปีงบประมาณ 2569", "fiscal year 2569 (B.E.)"),
        ("this-fy-quarter", "2026-10-01", "2027-01-01", "ไตรมาสที่ 1 ปีงบประมาณ 2570", "quarter 1 of fiscal year 2570 (B.E.)"),
        ("last-fy-quarter", "2026-07-01", "2026-10-01", "ไตรมาสที่ 4 ปีงบประมาณ 2569", "quarter 4 of fiscal year 2569 (B.E.)"),
        ("month:2028-02", "2028-02-01", "2028-03-01", "กุมภาพันธ์ 2571", "February 2028"),
        ("quarter:2026-q4", "2026-10-01", "2027-01-01", "ไตรมาสที่ 4 ปีปฏิทิน 2569", "quarter 4 of 2026"),
        ("year:2026", "2026-01-01", "2027-01-01", "ปีปฏิทิน 2569", "year 2026"),
        ("fy:2569", "2025-10-01", "2026-10-01", "ปีงบประมาณ 2569", "fiscal year 2569 (B.E.)"),
        ("fy:2569-q1", "2025-10-01", "2026-01-01", "ไตรมาสที่ 1 ปีงบประมาณ 2569", "quarter 1 of fiscal year 2569 (B.E.)"),
        ("fy:2569-q4", "2026-07-01", "2026-10-01", "ไตรมาสที่ 4 ปีงบประมาณ 2569", "quarter 4 of fiscal year 2569 (B.E.)"),
        (
            "fy:2569-m3",
            "2025-12-01",
            "2026-01-01",
            "เดือนที่ 3 (ธันวาคม) ปีงบประมาณ 2569",
            "month 3 (December) of fiscal year 2569 (B.E.)",
        ),
        (
            "fy:2569-m4",
            "2026-01-01",
            "2026-02-01",
            "เดือนที่ 4 (มกราคม) ปีงบประมาณ 2569",
            "month 4 (January) of fiscal year 2569 (B.E.)",
        ),
        (
            "FY:2569-M12",
            "2026-09-01",
            "2026-10-01",
            "เดือนที่ 12 (กันยายน) ปีงบประมาณ 2569",
            "month 12 (September) of fiscal year 2569 (B.E.)",
        ),
        (
            "kpi5:2567-1",
            "2023-10-01",
            "2024-03-01",
            "รอบ 5 เดือน ครั้งที่ 1 ปีงบประมาณ 2567",
            "5-month round 1 of fiscal year 2567 (B.E.)",
        ),
        (
            "kpi5:2569-2",
            "2026-04-01",
            "2026-09-01",
            "รอบ 5 เดือน ครั้งที่ 2 ปีงบประมาณ 2569",
            "5-month round 2 of fiscal year 2569 (B.E.)",
        ),
        (
            "kpi6:2569-1",
            "2025-10-01",
            "2026-04-01",
            "รอบ 6 เดือน ครั้งที่ 1 ปีงบประมาณ 2569",
            "6-month round 1 of fiscal year 2569 (B.E.)",
        ),
        (
            "kpi6:2569-2",
            "2026-04-01",
            "2026-10-01",
            "รอบ 6 เดือน ครั้งที่ 2 ปีงบประมาณ 2569",
            "6-month round 2 of fiscal year 2569 (B.E.)",
        ),
        ("last:30d", "2026-10-22T04:00", "2026-11-21T04:00", "30 วันล่าสุด", "last 30 days"),
        ("last:1d", "2026-11-20T04:00", "2026-11-21T04:00", "1 วันล่าสุด", "last day"),
        ("2026-10-01..2026-11-01", "2026-10-01", "2026-11-01", "1 ต.ค. 2569 – 31 ต.ค. 2569", "1 Oct 2026 – 31 Oct 2026"),
        ("be:2571-02-29..2571-03-01", "2028-02-29", "2028-03-01", "29 ก.พ. 2571", "29 Feb 2028"),
        (
            "2026-10-01T08:30..2026-10-01T17:00",
            "2026-10-01T08:30",
            "2026-10-01T17:00",
            "1 ต.ค. 2569 08:30 น. – 1 ต.ค. 2569 17:00 น.",
            "1 Oct 2026 08:30 – 1 Oct 2026 17:00",
        ),
    ],
)
def test_a_period_is_understood_and_titled(text: str, start: str, end: str, thai: str, english: str) -> None:
    found = parse_period(text, NOW, ZONE)
    assert found.period == Period(local(start), local(end))
    assert (found.label("th"), found.label("en"), found.name) == (thai, english, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("month:2569-11", "2569 looks like a Buddhist-era year, but a C.E. year is meant here; write 2026, or use fy: or be:"),
        ("month:2026-13", "13 is no month; there are 1 to 12"),
        ("quarter:2026-q5", "5 is no quarter; there are 1 to 4"),
        ("year:1969", "1969 is not a year from 1970 to 2483"),
        ("fy:2026", "2026 is not a Buddhist-era year from 2484 to 2700"),
        ("fy:2569-q0", "0 is no quarter; there are 1 to 4"),
        ("fy:2569-m13", "13 is no month; there are 1 to 12"),
        ("kpi6:2569-3", "3 is no round; there are 1 to 2"),
        ("last:0d", "0 is no number of days; there are 1 to 3660"),
        ("2026-02-29..2026-03-01", "2026-02-29 is not a moment of the calendar"),
        ("2026-02-28T25:00..2026-03-01", "2026-02-28T25:00 is not a moment of the calendar"),
        ("2026-03-01..2026-03-01", "it must end after it starts; the second moment is the first one outside"),
        ("be:2568-02-29..2568-03-01", "2568-02-29 is not a moment of the calendar"),
    ],
)
def test_what_is_no_period_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_period(text, NOW, ZONE)
    assert str(caught.value) == f"The command was not understood: period '{text}': {sentence}"


@pytest.mark.parametrize("text", ["yesterday", "", "month:๒๐๒๖-๑๑", "fy:69", "last:30", "2026-10-01"])
def test_an_unknown_form_is_answered_with_every_right_one(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_period(text, NOW, ZONE)
    assert (
        str(caught.value) == f"The command was not understood: there is no period '{text}'. Right examples: {', '.join(FORMS)}."
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_documented_form_is_understood(form: str) -> None:
    period = parse_period(form, NOW, ZONE).period
    assert period.start < period.end


def test_months_and_quarters_of_a_fiscal_year_fill_it_exactly() -> None:
    year = parse_period("fy:2571", NOW, ZONE).period  # holds a leap day
    months = [f"fy:2571-m{number}" for number in range(1, 13)]
    quarters = [f"fy:2571-q{number}" for number in range(1, 5)]
    for parts in (months, quarters, ["kpi6:2571-1", "kpi6:2571-2"]):
        edge = year.start
        for part in parts:
            period = parse_period(part, NOW, ZONE).period
            assert period.start == edge
            edge = period.end
        assert edge == year.end


def test_the_fiscal_year_turns_at_bangkok_midnight() -> None:
    assert fiscal_year_of(local("2026-09-30T23:59"), ZONE) == 2569
    assert fiscal_year_of(local("2026-10-01"), ZONE) == 2570


def test_january_looks_back_into_the_year_before() -> None:
    january = local("2027-01-15")
    assert parse_period("last-month", january, ZONE).label_en == "December 2026"
    assert parse_period("last-quarter", january, ZONE).label_en == "quarter 4 of 2026"


def test_the_page_about_availability_shows_every_form() -> None:
    page = (Path(__file__).parents[3] / "docs/explanation/availability.md").read_text()
    assert [form for form in FORMS if f"`{form}`" not in page] == []
