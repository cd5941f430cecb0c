"""A service's timeline from its members' timelines and its own probes (design section 5). Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from heapq import merge

from wenyam.availability.expression import evaluate, subjects_of
from wenyam.availability.timeline import Change, Timeline
from wenyam.model.instants import Instant
from wenyam.model.inventory import AtLeast, Expression, Member
from wenyam.model.states import State, Subject

LineOf = Callable[[Subject], Timeline | None]
_Event = tuple[Instant, int, State | None]


def with_own_probes(members: Expression | None, own: Subject | None) -> Expression | None:
    """Return the members' expression with the service's own probes as one more `all`."""
    if own is None:
        return members
    if members is None:
        return Member(own)
    return AtLeast(2, (members, Member(own)), "all")


def combined(expression: Expression, line_of: LineOf, life: Timeline) -> Timeline:
    """Return the expression's timeline over the life of another one, the service's own.

    A member counts only while it lives: one added later does not make the time before it unknown. While none lives, the
    service is unknown.
    """
    subjects = list(dict.fromkeys(subjects_of(expression)))
    lines = [line_of(subject) for subject in subjects]
    events = merge(*(_events(number, line, life.end) for number, line in enumerate(lines) if line is not None))
    states: dict[Subject, State] = {}
    pruned = living(expression, states)
    changes: list[Change] = []
    for instant, number, state in events:
        subject = subjects[number]
        if state is None:
            states.pop(subject, None)
            pruned = living(expression, states)
        elif subject in states:
            states[subject] = state
        else:
            states[subject] = state
            pruned = living(expression, states)
        verdict = State.UNKNOWN if pruned is None else evaluate(pruned, states.__getitem__)
        if changes and changes[-1][0] == instant:
            changes[-1] = (instant, verdict)
        else:
            changes.append((instant, verdict))
    return replace(life, initial=State.UNKNOWN, changes=changes)


def living(expression: Expression, present: Mapping[Subject, State]) -> Expression | None:
    """Return the expression over the members that live; None when none does."""
    if isinstance(expression, Member):
        return expression if expression.subject in present else None
    items = tuple(item for item in (living(item, present) for item in expression.items) if item is not None)
    if len(items) == len(expression.items):
        return replace(expression, items=items)
    if not items:
        return None
    return replace(expression, items=items, count=len(items) if expression.word == "all" else min(expression.count, len(items)))


def _events(number: int, line: Timeline, end: Instant) -> list[_Event]:
    events: list[_Event] = []
    for piece in line.pieces():
        events += [(start, number, state) for start, _, state in piece.spans()]
        if piece.start < piece.end < end:
            events.append((piece.end, number, None))
    return events
