import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.i18n.dates import (
    format_date,
    format_day,
    format_instant,
    format_period,
    from_buddhist_year,
    parse_thai_date,
    to_buddhist_year,
)
from wenyam.model.instants import Instant, Period, from_datetime

ZONE = "Asia/Bangkok"


def utc(*parts: int) -> Instant:
    year, month, day, hour, minute = (*parts, 0, 0, 0)[:5]
    return from_datetime(datetime(year, month, day, hour, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 ต.ค. 2567", date(2024, 10, 1)),
        ("29 ก.พ. 2567", date(2024, 2, 29)),
        ("30 กันยายน 2569", date(2026, 9, 30)),
        ("๑ ตุลาคม พ.ศ. ๒๕๖๗", date(2024, 10, 1)),
        ("1ต.ค.2567", date(2024, 10, 1)),
        (" 1 มีค 2567 ", date(2024, 3, 1)),
    ],
)
def test_a_thai_date_is_read(text: str, expected: date) -> None:
    assert parse_thai_date(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("29 ก.พ. 2568", "'29 ก.พ. 2568' is not a date of the calendar"),
        ("1 ต.ค. 2024", "2024 is not a Buddhist-era year from 2484 to 2700"),
        ("1 ต.ค. 67", "'1 ต.ค. 67' is not a Thai date; a right example is '1 ต.ค. 2567'"),
        ("1 Oct 2567", "'1 Oct 2567' is not a Thai date; a right example is '1 ต.ค. 2567'"),
        ("", "'' is not a Thai date; a right example is '1 ต.ค. 2567'"),
    ],
)
def test_what_is_no_thai_date_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        parse_thai_date(text)


def test_instants_are_written_for_thai_and_english_readers() -> None:
    instant = utc(2024, 10, 1, 17, 30)  # past midnight in Bangkok
    assert format_instant(instant, ZONE, "th") == "2 ต.ค. 2567 00:30 น."
    assert format_instant(instant, ZONE, "en") == "2 Oct 2024 00:30"
    assert format_instant(instant, "UTC", "en", short=False, seconds=True) == "1 October 2024 17:30:00"
    assert format_day(instant, ZONE, "th") == "2 ต.ค. 2567"
    assert format_date(date(2028, 2, 29), "th") == "29 กุมภาพันธ์ 2571"


def test_a_period_shows_its_last_day_not_the_one_after() -> None:
    month = Period(utc(2024, 9, 30, 17), utc(2024, 10, 31, 17))
    assert format_period(month, ZONE, "th") == "1 ต.ค. 2567 – 31 ต.ค. 2567"
    assert format_period(Period(utc(2024, 9, 30, 17), utc(2024, 10, 1, 17)), ZONE, "en") == "1 Oct 2024"
    assert format_period(Period(utc(2024, 9, 30, 18), utc(2024, 10, 1, 17)), ZONE, "en") == "1 Oct 2024 01:00 – 2 Oct 2024 00:00"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no language 'fr'; there are: th, en"):
        format_date(date(2024, 1, 1), "fr")


@given(st.dates(date(1941, 1, 1), date(2157, 12, 31)))
def test_every_date_survives_being_written_in_thai_and_read_again(day: date) -> None:
    assert parse_thai_date(format_date(day, "th")) == day
    assert parse_thai_date(format_date(day, "th", short=True)) == day
    assert from_buddhist_year(to_buddhist_year(day.year)) == day.year
