"""The live clock of a run: each step against its limit, the whole against the RTO; each overrun is told once."""

from dataclasses import dataclass, field

from wenyam.dr.attempt import Post
from wenyam.dr.course import Course, Stage
from wenyam.dr.objectives import figures_of
from wenyam.model import durations
from wenyam.model.instants import Instant, after, seconds_between
from wenyam.model.recovery import PlanStep, RecoveryPlan


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a step that is under way is."""

    step: PlanStep
    seconds: float
    """Since its first attempt began."""
    due: Instant

    @property
    def is_overdue(self) -> bool:
        """Whether its limit is over."""
        return self.seconds > self.step.limit


def under_way(plan: RecoveryPlan, course: Course, now: Instant) -> list[Reading]:
    """Return the clocks of the steps that have begun and are not over."""
    found = []
    for step in plan.steps:
        on_record = course.step(step.id)
        if on_record.began is not None and on_record.stage in (Stage.RUNNING, Stage.AGAIN, Stage.STOPPED):
            found.append(Reading(step, seconds_between(on_record.began, now), after(on_record.began, step.limit)))
    return found


def overdue(plan: RecoveryPlan, course: Course, now: Instant) -> list[str]:
    """Return a sentence for everything that takes longer than its limit now."""
    if course.is_over:
        return []
    found = [
        f"step '{each.step.id}' is overdue: {durations.write(each.seconds)} of {durations.write(each.step.limit)}"
        for each in under_way(plan, course, now)
        if each.is_overdue
    ]
    figures = figures_of(plan, course)
    gone, target = seconds_between(figures.failure_began, now), plan.recovery_time
    if course.mode.is_real and figures.recovery_time is None and target is not None and gone > target:
        found.append(f"the recovery time is over: {durations.write(gone)} of {durations.write(target)}")
    return found


@dataclass(slots=True)
class Clockwork:
    """Tells each overrun once."""

    post: Post
    plan: RecoveryPlan
    _told: set[str] = field(default_factory=set)

    def tell(self, course: Course) -> None:
        """Say what has become overdue."""
        for sentence in overdue(self.plan, course, self.post.clock.now()):
            key = sentence.partition(":")[0]
            if key not in self._told:
                self._told.add(key)
                self.post.say(f"OVERDUE: {sentence}")
