"""Readings on schedule: devices that are alive are read; a silent agent on a live device is management lost."""

from collections.abc import Sequence
from functools import lru_cache

from wenyam.engine.crew import Crew
from wenyam.engine.liveness import Liveness
from wenyam.engine.watched import Watched
from wenyam.model.inventory import Policy, ReadPlan
from wenyam.model.samples import Collection, Failure, FailureReason
from wenyam.model.states import MANAGEMENT, CheckResult, Observation, State, Subject

_SILENCE = (FailureReason.TIMEOUT, FailureReason.REFUSED)
_GONE = (State.DOWN, State.UNREACHABLE)
MANAGEMENT_TRIES = 2


class Readings:
    """What happens when a device's job is due."""

    def __init__(self, crew: Crew, liveness: Liveness) -> None:
        """Take the parts."""
        self._crew = crew
        self._liveness = liveness

    async def read(self, watched: Watched, plan: ReadPlan) -> None:
        """Read one job of one device, unless it is down: then its values are dropped, not repeated."""
        if self._crew.board.state(watched.subject) in _GONE:
            self._crew.latest.silence(watched.key)
            return
        collection = await self._crew.read(watched, plan)
        if collection is None:
            return
        if is_silence(collection) and not await self._is_surely_alive(watched, collection):
            self._crew.latest.take(collection)
            return
        untold = self._crew.pipeline.take(watched, collection, self._crew.clock.monotonic())
        self._observe_management(watched, plan, collection, untold)
        self._hasten(watched, plan)

    async def _is_surely_alive(self, watched: Watched, collection: Collection) -> bool:
        """Tell whether the silence is the agent's own: the device answers now, and we are not cut off."""
        if await self._crew.network.is_lost():
            return False
        record = self._crew.board.record(watched.subject)
        if record is None or record.observed_at is None or record.observed_at < collection.started:
            await self._liveness.look(watched.subject.name)
            record = self._crew.board.record(watched.subject)
        return record is not None and record.state is State.UP and record.settled

    def _observe_management(self, watched: Watched, plan: ReadPlan, collection: Collection, untold: Sequence[str]) -> None:
        subject = management_subject(watched.subject, plan)
        policy = _policy(plan.interval)
        self._crew.board.observe(subject, Observation(collection.started, management(collection, untold)), policy)
        record = self._crew.board.record(subject)
        if record is not None and not record.settled:
            self._crew.wheel.hasten(reading_key(watched, plan), policy.recheck)

    def _hasten(self, watched: Watched, plan: ReadPlan) -> None:
        """Read again soon while a check is soft, so that it becomes hard or good at its own re-check pace."""
        for question in watched.questions:
            if self._crew.pipeline.bound_job(question.subject) == plan.job:
                record = self._crew.board.record(question.subject)
                if record is not None and record.failing_since is not None and question.plan.policy.recheck < plan.interval:
                    self._crew.wheel.hasten(reading_key(watched, plan), question.plan.policy.recheck)


def reading_key(watched: Watched, plan: ReadPlan) -> tuple[str, str, str]:
    """Return the wheel's key of one job of one subject."""
    return ("read", watched.key, plan.job)


def management_subject(subject: Subject, plan: ReadPlan) -> Subject:
    """Return the subject under which it is kept whether a job can be read."""
    return _managed(subject, plan.job)


@lru_cache(maxsize=1 << 16)
def _managed(subject: Subject, job: str) -> Subject:
    return Subject(subject.kind, subject.name, f"{MANAGEMENT}-{job}")


@lru_cache(maxsize=1 << 8)
def _policy(interval: float) -> Policy:
    """Return when management is lost for good, for readings so many seconds apart."""
    return Policy(after=MANAGEMENT_TRIES, of=MANAGEMENT_TRIES, recheck=min(5.0, interval))


def is_silence(collection: Collection) -> bool:
    """Tell whether a reading failed because nobody answered."""
    return collection.failure is not None and collection.failure.reason in _SILENCE


def management(collection: Collection, untold: Sequence[str] = ()) -> CheckResult:
    """Judge whether a device can be read: CRIT when it lives but its agent or login is silent, WARN when parts are missing.

    `untold` are checks that get no rows any more, although all was read: a whole table that is gone is nobody's good state.
    """
    if collection.failure is not None:
        return _failed(collection.failure)
    parts = collection.reading.failures if collection.reading is not None else ()
    if not parts and untold:
        return CheckResult(State.WARN, f"no longer told: {', '.join(untold)}")
    if not parts:
        return CheckResult(State.OK, read_in(collection.took), value=collection.took, unit="s")
    more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
    return CheckResult(State.WARN, f"partial: {parts[0].sentence}{more}")


def read_in(seconds: float) -> str:
    """Say how long a reading took, to a tenth: a sentence that is another one at every reading is told to everybody again."""
    return f"read in {max(seconds, 0.1):.1f} s"


def _failed(failure: Failure) -> CheckResult:
    if failure.reason in _SILENCE:
        return CheckResult(State.CRIT, f"management lost: {failure.sentence}")
    if failure.reason is FailureReason.CREDENTIALS:
        return CheckResult(State.UNKNOWN, f"credentials refused: {failure.sentence}")
    return CheckResult(State.CRIT, f"cannot be read: {failure.sentence}")
