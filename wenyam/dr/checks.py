"""The questions put to every plan, with their limits and the first step for whoever is woken. Pure."""

from wenyam.checks.age import AgeParameters
from wenyam.checks.status import StatusParameters
from wenyam.checks.threshold import ThresholdParameters
from wenyam.dr import samples
from wenyam.i18n.translate import mark, translator
from wenyam.model.inventory import AT_ONCE, CheckPlan, Text
from wenyam.model.recovery import RecoveryPlan

WARNED_SHARE = 0.8
"""Share of the limit from which the next drill or rehearsal is asked for."""

_DRILL = mark("Plan the next drill with those concerned, then: {command}")
_REHEARSE = mark("Rehearse the plan, which touches nothing, and put right what it finds: {command}")
_LOOK = mark("Look where the run is, decide, or call whoever is waited for: {command}")
_FINDINGS = mark("Put right what the drills found, then close it: {command}")


def plan_checks(plan: RecoveryPlan) -> tuple[CheckPlan, ...]:
    """Return the checks of a plan. What was never drilled or rehearsed is CRIT, as is what is too old."""
    rehearse, drill = _text(_REHEARSE, f"wenyam dr rehearse {plan.name}"), _text(_DRILL, f"wenyam dr drill {plan.name}")
    look, findings = _text(_LOOK, f"wenyam dr status {plan.name}"), _text(_FINDINGS, f"wenyam dr report {plan.name}")
    return (
        _age(samples.LAST_DRILL, "dr_last_drill_timestamp_seconds", plan.drill_maximum_age,
             never=f"plan '{plan.name}' never passed a drill", runbook=drill),
        _status(samples.DRILLED, "dr_drill_status", drill, optional=True),
        _age(samples.REHEARSAL_AGE, "dr_last_rehearsal_timestamp_seconds", plan.rehearsal_maximum_age,
             never=f"plan '{plan.name}' never passed a rehearsal", runbook=rehearse),
        _status(samples.REHEARSED, "dr_rehearsal_status", rehearse),
        _status(samples.LAST_RUN, "dr_run_status", drill, optional=True),
        CheckPlan(samples.UNDER_WAY, "threshold", ThresholdParameters(sample="dr_run_overdue", crit=1), AT_ONCE, runbook=look),
        _status(samples.FINDINGS, "dr_findings_status", findings),
    )  # fmt: skip


def _age(name: str, sample: str, limit: float, *, never: str, runbook: Text) -> CheckPlan:
    parameters = AgeParameters(sample=sample, warn=limit * WARNED_SHARE, crit=limit, never=never)
    return CheckPlan(name, "age", parameters, AT_ONCE, runbook=runbook)


def _status(name: str, sample: str, runbook: Text, *, optional: bool = False) -> CheckPlan:
    return CheckPlan(name, "status", StatusParameters(samples=(sample,)), AT_ONCE, runbook=runbook, optional=optional)


def _text(sentence: str, command: str) -> Text:
    return Text(translator("th")(sentence).format(command=command), sentence.format(command=command))
