"""What people decide about a run, from a process of their own: done, failed, once more, skipped with a second person, aborted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyam.clock import Clock
from wenyam.dr import admission, evidence, facts
from wenyam.dr.approvals import waits_for_signatures
from wenyam.dr.attempt import kind_of
from wenyam.dr.course import ABORT, DECISIONS, DONE, FAILED_IT, KEEP, RETRY, SKIP, Course, Stage, StepCourse, Undoing
from wenyam.dr.journal import course_of
from wenyam.dr.plan import step_of, steps_in
from wenyam.errors import UsageError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.recovery import PlanStep, RecoveryPlan
from wenyam.operations.recoveries import LONGEST_REASON, plan_of
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader, Writer

_NEVER_SKIPPED = ("approve", "fence")


class DecisionRefusedError(WenyamError):
    """The decision was not taken."""

    permanent = True


@dataclass(frozen=True, slots=True)
class Bench:
    """What one decision is about."""

    configuration: Configuration
    clock: Clock
    actor: str
    course: Course
    plan: RecoveryPlan

    def require_open(self) -> None:
        """Refuse what comes after the end."""
        if self.course.is_over:
            raise DecisionRefusedError(f"{self.course.run} is over: {self.course.summary}")

    def require_right(self, step: PlanStep | None) -> None:
        """Refuse whoever has neither the right to the run nor answers for the step."""
        if step is None or self.actor not in step.who:
            admission.require_right(self.plan, self.course.mode, self.actor, self.configuration.inventory)

    def step(self, name: str) -> PlanStep:
        """Return one step of the run; UsageError when there is none."""
        step = step_of(self.plan, name)
        if step is None or step not in steps_in(self.plan, self.course.mode):
            raise unknown(
                "step", name, [each.id for each in steps_in(self.plan, self.course.mode)], place=f" in {self.course.run}"
            )
        return step


def bench_of(configuration: Configuration, clock: Clock, actor: str, reader: Reader, run: str) -> Bench:
    """Return what is to be decided about."""
    course, _ = course_of(reader, run)
    return Bench(configuration, clock, actor, course, plan_of(configuration, course.plan))


def decide(
    writer: Writer, bench: Bench, step_name: str, decision: str, reason: str, *, files: Sequence[tuple[str, bytes]] = ()
) -> ChainedFact:
    """Put a decision on record, with evidence as (name, content); the process that runs the plan hears it.

    Skipping needs a second person, see `approvals.Signing`.
    """
    bench.require_open()
    step = bench.step(step_name)
    bench.require_right(step)
    _require_sense(bench, step, decision, reason, files)
    now, run = bench.clock.now(), bench.course.run
    kept = _kept(bench, step, files)
    said = clean(reason, LONGEST_REASON)
    return writer.append(facts.decided(run, step.id, now, bench.actor, decision=decision, reason=said, files=kept))


def _kept(bench: Bench, step: PlanStep, files: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    directory = evidence.prepare(Path(bench.configuration.instance.state_directory), bench.course.run) if files else Path()
    kept: dict[str, str] = {}
    for name, content in files:
        # The hash in the name keeps two files of one name apart.
        mark = hashlib.sha256(content).hexdigest()[:8]
        kept |= evidence.keep_bytes(directory, f"{step.id}-{mark}-{name}", content)
    return kept


def abort(writer: Writer, bench: Bench, reason: str, *, undo: bool = True) -> ChainedFact:
    """Put on record that a run is given up; what was done is taken back, unless somebody says not to."""
    bench.require_open()
    bench.require_right(None)
    _require_reason(reason, "giving up")
    now, run = bench.clock.now(), bench.course.run
    return writer.append(
        facts.decided(run, "", now, bench.actor, decision=ABORT, reason=clean(reason, LONGEST_REASON), undo=undo)
    )


def _require_sense(bench: Bench, step: PlanStep, decision: str, reason: str, files: Sequence[tuple[str, bytes]]) -> None:
    if decision not in DECISIONS:
        raise UsageError(f"'{decision}' is no decision; there are: {', '.join(DECISIONS)}")
    if decision == SKIP:
        raise DecisionRefusedError("skipping needs a second person's signature", hint="Write the text with --text FILE.")
    if decision == KEEP:
        if not files:
            raise UsageError("'keep' keeps evidence: name it with --file FILE")
        return
    _require_reason(reason, decision)
    on_record = bench.course.step(step.id)
    if on_record.undoing is Undoing.STOPPED:
        if decision == FAILED_IT:
            raise DecisionRefusedError(f"taking back '{step.id}' has stopped already; decide {RETRY}, {DONE} or {SKIP}")
        return
    if on_record.undoing is Undoing.RUNNING and step.undo.action is not None and kind_of(step.undo.action).waits:
        if decision not in (DONE, FAILED_IT):
            raise DecisionRefusedError(f"'{step.id}' is being taken back by hand; decide {DONE} or {FAILED_IT}")
        return
    _require_stage(step, on_record, decision)


def _require_stage(step: PlanStep, on_record: StepCourse, decision: str) -> None:
    if on_record.stage is Stage.RUNNING and kind_of(step.action).waits and decision in (DONE, FAILED_IT):
        if waits_for_signatures(step):
            raise DecisionRefusedError(
                f"'{step.id}' waits for signatures, not for a decision", hint="See: wenyam dr approve --help."
            )
        return
    if decision == DONE and waits_for_signatures(step):
        raise DecisionRefusedError(f"'{step.id}' is done when those who must have signed; decide {RETRY} or {ABORT}")
    if on_record.stage is not Stage.STOPPED:
        raise DecisionRefusedError(f"'{step.id}' is {on_record.stage.value}; there is nothing to decide")
    if decision == FAILED_IT:
        raise DecisionRefusedError(f"'{step.id}' has stopped already; decide {RETRY}, {DONE}, {SKIP} or {ABORT}")


def require_skippable(bench: Bench, step: PlanStep) -> None:
    """Refuse to skip what keeps two sites from writing or one person from deciding, and what is over."""
    on_record = bench.course.step(step.id)
    if on_record.undoing is Undoing.STOPPED:
        return
    if on_record.undoing is Undoing.RUNNING:
        raise DecisionRefusedError(f"'{step.id}' is being taken back; only what has stopped can be left as it is")
    if step.action.kind in _NEVER_SKIPPED:
        raise DecisionRefusedError(f"'{step.id}' is of kind '{step.action.kind}' and is never skipped; abort the run instead")
    if on_record.is_over:
        raise DecisionRefusedError(f"'{step.id}' is {on_record.stage.value} already")
    waits = kind_of(step.action).waits
    if on_record.stage is not Stage.STOPPED and not (on_record.stage is Stage.RUNNING and waits):
        raise DecisionRefusedError(f"'{step.id}' is {on_record.stage.value}; only what has stopped or waits can be skipped")


def _require_reason(reason: str, what: str) -> None:
    if not clean(reason, LONGEST_REASON):
        raise DecisionRefusedError(f"'{what}' needs a reason", hint="Add --reason TEXT.")
