"""How observations become states: soft, then hard after N of M, back-dated to the first failed probe. Pure.

Rules (design section 5):
- a good observation recovers at once, effective from its own moment;
- a bad one makes the state soft; it is hard when N of the last M observations were bad, effective from the first of the
  present unbroken run;
- once bad, a change between bad states is hard at once, but UNREACHABLE to DOWN needs its N of M;
- for liveness UNKNOWN is no observation at all: it neither confirms nor refutes, and the state goes stale by itself.
"""

import re
from dataclasses import dataclass, replace

from wenyam.engine import flapping
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Policy
from wenyam.model.states import CheckResult, Observation, State, StateChange, StateRecord, Subject

STALE = "stale"
"""The first word of the summary of a state nobody has seen for too long."""

_FIGURE = re.compile(
    r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:\s?(?:%|°C|/s|(?:[KMGTP]i?B|B|ms|[smhdVAW]|Hz|rpm)\b)|(?= [≥≤]))|-?\d+\.\d+"
)
"""A measured value in a sentence of a check; the number of a disk is none."""
_CONFIRMED_BAD = (State.DOWN, State.WARN, State.CRIT)
"""UNREACHABLE is not among them: behind a parent that came back a device gets its N of M again before it is DOWN."""


@dataclass(frozen=True, slots=True)
class Step:
    """The record after an observation, and the hard change it made, if any."""

    record: StateRecord
    change: StateChange | None = None
    soft_changed: bool = False
    """The soft part changed in a way worth keeping."""


def observe(record: StateRecord, observation: Observation, policy: Policy, recorded: Instant) -> Step:
    """Advance a record by one observation."""
    state = observation.result.state
    if record.subject.is_liveness and state is State.UNKNOWN:
        return Step(record)
    if state is record.state:
        return _agree(record, observation)
    seen = _remember(record, observation)
    if state.is_good or record.state in _CONFIRMED_BAD:
        return harden(seen, observation, observation.at, recorded)
    return _disagree(record, seen, observation, policy, recorded)


def _remember(record: StateRecord, observation: Observation) -> StateRecord:
    history = flapping.advance(record.history, changed=observation.result.state is not record.soft_state)
    return replace(
        record,
        soft_state=observation.result.state,
        observed_at=observation.at,
        history=history,
        flapping=flapping.flapping(history, was=record.flapping),
        value=observation.result.value,
        limit=observation.result.limit,
    )


def _agree(record: StateRecord, observation: Observation) -> Step:
    """Confirm the hard state. This is what nearly every observation does, so the record is made once, field by field."""
    result = observation.result
    history = flapping.advance(record.history, changed=result.state is not record.soft_state)
    seen = StateRecord(
        subject=record.subject,
        state=record.state,
        since=record.since,
        summary=result.summary,
        value=result.value,
        limit=result.limit,
        cause=observation.cause,
        window=record.window,
        soft_state=result.state,
        recent=record.recent << 1 & 0xFFFF if record.recent else 0,
        failing_since=None,
        observed_at=observation.at,
        history=history,
        flapping=flapping.flapping(history, was=record.flapping),
    )
    reworded = not result.state.is_good and says_other(record.summary, result.summary)
    return Step(seen, soft_changed=reworded or record.failing_since is not None or record.flapping is not seen.flapping)


def says_other(before: str, now: str) -> bool:
    """Tell whether a sentence gives another reason than before, and not only another figure of the same."""
    return before != now and _FIGURE.sub(" ", before).split() != _FIGURE.sub(" ", now).split()


def _disagree(before: StateRecord, seen: StateRecord, observation: Observation, policy: Policy, recorded: Instant) -> Step:
    same_run = before.failing_since is not None and before.soft_state is observation.result.state
    since = before.failing_since if same_run and before.failing_since is not None else observation.at
    recent = (before.recent << 1 | 1) & ((1 << policy.of) - 1)
    failing = replace(seen, recent=recent, failing_since=since)
    if recent.bit_count() >= policy.after:
        return harden(failing, observation, since, recorded)
    return Step(failing, soft_changed=not same_run)


def would_harden(record: StateRecord, state: State, policy: Policy) -> bool:
    """Tell whether one more observation of this bad state would make it hard: time to ask the parents and witnesses."""
    if state.is_good or state is record.state or record.state in _CONFIRMED_BAD:
        return False
    return ((record.recent << 1 | 1) & ((1 << policy.of) - 1)).bit_count() >= policy.after


def harden(record: StateRecord, observation: Observation, effective: Instant, recorded: Instant) -> Step:
    """Make the observed state hard from `effective` on; never earlier than the present state began."""
    result = observation.result
    begun = Instant(max(effective, record.since))
    change = StateChange(
        record.subject,
        previous=record.state,
        state=result.state,
        effective=begun,
        recorded=recorded,
        summary=result.summary,
        value=result.value,
        limit=result.limit,
        cause=observation.cause,
        window=record.window,
        cause_code=observation.cause_code,
    )
    hard = replace(
        record,
        state=result.state,
        since=begun,
        summary=result.summary,
        value=result.value,
        limit=result.limit,
        cause=observation.cause,
        soft_state=result.state,
        recent=0,
        failing_since=None,
    )
    return Step(hard, change, soft_changed=True)


def stale(record: StateRecord, validity: float, now: Instant, recorded: Instant) -> Step:
    """Make a state unknown from the moment its last observation stopped counting, if that has passed."""
    if record.state is State.UNKNOWN or record.observed_at is None:
        return Step(record)
    expired = after(record.observed_at, validity)
    if expired > now:
        return Step(record)
    seconds = (now - record.observed_at) // 1000
    return forget(record, expired, recorded, f"{STALE}: nothing seen for {seconds} s")


def forget(record: StateRecord, effective: Instant, recorded: Instant, why: str, cause: Subject | None = None) -> Step:
    """Make a state unknown from `effective` on, because nobody was looking or could see."""
    if record.state is State.UNKNOWN:
        return Step(replace(record, recent=0, failing_since=None, soft_state=State.UNKNOWN, summary=why))
    unseen = Observation(effective, CheckResult(State.UNKNOWN, why), cause)
    return harden(record, unseen, effective, recorded)
