"""Processor time from /proc/stat (proc(5))."""

from collections.abc import Mapping
from dataclasses import dataclass

_IDLE, _IO_WAIT, _STEAL = 3, 4, 7


@dataclass(frozen=True, slots=True)
class Ticks:
    """Clock ticks since the start: all of them, and the idle ones. Waiting for a disk is idle."""

    total: int
    idle: int


def read_ticks(text: str) -> dict[str, Ticks]:
    """Return the ticks of `all` and of each processor by number; guest time is already part of user time."""
    found: dict[str, Ticks] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) <= _IO_WAIT or not words[0].startswith("cpu"):
            continue
        counts = [int(word) for word in words[1 : _STEAL + 2] if word.isdigit()]
        if len(counts) > _IO_WAIT:
            found[words[0].removeprefix("cpu") or "all"] = Ticks(sum(counts), counts[_IDLE] + counts[_IO_WAIT])
    return found


def busy(before: Mapping[str, Ticks], after: Mapping[str, Ticks]) -> dict[str, float]:
    """Return the busy share of each processor; none that is new or whose counters went back (a restart)."""
    shares: dict[str, float] = {}
    for name, ticks in after.items():
        base = before.get(name)
        if base is None or ticks.total <= base.total:
            continue
        idle = min(max(ticks.idle - base.idle, 0), ticks.total - base.total)  # iowait can go back a little
        shares[name] = 1 - idle / (ticks.total - base.total)
    return shares
