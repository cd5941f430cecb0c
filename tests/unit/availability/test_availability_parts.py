import re
import time

import pytest

from wenyam.availability.buckets import count
from wenyam.availability.corrections import FACT_KIND, CorrectedState, Correction
from wenyam.availability.finality import is_final
from wenyam.availability.on_time import OnTime, on_time
from wenyam.availability.outages import Outage, outages
from wenyam.availability.services import combined, with_own_probes
from wenyam.availability.spans import common, merged, without
from wenyam.availability.timeline import Timeline
from wenyam.model.calendar import Run, RunOutcome
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.inventory import AtLeast, Member
from wenyam.model.states import State, StateRecord, Subject, SubjectKind

SWITCH = Subject(SubjectKind.DEVICE, "core-switch")


def at(second: int) -> Instant:
    return Instant(second * 1000)


def test_spans_are_merged_cut_and_shared() -> None:
    spans = merged([(at(5), at(6)), (at(1), at(3)), (at(2), at(4)), (at(4), at(5)), (at(9), at(9))])
    assert spans == [(at(1), at(6))]
    assert without(spans, [(at(2), at(3)), (at(5), at(8))]) == [(at(1), at(2)), (at(3), at(5))]
    assert without([], spans) == []
    assert common(spans, [(at(0), at(2)), (at(6), at(7))]) == [(at(1), at(2))]


def test_an_outage_says_whether_it_began_before_or_goes_on() -> None:
    line = Timeline(at(0), at(100), State.DOWN, [(at(10), State.UP), (at(20), State.DOWN), (at(30), State.UNREACHABLE)])
    assert outages(line, [(at(5), at(25))]) == [
        Outage(at(0), at(10), State.DOWN, planned=5000, began_before=True),
        Outage(at(20), at(30), State.DOWN, planned=5000),
        Outage(at(30), at(100), State.UNREACHABLE, goes_on=True),
    ]


def test_a_state_that_lasted_no_time_leaves_no_trace() -> None:
    line = Timeline(at(0), at(9), State.DOWN, [(at(4), State.UP), (at(4), State.DOWN)])
    assert list(line.spans()) == [(at(0), at(9), State.DOWN)]


@pytest.mark.parametrize(
    ("now", "record", "expected"),
    [
        (at(100), StateRecord(SWITCH, State.UP, soft_state=State.UP), False),
        (at(111), StateRecord(SWITCH, State.UP, soft_state=State.UP), True),
        (at(111), StateRecord(SWITCH, State.UP, soft_state=State.DOWN, failing_since=at(99)), False),
        (at(111), StateRecord(SWITCH, State.UP, soft_state=State.DOWN, failing_since=at(100)), True),
    ],
)
def test_a_period_is_final_when_it_is_over_and_nothing_soft_reaches_into_it(
    now: Instant, record: StateRecord, expected: object
) -> None:
    assert is_final(at(100), now, 11.0, [record]) is expected


def run(outcome: RunOutcome) -> Run:
    return Run("backup", at(0), outcome)


def test_the_on_time_ratio_counts_missed_failed_and_incomplete_runs_against() -> None:
    outcomes = [RunOutcome.DONE] * 9 + [RunOutcome.MISSED, RunOutcome.RUNNING]
    found = on_time(run(outcome) for outcome in outcomes)
    assert found == OnTime(done=9, missed=1, running=1)
    assert (found.ratio, found.meets(0.9)) == (0.9, True)
    worse = on_time([run(outcome) for outcome in (RunOutcome.DONE, RunOutcome.FAILED, RunOutcome.INCOMPLETE)])
    assert (worse.ratio, worse.meets(0.9)) == (1 / 3, False)


def test_no_run_owed_gives_no_ratio() -> None:
    assert (on_time([]).ratio, on_time([run(RunOutcome.RUNNING)]).meets(0.9)) == (None, None)


def test_a_correction_survives_its_fact() -> None:
    correction = Correction(SWITCH, at(5), at(9), CorrectedState.PLANNED, "power work", "somchai", at(20))
    assert Correction.of_fact(correction.fact()) == correction
    everything = Correction(None, at(5), at(9), CorrectedState.UP, "own line cut", "somchai", at(20))
    assert Correction.of_fact(everything.fact()) == everything
    assert everything.concerns(SWITCH)
    assert not correction.concerns(Subject(SubjectKind.DEVICE, "other"))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"start": 1, "end": 2, "state": "up"}, "its field 'subject' is absent"),
        ({"subject": "*", "start": 2, "end": 2, "state": "up"}, "its time from 2 to 2 is not a stretch of time"),
        ({"subject": "*", "start": 1, "end": 2, "state": "fine"}, "'fine' is not a valid CorrectedState"),
    ],
)
def test_a_malformed_correction_says_what_is_wrong(body: dict[str, str | int], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Correction.of_fact(Fact(FACT_KIND, at(0), "somchai", body))


def test_a_member_added_later_does_not_spoil_the_time_before() -> None:
    old, new = Subject(SubjectKind.DEVICE, "old"), Subject(SubjectKind.DEVICE, "new")
    lines = {old: Timeline(at(0), at(100), State.UP), new: Timeline(at(60), at(100), State.DOWN)}
    both = AtLeast(2, (Member(old), Member(new)), "all")
    found = count(combined(both, lines.get, Timeline(at(0), at(100), State.UNKNOWN)))
    assert (found.up, found.down, found.unknown) == (60_000, 40_000, 0)


def test_a_service_without_living_members_is_unknown() -> None:
    line = combined(Member(SWITCH), lambda _subject: None, Timeline(at(0), at(10), State.UNKNOWN))
    assert count(line).unknown == 10_000
    assert with_own_probes(None, None) is None


def test_a_million_changes_are_swept_quickly() -> None:
    changes = [(at(second), (State.UP, State.DOWN)[second % 2]) for second in range(100)]
    lines = [Timeline(at(0), at(100), State.UNKNOWN, changes) for _ in range(10_000)]
    began = time.process_time()
    for line in lines:
        count(line)
    assert time.process_time() - began < 1.0
