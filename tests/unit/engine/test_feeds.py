"""Feeds: readings brought by other rooms are judged, grow stale and end like those of devices."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wenyam.checks.threshold import ThresholdParameters
from wenyam.engine.feeds import readable
from wenyam.engine.pipeline import WHY
from wenyam.engine.watched import Watched, watched_feed
from wenyam.engine.watcher import Watcher
from wenyam.errors import StoreError, WenyamError
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import AT_ONCE, CheckPlan, Inventory, ReadPlan
from wenyam.model.samples import Reading, single
from wenyam.model.states import State, Subject, SubjectKind
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.clock import FakeClock

PLAN = ReadPlan("record", "notes", interval=1.0, timeout=0.05, options=None)
JOB = Subject(SubjectKind.JOB, "nightly")
CHECK = CheckPlan("missed", "threshold", ThresholdParameters(sample="backup_runs_missed", crit=1), AT_ONCE)


@dataclass
class Notes:
    """A feed that says what a test wants, refuses, or hangs."""

    missed: float | None = 0.0
    why: str = ""
    error: WenyamError | None = None
    hangs: bool = False
    names: tuple[str, ...] = ("nightly",)
    asked: list[Instant] = field(default_factory=list)
    plan = PLAN

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        assert configuration.instance.name == "test"
        return [watched_feed(Subject(SubjectKind.JOB, name), PLAN, [CHECK]) for name in self.names]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        self.asked.append(now)
        if self.hangs:
            await asyncio.sleep(3600)
        if self.error is not None:
            raise self.error
        families = () if self.missed is None else (single("backup_runs_missed", self.missed),)
        return {JOB: Reading(families, facts={WHY + "missed": self.why})}


@dataclass
class World:
    clock: FakeClock
    watcher: Watcher
    notes: Notes
    directory: Path

    async def pass_(self, seconds: float) -> None:
        """Let time pass; a feed that hangs has its deadline on the real clock."""
        for _ in range(round(seconds * 4)):
            await self.clock.advance(0.25)
            await asyncio.sleep(0.02)

    def of(self, subject: Subject) -> tuple[State, str]:
        record = self.watcher.board.record(subject)
        return (State.UNKNOWN, "") if record is None else (record.state, record.summary)

    @property
    def since(self) -> Instant | None:
        record = self.watcher.board.record(Subject(SubjectKind.JOB, "nightly", "missed"))
        return None if record is None else record.since

    @property
    def missed(self) -> tuple[State, str]:
        return self.of(Subject(SubjectKind.JOB, "nightly", "missed"))


@contextlib.asynccontextmanager
async def life(directory: Path, clock: FakeClock, notes: Notes) -> AsyncIterator[World]:
    """One life of a watcher over what earlier ones have stored."""
    configuration = Configuration(Instance("test", "here", state_directory=str(directory)), Inventory(), str(directory))
    links = Links(clock, SecretReader({}), str(directory / "known_hosts"))
    watcher = Watcher(clock, links, open_writer(directory, clock, "test", ballast_bytes=0), configuration, [notes])
    running = asyncio.create_task(watcher.run())
    made = World(clock, watcher, notes, directory)
    deadline = asyncio.get_running_loop().time() + 10
    while not watcher.wheel.known():
        assert asyncio.get_running_loop().time() < deadline, "the watcher did not start"
        await asyncio.sleep(0.01)
    await made.pass_(2)
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with life(tmp_path, FakeClock(), Notes()) as made:
        yield made


async def test_a_reading_is_judged_at_the_feeds_own_pace_with_the_reason_it_gives(world: World) -> None:
    assert world.missed == (State.OK, "backup runs missed 0")
    world.notes.missed, world.notes.why = 2.0, "the last was due at noon"
    asked = len(world.notes.asked)
    await world.pass_(3)
    assert len(world.notes.asked) == asked + 3
    assert world.missed == (State.CRIT, "backup runs missed 2 ≥ 1: the last was due at noon")


async def test_what_a_feed_no_longer_says_is_unknown(world: World) -> None:
    world.notes.missed = None
    await world.pass_(2)
    assert world.missed == (State.UNKNOWN, "no data for backup_runs_missed")


@pytest.mark.parametrize("fault", ["refuses", "hangs"])
async def test_a_feed_that_cannot_be_read_is_red_and_what_it_said_grows_stale(world: World, fault: str) -> None:
    world.notes.error = StoreError("the disk is gone") if fault == "refuses" else None
    world.notes.hangs = fault == "hangs"
    await world.pass_(9)
    sentence = world.notes.error or "not finished within 0.05 s"
    assert world.of(readable(PLAN)) == (State.CRIT, f"cannot be read: {sentence}")
    assert world.missed[0] is State.UNKNOWN
    assert world.missed[1].startswith("stale: ")
    world.notes.error, world.notes.hangs = None, False
    await world.pass_(3)
    assert (world.of(readable(PLAN))[0], world.missed[0]) == (State.OK, State.OK)


async def test_what_is_on_record_holds_over_a_silence_of_the_work_loop(world: World) -> None:
    world.notes.missed = 1.0
    await world.pass_(2)
    since = world.since
    world.clock.jump(60.0)
    await world.pass_(2)
    assert (world.missed[0], world.since) == (State.CRIT, since)


async def test_what_is_on_record_holds_over_a_restart_with_its_since(tmp_path: Path) -> None:
    clock, notes = FakeClock(), Notes(missed=1.0)
    async with life(tmp_path, clock, notes) as before:
        since = before.since
    await clock.advance(600.0)
    async with life(tmp_path, clock, notes) as again:
        assert (again.missed[0], again.since) == (State.CRIT, since)
        with contextlib.closing(open_reader(tmp_path)) as reader:
            rows = reader.changes(Period(Instant(0), after(clock.now(), 1)), [Subject(SubjectKind.JOB, "nightly", "missed")])
        assert [row.state for row in rows] == [State.CRIT]


async def test_what_no_look_confirms_after_a_restart_grows_stale(tmp_path: Path) -> None:
    clock, notes = FakeClock(), Notes()
    async with life(tmp_path, clock, notes) as before:
        assert before.missed[0] is State.OK
    notes.hangs = True
    await clock.advance(600.0)
    async with life(tmp_path, clock, notes) as again:
        assert again.missed == (State.OK, "backup runs missed 0"), "it has its time to be seen again"
        await again.pass_(9)
        assert (again.missed[0], again.missed[1][:7]) == (State.UNKNOWN, "stale: ")


async def test_what_a_feed_brings_no_more_is_gone_with_the_feeds_own_row(world: World) -> None:
    world.notes.names = ()
    await world.watcher.configure(world.watcher.configuration)
    await world.pass_(2)
    assert world.watcher.board.record(Subject(SubjectKind.JOB, "nightly", "missed")) is None
    assert world.watcher.board.record(readable(PLAN)) is None
    assert not world.watcher.recheck("nightly")
