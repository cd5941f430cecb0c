"""Which snapshots stay."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wenyam.backup.contract import Snapshot
from wenyam.backup.retention import choose
from wenyam.model.backup import KeepRules
from wenyam.model.instants import from_datetime

ZONE = "Asia/Bangkok"
START = datetime(2026, 1, 1, 18, 30, tzinfo=UTC)  # 01:30 in Bangkok


def nightly(count: int) -> list[Snapshot]:
    return [
        Snapshot(f"s{day:03}", from_datetime(START + timedelta(days=day)), "erp-db", f"r{day:03}", ("/x",))
        for day in range(count)
    ]


def kept(count: int, rules: KeepRules, proven: str = "") -> list[str]:
    return [choice.snapshot.id for choice in choose(nightly(count), rules, ZONE, proven) if choice.reason]


def test_the_newest_and_one_for_each_day_week_and_month_stay() -> None:
    rules = KeepRules(last=1, daily=3, weekly=2, monthly=3, yearly=0, floor=1)
    assert kept(90, rules) == ["s057", "s086", "s087", "s088", "s089"]
    reasons = {choice.snapshot.id: choice.reason for choice in choose(nightly(90), rules, ZONE)}
    assert reasons["s089"] == "last, day 2026-04-01, week 2026-W14, month 2026-04"
    assert reasons["s058"] == ""


def test_days_are_those_of_the_site_and_not_of_utc() -> None:
    rules = KeepRules(last=0, daily=0, weekly=0, monthly=2, floor=1)
    reasons = {choice.snapshot.id: choice.reason for choice in choose(nightly(32), rules, ZONE) if choice.reason}
    assert reasons == {"s029": "month 2026-01", "s031": "month 2026-02"}


def test_the_floor_wins_over_rules_that_keep_nothing() -> None:
    nothing = KeepRules(last=0, daily=0, weekly=0, monthly=0, yearly=0, floor=3)
    assert kept(10, nothing) == ["s007", "s008", "s009"]
    assert kept(2, nothing) == ["s000", "s001"]
    assert kept(5, KeepRules(last=0, daily=0, weekly=0, monthly=0, yearly=0, floor=0)) == ["s004"]


def test_what_was_last_proven_stays_however_old() -> None:
    assert kept(50, KeepRules(last=1, daily=0, weekly=0, monthly=0, floor=1), proven="r003") == ["s003", "s049"]


def test_what_is_no_success_takes_no_place_of_a_good_one_and_fills_no_floor() -> None:
    rules = KeepRules(last=2, daily=0, weekly=0, monthly=0, yearly=0, floor=2)
    doubtful = {"s007", "s008", "s009"}
    reasons = {
        choice.snapshot.id: choice.reason for choice in choose(nightly(10), rules, ZONE, doubtful=doubtful) if choice.reason
    }
    of_those = "last of those that are no success"
    assert reasons == {"s005": "last", "s006": "last", "s008": of_those, "s009": of_those}
    nothing = KeepRules(last=0, daily=0, weekly=0, monthly=0, yearly=0, floor=3)
    left = [choice.snapshot.id for choice in choose(nightly(10), nothing, ZONE, doubtful=doubtful) if choice.reason]
    assert left == ["s004", "s005", "s006"]


def test_what_a_wrong_clock_dated_in_the_future_takes_no_place_and_stays() -> None:
    rules = KeepRules(last=1, daily=0, weekly=0, monthly=0, yearly=0, floor=1)
    now = from_datetime(START + timedelta(days=4, hours=1))
    reasons = {choice.snapshot.id: choice.reason for choice in choose(nightly(6), rules, ZONE, now=now) if choice.reason}
    assert reasons == {"s004": "last", "s005": "dated in the future: a clock was wrong"}


def test_nothing_to_judge_is_nothing_to_remove() -> None:
    assert choose([], KeepRules(), ZONE) == []


RULES = st.builds(
    KeepRules,
    last=st.integers(0, 5),
    daily=st.integers(0, 9),
    weekly=st.integers(0, 6),
    monthly=st.integers(0, 4),
    yearly=st.integers(0, 2),
    floor=st.integers(0, 9),
)


@given(count=st.integers(0, 60), rules=RULES)
def test_never_fewer_than_the_floor_and_always_the_newest(count: int, rules: KeepRules) -> None:
    found = kept(count, rules)
    assert len(found) >= min(count, max(1, rules.floor))
    assert not count or found[-1] == f"s{count - 1:03}"
