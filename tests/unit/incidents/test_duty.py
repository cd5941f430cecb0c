from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from wenyam.errors import UsageError
from wenyam.incidents import stand_ins
from wenyam.incidents.duty import Place, places
from wenyam.incidents.rota import on_duty
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.inventory import Inventory, Person, Text
from wenyam.model.oncall import HolidayRules, Hours, Layer, OnCallPlan, Rota, StandIn
from wenyam.operations.moments import moment_of
from wenyam.operations.oncall import doubts

ZONE = "Asia/Bangkok"
ROTA = Rota("centre", Text("ศูนย์", "Centre"), (Layer(("somchai", "malee"), date(2026, 11, 2), weekday=0),))
PLAN = OnCallPlan({"centre": ROTA})
ALONE = replace(ROTA, layers=(Layer(("somchai",), date(2026, 11, 2)),))


def at(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


def chained(sequence: int, fact: Fact) -> ChainedFact:
    return ChainedFact(sequence, fact, "", "")


def entered(sequence: int, person: str, starts: str, ends: str, rota: str = "centre") -> ChainedFact:
    stand_in = StandIn(person, at(starts), at(ends), "ill")
    return chained(sequence, stand_ins.entered(rota, stand_in, at("2026-11-01T00:00"), "somchai"))


def withdrawn(sequence: int, number: int, when: str) -> ChainedFact:
    return chained(sequence, stand_ins.withdrawn(number, at(when), "somchai", "well"))


def who(plan: OnCallPlan, when: str) -> tuple[str, ...]:
    return on_duty(plan, plan.rotas["centre"], at(when))


def test_whoever_is_entered_at_run_time_stands_in_until_withdrawn_and_stays_on_record() -> None:
    first = entered(7, "anan", "2026-11-03T00:00", "2026-11-05T00:00")
    plan = stand_ins.with_stand_ins(PLAN, [first])
    assert who(plan, "2026-11-04T12:00") == ("anan",)
    assert plan.rotas["centre"].overrides[0].number == 7
    plan = stand_ins.with_stand_ins(PLAN, [first, withdrawn(8, 7, "2026-11-04T00:00")])
    assert who(plan, "2026-11-03T12:00") == ("anan",)
    assert who(plan, "2026-11-04T12:00") == ("somchai",)
    plan = stand_ins.with_stand_ins(PLAN, [first, withdrawn(8, 7, "2026-11-02T00:00"), withdrawn(9, 7, "2026-11-02T00:00")])
    assert plan.rotas["centre"].overrides == ()


def test_of_two_at_the_same_time_the_later_word_counts_also_over_the_configuration() -> None:
    written = replace(ROTA, overrides=(StandIn("malee", at("2026-11-03T00:00"), at("2026-11-04T00:00"), "leave"),))
    known = [
        entered(7, "anan", "2026-11-03T06:00", "2026-11-03T12:00"),
        entered(8, "x", "2026-11-03T00:00", "2026-11-04T00:00", "gone"),
    ]
    plan = stand_ins.with_stand_ins(OnCallPlan({"centre": written}), known)
    assert who(plan, "2026-11-03T00:00") == ("malee",)
    assert who(plan, "2026-11-03T06:00") == ("anan",)


def test_a_place_says_until_when_and_who_takes_over() -> None:
    assert places(PLAN, ROTA, at("2026-11-04T00:00")) == (
        Place(1, "somchai", at("2026-11-09T08:30"), "", "malee", at("2026-11-09T08:30")),
    )
    assert places(PLAN, ROTA, at("2026-10-01T00:00")) == (Place(1, None, None, "", "somchai", at("2026-11-02T08:30")),)
    office = replace(ROTA, hours=Hours.OFFICE)
    assert places(PLAN, office, at("2026-12-04T17:00"))[0].next_from == at("2026-12-08T08:30"), "over a weekend and a holiday"
    assert places(PLAN, office, at("2026-12-04T10:00"))[0].until == at("2026-12-04T16:30")


def test_one_person_alone_is_never_relieved_by_themselves() -> None:
    assert places(PLAN, ALONE, at("2026-11-04T00:00")) == (Place(1, "somchai"),)


def warnings(plan: OnCallPlan, now: str, telephone: str | None = "02-1") -> list[str]:
    people = {name: Person(name, Text(name, name), telephone=telephone) for name in ("somchai", "malee")}
    return list(doubts(Configuration(Instance("t", "office"), Inventory(people=people), "", oncall=plan), at(now)))


def test_times_with_nobody_on_duty_are_named() -> None:
    assert warnings(PLAN, "2026-11-10T00:00") == []
    assert warnings(PLAN, "2026-11-01T00:00") == [
        "oncall.rotas.centre: nobody is on duty in it before 2026-11-02 08:30, its first day"
    ]
    office = OnCallPlan({"centre": replace(ROTA, hours=Hours.OFFICE)})
    (sentence,) = warnings(office, "2026-11-10T09:00")
    assert sentence.startswith("oncall.rotas: nobody is on duty from 2026-11-10 16:30 to 2026-11-11 08:30 and ")
    outside = replace(ROTA, name="nights", hours=Hours.OUTSIDE_OFFICE)
    assert warnings(OnCallPlan({**office.rotas, "nights": outside}), "2026-11-10T09:00") == []
    assert warnings(OnCallPlan(), "2026-11-10T09:00") == []


def test_nobody_to_call_and_holidays_that_are_none_are_named() -> None:
    plan = replace(PLAN, holidays=HolidayRules(remove=(date(2026, 12, 10), date(2026, 12, 11))))
    assert warnings(plan, "2026-11-10T00:00", telephone=None) == [
        "oncall.rotas.centre: somchai has no telephone under 'people'",
        "oncall.rotas.centre: malee has no telephone under 'people'",
        "oncall.holidays.remove: 2026-12-11 is no public holiday",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-10T09:00"),
        ("+90m", "2026-11-10T10:30"),
        ("2026-11-12", "2026-11-13T00:00"),
        ("2026-11-12T22:00", "2026-11-12T22:00"),
        ("2026-11-12T15:00+00:00", "2026-11-12T22:00"),
    ],
)
def test_moments_are_written_as_people_write_them(text: str, expected: str) -> None:
    assert moment_of(text, "--until", at("2026-11-10T09:00"), ZONE, last=True) == at(expected)


@pytest.mark.parametrize("text", ["2569-11-12", "tomorrow", "+5", "2026-02-30", "2026-11-12T25:00", "2026-11-12 x", ""])
def test_what_is_no_moment_is_refused_with_the_option_named(text: str) -> None:
    with pytest.raises(UsageError, match="--until: "):
        moment_of(text, "--until", at("2026-11-10T09:00"), ZONE)
