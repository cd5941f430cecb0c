"""Who may confirm which restore, and through whom on paper: each rule with its sentence. Pure."""

from collections.abc import Iterable, Mapping

from wenyam.backup.catalogue import Restore
from wenyam.errors import WenyamError
from wenyam.links.signatures import has_valid_key
from wenyam.model.backup import Verdict
from wenyam.model.facts import FactBody
from wenyam.model.instants import Instant
from wenyam.model.inventory import Person

ROLE = "user_representative"
COMPLETE, NOT_COMPLETE = "complete", "not-complete"


class ConfirmationRefusedError(WenyamError):
    """The confirmation was not taken."""

    permanent = True


def again(restore: Restore) -> str:
    """Return the command that loads the same backup again (R5.2)."""
    return f"wenyam restore test {restore.job} --snapshot {restore.snapshot[:16]} --from-copy {restore.repository}"


def require_sense(restore: Restore, mode: str, reason: str) -> None:
    """Refuse what cannot be said of a test: a failed one complete, anything incomplete without a reason."""
    if mode not in (COMPLETE, NOT_COMPLETE):
        raise ConfirmationRefusedError(f"a restore is '{COMPLETE}' or '{NOT_COMPLETE}', not '{mode}'")
    if mode == COMPLETE and restore.verdict is Verdict.FAIL:
        raise ConfirmationRefusedError(
            f"test {restore.sequence} failed ({restore.problem}); complete is only what passed or is NOT TESTED",
            hint=f"Run: {again(restore)}",
        )
    if mode == NOT_COMPLETE and not reason.strip():
        raise ConfirmationRefusedError("not complete needs a reason: what is missing or wrong", hint="Add --reason TEXT.")


def require_may_confirm(restore: Restore, person: Person, actor: str) -> None:
    """Refuse whoever does not stand for the users, ran the restore, or takes the confirmation in."""
    if ROLE not in person.roles:
        raise ConfirmationRefusedError(f"{person.id} is no user representative (role {ROLE}); only they confirm restores")
    if person.id == restore.actor:
        raise ConfirmationRefusedError(f"{person.id} ran test {restore.sequence}; whoever ran a restore cannot confirm it")
    if person.id == actor:
        raise ConfirmationRefusedError(f"{person.id} gives this command; whoever takes a confirmation in cannot be who gives it")


def require_paper(restore: Restore, person: Person, witness: Person, actor: str, now: Instant) -> None:
    """Refuse paper of somebody who can sign, and a second person who is no other one."""
    require_may_confirm(restore, person, actor)
    if has_valid_key(person, now):
        raise ConfirmationRefusedError(f"{person.id} has a key and signs with it; paper is for people without one")
    for other, what in ((person.id, "confirms"), (restore.actor, "ran the restore"), (actor, "gives this command")):
        if witness.id == other:
            raise ConfirmationRefusedError(f"{witness.id} {what}, so the second person of the paper must be somebody else")


def require_witness(signer: Person, witness: str) -> None:
    """Refuse a paper that somebody else than its second person signed for."""
    if signer.id != witness:
        raise ConfirmationRefusedError(f"{signer.id} signed, but the second person of this paper is {witness}")


def require_no_key(witness: Person, now: Instant) -> None:
    """Refuse a paper that is handed in unsigned though its second person could sign for it."""
    if has_valid_key(witness, now):
        raise ConfirmationRefusedError(
            f"{witness.id} has a key, so the paper is handed in with {witness.id}'s signature",
            hint="Write the text with --text FILE, have it signed, then hand both in with --signature.",
        )


def require_news(restore: Restore, said: Iterable[FactBody], person: str, mode: str) -> None:
    """Refuse what changes nothing: a test sent back stays sent back, and nobody says the same twice."""
    bodies: list[Mapping[str, object]] = [body for body in said if body["test"] == restore.sequence]
    refused = next((body["person"] for body in bodies if not body["complete"]), None)
    if refused is not None:
        raise ConfirmationRefusedError(
            f"{refused} found test {restore.sequence} not complete; load it again and have that test confirmed",
            hint=f"Run: {again(restore)}",
        )
    if any(body["person"] == person and body["complete"] == (mode == COMPLETE) for body in bodies):
        raise ConfirmationRefusedError(f"{person} has said so about test {restore.sequence} already")


def note(restore: Restore, *, signed: bool) -> str:
    """Say what a confirmation does not prove; empty when there is nothing to add."""
    untested = "the program's own verdict is NOT TESTED, so this does not count as proven"
    older = "it is an older backup that a person chose, so this says nothing about the newest"
    unsigned = "the second person has no key, so nobody signed for this paper"
    open_points = ((untested, restore.verdict is Verdict.NOT_TESTED), (older, restore.picked_older), (unsigned, not signed))
    return "; ".join(point for point, is_so in open_points if is_so)
