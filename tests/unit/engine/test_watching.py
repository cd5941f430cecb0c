"""The watcher on a clock moved by hand: deaths, parents, own network, silences of the work loop, planned windows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from wenyam.collectors.icmp import IcmpCollector
from wenyam.engine.watcher import Watcher
from wenyam.exporter.engine import EngineSnapshot
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import (
    AliveProbe,
    AliveRule,
    AtLeast,
    Device,
    Inventory,
    Member,
    PlannedWindow,
    ReadPlan,
    Service,
    Site,
    Text,
    Witness,
)
from wenyam.model.states import OVERALL, State, StateChange, Subject, SubjectKind
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.pinger import ScriptedPinger

NAMES = ("core", "left", "right", "leaf")
PARENTS = {"core": (), "left": ("core",), "right": ("core",), "leaf": ("left", "right")}


def device(name: str, number: int) -> Device:
    alive = AliveRule((AliveProbe("icmp"),))
    return Device(name, "server", (f"192.0.2.{number}",), "here", "owner", "duty", alive, parents=PARENTS[name])


def inventory(**more: object) -> Inventory:
    devices = {name: device(name, number) for number, name in enumerate(NAMES, 1)}
    sites = {"here": Site("here", Text("ที่นี่", "Here"))}
    return replace(Inventory(sites=sites, devices=devices), **more)  # type: ignore[arg-type]  # fields by name


@dataclass
class World:
    """A running watcher with its clock and its network."""

    clock: FakeClock
    pinger: ScriptedPinger
    watcher: Watcher
    directory: Path
    task: "asyncio.Task[None] | None" = None
    configuration: Configuration | None = field(default=None)

    def state(self, name: str, kind: SubjectKind = SubjectKind.DEVICE, check: str = "alive") -> State:
        return self.watcher.board.state(Subject(kind, name, check))

    def address(self, name: str) -> str:
        return self.watcher.configuration.inventory.devices[name].address

    async def rows(self, name: str) -> list[StateChange]:
        await self.watcher.journal.flush()
        reader = open_reader(self.directory)
        try:
            return reader.changes(Period(Instant(0), after(self.clock.now(), 1)), [Subject(SubjectKind.DEVICE, name)])
        finally:
            reader.close()

    async def advance(self, seconds: float) -> None:
        """Let time pass in small steps, so that store threads keep up with the clock."""
        for _ in range(round(seconds * 4)):
            await self.clock.advance(0.25)
            await asyncio.sleep(0)


async def start(directory: Path, clock: FakeClock, pinger: ScriptedPinger, wanted: Inventory) -> World:
    configuration = Configuration(Instance("test", "here", state_directory=str(directory)), wanted, str(directory))
    links = Links(clock, SecretReader({}), str(directory / "known_hosts"))
    links.__dict__["icmp"] = pinger
    watcher = Watcher(clock, links, open_writer(directory, clock, "test"), configuration)
    world = World(clock, pinger, watcher, directory)
    world.task = asyncio.create_task(watcher.run())
    deadline = asyncio.get_running_loop().time() + 10
    while not watcher.wheel.known():
        assert asyncio.get_running_loop().time() < deadline, "the watcher did not start"
        await asyncio.sleep(0.01)
    await world.advance(6)
    return world


async def stop(world: World) -> None:
    assert world.task is not None
    world.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await world.task


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = FakeClock()
    running = await start(tmp_path, clock, ScriptedPinger(clock), inventory())
    yield running
    await stop(running)


async def test_everything_is_up_after_the_first_round(world: World) -> None:
    assert {world.state(name) for name in NAMES} == {State.UP}


async def test_a_death_is_hard_within_15_seconds_with_one_row_dated_to_the_first_failed_probe(world: World) -> None:
    died = world.clock.now()
    world.pinger.silent.add(world.address("leaf"))
    await world.advance(15)
    assert world.state("leaf") is State.DOWN
    rows = [row for row in await world.rows("leaf") if row.recorded > died]
    assert [row.state for row in rows] == [State.DOWN]
    assert died <= rows[0].effective <= after(died, 5)


async def test_it_comes_back_at_the_first_good_answer(world: World) -> None:
    world.pinger.silent.add(world.address("leaf"))
    await world.advance(15)
    world.pinger.silent.clear()
    back = world.clock.now()
    await world.advance(6)
    assert world.state("leaf") is State.UP
    assert (await world.rows("leaf"))[-1].effective >= back


async def test_a_dead_core_is_one_down_and_the_rest_unreachable(world: World) -> None:
    world.pinger.silent |= {world.address(name) for name in NAMES}
    await world.advance(20)
    assert world.state("core") is State.DOWN
    assert {world.state(name) for name in ("left", "right", "leaf")} == {State.UNREACHABLE}
    for name in ("left", "right", "leaf"):
        rows = await world.rows(name)
        assert State.DOWN not in {row.state for row in rows}
        assert rows[-1].cause == Subject(SubjectKind.DEVICE, "core")


async def test_one_path_left_means_the_leaf_itself_is_down(world: World) -> None:
    world.pinger.silent |= {world.address("left"), world.address("leaf")}
    await world.advance(20)
    assert world.state("left") is State.DOWN
    assert world.state("right") is State.UP
    assert world.state("leaf") is State.DOWN


async def test_children_of_a_core_that_came_back_are_up_again_without_having_been_down(world: World) -> None:
    world.pinger.silent |= {world.address(name) for name in NAMES}
    await world.advance(20)
    world.pinger.silent.clear()
    await world.advance(8)
    assert {world.state(name) for name in NAMES} == {State.UP}
    assert State.DOWN not in {row.state for row in await world.rows("leaf")}


async def test_a_silence_of_the_work_loop_is_unknown_from_the_last_heartbeat_to_each_ones_next_answer(world: World) -> None:
    frozen_at = world.clock.now()
    world.clock.jump(60.0)
    thawed_at = world.clock.now()
    await world.advance(7)
    rows = (await world.rows("leaf"))[-2:]
    assert [row.state for row in rows] == [State.UNKNOWN, State.UP]
    assert abs(rows[0].effective - frozen_at) <= 1000
    assert rows[1].effective >= thawed_at
    assert {world.state(name) for name in NAMES} == {State.UP}


async def test_a_probe_that_ran_while_we_were_frozen_says_nothing(world: World) -> None:
    world.pinger.silent |= {world.address(name) for name in NAMES}
    await world.advance(1)
    world.clock.jump(600.0)
    world.pinger.silent.clear()
    await world.advance(10)
    assert State.DOWN not in {row.state for name in NAMES for row in await world.rows(name)}


async def test_a_clock_set_forward_is_time_nobody_watched(world: World) -> None:
    before = world.clock.now()
    world.clock.step(3 * 3600.0)
    await world.advance(7)
    rows = (await world.rows("leaf"))[-2:]
    assert [row.state for row in rows] == [State.UNKNOWN, State.UP]
    assert abs(rows[0].effective - before) <= 1000
    assert rows[1].effective >= after(before, 3 * 3600.0)


async def test_a_clock_set_back_makes_nobody_unknown_or_down_and_deaths_are_still_seen(world: World) -> None:
    world.clock.step(-3 * 3600.0)
    await world.advance(20)
    assert {world.state(name) for name in NAMES} == {State.UP}
    world.watcher.wheel.remove(("alive", "leaf"))
    world.pinger.silent.add(world.address("left"))
    await world.advance(20)
    assert world.state("left") is State.DOWN
    assert world.state("leaf") is State.UNKNOWN


async def test_no_reading_lies_in_the_future_after_the_clock_was_set_back(tmp_path: Path) -> None:
    clock = FakeClock()
    probe = ReadPlan("ping", "icmp", 10.0, 2.0, IcmpCollector.Config(count=1), address="192.0.2.9")
    services = {"erp": Service("erp", Text("ระบบ", "System"), "owner", "duty", None, probes=(probe,))}
    world = await start(tmp_path, clock, ScriptedPinger(clock), inventory(services=services))
    try:
        await world.advance(15)
        (exposed,) = [each for each in EngineSnapshot(world.watcher).subjects() if each.name == "service:erp"]
        assert max(exposed.expires.values()) > clock.now()
        world.pinger.silent.add("192.0.2.9")
        clock.step(-3 * 3600.0)
        await world.advance(5)
        (job,) = world.watcher.latest.jobs("service:erp").values()
        assert job.last_success is not None
        assert job.last_success <= clock.now()
        (exposed,) = [each for each in EngineSnapshot(world.watcher).subjects() if each.name == "service:erp"]
        assert max(exposed.expires.values()) <= after(clock.now(), 60)
    finally:
        await stop(world)


async def test_a_step_of_the_clock_is_a_fact(world: World) -> None:
    world.clock.step(-600.0)
    await world.advance(2)
    await world.watcher.journal.flush()
    reader = open_reader(world.directory)
    try:
        facts = reader.facts(Period(Instant(0), after(world.clock.now(), 3600)), "clock-stepped")
    finally:
        reader.close()
    assert [fact.fact.body["seconds"] for fact in facts] == [-600.0]


async def test_one_starved_device_goes_stale_then_unknown_and_says_so(world: World) -> None:
    world.watcher.wheel.remove(("alive", "leaf"))
    await world.advance(20)
    assert world.state("leaf") is State.UNKNOWN
    assert world.state("left") is State.UP
    row = (await world.rows("leaf"))[-1]
    assert row.summary.startswith("stale: nothing seen for")
    observed = world.watcher.board.record(Subject(SubjectKind.DEVICE, "leaf"))
    assert observed is not None
    assert observed.observed_at is not None
    assert row.effective == after(observed.observed_at, 2 * 5.0 + 1.0)
    fresh = world.watcher.board.record(Subject(SubjectKind.MONITOR, "observation", "fresh"))
    assert fresh is not None
    assert (fresh.state, fresh.value) == (State.CRIT, 1.0)


async def test_own_network_lost_makes_everything_unknown_and_nothing_down(tmp_path: Path) -> None:
    clock = FakeClock()
    pinger = ScriptedPinger(clock)
    witnesses = {name: Witness(name, address) for name, address in (("a", "198.51.100.1"), ("b", "198.51.100.2"))}
    world = await start(tmp_path, clock, pinger, inventory(witnesses=witnesses))
    try:
        cut_at = clock.now()
        pinger.silent |= {world.address(name) for name in NAMES} | {"198.51.100.1", "198.51.100.2"}
        await world.advance(25)
        assert {world.state(name) for name in NAMES} == {State.UNKNOWN}
        assert world.state("own-network", SubjectKind.MONITOR, "sight") is State.CRIT
        for name in NAMES:
            rows = await world.rows(name)
            assert {row.state for row in rows} == {State.UP, State.UNKNOWN}
            assert after(cut_at, -1) <= rows[-1].effective <= after(cut_at, 12)
        pinger.silent.clear()
        await world.advance(8)
        assert {world.state(name) for name in NAMES} == {State.UP}
        assert world.state("own-network", SubjectKind.MONITOR, "sight") is State.OK
    finally:
        await stop(world)


async def test_a_wrong_witness_that_is_taken_out_blinds_nobody_any_more(tmp_path: Path) -> None:
    clock = FakeClock()
    pinger = ScriptedPinger(clock)
    pinger.silent.add("198.51.100.9")
    wrong = {"wrong": Witness("wrong", "198.51.100.9")}
    world = await start(tmp_path, clock, pinger, inventory(witnesses=wrong))
    try:
        await world.advance(10)
        assert world.state("own-network", SubjectKind.MONITOR, "sight") is State.CRIT
        await world.watcher.configure(replace(world.watcher.configuration, inventory=inventory()))
        await world.advance(2)
        assert world.state("own-network", SubjectKind.MONITOR, "sight") is State.UNKNOWN
        pinger.silent.add(world.address("core"))
        await world.advance(25)
        assert world.state("core") is State.DOWN
    finally:
        await stop(world)


async def test_a_service_that_answers_no_ping_is_down(tmp_path: Path) -> None:
    clock = FakeClock()
    pinger = ScriptedPinger(clock)
    probe = ReadPlan("ping", "icmp", 10.0, 2.0, IcmpCollector.Config(count=1), address="192.0.2.9")
    services = {"erp": Service("erp", Text("ระบบ", "System"), "owner", "duty", None, probes=(probe,))}
    world = await start(tmp_path, clock, pinger, inventory(services=services))
    try:
        await world.advance(15)
        assert world.state("erp", SubjectKind.SERVICE) is State.UP
        pinger.silent.add("192.0.2.9")
        await world.advance(40)
        assert world.state("erp", SubjectKind.SERVICE) is State.DOWN
        assert world.state("erp", SubjectKind.SERVICE, OVERALL) is State.DOWN
    finally:
        await stop(world)


async def test_a_probe_that_a_lost_network_silences_leaves_no_green_service_beside_one_that_answers(tmp_path: Path) -> None:
    clock = FakeClock()
    pinger = ScriptedPinger(clock)
    options = IcmpCollector.Config(count=1)
    probes = tuple(
        ReadPlan(job, "icmp", 10.0, 2.0, options, address=at) for job, at in (("near", "192.0.2.8"), ("far", "192.0.2.9"))
    )
    services = {"erp": Service("erp", Text("ระบบ", "System"), "owner", "duty", None, probes=probes)}
    witnesses = {"a": Witness("a", "198.51.100.1")}
    world = await start(tmp_path, clock, pinger, inventory(services=services, witnesses=witnesses))
    try:
        await world.advance(15)
        assert world.state("erp", SubjectKind.SERVICE) is State.UP
        pinger.silent |= {"192.0.2.9", "198.51.100.1"}
        await world.advance(60)
        assert world.state("erp", SubjectKind.SERVICE) is State.UNKNOWN
        pinger.silent.clear()
        await world.advance(25)
        assert world.state("erp", SubjectKind.SERVICE) is State.UP
    finally:
        await stop(world)


async def test_witnesses_behind_a_device_that_is_down_do_not_count(tmp_path: Path) -> None:
    clock = FakeClock()
    pinger = ScriptedPinger(clock)
    witnesses = {"far": Witness("far", "198.51.100.1", behind="core"), "near": Witness("near", "198.51.100.2")}
    world = await start(tmp_path, clock, pinger, inventory(witnesses=witnesses))
    try:
        pinger.silent |= {world.address(name) for name in NAMES} | {"198.51.100.1"}
        await world.advance(20)
        assert world.state("core") is State.DOWN
        assert world.state("own-network", SubjectKind.MONITOR, "sight") is State.OK
    finally:
        await stop(world)


async def test_a_service_follows_its_members_with_their_effective_times(tmp_path: Path) -> None:
    clock = FakeClock()
    pair = AtLeast(1, (Member(Subject.parse("left")), Member(Subject.parse("right"))), "any")
    both = AtLeast(2, (Member(Subject.parse("leaf")), pair), "all")
    services = {"erp": Service("erp", Text("ระบบ", "System"), "owner", "duty", both)}
    world = await start(tmp_path, clock, ScriptedPinger(clock), inventory(services=services))
    try:
        assert world.state("erp", SubjectKind.SERVICE, OVERALL) is State.UP
        world.pinger.silent.add(world.address("left"))
        await world.advance(15)
        assert world.state("erp", SubjectKind.SERVICE, OVERALL) is State.UP
        world.pinger.silent.add(world.address("leaf"))
        await world.advance(15)
        record = world.watcher.board.record(Subject(SubjectKind.SERVICE, "erp", OVERALL))
        assert record is not None
        assert record.state is State.DOWN
        assert record.since == (await world.rows("leaf"))[-1].effective
        assert record.summary == "not working: device:leaf, device:left"
        assert record.cause is None
    finally:
        await stop(world)


async def test_a_service_behind_a_dead_core_names_the_core_as_its_cause(tmp_path: Path) -> None:
    clock = FakeClock()
    leaf = AtLeast(1, (Member(Subject.parse("leaf")),), "all")
    services = {"erp": Service("erp", Text("ระบบ", "System"), "owner", "duty", leaf)}
    world = await start(tmp_path, clock, ScriptedPinger(clock), inventory(services=services))
    try:
        world.pinger.silent |= {world.address(name) for name in NAMES}
        await world.advance(20)
        record = world.watcher.board.record(Subject(SubjectKind.SERVICE, "erp", OVERALL))
        assert record is not None
        assert record.state is State.DOWN
        assert record.cause == Subject(SubjectKind.DEVICE, "core")
    finally:
        await stop(world)


async def test_a_planned_window_marks_the_row_and_nothing_outside_it(tmp_path: Path) -> None:
    clock = FakeClock()
    now = clock.now()
    window = PlannedWindow(
        "patching", (Subject.parse("leaf"),), None, after(now, 60), after(now, 120), None, "patches", "boss", after(now, -60)
    )
    world = await start(tmp_path, clock, ScriptedPinger(clock), inventory(windows={"patching": window}))
    try:
        await world.advance(60)
        world.pinger.silent.add(world.address("leaf"))
        await world.advance(15)
        assert [row.window for row in await world.rows("leaf")] == [None, "patching"]
        world.pinger.silent.clear()
        await world.advance(60)
        assert world.state("leaf") is State.UP
        world.pinger.silent.add(world.address("leaf"))
        await world.advance(15)
        assert (await world.rows("leaf"))[-1].window is None
    finally:
        await stop(world)


async def test_a_restart_makes_the_time_between_unknown(tmp_path: Path) -> None:
    clock = FakeClock()
    pinger = ScriptedPinger(clock)
    world = await start(tmp_path, clock, pinger, inventory())
    for _ in range(30):  # on a busy machine the store's thread is later than a clock that is moved by hand
        if await world.rows("core"):
            break
        await world.advance(1)
    await stop(world)
    stopped = clock.now()
    clock.jump(60.0)
    started = clock.now()
    world = await start(tmp_path, clock, pinger, inventory())
    try:
        for _ in range(30):  # as above
            rows = (await world.rows("core"))[-2:]
            if rows[-1].effective >= started:
                break
            await world.advance(1)
        assert [row.state for row in rows] == [State.UNKNOWN, State.UP]
        assert abs(rows[0].effective - stopped) <= 1000
        assert rows[1].effective >= started
    finally:
        await stop(world)


async def test_a_reload_keeps_states_and_drops_what_is_watched_no_more(world: World) -> None:
    fewer = {name: world.watcher.configuration.inventory.devices[name] for name in ("core", "left")}
    smaller = replace(world.watcher.configuration, inventory=replace(world.watcher.configuration.inventory, devices=fewer))
    await world.watcher.configure(smaller)
    assert world.state("core") is State.UP
    assert world.state("leaf") is State.UNKNOWN
    assert not [key for key in world.watcher.wheel.known() if key[1] == "leaf"]  # type: ignore[index]  # keys are tuples
    before = len(await world.rows("core"))
    await world.advance(10)
    assert len(await world.rows("core")) == before


async def test_a_reload_with_a_quicker_rhythm_makes_nobody_stale(tmp_path: Path) -> None:
    clock = FakeClock()
    slow = inventory()
    devices = {name: replace(each, alive=replace(each.alive, interval=300.0)) for name, each in slow.devices.items()}
    world = await start(tmp_path, clock, ScriptedPinger(clock), replace(slow, devices=devices))
    try:
        await world.advance(120)
        await world.watcher.configure(replace(world.watcher.configuration, inventory=slow))
        await world.advance(10)
        assert {row.state for name in NAMES for row in await world.rows(name)} == {State.UP}
    finally:
        await stop(world)
