"""What a run came to in the end, and what of it must be put right: findings with an owner and a date. Pure."""

from collections.abc import Iterator

from wenyam.dr import facts
from wenyam.dr.course import Course, Stage, StepCourse, Undoing
from wenyam.dr.objectives import Figures, figures_of
from wenyam.dr.plan import steps_in
from wenyam.model import durations
from wenyam.model.backup import DAY, Verdict
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after, seconds_between
from wenyam.model.recovery import Mode, PlanStep, RecoveryPlan, UndoKind

FINDING_SECONDS = 30 * DAY
"""How long whoever owns a plan has for what a run found, unless somebody says otherwise."""


def ending(plan: RecoveryPlan, course: Course, now: Instant, actor: str) -> list[Fact]:
    """Return the facts that end a run: what is to be put right, then the verdict with what was measured."""
    figures = figures_of(plan, course)
    verdict, summary = judged(plan, course, figures)
    found = [] if course.mode is Mode.REHEARSAL else [*dict.fromkeys(findings(plan, course, figures))]
    due = after(now, FINDING_SECONDS)
    return [
        *(
            facts.finding(
                course.run, plan.name, now, actor, number=f"{course.run}/{number}", what=what, owner=plan.owner, due=due
            )
            for number, what in enumerate(found, 1)
        ),
        facts.ended(course.run, now, actor, verdict=verdict.value, summary=summary, figures=figures.body()),
    ]


def judged(plan: RecoveryPlan, course: Course, figures: Figures) -> tuple[Verdict, str]:
    """Return the verdict over a run and its sentence. What was skipped, left or talked away is never a pass."""
    steps = [course.step(step.id) for step in steps_in(plan, course.mode)]
    if course.aborted:
        return Verdict.FAIL, "aborted"
    bad = [each for each in steps if each.verdict is Verdict.FAIL and not each.is_over]
    if bad:
        return Verdict.FAIL, f"{len(bad)} of {len(steps)} steps failed: {_names(bad)}"
    missed, unmeasured = ((), ()) if course.mode is Mode.REHEARSAL else (figures.missed, figures.unmeasured)
    unproven, told = _unproven(steps), _on_a_word(steps)
    if unproven:
        return (Verdict.FAIL if missed else Verdict.NOT_TESTED), "; ".join((unproven, *missed))
    if missed or unmeasured:
        sentences = "; ".join((*missed, *unmeasured, *told))
        return (Verdict.FAIL if missed else Verdict.NOT_TESTED), f"every step passed, but {sentences}"
    return Verdict.PASS, "; ".join((f"{len(steps)} steps passed", *told))


def _on_a_word(steps: list[StepCourse]) -> tuple[str, ...]:
    """Say which steps passed on somebody's word though they were to find out by themselves."""
    told = ", ".join(f"{each.id} ({each.word_of})" for each in steps if each.word_of)
    return (f"on somebody's word alone: {told}",) if told else ()


def _unproven(steps: list[StepCourse]) -> str:
    """Say what keeps a run without a failure from being a proof; empty when nothing does."""
    skipped = [each for each in steps if each.stage is not Stage.PASSED]
    if skipped:
        return f"{len(skipped)} of {len(steps)} steps proved nothing: {_names(skipped)}"
    told = [each for each in steps if each.verdict is Verdict.FAIL and each.decided_by]
    if told:
        return f"{len(told)} of {len(steps)} steps failed and only somebody's word says otherwise: {_names(told)}"
    left = [each for each in steps if each.undoing in (Undoing.LEFT, Undoing.STOPPED)]
    return f"not taken back: {_names(left)}" if left else ""


def _names(steps: list[StepCourse]) -> str:
    return ", ".join(each.id for each in steps)


def findings(plan: RecoveryPlan, course: Course, figures: Figures) -> Iterator[str]:
    """Yield what a run shows to be put right."""
    for step in steps_in(plan, course.mode):
        yield from _of_step(step, course.step(step.id), course)
    yield from (sentence[0].upper() + sentence[1:] for sentence in (*figures.missed, *figures.unmeasured))


def _of_step(step: PlanStep, on_record: StepCourse, course: Course) -> Iterator[str]:
    name = f"Step '{step.id}'"
    if on_record.stage is Stage.SKIPPED:
        yield f"{name} was skipped by {on_record.decided_by}"
    elif on_record.decided_by:
        yield f"{name} counts as done because {on_record.decided_by} said so: {on_record.summary}"
    elif on_record.word_of:
        yield f"{name} counts as done on the word of {on_record.word_of} alone: {on_record.summary}"
    elif on_record.attempts > 0 and on_record.stage is not Stage.PASSED:
        yield f"{name} did not pass: {on_record.summary}"
    if on_record.began is not None and on_record.ended is not None:
        took = seconds_between(on_record.began, on_record.ended)
        if took > step.limit:
            yield f"{name} took {durations.write(took)}, its limit is {durations.write(step.limit)}"
    if step.evidence and not on_record.files and on_record.stage is Stage.PASSED:
        yield f"{name}: nobody kept the evidence that is wanted: {', '.join(step.evidence)}"
    if on_record.undoing is Undoing.LEFT:
        yield f"{name} was not taken back: {on_record.undo_summary}"
    taken_back = course.mode is Mode.DRILL or (course.aborted and course.undo)
    if taken_back and step.undo.kind is UndoKind.IMPOSSIBLE and on_record.stage is Stage.PASSED:
        yield f"{name} cannot be taken back: {step.undo.reason}"
