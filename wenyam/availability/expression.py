"""What a service's members add up to: every member is up, down or unknown (design section 5). Pure."""

from collections.abc import Callable

from wenyam.model.inventory import AtLeast, Expression, Member
from wenyam.model.states import State, Subject

StateOf = Callable[[Subject], State]

_MEANING = {
    State.UP: State.UP,
    State.OK: State.UP,
    State.DOWN: State.DOWN,
    State.UNREACHABLE: State.DOWN,
    State.CRIT: State.DOWN,
    State.WARN: State.UP,
    State.UNKNOWN: State.UNKNOWN,
}


def evaluate(expression: Expression, state_of: StateOf) -> State:
    """Return UP, DOWN or UNKNOWN: up if enough are up, down if too few still can be, else unknown."""
    if isinstance(expression, Member):
        return _MEANING[state_of(expression.subject)]
    return _at_least(expression, [evaluate(item, state_of) for item in expression.items])


def _at_least(expression: AtLeast, states: list[State]) -> State:
    ups = states.count(State.UP)
    if ups >= expression.count:
        return State.UP
    if ups + states.count(State.UNKNOWN) < expression.count:
        return State.DOWN
    return State.UNKNOWN


def subjects_of(expression: Expression) -> list[Subject]:
    """Return every member named in an expression."""
    if isinstance(expression, Member):
        return [expression.subject]
    return [subject for item in expression.items for subject in subjects_of(item)]
