"""Who may start what, and when a plan may be run at all: each rule with its sentence. Pure."""

from collections.abc import Iterable

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.dr.course import Course
from wenyam.errors import WenyamError
from wenyam.model import durations
from wenyam.model.backup import Verdict
from wenyam.model.instants import Instant, seconds_between, to_iso
from wenyam.model.inventory import Inventory
from wenyam.model.recovery import Mode, RecoveryPlan

ROLE = "role:"


class RunRefusedError(WenyamError):
    """The plan was not run."""

    permanent = True


class NotAllowedError(WenyamError):
    """You may not do this."""

    permanent = True


def may_run(plan: RecoveryPlan, mode: Mode, person: str, inventory: Inventory) -> bool:
    """Tell whether a person may start this mode and decide in it; the rights for practice and for the real thing are two."""
    known = inventory.people.get(person)
    rights = plan.rights.real if mode.is_real else plan.rights.drill
    return known is not None and any(
        right == known.id or (right.startswith(ROLE) and right.removeprefix(ROLE) in known.roles) for right in rights
    )


def require_right(plan: RecoveryPlan, mode: Mode, person: str, inventory: Inventory) -> None:
    """Refuse whoever has no right to this mode."""
    if may_run(plan, mode, person, inventory):
        return
    key = "real" if mode.is_real else "drill"
    allowed = ", ".join(plan.rights.real if mode.is_real else plan.rights.drill) or "nobody"
    nobody = "" if person in inventory.people else f"{person} is nobody in 'people'; "
    raise NotAllowedError(f"{nobody}a {mode.value} of plan '{plan.name}' is for {allowed} (rights.{key}), not for {person}")


def last_of(known: Iterable[Course], plan: str, *modes: Mode) -> Course | None:
    """Return the newest ended run of these modes."""
    found = [each for each in known if each.plan == plan and each.mode in modes and each.is_over]
    return found[-1] if found else None


def last_good_of(known: Iterable[Course], plan: str, *modes: Mode) -> Course | None:
    """Return the newest run of these modes that passed."""
    return last_of([each for each in known if each.verdict is Verdict.PASS], plan, *modes)


def changed_since(plan: RecoveryPlan, run: Course) -> bool:
    """Tell whether what a plan does was changed since a run of it; where that is not on record, any change counts."""
    return run.digest != plan.digest and run.substance != plan.substance


def version_of(digest: str) -> str:
    """Return how people call a version of a plan: the beginning of its digest."""
    return digest[:8]


def unproven(plan: RecoveryPlan, known: Iterable[Course], now: Instant) -> str:
    """Say why the last rehearsal does not let this plan be run; empty when it does."""
    last = last_of(known, plan.name, Mode.REHEARSAL)
    again = f"wenyam dr rehearse {plan.name}"
    if last is None or last.ended is None:
        return f"it was never rehearsed; run: {again}"
    if last.verdict is not Verdict.PASS:
        words = last.verdict.words if last.verdict else "NOT TESTED"
        return f"its last rehearsal ({last.run}) is {words}: {last.summary}; put that right, then run: {again}"
    age = seconds_between(last.ended, now)
    if age < -FUTURE_TOLERANCE:
        return f"its last rehearsal is of {to_iso(last.ended)}, which is still to come: one of two clocks is wrong; run: {again}"
    if age > plan.rehearsal_maximum_age:
        limit = durations.write(plan.rehearsal_maximum_age)
        return f"its last good rehearsal is of {to_iso(last.ended)}, older than {limit}; run: {again}"
    if last.digest != plan.digest:
        return f"it was changed since its last rehearsal ({last.run}); run: {again}"
    return ""


def require_proven(plan: RecoveryPlan, mode: Mode, known: Iterable[Course], now: Instant, reason: str) -> str:
    """Refuse an unproven plan, unless it is a failover with a reason; return what then goes on record, empty when proven."""
    why = "" if mode is Mode.REHEARSAL else unproven(plan, known, now)
    if not why:
        return ""
    if mode is Mode.FAILOVER and reason.strip():
        return why
    hint = "A failover goes on in spite of it with --reason TEXT." if mode is Mode.FAILOVER else ""
    raise RunRefusedError(f"plan '{plan.name}': {why}", hint=hint)


def require_only_run(plan: RecoveryPlan, known: Iterable[Course]) -> None:
    """Refuse a second run of a plan."""
    open_one = next((each for each in known if each.plan == plan.name and not each.is_over), None)
    if open_one is not None and open_one.aborted:
        raise RunRefusedError(
            f"{open_one.mode.value} {open_one.run} of plan '{plan.name}' was given up, but has not come to its end",
            hint=f"Take back what it did: wenyam dr resume {open_one.run}",
        )
    if open_one is not None:
        raise RunRefusedError(
            f"{open_one.mode.value} {open_one.run} of plan '{plan.name}' is not over",
            hint=f"Go on with: wenyam dr resume {open_one.run}; or end it: wenyam dr abort {open_one.run} --reason …",
        )


def require_site(plan: RecoveryPlan, mode: Mode, site: str) -> None:
    """Refuse a failover at the site that is lost: it is run and journalled by the Wenyam of the DR site."""
    if mode is Mode.FAILOVER and site != plan.dr_site:
        raise RunRefusedError(
            f"a failover of plan '{plan.name}' is run by the Wenyam at site '{plan.dr_site}'; this one is at '{site}'",
            hint="Log in there, or correct dr.site.",
        )
