"""Statements of people that a step waits for: who may sign one, and who has."""

from typing import Annotated, Final

from pydantic import Field

from wenyam.dr.contract import StepPlace
from wenyam.dr.options import StepOptions
from wenyam.model.facts import FactBody
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Person
from wenyam.settings.values import Line

SIGNED: Final = "dr-signed"
"""Kind of the fact that `wenyam dr` writes once it has verified a signature."""
_ROLE: Final = "role:"


class Statement(StepOptions):
    """What people state by signature."""

    by: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Persons, or `role:…`, who may state it; two of them are needed."""
    people: Annotated[int, Field(ge=2, le=20)] = 2
    """How many of them must sign; never fewer than two."""
    text: Line = "I have seen at the equipment that this site cannot write."
    """What they state."""


def who_may(configuration: Configuration, statement: Statement) -> tuple[Person, ...]:
    """Return the persons who may sign."""
    return tuple(person for person in configuration.inventory.people.values() if not why_not(person, statement))


def unknown_signers(configuration: Configuration, statement: Statement) -> tuple[str, ...]:
    """Return a sentence for each person there is not, and one when there are too few."""
    people = configuration.inventory.people
    found = [f"there is no person '{name}'" for name in statement.by if not name.startswith(_ROLE) and name not in people]
    count = len(who_may(configuration, statement))
    if not found and count < statement.people:
        found.append(f"{statement.people} people must sign the statement, but only {count} may")
    return tuple(found)


def why_not(person: Person, statement: Statement) -> str:
    """Say why a person may not sign; empty when they may."""
    roles = {f"{_ROLE}{role}" for role in person.roles}
    return "" if {person.id, *roles} & set(statement.by) else f"{person.id} is none of those who may state it"


async def stated(place: StepPlace, statement: Statement) -> tuple[str, ...]:
    """Return the ids of the different persons who signed this step's statement in this run and may; never its operator."""
    allowed = {person.id for person in who_may(place.configuration, statement)} - {place.actor}
    bodies = [chained.fact.body for chained in await place.record.since_start(SIGNED)]
    signed = [str(body.get("person")) for body in bodies if body.get("step") == place.step.id and _counts(body)]
    return tuple(dict.fromkeys(person for person in signed if person in allowed))


def _counts(body: FactBody) -> bool:
    """Tell whether it is the person's own signature that it is so; what another brings on paper is one word, not two."""
    return body.get("complete") is True and body.get("method") == "signature"
