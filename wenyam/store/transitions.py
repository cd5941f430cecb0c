"""Guarded changes of state: UPDATE where the stored state is the expected one; only then the append-only row and its fact."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.chain import STATE_CHANGE
from wenyam.store.interface import Transition
from wenyam.store.rows import STATES, change_body, change_values, state_values
from wenyam.store.transaction import Transaction

PROGRAM = "wenyam"
"""The actor of what nobody did by hand."""


def apply(transaction: Transaction, transitions: Sequence[Transition], soft: Sequence[StateRecord]) -> list[StateChange]:
    """Write hard changes and soft records; return the changes that passed their guard, with their row numbers."""
    passed = [change for transition in transitions if (change := _change(transaction, transition)) is not None]
    for record in soft:
        _update(transaction, record, record.state)
    return passed


def _change(transaction: Transaction, transition: Transition) -> StateChange | None:
    change = transition.change
    if not _update(transaction, transition.record, change.previous):
        return None
    return write_change(transaction, change)


def write_change(transaction: Transaction, change: StateChange) -> StateChange:
    """Append the row and the fact of a change whose guard has passed."""
    chained = transaction.append(Fact(STATE_CHANGE, change.recorded, PROGRAM, change_body(change)))
    number = transaction.number(change.subject)
    cause = None if change.cause is None else transaction.number(change.cause)
    transaction.execute("insert_change", change_values(chained.sequence, number, change, cause))
    if change.subject.is_liveness and change.state in LIVENESS:
        transaction.execute("overrule_timeline", (number, change.effective))
        transaction.execute("insert_timeline", (number, change.effective, change.state.value, chained.sequence))
    return replace(change, sequence=chained.sequence)


LIVENESS = frozenset({State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN})
"""The states that move availability."""


def _update(transaction: Transaction, record: StateRecord, expected: State) -> bool:
    number = transaction.number(record.subject)
    cause = None if record.cause is None else transaction.number(record.cause)
    values = (*state_values(record, cause), number, expected.value)
    if transaction.execute("change_state", values).rowcount:
        return True
    # A subject without a record counts as UNKNOWN.
    if expected is not State.UNKNOWN or not transaction.execute("begin_state", (number, record.since)).rowcount:
        return False
    return bool(transaction.execute("change_state", values).rowcount)


def retire(transaction: Transaction, subjects: Iterable[Subject], at: Instant) -> None:
    """End the present records of subjects that are no longer watched; what was known of them becomes UNKNOWN first."""
    for subject in subjects:
        number = transaction.number(subject)
        row = transaction.execute("present_state", (number,)).fetchone()
        if row is None:
            continue
        if row[0] != State.UNKNOWN.value:
            write_change(transaction, StateChange(subject, STATES[row[0]], State.UNKNOWN, at, at, "no longer watched"))
        transaction.execute("end_state", (number,))
