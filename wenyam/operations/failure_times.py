"""When a failure began and was detected, as the watcher recorded it: what a failover counts from unless somebody says better."""

from collections.abc import Mapping

from wenyam.dr import facts
from wenyam.model.instants import Instant, Period
from wenyam.model.recovery import RecoveryPlan
from wenyam.model.states import OVERALL, State, Subject, SubjectKind
from wenyam.store.interface import Reader


def seen_by_watcher(reader: Reader, plan: RecoveryPlan, now: Instant) -> Mapping[str, Instant]:
    """Return the moments of the plan's service that is down for the longest time; none when the watcher saw none down."""
    down = [record for subject, record in reader.states().items() if _is_of(plan, subject) and record.state is State.DOWN]
    if not down:
        return {}
    first = min(down, key=lambda record: record.since)
    changes = reader.changes(Period(first.since, now), [first.subject])
    known = [change.recorded for change in changes if change.state is State.DOWN]
    return {facts.FAILURE_BEGAN: first.since, **({facts.DETECTED: min(known)} if known else {})}


def _is_of(plan: RecoveryPlan, subject: Subject) -> bool:
    whole = subject.is_liveness or subject.check == OVERALL
    return whole and subject.kind is SubjectKind.SERVICE and subject.name in plan.services
