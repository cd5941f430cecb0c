"""The courses that availability reads, against the rows of the table they are put together from."""

import random
import sqlite3
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wenyam.model.instants import Instant, Period
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.interface import Transition
from wenyam.store.rows import course_of_columns
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

START = Instant(1_792_000_000_000)
SUBJECTS = [Subject.parse(f"device:{name}") for name in ("web", "database", "core")]
LIVENESS = (State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN)


def test_a_course_is_the_rows_between_both_ends_of_its_period(tmp_path: Path) -> None:
    chance = random.Random(18)
    held = dict.fromkeys(SUBJECTS, State.UNKNOWN)
    writer = open_writer(tmp_path, FakeClock(START), "watch-1", ballast_bytes=0)
    for number in range(300):
        subject, state = chance.choice(SUBJECTS), chance.choice(LIVENESS)
        # Now and then a change is decided late and overrules what was written before it.
        effective = Instant(START + 1000 * (number - chance.choice((0, 0, 0, 7))))
        change = StateChange(subject, held[subject], state, effective, Instant(START + 1000 * number))
        written = writer.apply([Transition(StateRecord(subject, state, effective, soft_state=state), change)])
        assert len(written) == 1
        held[subject] = state
    with sqlite3.connect(tmp_path / "wenyam.db") as plain:
        rows = plain.execute(
            "SELECT name, effective, t.state FROM timeline t JOIN subject s ON s.id = t.subject ORDER BY effective"
        ).fetchall()
    plain.close()
    for first, last in ((-1, 400), (50, 51), (100, 200), (299, 300)):
        period = Period(Instant(START + 1000 * first), Instant(START + 1000 * last))
        for history in writer.histories(period, SUBJECTS):
            own = [(at, State(state)) for name, at, state in rows if name == history.subject.name]
            assert history.changes == [(at, state) for at, state in own if period.start < at < period.end]
            before = [state for at, state in own if at <= period.start]
            assert history.initial is (before[-1] if before else State.UNKNOWN)
    assert {state for _, _, state in rows} == {state.value for state in LIVENESS}
    assert writer.verify().problem == "", "running totals follow from the rows, those that overruled others among them"
    writer.close()


@given(st.dictionaries(st.integers(0, 1 << 50), st.sampled_from("udrk")), st.randoms())
def test_columns_in_any_order_are_the_same_course(rows: dict[int, str], chance: random.Random) -> None:
    shuffled = [*rows.items()]
    chance.shuffle(shuffled)
    ordered = sorted(rows.items())
    found = course_of_columns([time for time, _ in shuffled], "".join(letter for _, letter in shuffled))
    assert found.instants.tolist() == [time for time, _ in ordered]
    assert found.letters.decode() == "".join(letter for _, letter in ordered)
