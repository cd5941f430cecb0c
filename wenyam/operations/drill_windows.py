"""The time of a drill is planned time, for exactly what the plan says it touches, from its beginning to its end."""

import logging

from wenyam.dr.course import Course
from wenyam.dr.plan import steps_in
from wenyam.engine import added_windows
from wenyam.errors import WenyamError
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import PlannedWindow
from wenyam.model.recovery import Mode, RecoveryPlan
from wenyam.model.states import Subject
from wenyam.operations.asking import ask_watcher
from wenyam.store.interface import Writer

_LOG = logging.getLogger(__name__)
_SHORTEST, _LONGEST = 3600.0, 7 * 86_400.0


def window_of(plan: RecoveryPlan, course: Course) -> PlannedWindow | None:
    """Return the window of a drill; None for what touches nothing or is no drill. An overrun of all limits is down."""
    if course.mode is not Mode.DRILL or not plan.touches:
        return None
    length = min(_LONGEST, max(_SHORTEST, sum(step.limit for step in steps_in(plan, course.mode))))
    return PlannedWindow(
        name=f"dr-{course.run}",
        subjects=tuple(Subject.parse(text) for text in plan.touches),
        schedule=None,
        starts=course.began,
        ends=after(course.began, length),
        duration=None,
        reason=f"drill {course.run} of plan '{plan.name}'",
        approved_by=plan.owner,
        approved_at=course.began,
        entered_by=course.actor,
    )


def open_window(writer: Writer, configuration: Configuration, plan: RecoveryPlan, course: Course) -> None:
    """Enter the window of a drill unless it is; a watcher that runs takes it up at once, one that does not when it starts."""
    window = window_of(plan, course)
    if window is not None and added_windows.ADDED not in _written(writer, window, course):
        writer.append(added_windows.added(window, course.began, course.actor))
        _tell(configuration)


def close_window(writer: Writer, configuration: Configuration, plan: RecoveryPlan, course: Course, now: Instant) -> None:
    """End the window with the drill unless it is ended, so that no later trouble is called planned."""
    window = window_of(plan, course)
    if window is not None and _written(writer, window, course) == {added_windows.ADDED}:
        writer.append(added_windows.ended(window, now, course.actor, f"{course.run} is over"))
        _tell(configuration)


def _written(writer: Writer, window: PlannedWindow, course: Course) -> set[str]:
    found = writer.facts_after(course.sequence, added_windows.KINDS)
    return {each.fact.kind for each in found if each.fact.body.get("name") == window.name}


def _tell(configuration: Configuration) -> None:
    try:
        ask_watcher(configuration, {"action": "maintenance-read"})
    except WenyamError as error:
        _LOG.info("the watcher will read of the drill's window when it starts: %s", error)
