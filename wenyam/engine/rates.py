"""Counters become rates a second: resets take a new base, 32-bit wraps are counted only where they can be true.

Counters by RFC 2578 section 7.1.6 and RFC 2863 section 3.1.6; sysUpTime counts hundredths in 32 bits and wraps at 497 days.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wenyam.checks.parameters import rate_of
from wenyam.model.samples import Family, Labels

COUNTER_SUFFIX = "_total"
UPTIME = "system_uptime_seconds"
SPEED = "interface_speed_bytes_per_second"

_WRAP = 2.0**32
_UPTIME_WRAP = _WRAP / 100
_SMALLEST_PACKET = 64
"""Bytes; no link carries more packets a second than its speed over this."""
_SPEED_TOLERANCE = 1.05
"""A device's counters and our clock are not read in the same instant."""


@dataclass(frozen=True, slots=True)
class _Base:
    """What one family was when it was last read."""

    labels: tuple[Labels, ...]
    values: tuple[float, ...]
    at: float


@dataclass(slots=True)
class Rates:
    """The last counters of one device and job. A reading that lacks a family leaves that family's base as it was."""

    _bases: dict[str, _Base] = field(default_factory=dict)
    _uptime: _Base | None = None
    _speed: Family | None = None
    _wide: set[str] = field(default_factory=set)
    """Families seen above 32 bits: a decrease is never a wrap."""

    def advance(self, families: Iterable[Family], at: float) -> tuple[Family, ...]:
        """Take a reading made at this monotonic second; return `rate(NAME)` for each counter that has a base."""
        read = {family.name: family for family in families}
        self._speed = read.get(SPEED, self._speed)
        steady = self._no_restart(read.get(UPTIME), at)
        found = (self._rate(family, at, steady) for name, family in read.items() if name.endswith(COUNTER_SUFFIX))
        return tuple(family for family in found if family is not None)

    def _no_restart(self, uptime: Family | None, at: float) -> bool:
        """Tell whether the device is known to have run on since the last reading; forget all bases if it restarted."""
        if uptime is None or not uptime.values:
            return False
        before, self._uptime = self._uptime, _Base(uptime.labels, uptime.values, at)
        if before is None:
            return False
        if _ran_on(before.values[0], uptime.values[0], at - before.at):
            return True
        self._bases.clear()
        return False

    def _rate(self, family: Family, at: float, steady: bool) -> Family | None:  # noqa: FBT001  # inner step of advance
        base = self._bases.get(family.name)
        if base is not None and base.at == at:
            return None
        self._bases[family.name] = _Base(family.labels, family.values, at)
        if base is None or at < base.at or not family.values:
            return None
        seconds = at - base.at
        if family.labels is base.labels or family.labels == base.labels:
            rates = [(new - old) / seconds for new, old in zip(family.values, base.values, strict=True)]
            if min(rates) >= 0 and math.isfinite(sum(rates)):
                return Family(rate_of(family.name), family.labels, tuple(rates))
        return self._row_by_row(family, base, seconds, steady)

    def _row_by_row(self, family: Family, base: _Base, seconds: float, steady: bool) -> Family | None:  # noqa: FBT001  # as above
        """Match rows by labels; leave out new, ambiguous, reset and impossible ones."""
        if any(value >= _WRAP for value in (*family.values, *base.values)):
            self._wide.add(family.name)
        may_wrap = steady and family.name not in self._wide
        known = _unambiguous(base.labels, base.values)
        rows: list[tuple[Labels, float]] = []
        for labels, new in _unambiguous(family.labels, family.values).items():
            old = known.get(labels, math.nan)
            grown = new - old
            if grown < 0 and may_wrap and self._fits(family.name, labels, (grown + _WRAP) / seconds):
                grown += _WRAP
            if grown >= 0 and math.isfinite(grown):
                rows.append((labels, grown / seconds))
        if not rows:
            return None
        return Family(rate_of(family.name), tuple(row[0] for row in rows), tuple(row[1] for row in rows))

    def _fits(self, name: str, labels: Labels, rate: float) -> bool:
        """Tell whether the interface is known to be fast enough for this rate."""
        if self._speed is None or labels not in self._speed.labels:
            return False
        speed = self._speed.values[self._speed.labels.index(labels)]
        most = speed if name.endswith("_bytes_total") else speed / _SMALLEST_PACKET
        return rate <= most * _SPEED_TOLERANCE


def _ran_on(before: float, now: float, elapsed: float) -> bool:
    """Tell whether an uptime went on by about the time that passed; going through its 497-day wrap is going on."""
    slack = max(30.0, elapsed / 10)
    expected = before + elapsed
    return now >= expected - slack or abs(expected - _UPTIME_WRAP - now) <= slack


def _unambiguous(labels: Sequence[Labels], values: Sequence[float]) -> dict[Labels, float]:
    """Return values by labels; labels that two rows share become no number, since nobody knows which is which."""
    rows: dict[Labels, float] = {}
    for row, value in zip(labels, values, strict=True):
        rows[row] = math.nan if row in rows else value
    return rows
