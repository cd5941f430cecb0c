"""`scripts/bench soak`: a month of a watcher on a clock moved by hand, with faults every day, and whether anything grows.

One process: the real watcher, store, alerts and exporter, SNMP over real sockets to agents in the same event loop; only pings are
answered by a script, because the kernel answers for every loopback address. Nightly retention is the real one, with short rules.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from wenyam.alerts.service import AlertService
from wenyam.engine.watcher import Watcher
from wenyam.engine.wheel import WheelFigures
from wenyam.exporter.engine import EngineSnapshot
from wenyam.exporter.exposition import Exposition
from wenyam.links.kernel_memory import resident_bytes
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration, Retention
from wenyam.model.instants import Instant
from wenyam.operations import jobs
from wenyam.settings.loader import load
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.bench import configuration
from wenyam.testing.bench.agent import LoopbackAgent
from wenyam.testing.bench.counters import Counters
from wenyam.testing.bench.devices import addresses
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.report import machine, print_found
from wenyam.testing.clock import FakeClock
from wenyam.testing.pinger import ScriptedPinger
from wenyam.testing.ports import free_port

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
LOOKS = 60.0
"""Seconds between two looks at a device."""
_SCRAPES = 15 * MINUTE
_KEEP = Retention(rollups=3 * DAY, facts=2 * DAY)
_HEARTBEAT, _GAP = 10.0, 30.0
_BEGIN = Instant(1_793_209_500_000)
"""17:45 UTC of 28 October 2026: the month ends after three days, so that retention has one to seal two days later."""
_TURNS = 8
"""Turns of the event loop before time moves on: enough for a packet there and back."""
_OUTAGE = 2 * HOUR
_GROWTH = 0.05
_READY = 20.0

Talk = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Day:
    """What one simulated day left behind."""

    day: int
    cpu: float
    """Real seconds of CPU."""
    resident: int
    objects: int
    """Containers that Python's garbage collector knows."""
    descriptors: int
    database: int
    """Bytes of the database and its log."""
    started: int
    """Starts of the wheel."""
    skipped: int
    """Rounds left out because the last one still ran."""
    latest: float
    """Worst lateness of a start, in simulated seconds."""
    facts: int
    """Facts and rollups still kept."""
    rollups: int


class Site:
    """Everything of one Wenyam in this event loop, and the devices it watches."""

    def __init__(self, devices: int, folder: Path) -> None:
        """Write the configuration of two sizes: with and without its last device."""
        self.plan = Plan("B", devices, 0.0, "2c", 0.2, free_port(""), folder)
        self.clock = FakeClock(_BEGIN, _TURNS)
        self.whole = self._loaded(self.plan)
        self.smaller = self._loaded(replace(self.plan, devices=devices - 1))
        self.pinger = ScriptedPinger(self.clock)
        self.addresses = addresses(devices)
        self.agent = LoopbackAgent("B", self.plan.port)
        self.watcher: Watcher
        self.exposition = Exposition(self.clock)
        self.snapshot: EngineSnapshot
        self._counters = Counters(folder / "counters", make=True)

    def _loaded(self, plan: Plan) -> Configuration:
        found = load(configuration.write(plan, free_port(), looks=LOOKS))
        instance = replace(found.instance, heartbeat=_HEARTBEAT, heartbeat_gap=_GAP, retention=_KEEP)
        return replace(found, instance=instance)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start it, and stop it in the end."""
        directory = self.plan.folder / "state"
        instance = self.whole.instance
        writer = open_writer(directory, self.clock, instance.name, rules=instance.retention, ballast_bytes=1 << 20)
        links = Links(self.clock, SecretReader(), str(directory / "known_hosts"))
        links.__dict__["icmp"] = self.pinger
        self.watcher = Watcher(self.clock, links, writer, self.whole)
        self.snapshot = EngineSnapshot(self.watcher)
        alerts = AlertService(self.clock, self.watcher.journal, self.watcher.board, SecretReader(), self.whole)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.agent, self.agent.step, self._counters)
        tasks = [loop.create_task(self.watcher.run()), loop.create_task(alerts.run())]
        try:
            await self._begun()
            yield
        finally:
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            loop.remove_reader(self.agent)
            await links.close()
            self.agent.close()
            self._counters.close()

    async def _begun(self) -> None:
        deadline = time.monotonic() + _READY
        while not self.watcher.wheel.known():
            if time.monotonic() > deadline:
                raise TimeoutError("the watcher did not start")
            await asyncio.sleep(0.01)

    async def scrape(self) -> int:
        """Scrape once and return the bytes."""
        return sum([len(piece) async for piece in self.exposition.pieces(self.snapshot.subjects())])

    def silence(self, number: int) -> None:
        """Let a device die."""
        self.pinger.silent.add(self.addresses[number])
        self.agent.deaf.add(self.addresses[number])

    def revive(self) -> None:
        """Let everybody live."""
        self.pinger.silent.clear()
        self.agent.deaf.clear()

    async def retain(self) -> None:
        """Do what the nightly job does."""
        await self.watcher.journal.call(jobs.retain, self.watcher.journal.writer, self.clock.now())


class Soak:
    """Lets days pass."""

    def __init__(self, site: Site, say: Talk) -> None:
        """Take the running site."""
        self._site, self._say = site, say

    async def run(self, days: int) -> list[Day]:
        """Let so many days pass, and look after each."""
        found = []
        for day in range(1, days + 1):
            cpu, before = time.process_time(), replace(self._site.watcher.wheel.figures)
            await self._day(day)
            found.append(self._look(day, time.process_time() - cpu, before))
            self._say(row(found[-1]))
        return found

    async def _day(self, day: int) -> None:
        """Let a day pass with its faults: a death, a silent agent, a new configuration, a clock that steps, the night's job."""
        site = self._site
        site.watcher.wheel.figures.latest = 0.0
        victim = day % (len(site.addresses) - 1)
        await self._pass(4 * HOUR)
        site.silence(victim)
        await self._pass(_OUTAGE)
        site.revive()
        await self._pass(2 * HOUR)
        site.agent.deaf.add(site.addresses[victim])
        await self._pass(_OUTAGE)
        site.revive()
        if day % 2 == 0:
            await site.watcher.configure(site.smaller)
        await self._pass(2 * HOUR)
        await site.watcher.configure(site.whole)
        if day % 3 == 0:
            site.clock.step(5.0 if day % 2 else -5.0)
        await self._pass(6 * HOUR)
        await site.retain()
        await self._pass(6 * HOUR)

    async def _pass(self, seconds: float) -> None:
        """Let time pass; what was decided is written before it goes on, as on a real clock."""
        end = self._site.clock.monotonic() + seconds
        while (left := end - self._site.clock.monotonic()) > 0:
            await self._site.clock.advance(min(MINUTE, left))
            await self._site.watcher.journal.flush()
            if self._site.clock.monotonic() % _SCRAPES < MINUTE:
                await self._site.scrape()

    def _look(self, day: int, cpu: float, before: WheelFigures) -> Day:
        self._site.pinger.asked.clear()
        gc.collect()
        figures = self._site.watcher.wheel.figures
        state = self._site.plan.folder / "state"
        facts, rollups = _kept(state)
        return Day(
            day=day,
            cpu=cpu,
            resident=resident_bytes(os.getpid()),
            objects=len(gc.get_objects()),
            descriptors=len(list(Path("/proc/self/fd").iterdir())),
            database=sum(path.stat().st_size for path in state.glob("*.db*")),
            started=figures.started - before.started,
            skipped=figures.skipped - before.skipped,
            latest=figures.latest,
            facts=facts,
            rollups=rollups,
        )


def _kept(directory: Path) -> tuple[int, int]:
    with contextlib.closing(open_reader(directory)) as reader:
        facts = reader.read(lambda connection: connection.execute("SELECT count(*) FROM fact").fetchone()[0])
        return facts, reader.read(lambda connection: connection.execute("SELECT count(*) FROM rollup").fetchone()[0])


async def soak(devices: int, days: int, folder: Path, say: Talk) -> list[Day]:
    """Run it."""
    site = Site(devices, folder)
    async with site.running():
        return await Soak(site, say).run(days)


def growth(days: Sequence[Day]) -> dict[str, float]:
    """Return by how much each figure grew from the days after the second to the last ones, as a ratio; nothing for few days."""
    settled = days[2:]
    if len(settled) < 2:  # noqa: PLR2004  # nothing to compare
        return {}
    part = max(1, len(settled) // 4)
    early, late = settled[:part], settled[-part:]
    return {name: _most(late, name) / _most(early, name) - 1 for name in ("resident", "objects", "descriptors")}


def _most(days: Sequence[Day], name: str) -> int:
    return max(int(getattr(day, name)) for day in days)


def row(day: Day) -> str:
    """Write a day for people."""
    return (
        f"{day.day:>4}{day.cpu:>8.1f}{day.resident / 2**20:>8.1f}{day.objects:>10}{day.descriptors:>7}"
        f"{day.database / 2**20:>8.1f}{day.started:>8}{day.skipped:>9}{day.latest:>8.2f}{day.facts:>8}{day.rollups:>9}"
    )


def table(devices: int, days: Sequence[Day]) -> str:
    """Write a run for people."""
    here = machine()
    heads = f"{'day':>4}{'CPU s':>8}{'MiB':>8}{'objects':>10}{'files':>7}{'DB MiB':>8}{'starts':>8}{'skipped':>9}{'late s':>8}"
    lines = [
        f"{here['cpu']}, {here['cores']} cores, Linux {here['kernel']}, Python {here['python']}",
        f"{devices} devices B, a look every {LOOKS:g} s, a reading every 300 s, faults each day",
        "",
        f"{heads}{'facts':>8}{'rollups':>9}",
    ]
    lines += [row(day) for day in days]
    grown = [f"{name} {share:+.1%}" for name, share in growth(days).items()]
    return "\n".join([*lines, "", "from the days after the second to the last ones: " + (", ".join(grown) or "too few days")])


def as_data(devices: int, days: Sequence[Day]) -> dict[str, Any]:
    """Write a run as versioned data."""
    return {
        "version": 1,
        "machine": machine(),
        "devices": devices,
        "growth": growth(days),
        "days": [asdict(day) for day in days],
    }


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--devices", type=int, default=10, help="devices (default 10)")
    parser.add_argument("--days", type=int, default=30, help="simulated days (default 30)")


def run(asked: argparse.Namespace, say: Talk) -> int:
    """Measure and print; 1 when something grew by more than a twentieth."""
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
        days = asyncio.run(soak(asked.devices, asked.days, Path(folder), say))
    print_found(as_data(asked.devices, days), table(asked.devices, days), json_wanted=asked.json)
    return int(any(share > _GROWTH for share in growth(days).values()))
