"""Runs of DR plans for people: begun, taken up again, held by one process at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wenyam import __version__
from wenyam.backup.depot import new_run
from wenyam.clock import Clock
from wenyam.dr import admission, facts
from wenyam.dr.admission import RunRefusedError
from wenyam.dr.attempt import Post, Show, show_nothing
from wenyam.dr.contract import Say, say_nothing
from wenyam.dr.course import Course
from wenyam.dr.journal import Journal, every_course, journal_of
from wenyam.dr.runner import Runner
from wenyam.errors import AlreadyRunningError
from wenyam.i18n.clean_text import clean
from wenyam.links.pools import Links
from wenyam.links.tools import Tools
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, to_iso
from wenyam.model.recovery import Mode, RecoveryPlan
from wenyam.operations.drill_windows import close_window, open_window
from wenyam.operations.failure_times import seen_by_watcher
from wenyam.settings.secrets import SecretReader
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Writer
from wenyam.store.locks import DaemonLock
from wenyam.store.sqlite import open_writer

VERSION = 1
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be run, and why."""

    plan: str
    mode: Mode
    reason: str = ""
    moments: Mapping[str, Instant] | None = None
    """Times that are known already: when the failure began, when it was detected."""
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """Begins and resumes runs; made by `opened`."""

    post: Post
    writer: Writer
    actor: str

    @property
    def configuration(self) -> Configuration:
        """Return the settings."""
        return self.post.configuration

    def plan(self, name: str) -> RecoveryPlan:
        """Return one plan; UsageError with the nearest name when there is none."""
        return plan_of(self.configuration, name)

    def admitted(self, wish: Wish) -> tuple[RecoveryPlan, str]:
        """Return the plan of a wish and what is wrong with it but goes on record; an error when it may not be run."""
        plan, known = self.plan(wish.plan), list(every_course(self.writer).values())
        admission.require_right(plan, wish.mode, self.actor, self.configuration.inventory)
        admission.require_site(plan, wish.mode, self.configuration.recovery.site)
        admission.require_only_run(plan, known)
        return plan, admission.require_proven(plan, wish.mode, known, self.post.clock.now(), wish.reason)

    async def begin(self, wish: Wish) -> Course:
        """Begin a run and go on until it is over, or somebody is needed and nobody waits."""
        with self._alone(wish.plan):
            plan, unproven = self.admitted(wish)
            now, run = self.post.clock.now(), new_run(self.post.clock)
            if unproven:
                self.post.say(f"goes on in spite of this: {unproven}")
            doubt = self._doubt(wish, plan, now)
            if doubt:
                self.post.say(doubt)
            reason = clean("; ".join(each for each in (wish.reason, unproven, doubt) if each), LONGEST_REASON)
            found = [facts.began(run, plan, wish.mode, now, self.actor, reason=reason, version=__version__)]
            found += [facts.moment(run, now, who, name, when) for name, (who, when) in self._moments(wish, plan, now).items()]
            self.writer.apply([], facts=found)
            self.post.say(f"{run}: {wish.mode.value} of plan '{plan.name}', {plan.title}")
            return await self._go_on(plan, journal_of(self.writer, run), waits=wish.waits)

    async def resume(self, run: str, *, accept: str = "", waits: bool = True) -> Course:
        """Take a run up again where its facts say it is; `accept` is why a plan that was changed meanwhile is gone on with."""
        journal = journal_of(self.writer, run)
        course = journal.course
        plan = self.plan(course.plan)
        if course.is_over:
            await self._close(plan, course)
            return course
        admission.require_right(plan, course.mode, self.actor, self.configuration.inventory)
        if course.digest != plan.digest and not accept.strip():
            raise RunRefusedError(
                f"plan '{plan.name}' was changed since {course.run} began; approvals for the old version do not count for it",
                hint="Put it back, or go on with the new one: --accept-change REASON.",
            )
        with self._alone(plan.name):
            now = self.post.clock.now()
            await journal.add(
                facts.resumed(
                    course.run, now, self.actor, digest=plan.digest, substance=plan.substance,
                    reason=clean(accept, LONGEST_REASON),
                )
            )  # fmt: skip
            return await self._go_on(plan, journal, waits=waits)

    def _doubt(self, wish: Wish, plan: RecoveryPlan, now: Instant) -> str:
        """Say what speaks against the moment from which a failover's recovery time is counted; empty when nothing does."""
        if wish.mode is not Mode.FAILOVER:
            return ""
        seen = seen_by_watcher(self.writer, plan, now).get(facts.FAILURE_BEGAN)
        told = (wish.moments or {}).get(facts.FAILURE_BEGAN)
        if told is None:
            unknown = "neither a person nor the watcher says when the failure began: the recovery time will not be tested"
            return unknown if seen is None else ""
        if seen is None or told <= seen:
            return ""
        return f"the failure began {to_iso(told)} by the word of {self.actor}, but the watcher saw it from {to_iso(seen)} on"

    def _moments(self, wish: Wish, plan: RecoveryPlan, now: Instant) -> Mapping[str, tuple[str, Instant]]:
        """Return what is known of the failure and who says so; a person counts before the watcher."""
        seen = seen_by_watcher(self.writer, plan, now) if wish.mode is Mode.FAILOVER else {}
        told = wish.moments or {}
        return {
            **{name: (self.configuration.instance.name, when) for name, when in seen.items()},
            **{name: (self.actor, when) for name, when in told.items()},
        }

    async def _go_on(self, plan: RecoveryPlan, journal: Journal, *, waits: bool) -> Course:
        await asyncio.to_thread(open_window, self.writer, self.configuration, plan, journal.course)
        course = await Runner(self.post, plan, journal, self.actor, waits).run()
        if course.is_over:
            await self._close(plan, course)
        return course

    async def _close(self, plan: RecoveryPlan, course: Course) -> None:
        await asyncio.to_thread(close_window, self.writer, self.configuration, plan, course, self.post.clock.now())

    @contextlib.contextmanager
    def _alone(self, plan: str) -> Iterator[None]:
        """Hold a plan: one process at a time runs it. The kernel lets go when the process dies."""
        lock = DaemonLock(self.post.state, f"dr-{self.plan(plan).name}.lock")
        try:
            lock.acquire()
        except AlreadyRunningError as error:
            raise RunRefusedError(f"plan '{plan}' is being run at this moment: {error.what}") from error
        try:
            yield
        finally:
            lock.release()


def plan_of(configuration: Configuration, name: str) -> RecoveryPlan:
    """Return one plan; UsageError with the nearest name when there is none."""
    plans = configuration.recovery.plans
    if name not in plans:
        raise unknown("plan", name, plans)
    return plans[name]


@contextlib.asynccontextmanager
async def opened(
    configuration: Configuration, clock: Clock, actor: str, *, say: Say = say_nothing, show: Show = show_nothing
) -> AsyncIterator[Command]:
    """Open the store and everything steps reach the outside by; closed at the end."""
    writer = writer_of(configuration, clock)
    links = Links(clock, SecretReader(), f"{configuration.instance.state_directory}/known_hosts")
    try:
        yield Command(Post(configuration, clock, links, Tools(configuration.instance.tools), say, show), writer, actor)
    finally:
        await links.close()
        writer.close()


def writer_of(configuration: Configuration, clock: Clock) -> Writer:
    """Open the store for writing."""
    instance = configuration.instance
    directory = Path(instance.state_directory)
    return open_writer(directory, clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
