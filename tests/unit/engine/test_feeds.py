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
    def missed(self) -> tuple[State, str]:
        return self.of(Subject(SubjectKind.JOB, "nightly", "missed"))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, notes = FakeClock(), Notes()
    configuration = Configuration(Instance("test", "here", state_directory=str(tmp_path)), Inventory(), str(tmp_path))
    links = Links(clock, SecretReader({}), str(tmp_path / "known_hosts"))
    watcher = Watcher(clock, links, open_writer(tmp_path, clock, "test", ballast_bytes=0), configuration, [notes])
    running = asyncio.create_task(watcher.run())
    made = World(clock, watcher, notes, tmp_path)
    deadline = asyncio.get_running_loop().time() + 10
    while not watcher.wheel.known():
        assert asyncio.get_running_loop().time() < deadline, "the watcher did not start"
        await asyncio.sleep(0.01)
    await made.pass_(2)
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


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


async def test_a_silence_of_the_work_loop_makes_it_unknown_until_its_next_look(world: World) -> None:
    world.notes.missed = 1.0
    await world.pass_(2)
    world.clock.jump(60.0)
    await world.pass_(2)
    assert world.missed[0] is State.CRIT
    await world.watcher.journal.flush()
    with contextlib.closing(open_reader(world.directory)) as reader:
        rows = reader.changes(Period(Instant(0), after(world.clock.now(), 1)), [Subject(SubjectKind.JOB, "nightly", "missed")])
    assert [row.state for row in rows][-2:] == [State.UNKNOWN, State.CRIT]


async def test_what_a_feed_brings_no_more_is_gone_with_the_feeds_own_row(world: World) -> None:
    world.notes.names = ()
    await world.watcher.configure(world.watcher.configuration)
    await world.pass_(2)
    assert world.watcher.board.record(Subject(SubjectKind.JOB, "nightly", "missed")) is None
    assert world.watcher.board.record(readable(PLAN)) is None
    assert not world.watcher.recheck("nightly")
