"""What people decide about a run, from a process of their own: done, failed, once more, skipped with a second person, aborted."""

from dataclasses import dataclass

from wenyam.clock import Clock
from wenyam.dr import admission, facts
from wenyam.dr.attempt import kind_of
from wenyam.dr.course import ABORT, DECISIONS, DONE, FAILED_IT, RETRY, SKIP, Course, Stage, StepCourse, Undoing
from wenyam.dr.journal import course_of
from wenyam.dr.plan import step_of, steps_in
from wenyam.errors import UsageError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.recovery import PlanStep, RecoveryPlan
from wenyam.operations.recoveries import LONGEST_REASON, plan_of
from wenyam.store.interface import Reader, Writer


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
            known = ", ".join(each.id for each in steps_in(self.plan, self.course.mode))
            raise UsageError(f"{self.course.run} has no step '{name}'; there are: {known}")
        return step


def bench_of(configuration: Configuration, clock: Clock, actor: str, reader: Reader, run: str) -> Bench:
    """Return what is to be decided about."""
    course, _ = course_of(reader, run)
    return Bench(configuration, clock, actor, course, plan_of(configuration, course.plan))


def decide(writer: Writer, bench: Bench, step_name: str, decision: str, reason: str) -> ChainedFact:
    """Put a decision on record; the process that runs the plan hears it. Skipping needs a second person: see `skipping`."""
    bench.require_open()
    step = bench.step(step_name)
    bench.require_right(step)
    _require_sense(bench, step, decision, reason)
    now, run = bench.clock.now(), bench.course.run
    fact = facts.decided(run, step.id, now, bench.actor, decision=decision, reason=clean(reason, LONGEST_REASON))
    return writer.append(fact)


def abort(writer: Writer, bench: Bench, reason: str, *, undo: bool = True) -> ChainedFact:
    """Put on record that a run is given up; what was done is taken back, unless somebody says not to."""
    bench.require_open()
    bench.require_right(None)
    _require_reason(reason, "giving up")
    now, run = bench.clock.now(), bench.course.run
    return writer.append(
        facts.decided(run, "", now, bench.actor, decision=ABORT, reason=clean(reason, LONGEST_REASON), undo=undo)
    )


def _require_sense(bench: Bench, step: PlanStep, decision: str, reason: str) -> None:
    if decision not in DECISIONS:
        raise UsageError(f"'{decision}' is no decision; there are: {', '.join(DECISIONS)}")
    if decision == SKIP:
        raise DecisionRefusedError("skipping needs a second person's signature", hint="Write the text with --text FILE.")
    _require_reason(reason, decision)
    on_record = bench.course.step(step.id)
    if on_record.undoing is Undoing.STOPPED:
        if decision == FAILED_IT:
            raise DecisionRefusedError(f"taking back '{step.id}' has stopped already; decide {RETRY}, {DONE} or {SKIP}")
        return
    _require_stage(step, on_record, decision)


def _require_stage(step: PlanStep, on_record: StepCourse, decision: str) -> None:
    if on_record.stage is Stage.RUNNING and kind_of(step.action).waits and decision in (DONE, FAILED_IT):
        if step.action.kind in ("approve", "user_test", "fence"):
            raise DecisionRefusedError(
                f"'{step.id}' waits for signatures, not for a decision", hint="See: wenyam dr approve --help."
            )
        return
    if on_record.stage is not Stage.STOPPED:
        raise DecisionRefusedError(f"'{step.id}' is {on_record.stage.value}; there is nothing to decide")
    if decision == FAILED_IT:
        raise DecisionRefusedError(f"'{step.id}' has stopped already; decide {RETRY}, {DONE}, {SKIP} or {ABORT}")


def _require_reason(reason: str, what: str) -> None:
    if not clean(reason, LONGEST_REASON):
        raise DecisionRefusedError(f"'{what}' needs a reason", hint="Add --reason TEXT.")
