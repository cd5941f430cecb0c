"""`scripts/bench tui`: the dashboard of a large site on a terminal of its own: first paint, keys, CPU, memory."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wenyam.links.kernel_memory import resident_bytes
from wenyam.testing.bench.counters import cpu_seconds
from wenyam.testing.bench.report import machine

ROWS, COLUMNS = 48, 160
KEYS = b"jjjjjjkkkGkkkjjjg" + b"1243" + b"jjjjg" + b"jj\r3"
"""Pressed again and again: moving, both ends, other screens, a device; each changes what is seen, so that no later tick counts
as its."""
_TIMES = 8
_TOO_LONG = 60.0
_QUIET, _GAP = 0.15, 0.03
"""Seconds without output after which a screen, and what one key changed, is painted."""


class DashboardBenchError(AssertionError):
    """The dashboard did not do what was measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure, its unit and its aim."""

    what: str
    value: float
    unit: str
    aim: float

    @property
    def holds(self) -> bool:
        """Whether the aim is reached."""
        return self.value <= self.aim


class Terminal:
    """A dashboard in a terminal that somebody looks at."""

    def __init__(self, devices: int, checks: int, changes: float, looks: int = 0) -> None:
        """Start it."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._pipe, told = os.pipe()
        words = [sys.executable, "-m", "wenyam.testing.bench.dashboard_child", *map(str, (told, devices, checks, changes, looks))]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
        self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment, pass_fds=[told])
        os.close(slave)
        os.close(told)

    def ready(self) -> float:
        """Wait until the site is made and return the moment (monotonic) at which the dashboard began."""
        with open(self._pipe, "rb") as stream:  # noqa: PTH123  # a descriptor has no path
            line = stream.readline()
        if not line.startswith(b"ready "):
            raise DashboardBenchError(f"the dashboard did not begin: {line!r}")
        return float(line.split()[1])

    def press(self, key: bytes) -> float:
        """Press a key and return the seconds until the last of its output, 0 when it changed nothing."""
        begun = time.monotonic()
        os.write(self._master, key)
        return max(0.0, self.read_until_quiet(gap=_GAP) - begun)

    def read_until_quiet(self, first: float = 1.0, gap: float = _QUIET) -> float:
        """Read until nothing comes for a while and return when the last output came; 0 when none came at all."""
        last, wait = 0.0, first
        while select.select([self._master], [], [], wait)[0]:
            if not os.read(self._master, 1 << 20):
                break
            last, wait = time.monotonic(), gap
        return last

    def read_until(self, wanted: bytes) -> float:
        """Read until these bytes came and return the moment."""
        seen, end = b"", time.monotonic() + _TOO_LONG
        while wanted not in seen:
            if time.monotonic() > end or self.process.poll() is not None:
                raise DashboardBenchError(f"{wanted!r} did not come")
            if select.select([self._master], [], [], 0.2)[0]:
                seen = seen[-4096:] + os.read(self._master, 1 << 20)
        return time.monotonic()

    def watch(self, seconds: float) -> float:
        """Read what comes for some seconds and return the share of a core that was used meanwhile."""
        begun, cpu = time.monotonic(), cpu_seconds(self.process.pid)
        with contextlib.suppress(OSError):  # it ended: a terminal nobody holds open cannot be read
            while (left := begun + seconds - time.monotonic()) > 0:
                if select.select([self._master], [], [], left)[0]:
                    os.read(self._master, 1 << 20)
            return (cpu_seconds(self.process.pid) - cpu) / (time.monotonic() - begun)
        return 0.0

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@contextlib.contextmanager
def opened(devices: int, checks: int, changes: float, looks: int = 0) -> Iterator[Terminal]:
    """Open a terminal for a while."""
    terminal = Terminal(devices, checks, changes, looks)
    try:
        yield terminal
    finally:
        terminal.close()


def measure(devices: int, checks: int, seconds: float, looks: int, tell: Callable[[str], None]) -> list[Row]:
    """Measure a calm site, one with 50 changes a second, and an hour of it."""
    tell(f"{devices} devices with {checks} checks each, on a terminal of {COLUMNS}x{ROWS}")
    with opened(devices, checks, 0) as terminal:
        begun = terminal.ready()
        painted = terminal.read_until(b"host-00000") - begun
        terminal.read_until_quiet()
        tell("pressing keys")
        pressed = sorted(terminal.press(bytes([key])) for key in KEYS * _TIMES)
        terminal.press(b"3")
        tell(f"no change for {seconds:g} s")
        calm = terminal.watch(seconds)
    with opened(devices, checks, 50) as terminal:
        terminal.ready()
        terminal.read_until(b"host-00000")
        tell(f"50 changes a second for {seconds:g} s")
        terminal.watch(3.0)
        busy = terminal.watch(seconds)
    return [
        Row("first paint", painted, "s", 1.0),
        Row("key to paint, median", pressed[len(pressed) // 2] * 1000, "ms", 50.0),
        Row("key to paint, p99", pressed[int(len(pressed) * 0.99)] * 1000, "ms", 50.0),
        Row("CPU without a change", calm * 100, "% of a core", 10.0),
        Row("CPU at 50 changes a second", busy * 100, "% of a core", 25.0),
        _hour(devices, checks, looks, tell),
    ]


def _hour(devices: int, checks: int, looks: int, tell: Callable[[str], None]) -> Row:
    """Measure how much memory grows from the first tenth of the looks to the last."""
    tell(f"{looks} looks with 100 changes each, as fast as they go")
    with opened(devices, checks, 50, looks) as terminal:
        terminal.ready()
        sizes: list[int] = []
        while terminal.process.poll() is None:
            terminal.watch(0.5)
            with contextlib.suppress(OSError):  # it ended between two looks
                sizes.append(resident_bytes(terminal.process.pid))
        if terminal.process.returncode != 0:
            raise DashboardBenchError(f"the dashboard ended with exit code {terminal.process.returncode}")
    held = [size for size in sizes if size]
    if len(held) < 10:  # noqa: PLR2004  # too few to speak of a first tenth
        raise DashboardBenchError("the hour was over before memory could be looked at")
    grown = held[-2] / max(held[: len(held) // 10 + 1]) - 1
    return Row(f"memory grown over {looks * 2 / 3600:g} h of changes", grown * 100, "%", 5.0)


def table(rows: Sequence[Row]) -> str:
    """Write the figures for people."""
    lines = [f"{'what':40}  {'value':>9}  {'aim':>7}  unit"]
    missed = {False: "   NOT REACHED", True: ""}
    lines += [f"{row.what:40}  {row.value:>9.2f}  {row.aim:>7.0f}  {row.unit}{missed[row.holds]}" for row in rows]
    return "\n".join(lines)


def as_data(devices: int, checks: int, rows: Sequence[Row]) -> dict[str, Any]:
    """Write the figures as versioned data."""
    figures = [{"what": row.what, "value": row.value, "unit": row.unit, "aim": row.aim, "holds": row.holds} for row in rows]
    return {"version": 1, "machine": machine(), "devices": devices, "checks": devices * checks, "figures": figures}
