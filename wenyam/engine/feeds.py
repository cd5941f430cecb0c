"""Feeds: what rooms above the engine know of other things than devices, taken in as readings like any other."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from wenyam.engine.crew import Crew
from wenyam.engine.readings import read_in
from wenyam.engine.watched import Watched
from wenyam.errors import WenyamError
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE, ReadPlan
from wenyam.model.samples import Collection, Failure, FailureReason, Reading
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind

READABLE = "readable"


class Feed(Protocol):
    """Brings the readings of many subjects at once. Its calls come from the event loop."""

    @property
    def plan(self) -> ReadPlan:
        """How often it is asked and how long it may take; `collector` is its own name."""

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take a configuration and return what is watched by it, each with `plan` as its only reading."""

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        """Return a reading for each subject; WenyamError when nothing could be read."""


class FeedWatch:
    """What happens when a feed is due."""

    def __init__(self, crew: Crew) -> None:
        """Take the parts."""
        self._crew = crew

    async def look(self, feed: Feed, watched: Sequence[Watched]) -> None:
        """Ask a feed once; every subject gets its reading, or the failure."""
        plan, clock = feed.plan, self._crew.clock
        started, begun = clock.now(), clock.monotonic()
        try:
            async with asyncio.timeout(plan.timeout):
                outcome: Mapping[Subject, Reading] | Failure = await feed.collect(started)
        except TimeoutError:
            outcome = Failure(FailureReason.TIMEOUT, f"not finished within {plan.timeout:g} s")
        except WenyamError as error:
            outcome = Failure(FailureReason.ERROR, str(error))
        self._crew.heartbeat.check()
        if begun < self._crew.heartbeat.blind_until:
            return
        took = clock.monotonic() - begun
        for each in watched:
            self._crew.pipeline.take(each, _collection(each, plan, started, took, outcome), clock.monotonic())
        self._crew.board.observe(readable(plan), Observation(started, _verdict(outcome, took)), AT_ONCE)


def readable(plan: ReadPlan) -> Subject:
    """Return the subject under which it is kept whether a feed can be read."""
    return Subject(SubjectKind.MONITOR, plan.collector, READABLE)


def feed_key(feed: Feed) -> tuple[str, str]:
    """Return the wheel's key of a feed."""
    return ("feed", feed.plan.collector)


def _collection(
    watched: Watched, plan: ReadPlan, started: Instant, took: float, outcome: Mapping[Subject, Reading] | Failure
) -> Collection:
    if isinstance(outcome, Failure):
        return Collection(watched.key, plan.job, started, took, failure=outcome)
    return Collection(watched.key, plan.job, started, took, reading=outcome.get(watched.subject, Reading()))


def _verdict(outcome: Mapping[Subject, Reading] | Failure, took: float) -> CheckResult:
    if isinstance(outcome, Failure):
        return CheckResult(State.CRIT, f"cannot be read: {outcome.sentence}")
    return CheckResult(State.OK, f"{len(outcome)} {read_in(took)}", value=took, unit="s")
