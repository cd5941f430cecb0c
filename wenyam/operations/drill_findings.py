"""Findings of drills: what must be put right, by whom, until when; they stay red until somebody closes them with a reason."""

from collections.abc import Mapping

from wenyam.clock import Clock
from wenyam.dr import facts
from wenyam.dr.course import Course
from wenyam.dr.ledger import Finding, PlanRecord
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant
from wenyam.model.inventory import Person
from wenyam.operations.recoveries import LONGEST_REASON
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Writer


def add(
    writer: Writer, clock: Clock, actor: str, course: Course, record: PlanRecord, *, what: str, owner: str, due: Instant,
    people: Mapping[str, Person],
) -> ChainedFact:  # fmt: skip
    """Record something to put right."""
    if not clean(what, LONGEST_REASON):
        raise UsageError("a finding says what is to be put right")
    if owner not in people:
        raise unknown("person", owner, people)
    number = f"{course.run}/{1 + sum(each.run == course.run for each in record.findings)}"
    fact = facts.finding(
        course.run, course.plan, clock.now(), actor, number=number, what=clean(what, LONGEST_REASON), owner=owner, due=due
    )
    return writer.append(fact)


def close(writer: Writer, clock: Clock, actor: str, record: PlanRecord, *, number: str, reason: str) -> ChainedFact:
    """Record that a finding was put right, and how."""
    found = _finding(record, number)
    if found.closed is not None:
        raise UsageError(f"finding {found.number} was closed by {found.closed_by}: {found.reason}")
    if not clean(reason, LONGEST_REASON):
        raise UsageError("closing a finding needs a reason: how it was put right", hint="Add --reason TEXT.")
    fact = facts.finding_closed(
        found.run, found.plan, clock.now(), actor, number=found.number, reason=clean(reason, LONGEST_REASON)
    )
    return writer.append(fact)


def _finding(record: PlanRecord, number: str) -> Finding:
    found = [each for each in record.findings if each.number == number]
    found = found or [each for each in record.open_findings if each.number.rpartition("/")[2] == number]
    if len(found) != 1:
        numbers = ", ".join(each.number for each in record.open_findings) or "none"
        raise UsageError(f"there is no one finding '{number}'; open are: {numbers}")
    return found[0]
