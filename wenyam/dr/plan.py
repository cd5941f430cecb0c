"""What a plan asks for in one mode: its steps, what each waits for, what may begin now, what is taken back. Pure."""

from collections.abc import Mapping

from wenyam.dr.course import Course, Stage, Undoing
from wenyam.model.recovery import Mode, PlanStep, RecoveryPlan, UndoKind

_STARTABLE = (Stage.WAITING, Stage.AGAIN, Stage.RUNNING)


def steps_in(plan: RecoveryPlan, mode: Mode) -> tuple[PlanStep, ...]:
    """Return the steps of a mode in the order they are written; a rehearsal proves those of every mode."""
    return plan.steps if mode is Mode.REHEARSAL else tuple(step for step in plan.steps if mode in step.modes)


def step_of(plan: RecoveryPlan, name: str) -> PlanStep | None:
    """Return one step of a plan."""
    return next((step for step in plan.steps if step.id == name), None)


def needs(plan: RecoveryPlan, mode: Mode) -> dict[str, frozenset[str]]:
    """Return what each step of a mode waits for; a step left out of the mode passes on what it waits for itself."""
    every = {step.id: step for step in plan.steps}
    inside = {step.id for step in steps_in(plan, mode)}
    found: dict[str, frozenset[str]] = {}
    for name in inside:
        waiting, needed, seen = list(every[name].after), set[str](), set[str]()
        while waiting:
            each = waiting.pop()
            if each in seen:
                continue
            seen.add(each)
            if each in inside:
                needed.add(each)
            else:
                waiting += every[each].after
        found[name] = frozenset(needed)
    return found


def ready(plan: RecoveryPlan, course: Course) -> list[PlanStep]:
    """Return the steps that may begin now, or be taken up again; none while any waits for a decision."""
    if course.aborted or course.stopped:
        return []
    wanted = needs(plan, course.mode)
    return [
        step
        for step in steps_in(plan, course.mode)
        if course.step(step.id).stage in _STARTABLE and all(course.step(name).is_over for name in _before(step.id, wanted))
    ]


def _before(name: str, wanted: Mapping[str, frozenset[str]]) -> set[str]:
    """Return everything that comes before a step, near and far: an approval far back may have to be counted again."""
    found, waiting = set[str](), [name]
    while waiting:
        new = wanted[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def is_through(plan: RecoveryPlan, course: Course) -> bool:
    """Tell whether every step of the mode is over."""
    return all(course.step(step.id).is_over for step in steps_in(plan, course.mode))


def takes_back(plan: RecoveryPlan, course: Course) -> bool:
    """Tell whether it is time to take back what was done: after a drill, or when somebody aborted."""
    if course.mode is Mode.REHEARSAL:
        return False
    return course.undo if course.aborted else course.mode is Mode.DRILL and is_through(plan, course)


def to_take_back(plan: RecoveryPlan, course: Course) -> list[PlanStep]:
    """Return what is still to be taken back, what was done last first; what began and did not pass comes first of all."""
    found = [
        step
        for step in steps_in(plan, course.mode)
        if step.undo.kind in (UndoKind.ITSELF, UndoKind.ACTION)
        and course.step(step.id).attempts > 0
        and course.step(step.id).undoing in (Undoing.NOT_BEGUN, Undoing.RUNNING)
    ]
    places = {step.id: number for number, step in enumerate(plan.steps)}

    def order(step: PlanStep) -> tuple[bool, int, int]:
        on_record = course.step(step.id)
        return on_record.stage is not Stage.PASSED, on_record.order, places[step.id]

    return sorted(found, key=order, reverse=True)
