"""The three stages of a run: the whole watcher, our collector alone, prometheus-snmp-exporter; each in its steady state."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from wenyam.links.control import ask
from wenyam.testing.bench import configuration, rival
from wenyam.testing.bench.devices import addresses
from wenyam.testing.bench.figures import Meter, Stretch
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.programs import CollectorProgram, RivalProgram
from wenyam.testing.bench.schedule import turns
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

_PATIENCE = 120.0
_POLL = 0.5
RIVAL = "prometheus-snmp-exporter"
LEARNING, ALONE = "collector: first round", "collector alone"
_PLAIN = {"Accept-Encoding": "identity"}

EVERYTHING, READS, LOOKS, REST = "watcher: everything", "watcher: reads, no looks", "watcher: looks, no reads", "watcher: at rest"
Setting = tuple[str, float, bool]
"""Name of a stretch, seconds between looks, whether devices are read."""
STRETCHES: tuple[Setting, ...] = (
    (EVERYTHING, configuration.USUAL_LOOKS, True),
    (READS, configuration.HARDLY_EVER, True),
    (LOOKS, configuration.USUAL_LOOKS, False),
    (REST, configuration.HARDLY_EVER, False),
)


class BenchError(RuntimeError):
    """A stage did not reach its steady state, so that nothing it measures would be true."""


@dataclass(frozen=True, slots=True)
class Exposition:
    """What a scrape of the watcher showed."""

    series: int
    size: int
    alive: int
    read: int

    @classmethod
    def of(cls, text: bytes) -> "Exposition":
        """Count lines that are samples."""
        lines = [line for line in text.split(b"\n") if line and not line.startswith(b"#")]
        up = sum(line.startswith(b"wenyam_up{") and line.endswith(b" 1") for line in lines)
        read = sum(line.startswith(b"wenyam_last_success_timestamp_seconds{") for line in lines)
        return cls(len(lines), len(text), up, read)


class WatcherStage:
    """`wenyam run` as a process, scraped meanwhile; four stretches: everything, without looks, without readings, neither."""

    def __init__(self, plan: Plan, meter: Meter, say: Callable[[str], None], looks: float = configuration.USUAL_LOOKS) -> None:
        """Take the run, and the seconds between looks while devices are met."""
        self._plan, self._meter, self._say, self._now = plan, meter, say, (looks, True)
        self._exporter_port = free_port()
        folder = configuration.write(plan, self._exporter_port, looks=looks)
        self._watcher = RunningWatcher(folder, plan.folder / "run", plan.folder / "watcher.log")
        self.exposition = Exposition(0, 0, 0, 0)
        self.shown: Exposition | None = None
        """What was exposed when everything was on."""
        self.scrape_seconds: list[float] = []

    async def run(self, settings: Sequence[Setting] = STRETCHES) -> list[Stretch]:
        """Measure each stretch; BenchError when the watcher never comes to rest."""
        plan = self._plan
        await asyncio.to_thread(self._watcher.start)
        async with aiohttp.ClientSession(headers=_PLAIN) as session:
            scraping = asyncio.create_task(self._scrape(session))
            try:
                await self._until(lambda seen: seen.alive == plan.devices and seen.read == plan.devices, plan.interval)
                return [await self._stretch_with(*setting) for setting in settings]
            finally:
                scraping.cancel()
                await asyncio.gather(scraping, return_exceptions=True)
                await self._end()

    async def _end(self) -> None:
        """End the watcher; what was measured is not lost with one that is slow to stop."""
        try:
            await asyncio.to_thread(self._watcher.stop)
        except subprocess.TimeoutExpired:
            self._say("the watcher did not end in time and was killed")
            await asyncio.to_thread(self._watcher.stop, signal.SIGKILL)

    async def _stretch_with(self, stage: str, looks: float, reads: bool) -> Stretch:  # noqa: FBT001  # a setting as it is written
        if self._now != (looks, reads):
            await self._reconfigure(looks=looks, reads=reads)
            self._now = (looks, reads)
        return await self._stretch(stage)

    async def _stretch(self, stage: str) -> Stretch:
        self._say(f"{stage}, {self._plan.seconds:g} s")
        stretch = await self._meter.measure(stage, self._watcher.pid, self._plan.seconds, self._started)
        if self.shown is None:
            self.shown = self.exposition
        if self.exposition.alive != self._plan.devices:
            raise BenchError(f"{stage}: {self.exposition.alive} of {self._plan.devices} devices are up; {self._watcher.tail()}")
        return stretch

    def _started(self) -> int:
        return int(self._snapshot()["wheel"]["started"])

    def _snapshot(self) -> dict[str, Any]:
        return ask(self._plan.folder / "run" / "control.sock", {"action": "snapshot"}, _PATIENCE)

    async def _reconfigure(self, *, looks: float, reads: bool) -> None:
        """Have the running watcher take a new configuration, so that every device stays known as up."""
        before = self._snapshot()["configuration"]
        configuration.write(self._plan, self._exporter_port, looks=looks, reads=reads)
        os.kill(self._watcher.pid, signal.SIGHUP)
        await _wait_for(lambda: self._snapshot()["configuration"] != before, "the watcher takes its new configuration")
        # A shorter rhythm of looks first finds every last look too old: the states come back with their next look.
        await asyncio.sleep(max(2 * configuration.USUAL_LOOKS, self._plan.scrape_interval))

    async def _until(self, wanted: Callable[[Exposition], bool], seconds: float) -> None:
        """Wait for every device to be up and read once."""
        self._say(f"the watcher meets {self._plan.devices} devices, about {seconds:g} s, and settles, {self._plan.settle:g} s")
        begun = time.monotonic()
        deadline = begun + 3 * seconds + _PATIENCE
        while not wanted(self.exposition):
            if time.monotonic() > deadline:
                raise BenchError(f"not every device was seen up and read: {self.exposition}; {self._watcher.tail()}")
            await asyncio.sleep(_POLL)
        await asyncio.sleep(max(0.0, self._plan.settle - (time.monotonic() - begun)))

    async def _scrape(self, session: aiohttp.ClientSession) -> None:
        """Scrape as Prometheus would; what the client costs is the benchmark's own time and is not counted."""
        url = f"http://127.0.0.1:{self._exporter_port}/metrics"
        while True:
            begun = time.monotonic()
            async with session.get(url) as answer:
                text = await answer.read()
            took = time.monotonic() - begun
            self.scrape_seconds.append(took)
            self.exposition = Exposition.of(text)
            await asyncio.sleep(max(0.0, self._plan.scrape_interval - took))


async def collector_stage(plan: Plan, meter: Meter, say: Callable[[str], None]) -> list[Stretch]:
    """Measure our collector alone: the first round, in which it learns every device, and its steady state."""
    program = CollectorProgram(plan)

    def read() -> int:
        return program.counters.read()[0]

    try:
        await asyncio.to_thread(program.start)
        say(f"collector alone: meets {plan.devices} devices, about {plan.interval:g} s")
        met = _wait_for(lambda: program.counters.read()[3] > 1, "every device was read once", plan.interval + _PATIENCE)
        stretches = [await meter.during(met, LEARNING, program.process_id, read)]
        say(f"collector alone: settles {plan.settle:g} s, then {plan.seconds:g} s")
        await asyncio.sleep(max(0.0, plan.settle - stretches[0].seconds))
        stretches.append(await meter.measure(ALONE, program.process_id, plan.seconds, read))
        failed = program.counters.read()[1]
        if failed:
            raise BenchError(f"{failed} readings of the bare collector failed: {program.words()}")
        return stretches
    finally:
        program.remove()


async def rival_stage(plan: Plan, meter: Meter, say: Callable[[str], None]) -> Stretch | None:
    """Measure prometheus-snmp-exporter, asked on the same schedule; None when it is not installed."""
    if not rival.is_installed():
        return None
    program = RivalProgram(plan)
    say(f"{rival.version()}: one round to warm up, {plan.interval:g} s, then {plan.seconds:g} s")
    try:
        await asyncio.to_thread(program.start)
        async with aiohttp.ClientSession(headers=_PLAIN, connector=aiohttp.TCPConnector(limit=0)) as session:
            asked = _Asked(plan, program.port, session)
            asking = asyncio.create_task(turns(plan.devices, plan.interval, asked.ask))
            try:
                await _wait_for(lambda: asked.answers >= plan.devices, "every device was asked once", plan.interval + _PATIENCE)
                stretch = await meter.measure(RIVAL, program.process_id, plan.seconds, lambda: asked.answers)
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
        if asked.faults:
            faults = f"{len(asked.faults)} scrapes through snmp_exporter failed"
            raise BenchError(f"{faults}: {asked.faults[0]}; {program.words()}")
        return stretch
    finally:
        program.remove()


class _Asked:
    """The client of prometheus-snmp-exporter."""

    def __init__(self, plan: Plan, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{port}/snmp"
        self._port = plan.port
        self._addresses = addresses(plan.devices)
        self._session = session
        self.answers = 0
        self.faults: list[str] = []

    async def ask(self, number: int) -> None:
        """Have one device read; an answer without the last column is a fault."""
        target = {"target": f"{self._addresses[number]}:{self._port}", "module": rival.MODULE}
        try:
            async with self._session.get(self._url, params=target) as answer:
                text = await answer.read()
        except aiohttp.ClientError as error:
            self.faults.append(str(error))
            return
        if answer.status == HTTPStatus.OK and b"\nifHCOutOctets{" in text:
            self.answers += 1
        else:
            self.faults.append(text[:200].decode(errors="replace"))


async def _wait_for(wanted: Callable[[], bool], what: str, seconds: float = _PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not wanted():
        if time.monotonic() > deadline:
            raise BenchError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(_POLL)
