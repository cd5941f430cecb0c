"""What happened lately: changes of state and what people and the program put on record, in one list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wenyam.incidents.facts import MEMBERS
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after
from wenyam.model.states import State, StateChange
from wenyam.operations.dashboard import reading
from wenyam.store.chain import STATE_CHANGE

HOURS = 24
MOST = 1000
"""Events of each kind that are read."""
_TOLD_ELSEWHERE = (STATE_CHANGE, MEMBERS)
"""Every change of state is a fact too, and one of an incident it belongs to; it is told once, with its states."""
_SAID = ("title", "reason", "text", "job", "problem", "what", "name", "code", "summary")
"""Words of a fact that tell most, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    at: Instant
    """When it was recorded."""
    subject: str
    """What it is about; of a fact its kind."""
    actor: str = ""
    """Who did it; empty for a change of state."""
    previous: State | None = None
    state: State | None = None
    """None for what is no change of state."""
    summary: str = ""
    sequence: int = 0


def lately(configuration: Configuration, now: Instant, hours: float = HOURS) -> tuple[Event, ...]:
    """Return the newest events of the last hours, the newest first; StoreError when nothing is kept."""
    period = Period(after(now, -hours * 3600.0), Instant(now + 1))
    with reading(configuration) as reader:
        changes = reader.changes(period)
        facts = [chained for chained in reader.facts(period) if chained.fact.kind not in _TOLD_ELSEWHERE]
    found = [*of_changes(changes[-MOST:]), *_of_facts(facts[-MOST:])]
    return tuple(sorted(found, key=lambda event: (event.at, event.state is not None, event.sequence), reverse=True))


def of_changes(changes: Sequence[StateChange]) -> Iterator[Event]:
    """Yield changes of state as events."""
    for change in changes:
        yield Event(change.recorded, str(change.subject), "", change.previous, change.state, change.summary, change.sequence)


def _of_facts(facts: list[ChainedFact]) -> Iterator[Event]:
    for chained in facts:
        body = chained.fact.body
        said = [str(body[name]) for name in _SAID if body.get(name)]
        yield Event(chained.fact.at, chained.fact.kind, chained.fact.actor, summary=" · ".join(said), sequence=chained.sequence)
