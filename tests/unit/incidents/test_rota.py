from dataclasses import replace
from datetime import date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wenyam.incidents.rota import gaps, on_duty, shifts, whole_shifts
from wenyam.model.instants import Instant, Period, after, from_datetime
from wenyam.model.inventory import Text
from wenyam.model.oncall import Hours, Layer, OnCallPlan, OwnHoliday, Rota, StandIn

ZONE = "Asia/Bangkok"
PLAN = OnCallPlan()
THREE = ("somchai", "malee", "anan")
WEEKLY = Rota("centre", Text("ศูนย์", "Centre"), (Layer(THREE, date(2026, 11, 2), weekday=0),))
HOUR, DAY = 3600.0, 86_400.0


def at(text: str, zone: str = ZONE) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def one(rota: Rota, text: str) -> tuple[str, ...]:
    return on_duty(PLAN, rota, at(text))


def test_people_take_weekly_turns_that_change_at_the_hand_over() -> None:
    assert one(WEEKLY, "2026-11-02T08:29:59") == ()
    assert one(WEEKLY, "2026-11-02T08:30") == ("somchai",)
    assert one(WEEKLY, "2026-11-09T08:29:59") == ("somchai",)
    assert one(WEEKLY, "2026-11-09T08:30") == ("malee",)
    assert one(WEEKLY, "2026-11-16T08:30") == ("anan",)
    assert one(WEEKLY, "2026-11-23T08:30") == ("somchai",)


def test_a_first_day_in_the_middle_of_a_week_begins_with_a_short_turn() -> None:
    rota = replace(WEEKLY, layers=(Layer(THREE, date(2026, 11, 5), weekday=0),))
    assert one(rota, "2026-11-05T08:30") == ("somchai",)
    assert one(rota, "2026-11-09T08:30") == ("malee",)


def test_a_second_layer_comes_second_and_nobody_is_named_twice() -> None:
    both = replace(WEEKLY, layers=(WEEKLY.layers[0], Layer(("malee", "somchai"), date(2026, 11, 2))))
    assert one(both, "2026-11-03T12:00") == ("somchai", "malee")
    assert one(replace(both, layers=(both.layers[0], both.layers[0])), "2026-11-03T12:00") == ("somchai",)


def test_hand_over_at_midnight_across_a_holiday() -> None:
    rota = Rota("night", Text("เวร", "Night"), (Layer(THREE, date(2026, 12, 4), days=1, hand_over=time(0, 0)),))
    assert one(rota, "2026-12-04T23:59:59") == ("somchai",)
    assert one(rota, "2026-12-05T00:00") == ("malee",)
    assert one(rota, "2026-12-07T00:00") == ("somchai",)
    office = replace(rota, hours=Hours.OFFICE)
    assert one(office, "2026-12-04T10:00") == ("somchai",)
    assert one(office, "2026-12-07T10:00") == ()  # in lieu of Saturday's holiday
    assert one(office, "2026-12-08T10:00") == ("malee",)


def test_office_hours_and_the_hours_outside_them_share_all_time() -> None:
    office = replace(WEEKLY, hours=Hours.OFFICE)
    outside = replace(WEEKLY, name="outside", hours=Hours.OUTSIDE_OFFICE)
    month = Period(at("2026-12-01T00:00"), at("2027-01-01T00:00"))
    assert gaps(PLAN, (office, outside), month) == ()
    assert sum(shift.period.seconds for rota in (office, outside) for shift in shifts(PLAN, rota, month)) == month.seconds
    assert one(office, "2026-12-01T16:29:59") == ("malee",)
    assert one(office, "2026-12-01T16:30") == ()
    assert one(outside, "2026-12-01T16:30") == ("malee",)
    assert one(outside, "2026-12-10T12:00") != ()  # Constitution Day
    own = replace(PLAN, holidays=replace(PLAN.holidays, add=(OwnHoliday(date(2026, 12, 1), Text("พิเศษ", "Special")),)))
    assert on_duty(own, office, at("2026-12-01T12:00")) == ()


def test_somebody_stands_in_across_a_hand_over() -> None:
    stand_in = StandIn("anan", at("2026-11-08T12:00"), at("2026-11-10T12:00"), "malee is ill")
    rota = replace(WEEKLY, overrides=(stand_in,))
    assert one(rota, "2026-11-08T11:59:59") == ("somchai",)
    assert one(rota, "2026-11-08T12:00") == ("anan",)
    assert one(rota, "2026-11-09T08:30") == ("anan",)
    assert one(rota, "2026-11-10T12:00") == ("malee",)
    found = shifts(PLAN, rota, Period(at("2026-11-02T08:30"), at("2026-11-16T08:30")))
    assert [shift.person for shift in found] == ["somchai", "anan", "anan", "malee"]
    assert [shift.stands_in for shift in found] == ["", "malee is ill", "malee is ill", ""]


def test_of_two_who_stand_in_the_later_word_counts() -> None:
    first = StandIn("anan", at("2026-11-03T00:00"), at("2026-11-05T00:00"), "training")
    second = StandIn("malee", at("2026-11-04T00:00"), at("2026-11-04T12:00"), "anan is ill")
    rota = replace(WEEKLY, overrides=(first, second))
    assert one(rota, "2026-11-04T06:00") == ("malee",)
    assert one(rota, "2026-11-04T12:00") == ("anan",)


def test_nobody_is_on_duty_before_the_first_day_and_that_is_a_gap() -> None:
    period = Period(at("2026-11-01T00:00"), at("2026-11-10T00:00"))
    assert gaps(PLAN, (WEEKLY,), period) == (Period(period.start, at("2026-11-02T08:30")),)
    assert gaps(PLAN, (), period) == (period,)


def test_whole_shifts_are_the_same_whenever_one_asks() -> None:
    rota = replace(WEEKLY, overrides=(StandIn("anan", at("2026-11-12T00:00"), at("2026-11-13T00:00"), "leave"),))
    month = set(whole_shifts(PLAN, rota, Period(at("2026-11-01T00:00"), at("2026-12-01T00:00"))))
    for hour in range(0, 700, 7):
        moment = after(at("2026-11-02T08:30"), hour * HOUR)
        assert set(whole_shifts(PLAN, rota, Period(moment, after(moment, 1.0)))) <= month


ZONES = st.sampled_from([ZONE, "America/New_York", "Europe/London", "Australia/Lord_Howe", "UTC"])
LAYERS = st.builds(
    Layer,
    people=st.sampled_from([THREE, ("somchai",), ("malee", "anan")]),
    first_day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    days=st.sampled_from([1, 2, 7, 14]),
    hand_over=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    weekday=st.none(),
)
STARTS = st.integers(0, 600).map(lambda days: after(at("2027-01-02T00:00"), days * DAY + 1234.0))


@st.composite
def stand_ins(draw: st.DrawFn) -> StandIn:
    start = after(draw(STARTS), draw(st.integers(-200, 200)) * HOUR)
    return StandIn(draw(st.sampled_from(THREE)), start, after(start, draw(st.integers(1, 500)) * HOUR), "leave")


@given(LAYERS, ZONES, STARTS, st.lists(stand_ins(), max_size=3), st.integers(1, 60 * 24))
def test_shifts_of_a_full_rota_tile_every_period_with_one_person(
    layer: Layer, zone: str, start: Instant, others: list[StandIn], hours: int
) -> None:
    plan = OnCallPlan(time_zone=zone)
    rota = Rota("any", Text("ใด", "Any"), (layer,), overrides=tuple(others))
    period = Period(start, after(start, hours * HOUR))
    found = shifts(plan, rota, period)
    assert found[0].start == period.start
    assert found[-1].end == period.end
    assert all(before.end == following.start for before, following in pairwise(found))
    for shift in found:
        for instant in (shift.start, Instant(shift.end - 1)):
            assert on_duty(plan, rota, instant) == (shift.person,)


@given(LAYERS, ZONES, STARTS, st.sampled_from([Hours.OFFICE, Hours.OUTSIDE_OFFICE]))
def test_hours_only_ever_take_time_away_and_the_two_halves_make_the_whole(
    layer: Layer, zone: str, start: Instant, hours: Hours
) -> None:
    plan = OnCallPlan(time_zone=zone)
    whole = Rota("any", Text("ใด", "Any"), (layer,))
    half = replace(whole, hours=hours)
    other = replace(whole, hours=Hours.OUTSIDE_OFFICE if hours is Hours.OFFICE else Hours.OFFICE)
    period = Period(start, after(start, 10 * DAY))
    assert gaps(plan, (half, other), period) == ()
    for shift in shifts(plan, half, period):
        assert on_duty(plan, whole, shift.start) == (shift.person,)
        assert on_duty(plan, other, shift.start) == ()
