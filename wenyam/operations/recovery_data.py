"""Runs and plans as versioned plain data, for `--json` and other programs."""

from typing import Any

from wenyam.dr.approvals import who_approved
from wenyam.dr.clockwork import overdue, under_way
from wenyam.dr.course import Course
from wenyam.dr.objectives import figures_of
from wenyam.dr.plan import steps_in
from wenyam.model.instants import Instant, to_iso
from wenyam.model.recovery import PlanStep, RecoveryPlan

_INSTANTS = ("failure_began", "detected", "declared", "served", "accepted")


def run_data(plan: RecoveryPlan, course: Course, now: Instant) -> dict[str, Any]:
    """Return one run with its steps, times, figures and what is overdue."""
    body = figures_of(plan, course).body()
    return {
        "run": course.run, "plan": course.plan, "mode": course.mode.value, "actor": course.actor, "reason": course.reason,
        "digest": course.digest, "began": to_iso(course.began), "ended": iso(course.ended),
        "verdict": None if course.verdict is None else course.verdict.value, "summary": course.summary,
        "aborted": course.aborted, "waits_for_decision": [each.id for each in course.stopped],
        "overdue": overdue(plan, course, now),
        "times": {name: to_iso(Instant(int(body[name] or 0))) for name in _INSTANTS if name in body},
        "figures": {name: value for name, value in body.items() if name not in _INSTANTS},
        "steps": [step_data(step, course, plan, now) for step in steps_in(plan, course.mode)],
    }  # fmt: skip


def step_data(step: PlanStep, course: Course, plan: RecoveryPlan, now: Instant) -> dict[str, Any]:
    """Return one step of a run."""
    on_record = course.step(step.id)
    clock = next((each for each in under_way(plan, course, now) if each.step is step), None)
    return {
        "id": step.id, "title": step.title, "kind": step.action.kind, "stage": on_record.stage.value,
        "attempts": on_record.attempts, "began": iso(on_record.began), "ended": iso(on_record.ended),
        "limit_seconds": step.limit, "due": None if clock is None else to_iso(clock.due),
        "verdict": None if on_record.verdict is None else on_record.verdict.value, "summary": on_record.summary,
        "signed_by": _signed_by(step, course, plan),
        "decided_by": on_record.decided_by or None, "undo": on_record.undoing.value, "undo_summary": on_record.undo_summary,
        "evidence": {**on_record.evidence, **on_record.files},
    }  # fmt: skip


def _signed_by(step: PlanStep, course: Course, plan: RecoveryPlan) -> list[str]:
    """Return the people whose approval of a step counts so far."""
    if step.action.kind != "approve":
        return []
    return [str(each.fact.body["person"]) for each in who_approved(plan, step.id, course.actors, course.acts)]


def iso(moment: Instant | None) -> str | None:
    """Write an instant, or nothing."""
    return None if moment is None else to_iso(moment)
