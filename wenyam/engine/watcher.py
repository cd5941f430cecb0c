"""The watcher: every part of the engine put together, and what is due on each turn of the wheel."""

import asyncio
from collections.abc import Hashable, Sequence
from functools import partial

from wenyam.clock import Clock
from wenyam.engine import added_windows
from wenyam.engine.board import Board
from wenyam.engine.credentials import CredentialGuard
from wenyam.engine.crew import Crew
from wenyam.engine.feeds import Feed, FeedWatch, feed_key
from wenyam.engine.heartbeat import Heartbeat
from wenyam.engine.journal import Journal
from wenyam.engine.latest import Latest
from wenyam.engine.link_watch import LinkWatch
from wenyam.engine.liveness import Liveness
from wenyam.engine.network import OwnNetwork
from wenyam.engine.pipeline import Pipeline
from wenyam.engine.probing import Prober
from wenyam.engine.readings import Readings, reading_key
from wenyam.engine.rollups import Rollups
from wenyam.engine.runner import Runner
from wenyam.engine.service_probes import ServiceProbes
from wenyam.engine.services import Services
from wenyam.engine.staleness import Staleness
from wenyam.engine.subjects import Subjects
from wenyam.engine.watched import Watched
from wenyam.engine.wheel import Action, Wheel, jitter
from wenyam.engine.windows import WindowPlan
from wenyam.errors import StoreError
from wenyam.links.pools import Links
from wenyam.model.facts import Fact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE
from wenyam.model.receiving import is_received
from wenyam.model.states import ALIVE, CheckResult, Observation, State, StateChange, Subject, SubjectKind
from wenyam.store.interface import Writer

STALE_EVERY = 1.0
STALE_HEALTH_EVERY = 5.0
WITNESS_EVERY = 5.0
ROLLUP_EVERY = 60.0
FIRST_LOOK_SECONDS = 0.5
CONFIGURATION = Subject(SubjectKind.MONITOR, "configuration", "valid")
RECORDING = Subject(SubjectKind.MONITOR, "store", "writable")

Entries = dict[Hashable, tuple[float, Action]]


class Watcher:
    """Owns the work loop. `run()` until cancelled; `configure()` at start and on every reload."""

    def __init__(
        self, clock: Clock, links: Links, writer: Writer, configuration: Configuration, feeds: Sequence[Feed] = ()
    ) -> None:
        """Take up the states the store remembers; nothing is read yet."""
        self.clock = clock
        self.configuration = configuration
        instance = configuration.instance
        self.board = Board(clock, writer.states())
        self.latest = Latest()
        self.journal = Journal(clock, self.board, writer)
        self.wheel = Wheel(clock)
        self.guard = CredentialGuard(clock, self.board, instance.credential_retry)
        self.runner = Runner(clock, links, self.guard)
        self.network = OwnNetwork(clock, links, self.board)
        self.heartbeat = Heartbeat(clock, writer, instance.heartbeat, instance.heartbeat_gap)
        self.heartbeat.on_gap = self._went_blind
        self.heartbeat.on_step = self._clock_stepped
        self.prober = Prober(links, self.runner)
        self.liveness = Liveness(
            clock=clock,
            board=self.board,
            wheel=self.wheel,
            network=self.network,
            prober=self.prober,
            heartbeat=self.heartbeat,
        )
        self.pipeline = Pipeline(self.board, self.latest)
        crew = Crew(clock, self.board, self.latest, self.pipeline, self.runner, self.network, self.wheel, self.heartbeat)
        self.readings = Readings(crew, self.liveness)
        self.probes = ServiceProbes(crew)
        self.link_watch = LinkWatch(crew)
        self.feed_watch = FeedWatch(crew)
        self._fed: list[tuple[Feed, Sequence[Watched]]] = [(feed, ()) for feed in feeds]
        self.windows = WindowPlan(instance.availability.time_zone)
        self.services = Services(clock, self.board)
        self.subjects = Subjects(self.board, self.pipeline)
        self.staleness = Staleness(clock, self.board, self.subjects)
        self.rollups = Rollups(clock, self.board, self.latest)
        self.board.window_of = self.windows.in_force
        self.board.listen(self._came_back)

    async def configure(self, configuration: Configuration) -> None:
        """Watch what this configuration says from now on; what stays keeps its state and rhythm."""
        self.configuration = configuration
        inventory, now = configuration.inventory, self.clock.now()
        self.runner.configure(inventory.sites, inventory.credentials)
        self.prober.forget()
        self.guard.clear()
        self.network.configure(inventory.witnesses)
        self.subjects.configure(inventory, now)
        self._fed = [(feed, feed.configure(configuration)) for feed, _ in self._fed]
        self.subjects.feed([watched for _, brought in self._fed for watched in brought])
        self.staleness.begin()
        self.liveness.configure({name: inventory.devices[name] for name in self.subjects.devices()})
        self.services.configure(dict(inventory.services))
        dropped = self.board.retire(self.subjects.living() | self.services.subjects())
        await self.journal.call(self.journal.writer.retire, dropped, now)
        self.latest.retain({watched.key for watched in self.subjects.watched()})
        self.rollups.configure(inventory.devices)
        await self._enter(now)
        begun = self.wheel.sync(self._entries())
        for key in self._liveness_keys() & begun:
            self.wheel.hasten(key, jitter(key, FIRST_LOOK_SECONDS))
        for feed, _ in self._fed:
            self.wheel.hasten(feed_key(feed), FIRST_LOOK_SECONDS)
        self._say(CONFIGURATION, State.OK, f"{len(inventory.devices)} devices, {len(inventory.services)} services")
        self.journal.fact(Fact("configuration-loaded", now, "wenyam", {"digest": configuration.digest}))

    def refuse_configuration(self, why: str) -> None:
        """Note that a new configuration was broken and the old one goes on."""
        self._say(CONFIGURATION, State.CRIT, f"the new configuration was refused, the old one goes on: {why}")
        self.journal.fact(Fact("configuration-refused", self.clock.now(), "wenyam", {"why": why}))

    async def run(self) -> None:
        """Watch until cancelled, then write what is left."""
        last = await self.journal.call(self.journal.writer.last_heartbeat)
        if last is not None:
            self._forget_all(last, "nobody was watching: Wenyam was not running")
        await self.configure(self.configuration)
        try:
            async with asyncio.TaskGroup() as group:
                for loop in (self.heartbeat.run(), self.journal.run(), self.wheel.run()):
                    group.create_task(loop)
        finally:
            await self.wheel.stop()
            self.heartbeat.beat()
            await self.journal.close()

    def recheck(self, name: str) -> bool:
        """Look at a device, service, link or job and read all of it now; False when there is none of this name."""
        keys = [
            key for key in self.wheel.known() if isinstance(key, tuple) and key[1] in (name, f"service:{name}", f"link:{name}")
        ]
        keys += [feed_key(feed) for feed, brought in self._fed if any(watched.subject.name == name for watched in brought)]
        for key in keys:
            self.wheel.hasten(key, 0.0)
        return bool(keys)

    async def plan_windows(self) -> None:
        """Take up at once the windows that were added or ended since."""
        await self._enter_windows(self.clock.now())

    async def _enter(self, now: Instant) -> None:
        """Let the store know who lives and which windows are planned."""
        call, writer = self.journal.call, self.journal.writer
        await call(writer.register, self.subjects.births(), now)
        await self._enter_windows(now)

    async def _enter_windows(self, now: Instant) -> None:
        call, writer = self.journal.call, self.journal.writer
        rows, known = await call(writer.windows), await call(writer.facts_after, 0, added_windows.KINDS)
        windows = added_windows.planned(self.configuration.inventory.windows.values(), rows, known)
        await call(writer.enter_windows, windows, now)
        self.windows.load(await call(writer.windows))
        self.board.mark_windows(now)

    def _entries(self) -> Entries:
        entries: Entries = {
            ("own", "staleness"): (STALE_EVERY, self._look_for_stale),
            ("own", "health"): (STALE_HEALTH_EVERY, self._look_for_stale_health),
            ("own", "witnesses"): (WITNESS_EVERY, self.network.look),
            ("own", "rollups"): (ROLLUP_EVERY, self._roll_up),
        }
        devices = self.configuration.inventory.devices
        for name, watched in self.subjects.devices().items():
            entries["alive", name] = (devices[name].alive.interval, partial(self.liveness.look, name))
            for plan in watched.reads:
                entries[reading_key(watched, plan)] = (plan.interval, partial(self.readings.read, watched, plan))
        for name, watched in self.subjects.services().items():
            policy = self.configuration.inventory.services[name].policy
            for plan in watched.reads:
                entries[reading_key(watched, plan)] = (plan.interval, partial(self.probes.probe, watched, plan, policy))
        for name, watched in self.subjects.links().items():
            link = self.configuration.inventory.links[name]
            entries[reading_key(watched, watched.reads[0])] = (link.alive.interval, partial(self.link_watch.look, watched, link))
        for feed, brought in self._fed:
            if brought:
                entries[feed_key(feed)] = (feed.plan.interval, partial(self.feed_watch.look, feed, brought))
        return entries

    def _liveness_keys(self) -> set[Hashable]:
        """Return what is looked at first after a start: the time nobody watched ends with each one's first answer."""
        devices = {("alive", name) for name in self.subjects.devices()}
        return devices | {reading_key(watched, watched.reads[0]) for watched in self.subjects.links().values()}

    async def _look_for_stale(self) -> None:
        self.heartbeat.check()
        await self.staleness.look_at_liveness()
        problem = self.journal.problem or self._storage_problem()
        self._say(RECORDING, State.CRIT if problem else State.OK, problem or "states and facts are being written")

    async def _look_for_stale_health(self) -> None:
        self.heartbeat.check()
        await self.staleness.look_at_health()

    def _storage_problem(self) -> str:
        """Say how bad it is when the disk is filling up; empty while there is room."""
        try:
            storage = self.journal.writer.storage()
        except StoreError as error:
            return str(error).splitlines()[0]
        if storage.critical:
            return "storage critical: not even facts can be written"
        if self.configuration.instance.ballast_bytes and not storage.ballast:
            return f"disk nearly full ({storage.free_bytes // 1_000_000} MB left): samples are given up so that facts are kept"
        return ""

    async def _roll_up(self) -> None:
        self.journal.rollups(await self.rollups.rows())

    def _say(self, subject: Subject, state: State, summary: str) -> None:
        self.board.observe(subject, Observation(self.clock.now(), CheckResult(state, summary)), AT_ONCE)

    def _went_blind(self, since: Instant, seconds: float) -> None:
        self._forget_all(since, f"the work loop was silent for {seconds:.0f} s")

    def _clock_stepped(self, seconds: float) -> None:
        self.journal.fact(Fact("clock-stepped", self.clock.now(), "wenyam", {"seconds": round(seconds, 3)}))
        if seconds < 0:
            self.board.set_back(seconds)
            self.latest.set_back(seconds)
        self.staleness.begin()

    def _forget_all(self, since: Instant, why: str) -> None:
        """Make everything that is looked at unknown from a moment on, until its own next observation.

        What is on record of jobs and plans is as true as before: nobody had to look for it to stay so.
        """
        for record in list(self.board.records()):
            if record.subject.kind is SubjectKind.JOB:
                self.board.look_forward(record.subject)
            elif record.subject.kind not in (SubjectKind.MONITOR, SubjectKind.CREDENTIAL) and not is_received(record.subject):
                self.board.forget(record.subject, since, why)

    def _came_back(self, change: StateChange) -> None:
        """Read a device at once when it comes back, instead of at its next turn."""
        subject = change.subject
        if subject.kind is SubjectKind.DEVICE and subject.check == ALIVE and change.state is State.UP:
            watched = self.subjects.devices().get(subject.name)
            if watched is not None:
                for plan in watched.reads:
                    self.wheel.hasten(reading_key(watched, plan), 0.0)
