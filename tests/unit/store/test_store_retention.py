"""Months are sealed before their rows go; the chain stays verifiable across the gap; rollups go by age."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from wenyam.model.facts import ChainHead, Fact
from wenyam.model.instance import DAY, Retention
from wenyam.model.instants import Instant, Period, after, to_iso
from wenyam.model.receiving import Received, ReceivedKind
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store import retention
from wenyam.store.interface import RollupRow, Transition
from wenyam.store.retention import is_past, month_after, month_of, seal_oldest_month
from wenyam.store.sqlite import open_reader
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

Opener = Callable[..., SqliteWriter]
ALWAYS = Period(Instant(0), Instant(4_000_000_000_000))
MAY = Instant(1_777_593_600_000)
JULY = Instant(1_782_864_000_000)
RULES = Retention(rollups=10 * DAY, facts=30 * DAY)
WEB, OLD = Subject.parse("device:web"), Subject.parse("device:old")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MAY)


def move(writer: SqliteWriter, subject: Subject, states: tuple[State, State], moment: Instant) -> None:
    change = StateChange(subject, *states, moment, moment, "", None, None, None)
    assert writer.apply([Transition(StateRecord(subject, states[1], moment), change)])


@pytest.fixture
def writer(opener: Opener) -> SqliteWriter:
    """Write two facts in May, a change every ten days until the end of July."""
    writer = opener(RULES)
    writer.register({WEB: None, OLD: None}, MAY)
    move(writer, OLD, (State.UNKNOWN, State.DOWN), MAY)
    state = State.UNKNOWN
    for step in range(9):
        new = State.DOWN if state is State.UP else State.UP
        move(writer, WEB, (state, new), after(MAY, step * 10 * DAY))
        state = new
    return writer


def test_the_two_dates_are_what_they_say() -> None:
    assert (to_iso(MAY), to_iso(JULY)) == ("2026-05-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("moment", "month", "following"),
    [("2026-12-31T23:59:59.999Z", "2026-12", "2027-01-01T00:00:00.000Z"), ("2028-02-29T00:00:00.000Z", "2028-02", "2028-03-01")],
)
def test_a_month_ends_where_the_next_begins(moment: str, month: str, following: str) -> None:
    instant = Instant(round(datetime.fromisoformat(moment).timestamp() * 1000))
    assert month_of(instant) == month
    assert to_iso(month_after(instant)).startswith(following)
    assert not is_past(month_after(instant), Instant(month_after(instant) + 999), 1.0)
    assert is_past(month_after(instant), Instant(month_after(instant) + 1000), 1.0)


def test_nothing_goes_before_its_time(writer: SqliteWriter) -> None:
    head = writer.head()
    assert "no month is past its retention" in writer.retain(Instant(JULY - 60_000))
    assert writer.head() == head


def test_a_month_is_sealed_and_removed_and_the_chain_is_whole(writer: SqliteWriter) -> None:
    before = writer.head()
    facts = writer.verify().facts
    assert "sealed and removed 2026-05" in writer.retain(JULY)
    (seal,) = writer.facts(ALWAYS, "month-sealed")
    assert (seal.fact.body["month"], seal.fact.body["first"], seal.fact.body["changes"]) == ("2026-05", 1, 5)
    verdict = writer.verify(before)
    assert (verdict.problem, verdict.untested) == ("", "")
    assert verdict.facts == facts - int(str(seal.fact.body["facts"])) + 1
    assert [to_iso(change.effective)[:7] for change in writer.changes(ALWAYS)] == [
        "2026-06",
        "2026-06",
        "2026-06",
        "2026-07",
        "2026-07",
    ]


def test_the_last_state_before_the_seal_is_still_known(writer: SqliteWriter) -> None:
    writer.retain(JULY)
    web, old = writer.histories(Period(after(MAY, 35 * DAY), after(MAY, 45 * DAY)), [WEB, OLD])
    assert (web.initial, len(web.changes)) == (State.DOWN, 1)
    assert (old.initial, [*old.changes]) == (State.DOWN, [])
    assert writer.states()[OLD].state is State.DOWN


def test_several_months_go_one_after_the_other(writer: SqliteWriter) -> None:
    assert "sealed and removed 2026-05, 2026-06;" in writer.retain(after(JULY, 31 * DAY))
    assert writer.verify().problem == ""
    move(writer, WEB, (State.UP, State.DOWN), after(JULY, 32 * DAY))
    assert writer.verify().problem == ""


def test_a_large_month_is_sealed_in_parts(writer: SqliteWriter) -> None:
    parts = []
    while month := writer._write(lambda transaction: seal_oldest_month(transaction, JULY, RULES.facts, 3)):
        parts.append(month)
        assert writer.verify().problem == ""
    assert parts == ["2026-05"] * 3
    assert [fact.fact.body["facts"] for fact in writer.facts(ALWAYS, "month-sealed")] == [3, 3, 2]


def test_a_newer_fact_dated_in_the_past_takes_nothing_younger_along(writer: SqliteWriter) -> None:
    writer.append(Fact("note", Instant(1000), "p1", {"text": "the clock said 1970"}))
    writer.retain(JULY)
    assert len(writer.facts(ALWAYS, "note")) == 1
    assert len(writer.changes(ALWAYS)) == 5


def test_a_fact_dated_in_the_future_stays_with_all_after_it(opener: Opener) -> None:
    writer = opener(RULES)
    writer.append(Fact("note", Instant(MAY + 10**12), "p1", {"text": "the clock ran ahead"}))
    writer.append(Fact("note", MAY, "p1", {"text": "right again"}))
    writer.retain(JULY)
    assert len(writer.facts(Period(Instant(0), Instant(MAY + 10**13)), "note")) == 2
    assert writer.verify().problem == ""


def test_an_anchor_in_a_sealed_month_says_that_it_proves_nothing(writer: SqliteWriter) -> None:
    early = ChainHead("lab", 4, "0" * 64, MAY)
    writer.retain(JULY)
    verdict = writer.verify(early)
    assert verdict.problem == ""
    assert "lies in the sealed months up to fact" in verdict.untested


def test_an_anchor_at_the_edge_of_the_seal_still_proves(writer: SqliteWriter) -> None:
    last = next(fact for fact in reversed(writer.facts(ALWAYS)) if to_iso(fact.fact.at) < "2026-06")
    writer.retain(JULY)
    good = ChainHead("lab", last.sequence, last.digest, last.fact.at)
    assert writer.verify(good).problem == writer.verify(good).untested == ""
    assert "the history was rewritten" in writer.verify(ChainHead("lab", last.sequence, "0" * 64, last.fact.at)).problem


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE seal SET chain_digest = zeroblob(32)", "does not follow from the one before"),
        ("UPDATE seal SET month = '2026-04'", r"the seal of 2026-04 does not agree with fact \d+ \(month\)"),
        ("UPDATE timeline SET state = 'up' WHERE state = 'down' AND sequence = 4", r"does not agree with fact \d+ \(timeline\)"),
        ("UPDATE seal SET last = last + 1, chain_digest = (SELECT digest FROM fact ORDER BY sequence LIMIT 1)", "has no fact"),
        ("DELETE FROM seal", "fact 1 is missing"),
    ],
)
def test_a_forged_seal_is_found(writer: SqliteWriter, directory: Path, statement: str, sentence: str) -> None:
    writer.retain(JULY)
    writer.close()
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        for name in ("seal_never_changes", "seal_stays"):
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount > 0
    reader = open_reader(directory)
    with pytest.raises(AssertionError, match=sentence):
        assert reader.verify().problem == ""
    reader.close()


def test_old_hours_of_rollups_go(writer: SqliteWriter) -> None:
    for days in (0, 5, 12):
        writer.write_rollups([RollupRow("web", "cpu", after(JULY, -days * DAY), (1.0,) * 60)])
    assert "dropped 1 hours of rollups older than 10 days" in writer.retain(JULY)
    assert len(writer.rollups("web", ALWAYS)) == 2


def test_what_was_received_goes_by_age_and_by_number(writer: SqliteWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [after(JULY, -days * DAY) for days in (12, 5, 4, 3)]
    writer.receive([Received(moment, "192.0.2.7", None, ReceivedKind.TRAP, "coldStart", "") for moment in moments])
    assert writer.retain(JULY).endswith("older than 10 days, and 1 rows of traps and alerts received")
    monkeypatch.setattr(retention, "RECEIVED_ROWS", 2)
    writer.retain(JULY)
    assert [row.at for row in writer.received(ALWAYS, 10)] == [moments[3], moments[2]]


def test_a_point_of_a_rollup_takes_less_than_five_bytes(writer: SqliteWriter, directory: Path) -> None:
    series = 200
    hours = 48
    for hour in range(hours):
        moment = after(JULY, hour * 3600.0)
        writer.write_rollups([RollupRow(f"device-{n:04}", "cpu", moment, (0.5,) * 60) for n in range(series)])
    writer.close()
    with closing(sqlite3.connect(directory / "wenyam.db")) as connection:
        size = connection.execute("SELECT sum(pgsize) FROM dbstat WHERE name IN ('rollup', 'series')").fetchone()[0]
    assert size / (series * hours * 60) <= 5
