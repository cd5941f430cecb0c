"""`scripts/bench growth`: the same number of polls a second over ever more devices; what a varbind costs, and what memory."""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenyam.testing.bench.configuration import HARDLY_EVER
from wenyam.testing.bench.devices import DEVICES
from wenyam.testing.bench.figures import Meter, Stretch
from wenyam.testing.bench.plan import INTERVAL, Plan
from wenyam.testing.bench.programs import AgentProgram
from wenyam.testing.bench.report import VERSION, machine, print_found
from wenyam.testing.bench.stages import READS, REST, BenchError, WatcherStage
from wenyam.testing.ports import free_port

_SIZES = (100, 1_000, 10_000)
_FLAT = 0.2
_MILLION = 1e6
_NEVER = 86_400.0
"""Seconds; the longest `relearn`. Learning costs the same for each device, however many there are."""
_LOOKS_AT_FIRST = 30.0
"""Seconds between looks while devices are met; a look costs the same for each device too."""
_MEASURED = ((READS, HARDLY_EVER, True), (REST, HARDLY_EVER, False))

Talk = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """What a watcher of so many devices cost."""

    devices: int
    interval: float
    """Seconds between two polls of a device."""
    reads: Stretch
    rest: Stretch
    series: int

    @property
    def cost(self) -> float:
        """Microseconds of CPU for each varbind, everything but looks and learning counted."""
        return self.reads.cpu * _MILLION / self.reads.varbinds


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--sizes", type=int, nargs="+", default=list(_SIZES), help="numbers of devices (default 100 1000 10000)")
    parser.add_argument("--device", choices=sorted(DEVICES), default="B", help="what each of them is (default B)")
    parser.add_argument("--rate", type=float, default=100.0, help="polls a second, at every size (default 100)")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each measured stretch (default 30)")


def run(asked: argparse.Namespace, say: Talk) -> int:
    """Measure every size; 0 when the cost is flat, 1 when not, or when a watcher of one size never comes to rest."""
    found: list[Size] = []
    for devices in asked.sizes:
        try:
            found.append(asyncio.run(_measured(devices, asked, say)))
        except BenchError as error:
            say(f"{devices} devices were not measured: {error}")
    if not found:
        return 1
    data = {
        "version": VERSION,
        "machine": machine(),
        "device": asked.device,
        "spread": spread(found),
        "sizes": [as_data(size) for size in found],
    }
    print_found(data, table(asked.device, found), json_wanted=asked.json)
    return 0 if spread(found) <= _FLAT and len(found) == len(asked.sizes) else 1


async def _measured(devices: int, asked: argparse.Namespace, say: Talk) -> Size:
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
        factor = asked.rate * INTERVAL / devices
        plan = Plan(asked.device, devices, asked.seconds, "2c", factor, free_port(""), Path(folder), 0.0, _NEVER)
        agent = AgentProgram(plan)
        try:
            agent.start()
            stage = WatcherStage(plan, Meter(agent.process_id, agent.counters), say, _LOOKS_AT_FIRST)
            reads, rest = await stage.run(_MEASURED)
        finally:
            agent.remove()
    return Size(devices, plan.interval, reads, rest, (stage.shown or stage.exposition).series)


def spread(sizes: Sequence[Size]) -> float:
    """Return how much dearer a varbind is at the dearest size than at the cheapest, as a share."""
    costs = [size.cost for size in sizes]
    return max(costs) / min(costs) - 1


def as_data(size: Size) -> dict[str, Any]:
    """Write one size as plain data."""
    return {**asdict(size), "microseconds_per_varbind": size.cost}


def table(letter: str, sizes: Sequence[Size]) -> str:
    """Write all sizes for people."""
    here = machine()
    lines = [
        f"{here['cpu']}, {here['cores']} cores, Linux {here['kernel']}, Python {here['python']}",
        f"device {letter}, SNMP v2c, the same number of polls a second at every size; neither looks nor learning",
        "",
        " devices  every s   varbinds    CPU s  µs/varbind  to first  at rest, CPU s  others    series    MiB",
    ]
    lines += [_row(size, sizes[0]) for size in sizes]
    lines += ["", f"the dearest size costs {spread(sizes):.0%} more than the cheapest; wanted: at most {_FLAT:.0%}"]
    return "\n".join(lines)


def _row(size: Size, first: Size) -> str:
    reads = size.reads
    return (
        f"{size.devices:>8}{size.interval:>9g}{reads.varbinds:>11}{reads.cpu:>9.3f}{size.cost:>12.2f}"
        f"{size.cost / first.cost:>10.2f}{size.rest.cpu:>16.3f}{reads.others:>8.1f}"
        f"{size.series:>10}{reads.resident / 2**20:>7.0f}"
    )
