"""Backups in the watcher: a real store, a clock moved by hand; red until proven, stale when nobody can look."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from wenyam.backup import escrow_facts, facts
from wenyam.backup.escrow_facts import Kept
from wenyam.backup.feed import PLAN, BackupFeed
from wenyam.backup.record import Memory
from wenyam.backup.repositories.local import LocalOptions
from wenyam.engine.calendar import changed_schedules
from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.engine.watcher import Watcher
from wenyam.exporter.engine import EngineSnapshot
from wenyam.exporter.exposition import Exposition
from wenyam.links.pools import Links
from wenyam.model.backup import BackupJob, BackupPlan, RepositoryPlan
from wenyam.model.facts import ChainHead, Fact
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import Inventory, SecretReference
from wenyam.model.samples import Family
from wenyam.model.states import State, StateRecord, Subject
from wenyam.settings.secrets import SecretReader
from wenyam.store.interface import Writer
from wenyam.store.opening import DATABASE
from wenyam.store.reader import SqliteReader
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.backup_facts import JOB, proof, stored
from wenyam.testing.clock import FakeClock

KEY = SecretReference("file", "/k")
MAIN, DR, SPARE = (
    RepositoryPlan(name, "local", LocalOptions(path=f"/srv/{name}"), KEY, "office") for name in ("main", "dr", "spare")
)
PLAN_OF_ONE = BackupPlan({JOB.name: JOB}, {"main": MAIN, "dr": DR, "spare": SPARE})
ENVELOPE = "job:envelope/envelope"
READABLE = "monitor:backups/readable"
EVER = Period(Instant(0), Instant(2**47))
HOUR, DAY = 3600.0, 86_400.0


@dataclass
class World:
    """A running watcher that watches nothing but backups, and the store as another process writes to it."""

    clock: FakeClock
    watcher: Watcher
    feed: BackupFeed
    writer: Writer
    directory: Path
    task: "asyncio.Task[None] | None" = field(default=None)

    def record(self, subject: str) -> StateRecord | None:
        return self.watcher.board.record(Subject.parse(subject))

    def states(self) -> dict[str, State]:
        records = [record for record in self.watcher.board.records() if record.subject.kind.value == "job"]
        return {str(each.subject): each.state for each in records if not str(each.subject).startswith(ENVELOPE)}

    def envelope(self) -> tuple[State, State]:
        """Return whether the sealed envelope is right, and whether it was proven."""
        found = [self.record(name) for name in (ENVELOPE, f"{ENVELOPE}-proven")]
        assert None not in found
        return tuple(each.state for each in found if each is not None)  # type: ignore[return-value]  # two, as asked

    async def look(self) -> None:
        """Let the feed's next turn pass; its thread is given time to read."""
        for _ in range(round((PLAN.interval + 1) * 4)):
            await self.clock.advance(0.25)
            await asyncio.sleep(0.002)

    async def write(self, *written: Fact) -> None:
        for fact in written:
            self.writer.append(fact)
        await self.look()


def configuration(directory: Path, plan: BackupPlan = PLAN_OF_ONE) -> Configuration:
    return Configuration(Instance("test", "here", state_directory=str(directory)), Inventory(), str(directory), backup=plan)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = FakeClock()
    writer, others = (open_writer(tmp_path, clock, "test", ballast_bytes=0) for _ in range(2))
    feed = BackupFeed()
    links = Links(clock, SecretReader({}), str(tmp_path / "known_hosts"))
    running = World(clock, Watcher(clock, links, writer, configuration(tmp_path), [feed]), feed, others, tmp_path)
    running.task = asyncio.create_task(running.watcher.run())
    deadline = asyncio.get_running_loop().time() + 10
    while not running.watcher.wheel.known():
        assert asyncio.get_running_loop().time() < deadline, "the watcher did not start"
        await asyncio.sleep(0.01)
    await running.look()
    yield running
    running.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running.task
    others.close()


async def good(world: World) -> None:
    """Write everything that makes the job and its repositories green."""
    now = world.clock.now()
    await world.write(
        stored("r1", now),
        facts.copied(JOB, "r1", now, "dr", "copy-r1"),
        proof("r1", now),
        facts.verified("main", now, (1, 7), 3.0, ""),
        facts.verified("dr", now, (1, 7), 3.0, ""),
    )


async def test_a_job_is_red_until_it_was_backed_up_copied_and_proven(world: World) -> None:
    crit, ok = State.CRIT, State.OK
    assert world.states() == {
        "job:erp-db/last-success": crit, "job:erp-db/missed": ok, "job:erp-db/proven": crit, "job:erp-db/copy-dr": crit,
        "job:verify-main/verified": crit, "job:verify-dr/verified": crit,
    }  # fmt: skip
    never = world.record("job:erp-db/proven")
    assert never is not None
    assert never.summary == "no restore of erp-db was ever proven"
    await good(world)
    assert set(world.states().values()) == {ok}
    assert len(world.states()) == 11
    assert world.record(READABLE) is not None


async def test_an_envelope_is_red_until_it_is_made_and_proven_and_again_when_a_key_changes(world: World) -> None:
    now, salt, ok, crit = world.clock.now(), b"0" * 16, State.OK, State.CRIT
    assert world.envelope() == (crit, crit)
    record = world.record(ENVELOPE)
    assert record is not None
    assert record.summary == "envelope absent: none was ever made: if this machine is lost, nobody can open its backups"
    kept = {name: Kept(f"/srv/{name}", f"canary of {name}") for name in ("main", "dr", "spare")}
    await world.write(escrow_facts.made(now, "anong", "e1", "c", salt=salt, kept=kept, openers=()))
    assert world.envelope() == (ok, crit)
    await world.write(
        escrow_facts.proven(
            now, "anong", "e1", job=JOB.name, repository="main", snapshot="s", files=1, size=1, sha256="", seconds=1.0, key=""
        )
    )
    assert world.envelope() == (ok, ok)
    changed = escrow_facts.key_seen(world.writer.facts(EVER, escrow_facts.MADE), now, "main", "canary of another")
    assert changed is not None
    await world.write(changed)
    record = world.record(ENVELOPE)
    assert record is not None
    assert (world.envelope(), record.summary) == ((crit, ok), "envelope failed: repository 'main' has another key now")
    seen = [each for kind in escrow_facts.KINDS for each in world.writer.facts(EVER, kind)]
    assert escrow_facts.key_seen(seen, now, "main", "canary of another") is None
    again = escrow_facts.key_seen(seen, now, "main", "canary of main")
    assert again is not None
    await world.write(again)
    assert world.envelope() == (ok, ok)
    moved = replace(MAIN, options=LocalOptions(path="/elsewhere"))
    await world.watcher.configure(configuration(world.directory, replace(PLAN_OF_ONE, repositories={"main": moved, "dr": DR})))
    await world.look()
    record = world.record(ENVELOPE)
    assert record is not None
    assert "repository 'spare' is in it but no longer in the configuration" in record.summary
    assert "repository 'main' is at another place now" in record.summary
    world.clock.step(366 * DAY)
    await world.look()
    assert world.envelope() == (crit, crit)


async def test_every_change_is_a_row_of_the_store_like_any_other(world: World) -> None:
    await good(world)
    await world.watcher.journal.flush()
    reader = open_reader(world.directory)
    try:
        rows = reader.changes(Period(Instant(0), after(world.clock.now(), 1)), [Subject.parse("job:erp-db/proven")])
    finally:
        reader.close()
    assert [row.state for row in rows] == [State.CRIT, State.OK]


async def test_a_success_grows_old_without_a_new_fact(world: World) -> None:
    await good(world)
    world.clock.step(27 * HOUR)
    await world.look()
    states = world.states()
    assert (states["job:erp-db/last-success"], states["job:erp-db/proven"]) == (State.CRIT, State.OK)
    world.clock.step(39 * DAY)
    await world.look()
    record = world.record("job:erp-db/proven")
    assert record is not None
    assert record.summary == "restore last proven 40 d 3 h ago, limit 35 d"


async def test_a_fact_of_long_ago_that_is_written_now_counts_from_then(world: World) -> None:
    await world.write(proof("r0", after(world.clock.now(), -40 * DAY)))
    record = world.record("job:erp-db/proven")
    assert record is not None
    assert record.summary == "restore last proven 40 d ago, limit 35 d"


async def test_a_run_that_nobody_started_is_seen_though_no_scheduler_lives(world: World) -> None:
    world.writer.apply([], facts=changed_schedules(calendar_jobs(world.watcher.configuration), [], world.clock.now()))
    await good(world)
    world.clock.step(26 * HOUR)
    await world.look()
    assert world.states()["job:erp-db/missed"] is State.CRIT
    await world.write(stored("r2", world.clock.now()))
    assert world.states()["job:erp-db/missed"] is State.OK


async def test_a_clock_that_is_set_back_loses_no_backup(world: World) -> None:
    world.clock.step(3 * HOUR)
    await good(world)
    world.clock.step(-3 * HOUR)
    await world.look()
    record = world.record("job:erp-db/last-success")
    assert record is not None
    assert record.state is State.UNKNOWN
    assert "one of the two clocks is wrong" in record.summary
    await world.write(stored("r2", world.clock.now()))
    newest = world.record("job:erp-db/last-success")
    assert newest is not None
    assert newest.state is State.OK


async def test_what_cannot_be_read_is_stale_and_says_so(world: World) -> None:
    await good(world)
    database = world.directory / DATABASE
    database.rename(world.directory / "elsewhere")
    for _ in range(6):
        await world.look()
    assert set(world.states().values()) == {State.UNKNOWN}
    record = world.record(READABLE)
    assert record is not None
    assert record.state is State.CRIT
    assert record.summary.startswith("cannot be read: ")
    (world.directory / "elsewhere").rename(database)
    await world.look()
    assert set(world.states().values()) == {State.OK}


async def test_a_row_that_was_always_red_grows_stale_too(world: World) -> None:
    assert world.states()["job:erp-db/proven"] is State.CRIT
    (world.directory / DATABASE).rename(world.directory / "elsewhere")
    for _ in range(6):
        await world.look()
    assert set(world.states().values()) == {State.UNKNOWN}
    (world.directory / "elsewhere").rename(world.directory / DATABASE)


async def test_a_job_that_is_configured_no_more_is_gone_and_a_new_one_is_red(world: World) -> None:
    await good(world)
    other: BackupJob = replace(JOB, name="files", copies=())
    await world.watcher.configure(configuration(world.directory, replace(PLAN_OF_ONE, jobs={"files": other})))
    await world.look()
    assert world.states() == {
        "job:files/last-success": State.CRIT, "job:files/missed": State.OK, "job:files/proven": State.CRIT,
        "job:verify-main/verified": State.OK, "job:verify-main/verification": State.OK,
    }  # fmt: skip
    reader = open_reader(world.directory)
    try:
        stored_jobs = {str(subject) for subject in reader.states() if subject.kind.value == "job"}
    finally:
        reader.close()
    assert not any(name.startswith("job:erp-db") for name in stored_jobs)


async def test_without_any_job_nothing_is_said_of_backups(world: World) -> None:
    await world.watcher.configure(configuration(world.directory, BackupPlan()))
    await world.look()
    assert world.states() == {}
    assert world.record(READABLE) is None
    assert ("feed", "backups") not in world.watcher.wheel.known()


async def test_the_exporter_shows_a_job_by_its_name(world: World) -> None:
    await good(world)
    snapshot = EngineSnapshot(world.watcher)
    text = b"".join([piece async for piece in Exposition(world.clock).pieces(snapshot.subjects())]).decode()
    for line in (
        f'wenyam_backup_last_success_timestamp_seconds{{job="erp-db"}} {world.clock.now() // 1000 - 16}',
        'wenyam_backup_size_bytes{job="erp-db"} 4096',
        'wenyam_restore_duration_seconds{job="erp-db"} 42.5',
        'wenyam_check_state{job="erp-db",check="proven"} 0',
        'wenyam_repository_status{job="verify-main",repository="main"} 1',
    ):
        assert line in text
    exposed = snapshot.subject("job:erp-db")
    assert exposed is not None
    assert exposed.labels == (("job", "erp-db"),)
    assert snapshot.subject("job:nobody") is None


async def test_a_job_the_calendar_knows_by_the_same_name_is_shown_once_with_both(world: World) -> None:
    snapshot = EngineSnapshot(world.watcher)
    punctual = Family("on_time_ratio", ((("period", "month"),),), (0.5,))
    snapshot.upkeep = {Subject.parse(f"job:{name}"): (punctual,) for name in ("verify-main", "retention")}
    exposed = list(snapshot.subjects())
    jobs = [each.name for each in exposed if each.labels[0][0] == "job"]
    assert len({each.name for each in exposed}) == len(exposed)
    assert len(jobs) == 5
    text = b"".join([piece async for piece in Exposition(world.clock).pieces(exposed)]).decode()
    for line in (
        'wenyam_on_time_ratio{job="verify-main",period="month"} 0.5', 'wenyam_check_state{job="verify-main",check="verified"} 2',
        'wenyam_on_time_ratio{job="retention",period="month"} 0.5',
    ):  # fmt: skip
        assert line in text


async def test_what_was_never_measured_is_no_series(world: World) -> None:
    text = Exposition(world.clock).of_one(next(iter(EngineSnapshot(world.watcher).subjects()))).decode()
    assert 'wenyam_backup_runs_missed{job="erp-db"} 0' in text
    for name in ("last_success", "size_bytes", "last_proven", "duration"):
        assert name not in text


async def test_a_person_can_have_a_job_looked_at_at_once(world: World) -> None:
    world.writer.append(stored("r1", world.clock.now()))
    assert world.watcher.recheck(JOB.name)
    for _ in range(40):
        await world.clock.advance(0.01)
        await asyncio.sleep(0.002)
    assert world.states()["job:erp-db/last-success"] is State.OK


class RacedReader(SqliteReader):
    """A reader of a store into which somebody writes right after its head was asked for."""

    race: Callable[[], object] = staticmethod(lambda: None)

    def head(self) -> ChainHead:
        """Return the end of the chain, which is no longer the end then."""
        found = super().head()
        self.race()
        return found


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[tuple[Writer, RacedReader]]:
    writer = open_writer(tmp_path, FakeClock(), "test", ballast_bytes=0)
    reader = RacedReader(tmp_path)
    yield writer, reader
    reader.close()
    writer.close()


def test_what_is_written_while_facts_are_read_is_taken_once(reader: tuple[Writer, RacedReader]) -> None:
    (writer, raced), memory, now = reader, Memory(), FakeClock().now()
    writer.append(stored("r0", now))
    runs = iter(f"r{number}" for number in range(1, 10))
    raced.race = lambda: writer.append(stored(next(runs), now))
    for _ in range(3):
        seen = memory.look(raced, PLAN_OF_ONE, now)
    assert [backup.run for backup in seen.histories[JOB.name].backups] == ["r0", "r1", "r2"]


def test_a_backup_recorded_by_a_clock_that_ran_ahead_is_seen_from_the_first_look_on(reader: tuple[Writer, RacedReader]) -> None:
    (writer, plain), now = reader, FakeClock().now()
    writer.append(stored("r1", after(now, 3 * HOUR)))
    assert [each.run for each in Memory().look(plain, PLAN_OF_ONE, now).histories[JOB.name].backups] == ["r1"]


def test_a_store_that_was_put_back_from_an_older_copy_is_read_anew(tmp_path: Path) -> None:
    memory, clock = Memory(), FakeClock()
    for name, count in (("newer", 3), ("older", 1)):
        (tmp_path / name).mkdir()
        writer = open_writer(tmp_path / name, clock, "test", ballast_bytes=0)
        for number in range(count):
            writer.append(stored(f"r{number}", clock.now()))
        with contextlib.closing(writer), contextlib.closing(open_reader(tmp_path / name)) as reader:
            found = memory.look(reader, PLAN_OF_ONE, clock.now()).histories[JOB.name].backups
            assert len(found) == count
