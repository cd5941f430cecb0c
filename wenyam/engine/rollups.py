"""Rollups: once a minute the few series worth keeping for sparklines (design D21); the rest is Prometheus's."""

from collections.abc import Iterator, Mapping

from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.engine.latest import Latest
from wenyam.engine.slices import in_slices
from wenyam.model.instants import Instant
from wenyam.model.inventory import Device
from wenyam.model.samples import Family, Labels
from wenyam.model.states import State
from wenyam.store.interface import RollupRow

HOUR = 3_600_000
MINUTE = 60_000
KEPT = frozenset(
    {
        "memory_utilization_ratio",
        "temperature_celsius",
        "ups_battery_charge_ratio",
        "ups_output_load_ratio",
    }
)
CPU = "cpu_utilization_ratio"
CPU_ALL: Labels = (("cpu", "all"),)
NOTHING = float("nan")


class Rollups:
    """Turns the latest values into points."""

    def __init__(self, clock: Clock, board: Board, latest: Latest) -> None:
        """Take where states and values are."""
        self._clock = clock
        self._board = board
        self._latest = latest
        self._devices: Mapping[str, Device] = {}

    def configure(self, devices: Mapping[str, Device]) -> None:
        """Take the devices to keep."""
        self._devices = devices

    async def rows(self) -> list[RollupRow]:
        """Return this minute's point of every kept series."""
        now = self._clock.now()
        hour, minute = Instant(now - now % HOUR), now % HOUR // MINUTE
        found = []
        async for device in in_slices(self._clock, self._devices.values()):
            state = self._board.state(device.subject)
            if state is not State.UNKNOWN:
                found.append(_row(device.name, "up", hour, minute, float(state is State.UP)))
            for series, value in self._values(device):
                found.append(_row(device.name, series, hour, minute, value))
        return found

    def _values(self, device: Device) -> Iterator[tuple[str, float]]:
        for family in self._latest.families(device.name):
            if family.name == CPU and CPU_ALL in family.labels:
                yield CPU, family.values[family.labels.index(CPU_ALL)]
            elif family.name in KEPT:
                yield from _series(family)
            elif family.name.startswith("rate(interface_"):
                yield from _marked(family, device.marked_interfaces)


def _series(family: Family) -> Iterator[tuple[str, float]]:
    for sample in family:
        yield series_name(family.name, sample.labels), sample.value


def _marked(family: Family, marked: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for sample in family:
        if sample.labels and sample.labels[0][1] in marked:
            yield series_name(family.name, sample.labels), sample.value


def series_name(name: str, labels: Labels) -> str:
    """Write a sample's name and labels as one text, the key of a series."""
    return name + ("{" + ",".join(f"{key}={value!r}" for key, value in labels) + "}" if labels else "")


def _row(device: str, series: str, hour: Instant, minute: int, value: float) -> RollupRow:
    points = [NOTHING] * 60
    points[minute] = value
    return RollupRow(device, series, hour, tuple(points))
