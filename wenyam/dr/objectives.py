"""What was promised and what it came to: the times of a run, recovery time and data loss against their targets. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.dr import facts
from wenyam.dr.course import Course, Stage
from wenyam.dr.plan import steps_in
from wenyam.model import durations
from wenyam.model.facts import FactBody
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.recovery import Mode, RecoveryPlan

_APPROVE, _SERVED, _ACCEPTED = "approve", "test_service", "user_test"
_NEWEST_DATA, _ROWS_LOST, _HAS_ALL = ".newest_data", ".rows_lost", ".has_all"
_LEFT_MOMENTS = (".served_at", ".decided_at")
"""By which a step says itself when it was really so, which is a little before it ended."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The four times of a run and what follows from them; None where it is not known."""

    failure_began: Instant
    detected: Instant
    declared: Instant | None
    served: Instant | None
    """When the service first answered at the other site."""
    accepted: Instant | None
    newest_data: Instant | None
    """Found by a step of which nobody knows whether all came; what was idle has old data and lost nothing."""
    rows_lost: int | None
    recovery_time_target: float | None
    """None where none is promised."""
    recovery_point_target: float | None
    clock_lost: float = 0.0
    """Seconds by which the clock was set back in the run."""
    has_all: bool = False
    """Whether a promotion proved that all came, and nothing speaks against it."""
    is_guessed: bool = False
    """Whether nobody knows when the failure began: then it is only known that it was before the run."""

    @property
    def service_time(self) -> float | None:
        """Seconds from the failure until the service answered again, as a user's machine sees it."""
        return None if self.served is None else seconds_between(self.failure_began, self.served)

    @property
    def recovery_time(self) -> float | None:
        """Seconds from the failure until users accepted, or where no user test is planned until the service answered."""
        end = self.accepted or self.served
        return None if end is None else seconds_between(self.failure_began, end)

    @property
    def recovery_point(self) -> float | None:
        """Seconds of data that were lost: 0 where all came, else from the newest data found at the other site to the failure."""
        if self.newest_data is None:
            return 0.0 if self.has_all else None
        return max(0.0, seconds_between(self.newest_data, self.failure_began))

    @property
    def missed(self) -> tuple[str, ...]:
        """Say which promises were not kept."""
        found = []
        for what, value, target in (
            ("recovery took", self.recovery_time, self.recovery_time_target),
            ("data was lost for", self.recovery_point, self.recovery_point_target),
        ):
            if value is not None and target is not None and value > target:
                found.append(f"{what} {durations.write(value)} against a target of {durations.write(target)}")
        return tuple(found)

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Say which promises nobody measured, so that they are not tested."""
        found = []
        if self.recovery_time_target is not None and self.why_no_time:
            found.append(f"{self.why_no_time}, so the recovery time (RTO) is NOT TESTED")
        if self.recovery_point_target is not None and self.recovery_point is None:
            found.append("no step showed how new the data was, so the data loss (RPO) is NOT TESTED")
        return tuple(found)

    @property
    def why_no_time(self) -> str:
        """Say why the recovery time proves nothing; empty when it is what was measured."""
        if self.recovery_time is None:
            return "no step showed when the service was back"
        if self.is_guessed:
            return "neither a person nor the watcher said when the failure began"
        return f"the clock was set back by {durations.write(round(self.clock_lost))} in the run" if self.clock_lost else ""

    def body(self) -> FactBody:
        """Write them for a fact; what is not known is left out, never 0."""
        known: dict[str, int | float | None] = {
            "failure_began": self.failure_began, "detected": self.detected, "declared": self.declared, "served": self.served,
            "accepted": self.accepted, "service_time": self.service_time, "recovery_time": self.recovery_time,
            "recovery_point": self.recovery_point, "rows_lost": self.rows_lost,
            "recovery_time_target": self.recovery_time_target, "recovery_point_target": self.recovery_point_target,
        }  # fmt: skip
        return {name: value for name, value in known.items() if value is not None}


def figures_of(plan: RecoveryPlan, course: Course) -> Figures:
    """Return what a run has come to so far. A time that somebody recorded counts before the one the steps show."""
    told = course.moments
    began = told.get(facts.FAILURE_BEGAN, course.began)
    lost = [int(value) for value in _left(course, _ROWS_LOST).values()]
    whole = set() if any(lost) else {step for step, has_all in _left(course, _HAS_ALL).items() if has_all}
    newest = [Instant(int(value)) for step, value in _left(course, _NEWEST_DATA).items() if step not in whole]
    return Figures(
        failure_began=began,
        detected=told.get(facts.DETECTED, max(course.began, began)),
        declared=told.get(facts.DECLARED, min(_ends(plan, course, _APPROVE), default=None)),
        served=told.get(facts.SERVED, _whole(plan, course, _SERVED)),
        accepted=told.get(facts.ACCEPTED, _whole(plan, course, _ACCEPTED)),
        newest_data=min(newest, default=None),
        rows_lost=sum(lost) if lost else None,
        recovery_time_target=plan.recovery_time,
        recovery_point_target=plan.recovery_point,
        clock_lost=course.clock_lost,
        has_all=bool(whole),
        is_guessed=course.mode is Mode.FAILOVER and facts.FAILURE_BEGAN not in told,
    )


def _left(course: Course, name: str) -> dict[str, float]:
    """Return what steps left under a name, by step."""
    numbers = ((key, value) for key, value in course.said.items() if isinstance(value, int | float))
    return {key.removesuffix(name): value for key, value in numbers if key.endswith(name)}


def _ends(plan: RecoveryPlan, course: Course, kind: str) -> Iterable[Instant]:
    """Return when the steps of a kind passed; where a step left the moment itself, that one."""
    for step in steps_in(plan, course.mode):
        on_record = course.step(step.id)
        if step.action.kind == kind and on_record.stage is Stage.PASSED and on_record.ended is not None:
            left = next((course.said[name] for name in (step.id + each for each in _LEFT_MOMENTS) if name in course.said), None)
            yield Instant(int(left)) if isinstance(left, int | float) else on_record.ended


def _whole(plan: RecoveryPlan, course: Course, kind: str) -> Instant | None:
    """Return when the last step of a kind passed; None unless all of them did."""
    wanted = [step for step in steps_in(plan, course.mode) if step.action.kind == kind]
    ends = list(_ends(plan, course, kind))
    return max(ends) if ends and len(ends) == len(wanted) else None
