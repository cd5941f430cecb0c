from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.incidents.working_days import WorkingDays, local_instant, public_holiday
from wenyam.model.instants import Instant, from_datetime, to_datetime
from wenyam.model.inventory import Text
from wenyam.model.oncall import HolidayRules, OwnHoliday

ZONE = "Asia/Bangkok"
PLAIN = WorkingDays()
OWN = WorkingDays(
    HolidayRules(
        add=(OwnHoliday(date(2026, 12, 30), Text("วันหยุดพิเศษ", "Special holiday")),), remove=(date(2026, 5, 1), date(2026, 12, 10))
    )
)


def at(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 27), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 12, 7), False),  # in lieu of Saturday the 5th
        (date(2026, 4, 13), False),  # Songkran
        (date(2026, 5, 13), False),  # ploughing ceremony: only government offices are closed
        (date(2026, 12, 10), False),
        (date(2026, 12, 30), True),
    ],
)
def test_weekends_and_public_holidays_are_no_working_days(day: date, works: object) -> None:
    assert PLAIN.is_working_day(day) is works


def test_an_office_adds_and_removes_days_of_its_own() -> None:
    assert not OWN.is_working_day(date(2026, 12, 30))
    assert OWN.name_of_holiday(date(2026, 12, 30), "th") == "วันหยุดพิเศษ"
    assert OWN.name_of_holiday(date(2026, 12, 30), "en") == "Special holiday"
    assert OWN.is_working_day(date(2026, 12, 10))
    assert OWN.name_of_holiday(date(2026, 12, 10), "en") == ""
    assert OWN.is_working_day(date(2026, 5, 1))


def test_holidays_are_named_in_both_languages_and_nothing_else_is() -> None:
    assert public_holiday(date(2026, 12, 10), "th") == "วันรัฐธรรมนูญ"
    assert public_holiday(date(2026, 12, 10), "en") == "Constitution Day"
    assert PLAIN.name_of_holiday(date(2026, 11, 28), "en") == ""


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-26T10:15", 1, "2026-11-27T10:15"),
        ("2026-11-27T10:15", 1, "2026-11-30T10:15"),  # over a weekend
        ("2026-11-28T23:59", 1, "2026-11-30T23:59"),  # from a Saturday
        ("2026-12-04T10:00", 1, "2026-12-08T10:00"),  # over a weekend and a day in lieu
        ("2026-12-30T16:00", 1, "2027-01-04T16:00"),  # over New Year
        ("2026-12-04T10:00", 5, "2026-12-15T10:00"),
        ("2026-12-05T10:00", 0, "2026-12-05T10:00"),
    ],
)
def test_so_many_working_days_later_it_is_the_same_time_of_day(start: str, count: int, end: str) -> None:
    assert PLAIN.add_working_days(at(start), count, ZONE) == at(end)


def test_a_time_in_a_skipped_hour_comes_after_the_gap() -> None:
    friday = from_datetime(datetime(2026, 3, 6, 2, 30, tzinfo=ZoneInfo("America/New_York")))
    skipped = local_instant(date(2026, 3, 8), time(2, 30), "America/New_York")
    assert skipped > friday
    assert to_datetime(skipped).astimezone(ZoneInfo("America/New_York")).hour == 3


@given(st.integers(0, 4_000_000_000).map(lambda seconds: Instant(seconds * 1000)), st.integers(1, 12))
def test_working_days_add_up_and_end_on_a_working_day(start: Instant, count: int) -> None:
    end = OWN.add_working_days(start, count, ZONE)
    assert OWN.is_working_day(to_datetime(end).astimezone(ZoneInfo(ZONE)).date())
    assert end == OWN.add_working_days(OWN.add_working_days(start, count - 1, ZONE), 1, ZONE)
    assert end > start
