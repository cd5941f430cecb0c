"""Who signs what in a run, and what counts: the committee's k of n, statements, user tests, a second person for a skip. Pure.

Nobody signs for what he runs himself, and a signature is for one step of one run of one version of the plan.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from wenyam.dr import facts
from wenyam.dr.admission import may_run
from wenyam.dr.attempt import kind_of
from wenyam.dr.course import Course
from wenyam.links import signed_text
from wenyam.links.signatures import has_valid_key
from wenyam.links.signed_text import SignatureRefusedError, SignedText
from wenyam.model.backup import DAY
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant
from wenyam.model.inventory import Inventory, Person
from wenyam.model.recovery import PlanStep, RecoveryPlan

APPROVE, STATEMENT, SKIP = "dr-approve", "dr-statement", "dr-skip"
COMPLETE, NOT_COMPLETE = "complete", "not-complete"
LIFE: Final = DAY
"""Seconds a text may be signed and handed in: a decision of yesterday is not one about today."""


def purpose_of(step: PlanStep) -> str:
    """Return what signatures of a step are for."""
    return APPROVE if step.action.kind == "approve" else str(getattr(kind_of(step.action), "purpose", STATEMENT))


def waits_for_signatures(step: PlanStep) -> bool:
    """Tell whether a step is waited for with signatures."""
    return step.action.kind == "approve" or hasattr(kind_of(step.action), "may_sign")


def needs_people(step: PlanStep) -> bool:
    """Tell whether a step goes on only when people sign or say so."""
    return step.action.kind == "manual" or waits_for_signatures(step)


def text_of(
    instance: str, plan: RecoveryPlan, course: Course, step: PlanStep, *, purpose: str, said: str, reason: str, now: Instant,
    beside: str = "",
) -> SignedText:  # fmt: skip
    """Return the text to sign: for this step of this run of this version of the plan, and nothing else."""
    about = f"plan '{plan.name}' ({plan.title}), step '{step.id}': {step.title}" + (f"; {beside}" if beside else "")
    return signed_text.new_text(
        purpose=purpose, site=instance, about=about, digest=course.digest, mode=f"{course.mode.value} {said}".strip(),
        run=f"{course.run}/{step.id}", reason=reason, now=now, life=LIFE,
    )  # fmt: skip


def require_version(plan: RecoveryPlan, course: Course) -> None:
    """Refuse to sign for another version than the one that is run."""
    if plan.digest != course.digest:
        raise SignatureRefusedError(
            f"plan '{plan.name}' was changed since {course.run} began, so nobody can agree to it as it stands here",
            hint="Put it back, or take the run up with the new one: wenyam dr resume --accept-change REASON.",
        )


def require_signer(plan: RecoveryPlan, course: Course, step: PlanStep, person: Person) -> None:
    """Refuse whoever may not sign for a step."""
    require_stranger(course, person)
    if step.action.kind == "approve":
        if person.id not in plan.committee.members:
            members = ", ".join(plan.committee.members)
            raise SignatureRefusedError(f"{person.id} is not in the committee of plan '{plan.name}' ({members})")
        return
    kind: Any = kind_of(step.action)
    why = kind.may_sign(person, plan)
    if why:
        raise SignatureRefusedError(str(why))


def require_stranger(course: Course, person: Person) -> None:
    """Refuse whoever runs it: nobody agrees alone to what he does."""
    if person.id in course.actors:
        raise SignatureRefusedError(f"{person.id} runs {course.run}, so {person.id}'s own signature does not count")


def require_second(plan: RecoveryPlan, course: Course, person: Person, actor: str, inventory: Inventory) -> None:
    """Refuse a second person who is no other one, or who has no say in this plan."""
    require_stranger(course, person)
    if person.id == actor:
        raise SignatureRefusedError(f"{actor} decides, so the second person must be somebody else")
    if person.id not in plan.committee.members and not may_run(plan, course.mode, person.id, inventory):
        raise SignatureRefusedError(
            f"{person.id} has no say in plan '{plan.name}'; a second person is of its committee or may run it"
        )


def require_paper(person: Person, witness: Person, course: Course, actor: str, now: Instant) -> None:
    """Refuse paper of somebody who can sign, and a second person who is no other one."""
    if has_valid_key(person, now):
        raise SignatureRefusedError(f"{person.id} has a key and signs with it; paper is for people without one")
    if witness.id in {person.id, actor} or witness.id in course.actors:
        raise SignatureRefusedError(
            f"{witness.id} signs, runs it or gives this command, so the second person of the paper must be somebody else"
        )


def who_approved(plan: RecoveryPlan, step: str, actors: Iterable[str], signed: Sequence[ChainedFact]) -> list[ChainedFact]:
    """Return the approvals that count, one for each person, oldest first."""
    found: dict[str, ChainedFact] = {}
    running = frozenset(actors)
    for chained in signed:
        body = chained.fact.body
        person = str(body.get("person"))
        if (
            chained.fact.kind == facts.APPROVED
            and body["step"] == step
            and body["digest"] == plan.digest
            and person in plan.committee.members
            and person not in running
        ):
            found.setdefault(person, chained)
    return list(found.values())


def able_members(plan: RecoveryPlan, inventory: Inventory, actors: Iterable[str], now: Instant) -> list[str]:
    """Return the members of the committee who could sign now."""
    running = frozenset(actors)
    people = inventory.people
    return [
        name for name in plan.committee.members if name not in running and name in people and has_valid_key(people[name], now)
    ]
