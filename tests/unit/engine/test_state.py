"""The rules of soft and hard states, on their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.engine import state
from wenyam.model.instants import Instant
from wenyam.model.inventory import Policy
from wenyam.model.states import CheckResult, Observation, State, StateChange, StateRecord, Subject, SubjectKind

DEVICE = Subject(SubjectKind.DEVICE, "core-1")
CPU = Subject(SubjectKind.DEVICE, "core-1", "cpu")
THREE = Policy(after=3, of=3)


def play(subject: Subject, states: list[State], policy: Policy = THREE) -> tuple[StateRecord, list[StateChange]]:
    """Observe one state a second from second 1 on."""
    record, changes = StateRecord(subject), []
    for second, seen in enumerate(states, 1):
        at = Instant(second * 1000)
        step = state.observe(record, Observation(at, CheckResult(seen, f"seen {seen}")), policy, at)
        record = step.record
        if step.change is not None:
            changes.append(step.change)
    return record, changes


def test_the_first_good_observation_is_hard_at_once() -> None:
    record, changes = play(DEVICE, [State.UP])
    assert record.state is State.UP
    assert [(change.previous, change.state, change.effective) for change in changes] == [(State.UNKNOWN, State.UP, 1000)]


def test_a_death_is_hard_after_three_and_back_dated_to_the_first_failed_probe() -> None:
    record, changes = play(DEVICE, [State.UP, State.DOWN, State.DOWN, State.DOWN])
    assert record.state is State.DOWN
    assert (changes[-1].effective, changes[-1].recorded) == (2000, 4000)


def test_two_failures_and_a_good_answer_leave_no_row() -> None:
    record, changes = play(DEVICE, [State.UP, State.DOWN, State.DOWN, State.UP])
    assert record.state is State.UP
    assert record.settled
    assert len(changes) == 1


def test_recovery_is_effective_from_the_first_good_probe() -> None:
    _, changes = play(DEVICE, [State.UP, *[State.DOWN] * 5, State.UP])
    assert (changes[-1].state, changes[-1].effective) == (State.UP, 7000)


def test_n_of_m_counts_failures_with_a_good_one_between_but_dates_from_the_unbroken_run() -> None:
    policy = Policy(after=3, of=5)
    record, changes = play(DEVICE, [State.UP, State.DOWN, State.DOWN, State.UP, State.DOWN], policy)
    assert record.state is State.DOWN
    assert changes[-1].effective == 5000


def test_unknown_is_no_observation_of_liveness() -> None:
    record, changes = play(DEVICE, [State.UP, *[State.UNKNOWN] * 9])
    assert record.state is State.UP
    assert record.observed_at == 1000
    assert len(changes) == 1


def test_unknown_is_a_verdict_about_health() -> None:
    record, _ = play(CPU, [State.OK, State.UNKNOWN, State.UNKNOWN, State.UNKNOWN])
    assert record.state is State.UNKNOWN


def test_once_bad_a_worse_verdict_is_hard_at_once() -> None:
    _, changes = play(CPU, [State.OK, State.WARN, State.WARN, State.WARN, State.CRIT])
    assert [(change.state, change.effective) for change in changes] == [(State.OK, 1000), (State.WARN, 2000), (State.CRIT, 5000)]


def test_behind_a_parent_that_came_back_a_device_gets_its_three_tries_again() -> None:
    unreachable = StateRecord(DEVICE, State.UNREACHABLE, Instant(1000), soft_state=State.UNREACHABLE)
    dead = Observation(Instant(9000), CheckResult(State.DOWN, "silent"))
    step = state.observe(unreachable, dead, THREE, Instant(9000))
    assert step.record.state is State.UNREACHABLE
    assert step.record.attempt == 1


def test_a_state_goes_stale_from_the_moment_its_last_observation_stopped_counting() -> None:
    record, _ = play(DEVICE, [State.UP])
    fresh = state.stale(record, 11.0, Instant(11_999), Instant(11_999))
    assert fresh.change is None
    stale = state.stale(record, 11.0, Instant(60_000), Instant(60_000))
    assert stale.change is not None
    assert (stale.change.state, stale.change.effective, stale.change.recorded) == (State.UNKNOWN, 12_000, 60_000)
    assert stale.change.summary == "stale: nothing seen for 59 s"


def test_would_harden_says_when_it_is_time_to_ask_the_parents() -> None:
    record, _ = play(DEVICE, [State.UP, State.DOWN])
    assert not state.would_harden(record, State.DOWN, THREE)
    record, _ = play(DEVICE, [State.UP, State.DOWN, State.DOWN])
    assert state.would_harden(record, State.DOWN, THREE)
    assert not state.would_harden(record, State.UP, THREE)


@given(st.lists(st.sampled_from([State.UP, State.DOWN, State.UNKNOWN]), max_size=60), st.integers(1, 4), st.integers(0, 3))
def test_changes_always_form_a_chain_in_time(states: list[State], after: int, more: int) -> None:
    record, changes = play(DEVICE, states, Policy(after=after, of=after + more))
    expected = State.UNKNOWN
    effective = 0
    for change in changes:
        assert change.previous is expected
        assert change.state is not change.previous
        assert change.effective >= effective
        assert change.effective <= change.recorded
        expected, effective = change.state, change.effective
    assert record.state is expected


@given(st.lists(st.sampled_from([State.UP, State.DOWN]), max_size=60))
def test_down_is_exactly_a_run_of_three_and_ends_with_the_first_good(states: list[State]) -> None:
    record, _ = play(DEVICE, states)
    run = 0
    down = False
    for seen in states:
        run = run + 1 if seen is State.DOWN else 0
        down = False if seen is State.UP else down or run >= 3
    assert (record.state is State.DOWN) is down


@pytest.mark.parametrize(
    ("before", "now", "is_other"),
    [
        ("filesystem /var 96 % ≥ 95 %", "filesystem /var 97.5 % ≥ 95 %", False),
        ("filesystem /var 96 % ≥ 95 %", "filesystem /home 96 % ≥ 95 %", True),
        ("firewall sessions 51234 ≥ 50000", "firewall sessions 61234 ≥ 50000", False),
        ("backup 40 d 3 h ago, limit 30 d", "backup 41 d ago, limit 30 d", False),
        ("disk 0 failed", "disk 3 failed", True),
        ("disk 0 failed and 1 more", "disk 0 failed and 2 more", True),
        ("no answer within 1 s", "no answer within 1 s", False),
        ("the page answers with an error (http_status_code 500)", "the page answers with an error (http_status_code 503)", True),
    ],
)
def test_another_figure_is_no_other_reason(before: str, now: str, *, is_other: bool) -> None:
    assert state.says_other(before, now) is is_other
