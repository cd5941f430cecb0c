"""`scripts/bench expose`: /metrics of a running watcher at size: seconds, memory, and how late its event loop is meanwhile."""

import argparse
import http.client
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenyam.links.control import ask
from wenyam.links.kernel_memory import resident_bytes
from wenyam.testing.bench import configuration
from wenyam.testing.bench.counters import cpu_seconds
from wenyam.testing.bench.devices import DEVICES
from wenyam.testing.bench.lateness import Counts, Lateness, Quantiles, joined, quantiles
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.programs import AgentProgram
from wenyam.testing.bench.report import machine, print_found
from wenyam.testing.bench.stages import BenchError, Exposition
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

_PATIENCE = 180.0
_READ_BYTES = 1 << 20
_LOOK = 2.0

Talk = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scrape:
    """One scrape, from the question to the last byte."""

    seconds: float
    to_first_byte: float
    cpu: float
    """User and system seconds of the watcher meanwhile, its polls included."""
    size: int


@dataclass(frozen=True, slots=True)
class Exposing:
    """Everything a run found."""

    devices: int
    letter: str
    scrapes: list[Scrape]
    shown: Exposition
    between: Quantiles
    """How late the event loop was while nobody scraped."""
    during: Quantiles
    starts_between: float
    """Seconds by which polls and looks began late on average, while nobody scraped."""
    starts_during: float
    bare: int
    """Bytes of memory before any device was looked at."""
    resident: int


@dataclass(frozen=True, slots=True)
class Starts:
    """How many polls and looks began, and how late all together."""

    number: int = 0
    late: float = 0.0

    def __sub__(self, earlier: "Starts") -> "Starts":
        """Return those since."""
        return Starts(self.number - earlier.number, self.late - earlier.late)

    def __add__(self, other: "Starts") -> "Starts":
        """Return both."""
        return Starts(self.number + other.number, self.late + other.late)

    @property
    def late_each(self) -> float:
        """Seconds on average; 0 when none began."""
        return self.late / self.number if self.number else 0.0


class ExposeStage:
    """A watcher with a gauge in its event loop, and who scrapes it."""

    def __init__(self, plan: Plan, say: Talk) -> None:
        """Write its configuration; starts nothing."""
        self._plan, self._say = plan, say
        self._port = free_port()
        folder = configuration.write(plan, self._port)
        path = plan.folder / "lateness"
        self._lateness = Lateness(path, make=True)
        self._revision = ""
        module = ("wenyam.testing.bench.gauged", str(path))
        self._watcher = RunningWatcher(folder, plan.folder / "run", plan.folder / "watcher.log", module=module)

    def run(self, scrapes: int) -> Exposing:
        """Measure; BenchError when not every device is ever read."""
        self._say(f"the watcher meets {self._plan.devices} devices, about {self._plan.interval:g} s")
        with self._watcher as watcher:
            bare = resident_bytes(watcher.pid)
            shown = self._settled()
            found: list[Scrape] = []
            during, between = self._nothing(), self._nothing()
            starts_during, starts_between = Starts(), Starts()
            for number in range(scrapes):
                self._say(f"scrape {number + 1} of {scrapes}")
                begun = self._starts()
                between = joined(between, self._counted(lambda: time.sleep(self._plan.scrape_interval)))
                waited = self._starts()
                during = joined(during, self._counted(lambda: found.append(self._scrape()[0])))
                starts_between += waited - begun
                starts_during += self._starts() - waited
            resident = resident_bytes(watcher.pid)
        nothing = self._nothing()
        self._lateness.close()
        return Exposing(
            self._plan.devices, self._plan.letter, found, shown,
            quantiles(nothing, between), quantiles(nothing, during),
            starts_between.late_each, starts_during.late_each, bare, resident,
        )  # fmt: skip

    def _settled(self) -> Exposition:
        """Wait until every device is up and read, and return what is exposed then."""
        deadline = time.monotonic() + 3 * self._plan.interval + _PATIENCE
        while True:
            shown = Exposition.of(self._scrape()[1])
            if shown.alive == shown.read == self._plan.devices:
                return shown
            if time.monotonic() > deadline:
                raise BenchError(f"not every device was seen up and read: {shown}; {self._watcher.tail()}")
            time.sleep(_LOOK)

    def _scrape(self) -> tuple[Scrape, bytes]:
        begun, cpu = time.monotonic(), cpu_seconds(self._watcher.pid)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        first = time.monotonic() - begun
        pieces = []
        while piece := answer.read(_READ_BYTES):
            pieces.append(piece)
        took, used = time.monotonic() - begun, cpu_seconds(self._watcher.pid) - cpu
        connection.close()
        text = b"".join(pieces)
        return Scrape(took, first, used, len(text)), text

    def _starts(self) -> Starts:
        """Ask for the wheel's figures and hardly anything else: what moved since the last time."""
        answer = ask(self._plan.folder / "run" / "control.sock", {"action": "snapshot", "since": self._revision}, _PATIENCE)
        self._revision = answer["revision"]
        return Starts(int(answer["wheel"]["started"]), float(answer["wheel"]["late"]))

    def _counted(self, action: Callable[[], None]) -> Counts:
        before = self._lateness.read()
        action()
        return [late - early for early, late in zip(before, self._lateness.read(), strict=True)]

    def _nothing(self) -> Counts:
        return [0] * len(self._lateness.read())


def expose(plan: Plan, scrapes: int, say: Talk) -> Exposing:
    """Start the agent and measure."""
    agent = AgentProgram(plan)
    try:
        agent.start()
        return ExposeStage(plan, say).run(scrapes)
    finally:
        agent.remove()


def table(found: Exposing) -> str:
    """Write a run for people."""
    here = machine()
    lines = [
        f"{here['cpu']}, {here['cores']} cores, Linux {here['kernel']}, Python {here['python']}",
        f"{found.devices} x device {found.letter}: {found.shown.series} series, {found.shown.size / 2**20:.0f} MiB of text",
        "",
        f"{'scrape':<12}{'seconds':>9}{'first byte':>12}{'CPU s':>9}{'MiB/s':>8}",
    ]
    lines += [
        f"{number:<12}{each.seconds:>9.3f}{each.to_first_byte:>12.3f}{each.cpu:>9.3f}{each.size / 2**20 / each.seconds:>8.0f}"
        for number, each in enumerate(found.scrapes, start=1)
    ]
    lines += ["", f"{'the event loop is late by':<28}{'looks':>9}{'median ms':>11}{'p99 ms':>9}{'worst ms':>10}"]
    lines += [
        f"{when:<28}{late.looks:>9}{late.median * 1000:>11.1f}{late.p99 * 1000:>9.1f}{late.worst * 1000:>10.1f}"
        for when, late in (("while nobody scrapes", found.between), ("during a scrape", found.during))
    ]
    between, during = found.starts_between * 1000, found.starts_during * 1000
    lines.append(f"polls and looks began late by {between:.1f} ms on average while nobody scraped, {during:.1f} during a scrape")
    each = (found.resident - found.bare) / found.shown.series
    whole = found.resident / found.shown.series
    lines += [
        "",
        f"memory: {found.bare / 2**20:.0f} MiB before the first look, {found.resident / 2**20:.0f} MiB in the end",
        f"bytes a series: {each:.0f}, and {whole:.0f} with the program itself",
    ]
    return "\n".join(lines)


def as_data(found: Exposing) -> dict[str, Any]:
    """Write a run as versioned data."""
    return {"version": 1, "machine": machine(), **asdict(found)}


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--device", choices=sorted(DEVICES), default="A", help="A: 48 interfaces x 6 columns, B: 8 x 12")
    parser.add_argument("--devices", type=int, default=3300, help="devices (default 3300: a million series of A)")
    parser.add_argument("--scrapes", type=int, default=8, help="scrapes measured (default 8)")
    parser.add_argument(
        "--factor", type=float, default=1.0, help="how many times faster than every 60 s to poll, and 15 s to scrape"
    )


def run(asked: argparse.Namespace, say: Talk) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
        plan = Plan(asked.device, asked.devices, 0.0, "2c", asked.factor, free_port(""), Path(folder))
        found = expose(plan, asked.scrapes, say)
    print_found(as_data(found), table(found), json_wanted=asked.json)
    return 0
