"""Plans, runs and findings for people to look at: read only, from the settings and the facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from wenyam.dr import facts
from wenyam.dr.admission import changed_since, unproven
from wenyam.dr.attempt import kind_of
from wenyam.dr.course import Course
from wenyam.dr.ledger import Finding, Ledger, PlanRecord, ledger_of
from wenyam.dr.plan import steps_in
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, to_iso
from wenyam.model.recovery import Mode, PlanStep, RecoveryPlan, UndoKind
from wenyam.operations.recovery_data import iso, run_data
from wenyam.store.interface import Reader

VERSION = 1
RUNS = 10
"""Runs that are listed of a plan."""


def read_ledger(reader: Reader) -> Ledger:
    """Return everything that is on record about plans."""
    return ledger_of(reader.facts_after(0, facts.KINDS))


def plan_data(plan: RecoveryPlan, record: PlanRecord, now: Instant) -> dict[str, Any]:
    """Return one plan and how it stands."""
    drill, rehearsal, run = record.last_good_practice, record.last_good_rehearsal, record.open_run
    return {
        "plan": plan.name, "title": plan.title, "owner": plan.owner, "main_site": plan.main_site, "dr_site": plan.dr_site,
        "services": [*plan.services], "steps": len(plan.steps), "digest": plan.digest,
        "recovery_time_target": plan.recovery_time, "recovery_point_target": plan.recovery_point,
        "last_good_drill": None if drill is None else iso(drill.ended),
        "last_good_drill_version": None if drill is None else drill.digest,
        "changed_since_last_good_drill": None if drill is None else changed_since(plan, drill),
        "last_good_rehearsal": None if rehearsal is None else iso(rehearsal.ended),
        "not_ready_because": unproven(plan, record.runs, now) or None,
        "run_in_progress": None if run is None else run.run, "open_findings": len(record.open_findings),
    }  # fmt: skip


def step_plan_data(step: PlanStep, names: Sequence[Mode]) -> dict[str, Any]:
    """Return one step as it is planned."""
    kind = kind_of(step.action)
    return {
        "id": step.id, "title": step.title, "kind": step.action.kind, "does": kind.describe(), "limit_seconds": step.limit,
        "who": [*step.who], "after": [*step.after], "modes": [mode.value for mode in names if mode in step.modes],
        "checks": [kind_of(check).describe() for check in step.checks], "undo": undo_words(step), "evidence": [*step.evidence],
        "tries": step.tries, "waits_for_a_person": kind.waits, "changes_something": kind.changes,
    }  # fmt: skip


def undo_words(step: PlanStep) -> str:
    """Say how a step is taken back."""
    undo = step.undo
    if undo.kind is UndoKind.ACTION and undo.action is not None:
        return kind_of(undo.action).describe()
    return {UndoKind.ITSELF: "by itself", UndoKind.IMPOSSIBLE: f"impossible: {undo.reason}"}.get(
        undo.kind, "nothing to take back"
    )


def finding_data(each: Finding, now: Instant) -> dict[str, Any]:
    """Return one finding."""
    return {
        "number": each.number, "run": each.run, "plan": each.plan, "what": each.what, "owner": each.owner,
        "due": to_iso(each.due), "found": to_iso(each.found), "closed": iso(each.closed), "closed_by": each.closed_by or None,
        "reason": each.reason or None, "overdue": each.is_overdue(now),
    }  # fmt: skip


def list_data(configuration: Configuration, ledger: Ledger, now: Instant) -> dict[str, Any]:
    """Return every plan."""
    plans = configuration.recovery.plans
    return {
        "version": VERSION, "site": configuration.recovery.site,
        "plans": [plan_data(plan, ledger.of(name), now) for name, plan in plans.items()],
    }  # fmt: skip


def show_data(plan: RecoveryPlan, record: PlanRecord, now: Instant, mode: Mode | None = None) -> dict[str, Any]:
    """Return one plan with its steps, of one mode or of all."""
    steps = plan.steps if mode is None else steps_in(plan, mode)
    return {
        "version": VERSION, **plan_data(plan, record, now),
        "committee": [*plan.committee.members], "quorum": plan.committee.quorum,
        "rights": {"drill": [*plan.rights.drill], "real": [*plan.rights.real]}, "touches": [*plan.touches],
        "runs": run_heads(record),
        "sentences": [step_plan_data(step, tuple(Mode)) for step in steps],
    }  # fmt: skip


def run_heads(record: PlanRecord) -> list[dict[str, Any]]:
    """Return the newest runs of a plan, oldest first."""
    return [_run_head(run) for run in record.runs[-RUNS:]]


def _run_head(run: Course) -> dict[str, Any]:
    verdict = None if run.verdict is None else run.verdict.value
    return {"run": run.run, "mode": run.mode.value, "began": to_iso(run.began), "ended": iso(run.ended), "verdict": verdict}


def report_data(plan: RecoveryPlan, course: Course, record: PlanRecord, now: Instant, faults: Sequence[str]) -> dict[str, Any]:
    """Return the report of one run: times, figures, steps with who decided what, findings, and whether the evidence is whole."""
    return {
        "version": VERSION, "run": run_data(plan, course, now),
        "people": [_act(each.fact.kind, each.fact.at, each.fact.actor, each.fact.body) for each in course.acts],
        "findings": [finding_data(each, now) for each in record.findings if each.run == course.run],
        "left_out": [step.id for step in plan.steps if step not in steps_in(plan, course.mode)],
        "evidence_faults": [*faults],
    }  # fmt: skip


def _act(kind: str, at: Instant, actor: str, body: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("step", "person", "decision", "complete", "method", "reason", "second", "witness", "key")
    return {
        "kind": kind,
        "at": to_iso(at),
        "actor": actor,
        **{name: body[name] for name in kept if body.get(name) not in (None, "")},
    }
