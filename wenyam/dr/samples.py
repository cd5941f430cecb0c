"""What is on record of a plan, as samples and the reasons beside them. Pure. What is not known is left out, never 0."""

from collections.abc import Iterable

from wenyam.dr.admission import changed_since, unproven, version_of
from wenyam.dr.clockwork import overdue
from wenyam.dr.ledger import PlanRecord
from wenyam.engine.pipeline import WHY
from wenyam.i18n.clean_text import clean
from wenyam.model.backup import Verdict
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.names import STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN
from wenyam.model.recovery import RecoveryPlan
from wenyam.model.samples import Labels, Reading, single

LAST_DRILL, DRILLED, LAST_RUN, REHEARSED, REHEARSAL_AGE, UNDER_WAY, FINDINGS = (
    "last-drill", "drilled", "last-run", "rehearsed", "rehearsal-age", "under-way", "findings",
)  # fmt: skip
_SENTENCE = 300
_VERDICTS = {Verdict.PASS: STATUS_OK, Verdict.FAIL: STATUS_FAILED, Verdict.NOT_TESTED: STATUS_UNKNOWN}


def plan_reading(plan: RecoveryPlan, record: PlanRecord, now: Instant) -> Reading:
    """Return what is known of a plan now."""
    labels: Labels = (("plan", plan.name),)
    late = [] if record.open_run is None else late_words(plan, record, now)
    why_unproven = unproven(plan, record.runs, now)
    found = [
        single("dr_rehearsal_status", float(STATUS_FAILED if why_unproven else STATUS_OK), labels),
        single("dr_run_overdue", float(len(late)), labels),
        single("dr_findings_open", float(len(record.open_findings)), labels),
        single("dr_findings_status", float(_findings_status(record, now)), labels),
        *(single(name, value, labels) for name, value in _moments(record)),
    ]
    other = drilled_otherwise(plan, record)
    if record.last_good_practice is not None:
        found.append(single("dr_drill_status", float(STATUS_DEGRADED if other else STATUS_OK), labels))
    return Reading(tuple(found), facts=_told(record, late, why_unproven, now, other))


def drilled_otherwise(plan: RecoveryPlan, record: PlanRecord) -> str:
    """Say of which version the last good drill was, when the plan does something else by now; empty when it does not."""
    last = record.last_good_practice
    if last is None or not changed_since(plan, last):
        return ""
    drilled, present = version_of(last.digest), version_of(plan.digest)
    return f"{last.mode.value} {last.run} was of version {drilled}, and what the plan does was changed since (now {present})"


def late_words(plan: RecoveryPlan, record: PlanRecord, now: Instant) -> list[str]:
    """Return what is overdue in the run in progress, and what waits for a decision."""
    run = record.open_run
    if run is None:
        return []
    return [*overdue(plan, run, now), *(f"step '{each.id}' waits for a decision: {each.summary}" for each in run.stopped)]


def _findings_status(record: PlanRecord, now: Instant) -> int:
    if any(each.is_overdue(now) for each in record.findings):
        return STATUS_FAILED
    return STATUS_DEGRADED if record.open_findings else STATUS_OK


def _moments(record: PlanRecord) -> Iterable[tuple[str, float]]:
    good, rehearsal, last = record.last_good_practice, record.last_good_rehearsal, record.last_practice
    if good is not None and good.ended is not None:
        yield "dr_last_drill_timestamp_seconds", good.ended / MILLISECONDS
    if rehearsal is not None and rehearsal.ended is not None:
        yield "dr_last_rehearsal_timestamp_seconds", rehearsal.ended / MILLISECONDS
    if last is None:
        return
    yield "dr_run_status", float(_VERDICTS[last.verdict or Verdict.NOT_TESTED])
    for name in ("recovery_time", "recovery_point"):
        if name in last.figures:
            yield f"dr_{name}_seconds", float(last.figures[name])


def _told(record: PlanRecord, late: list[str], why_unproven: str, now: Instant, other: str) -> dict[str, str]:
    last = record.last_practice
    late_findings = [each for each in record.findings if each.is_overdue(now)] or record.open_findings
    why = {
        LAST_RUN: "" if last is None or last.verdict is Verdict.PASS else f"{last.mode.value} {last.run}: {last.summary}",
        DRILLED: other,
        REHEARSED: why_unproven,
        UNDER_WAY: "; ".join(late),
        FINDINGS: "; ".join(f"{each.what} ({each.owner})" for each in late_findings),
    }
    return {WHY + name: clean(sentence, _SENTENCE) for name, sentence in why.items() if sentence}
