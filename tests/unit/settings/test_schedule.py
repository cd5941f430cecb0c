"""The schedule grammar against a second, naive implementation that walks minute by minute."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.model.instants import Instant, Period, from_datetime, to_datetime
from wenyam.settings.schedule import Rule, parse
from wenyam.settings.schedule_days import WEEKDAYS

BANGKOK = "Asia/Bangkok"
MINUTE = 60_000
DAY = 1440 * MINUTE


def at(text: str, zone: str = BANGKOK) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def local_texts(rule: Rule, period: Period) -> list[str]:
    zone = ZoneInfo(rule.time_zone)
    return [to_datetime(due).astimezone(zone).strftime("%a %Y-%m-%d %H:%M") for due in rule.occurrences(period)]


ORDINALS = ("first", "second", "third", "fourth")
QUARTER_STARTS = (1, 4, 7, 10)


def day_is_due(words: list[str], day: date) -> bool:
    """Read the day words afresh, as a person would."""
    tomorrow, week_later, weekday = day + timedelta(days=1), day + timedelta(days=7), WEEKDAYS[day.weekday()]
    match words:
        case ["every", names]:
            return names == "day" or weekday in names.split(",")
        case ["monthly" | "quarterly", "last"]:
            return tomorrow.day == 1 and (words[0] == "monthly" or tomorrow.month in QUARTER_STARTS)
        case ["monthly", "last", name]:
            return weekday == name and week_later.month != day.month
        case ["monthly", order, name]:
            return weekday == name and (day.day + 6) // 7 == ORDINALS.index(order) + 1
        case ["monthly" | "quarterly", number]:
            return day.day == int(number) and (words[0] == "monthly" or day.month in QUARTER_STARTS)
    return day.strftime("%m-%d") == words[1]


def due_locally(text: str, moment: datetime) -> bool:
    """Tell whether a canonical text names this local minute."""
    *words, last = text.split()
    if len(words) == 1:
        size = int(last[:-1]) * (60 if last.endswith("h") else 1)
        return (moment.hour * 60 + moment.minute) % size == 0
    return moment.strftime("%H:%M") == last and day_is_due(words, moment.date())


def naive(text: str, zone_name: str, period: Period) -> Iterator[Instant]:
    """Run whatever local minutes the wall clock reached or jumped over; a wall clock set back runs nothing twice."""
    zone = ZoneInfo(zone_name)
    instant = period.start - 2 * DAY
    reached = to_datetime(Instant(instant)).astimezone(zone).replace(tzinfo=None)
    while instant < period.end:
        wall = to_datetime(Instant(instant)).astimezone(zone).replace(tzinfo=None)
        due = False
        while reached < wall:
            reached += timedelta(minutes=1)
            due = due or due_locally(text, reached)
        if due and instant >= period.start:
            yield Instant(instant)
        instant += MINUTE


CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
WEEKDAY_LISTS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=6, unique=True).map(
    lambda names: ",".join(sorted(names, key=WEEKDAYS.index))
)
MONTH_DAYS = st.one_of(st.integers(1, 28).map(str), st.just("last"))
YEAR_DAYS = st.dates(date(2027, 1, 1), date(2027, 12, 31)).map(lambda day: day.strftime("%m-%d"))
TEXTS = st.one_of(
    st.builds("every day {}".format, CLOCKS),
    st.builds("every {} {}".format, WEEKDAY_LISTS, CLOCKS),
    st.builds("monthly {} {}".format, MONTH_DAYS, CLOCKS),
    st.builds(
        "monthly {} {} {}".format,
        st.sampled_from(("first", "second", "third", "fourth", "last")),
        st.sampled_from(WEEKDAYS),
        CLOCKS,
    ),
    st.builds("quarterly {} {}".format, MONTH_DAYS, CLOCKS),
    st.builds("yearly {} {}".format, YEAR_DAYS, CLOCKS),
    st.sampled_from(("every 1m", "every 5m", "every 15m", "every 45m", "every 1h", "every 6h", "every 12h")),
)
TURNS = (
    (BANGKOK, datetime(2028, 2, 28, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 3, 14, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, turn=st.sampled_from(TURNS), hours=st.integers(-40, 30), length=st.integers(1, 48))
def test_occurrences_equal_a_minute_by_minute_walk_around_clock_changes(
    text: str, turn: tuple[str, datetime], hours: int, length: int
) -> None:
    zone, moment = turn
    start = from_datetime(moment + timedelta(hours=hours))
    period = Period(start, Instant(start + length * 60 * MINUTE))
    assert list(parse(text, zone).occurrences(period)) == list(naive(text, zone, period))


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, turn=st.sampled_from(TURNS), milliseconds=st.integers(-3 * DAY, 3 * DAY))
def test_next_and_last_agree_with_the_occurrences(text: str, turn: tuple[str, datetime], milliseconds: int) -> None:
    rule = parse(text, turn[0])
    instant = Instant(from_datetime(turn[1]) + milliseconds)
    following, latest = rule.next_after(instant), rule.last_until(instant)
    assert latest <= instant < following
    assert list(rule.occurrences(Period(latest, Instant(following + 1)))) == [latest, following]


@settings(deadline=None)
@given(text=TEXTS, zone=st.sampled_from((BANGKOK, "Europe/Berlin")))
def test_the_canonical_text_reads_back_as_the_same_rule(text: str, zone: str) -> None:
    rule = parse(text, zone)
    assert parse(str(rule), zone) == rule
    assert str(rule) == text.replace("every 60m", "every 1h")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  Every  DAY 01:30 ", "every day 01:30"),
        ("every sun,mon 02:00", "every mon,sun 02:00"),
        ("every mon,tue,wed,thu,fri,sat,sun 02:00", "every day 02:00"),
        ("every 60m", "every 1h"),
        ("every 120m", "every 2h"),
    ],
)
def test_spelling_varies_but_the_canonical_text_does_not(text: str, canonical: str) -> None:
    assert str(parse(text, BANGKOK)) == canonical


def test_monday_means_monday() -> None:
    period = Period(at("2026-11-01 00:00"), at("2026-11-16 00:00"))
    assert local_texts(parse("every mon 01:30", BANGKOK), period) == [
        "Mon 2026-11-02 01:30",
        "Mon 2026-11-09 01:30",
    ]


def test_the_period_is_half_open() -> None:
    rule = parse("every day 01:30", BANGKOK)
    assert list(rule.occurrences(Period(at("2026-11-01 01:30"), at("2026-11-02 01:30")))) == [at("2026-11-01 01:30")]


def test_a_skipped_local_time_runs_at_the_first_instant_after_the_gap() -> None:
    rule = parse("every day 02:30", "Europe/Berlin")
    due = list(rule.occurrences(Period(at("2026-03-29 00:00", "Europe/Berlin"), at("2026-03-30 00:00", "Europe/Berlin"))))
    assert due == [at("2026-03-29 03:00", "Europe/Berlin")]


def test_a_doubled_local_time_runs_once_the_first_time() -> None:
    rule = parse("every day 02:30", "Europe/Berlin")
    due = list(rule.occurrences(Period(at("2026-10-25 00:00", "Europe/Berlin"), at("2026-10-26 00:00", "Europe/Berlin"))))
    assert due == [from_datetime(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("text", "problem", "example"),
    [
        ("", "it is empty", "every day 01:30"),
        ("30 1 * * 1", "it begins with '30'", "every day 01:30"),
        ("every", "a day and a time are missing", "every mon,fri 02:00"),
        ("every moon 02:00", "'moon' is not a weekday (mon tue wed thu fri sat sun)", "every mon,fri 02:00"),
        ("every day 25:00", "'25:00' is not a time of day from 00:00 to 23:59", "every day 01:30"),
        ("every day 1:30", "'1:30' is not a time of day from 00:00 to 23:59", "every day 01:30"),
        ("every 7h", "7h does not divide a day into equal parts", "every 6h"),
        ("every 0m", "0m does not divide a day into equal parts", "every 6h"),
        ("every 24h", "24h does not divide a day into equal parts", "every 6h"),
        ("every 5s", "'s' is no unit of a step; there are m and h", "every 15m"),
        ("every 6h 01:00", "'01:00' is too much; steps count from midnight", "every 6h"),
        ("monthly 31 03:00", "'31' is not a day that every month has (1 to 28, or last)", "monthly 1 03:00"),
        ("monthly fifth sun 03:00", "'fifth sun 03:00' is not a day and a time", "monthly 1 03:00"),
        ("monthly first son 03:00", "'son' is not a weekday (mon tue wed thu fri sat sun)", "monthly first sun 03:00"),
        ("quarterly 0 04:00", "'0' is not a day that every month has (1 to 28, or last)", "quarterly 1 04:00"),
        ("yearly 02-29 08:00", "'02-29' is not a date of every year", "yearly 09-30 08:00"),
        ("yearly sep 08:00", "'sep' is not a month and day", "yearly 09-30 08:00"),
    ],
)
def test_what_is_not_understood_is_named_with_a_right_example(text: str, problem: str, example: str) -> None:
    with pytest.raises(ValueError, match="not understood") as caught:
        parse(text, BANGKOK)
    assert str(caught.value) == f"schedule '{text}' was not understood: {problem}; a right example is '{example}'"
    assert str(parse(example, BANGKOK)) == example


@pytest.mark.parametrize("zone", ["Asia/Bangkock", "", "Asia", "../../etc/passwd", "/etc/localtime"])
def test_an_unknown_time_zone_is_named(zone: str) -> None:
    with pytest.raises(ValueError, match=f"its time zone {re.escape(repr(zone))} is not known"):
        parse("every day 01:30", zone)


@pytest.mark.parametrize(
    ("text", "zone", "system", "lines"),
    [
        ("every day 01:30", BANGKOK, BANGKOK, ("30 1 * * *",)),
        ("every day 01:30", BANGKOK, "UTC", ("30 18 * * *",)),
        ("every mon,sat,sun 01:30", BANGKOK, BANGKOK, ("30 1 * * 0,1,6",)),
        ("every sun 01:00", BANGKOK, "Etc/UTC", ("0 18 * * 6",)),
        ("every mon 20:00", "UTC", BANGKOK, ("0 3 * * 2",)),
        ("every 15m", BANGKOK, "UTC", ("0,15,30,45 * * * *",)),
        ("every 6h", BANGKOK, "UTC", ("0 5,11,17,23 * * *",)),
        ("every 6h", BANGKOK, "Asia/Kathmandu", ("45 4,10,16,22 * * *",)),
        ("monthly 2 03:00", BANGKOK, "UTC", ("0 20 1 * *",)),
        ("monthly 1 09:00", BANGKOK, "UTC", ("0 2 1 * *",)),
        ("monthly last 20:00", "UTC", BANGKOK, ("0 3 1 * *",)),
        ("quarterly 1 04:00", BANGKOK, "UTC", ("0 21 31 3,12 *", "0 21 30 6,9 *")),
        ("yearly 09-30 08:00", BANGKOK, "UTC", ("0 1 30 9 *",)),
        ("yearly 10-01 00:30", BANGKOK, "UTC", ("30 17 30 9 *",)),
        ("every day 02:30", "Europe/Berlin", "Europe/Berlin", ("30 2 * * *",)),
    ],
)
def test_cron_lines_say_the_same_in_the_systems_zone(text: str, zone: str, system: str, lines: tuple[str, ...]) -> None:
    assert parse(text, zone).cron_lines(system) == lines


@pytest.mark.parametrize(
    ("text", "zone", "system", "words"),
    [
        ("monthly 1 03:00", BANGKOK, "UTC", "falls on other dates each year"),
        ("monthly last 03:00", BANGKOK, BANGKOK, "falls on other dates each year"),
        ("monthly first sun 03:00", BANGKOK, BANGKOK, "falls on other dates each year"),
        ("yearly 03-01 03:00", BANGKOK, "UTC", "falls on other dates each year"),
        ("every day 02:30", "Europe/Berlin", "UTC", "'Europe/Berlin' changes its clock"),
        ("every day 02:30", BANGKOK, "Europe/Berlin", "'Europe/Berlin' changes its clock"),
    ],
)
def test_what_cron_cannot_say_exactly_is_refused(text: str, zone: str, system: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text, zone).cron_lines(system)


def cron_field(field: str, value: int) -> bool:
    return field == "*" or str(value) in field.split(",")


@settings(max_examples=80, deadline=None)
@given(text=TEXTS, system=st.sampled_from(("UTC", BANGKOK, "Asia/Kathmandu", "America/Phoenix", "Pacific/Kiritimati")))
def test_cron_lines_fire_at_exactly_the_due_minutes_of_a_leap_year_spring(text: str, system: str) -> None:
    rule = parse(text, BANGKOK)
    try:
        lines = [line.split() for line in rule.cron_lines(system)]
    except ValueError:
        return
    period = Period(from_datetime(datetime(2028, 2, 26, tzinfo=UTC)), from_datetime(datetime(2028, 4, 3, tzinfo=UTC)))
    days = [to_datetime(period.start) + timedelta(days=number) for number in range(-1, 40)]
    fired = set()
    for day in days:
        for minute, hour, month_day, month, weekday in lines:
            if not (
                cron_field(month_day, day.day) and cron_field(month, day.month) and cron_field(weekday, day.isoweekday() % 7)
            ):
                continue
            hours = range(24) if hour == "*" else [int(each) for each in hour.split(",")]
            fired |= {
                from_datetime(datetime(day.year, day.month, day.day, each, int(when), tzinfo=ZoneInfo(system)))
                for each in hours
                for when in minute.split(",")
            }
    assert sorted(moment for moment in fired if period.contains(moment)) == list(rule.occurrences(period))
