"""Rollups: one packed float32 row per series and hour (design D21), 60 points of one minute each."""

import math
import sqlite3
import struct
from collections.abc import Sequence

from wenyam.model.instants import Instant, Period
from wenyam.store.chain import storable
from wenyam.store.interface import RollupRow
from wenyam.store.queries import query
from wenyam.store.transaction import Transaction

POINTS = 60
HOUR = 3_600_000
"""Milliseconds."""
_PACKED = struct.Struct(f"<{POINTS}f")
_LARGEST = 3.4028235e38
NOTHING = (float("nan"),) * POINTS
"""An hour without a reading."""


def pack(points: Sequence[float]) -> bytes:
    """Return 60 points as 240 bytes; what float32 cannot hold becomes infinity. ValueError unless there are 60."""
    if len(points) != POINTS:
        raise ValueError(f"an hour has {POINTS} points, not {len(points)}")
    try:
        return _PACKED.pack(*points)
    except OverflowError:
        return _PACKED.pack(*(math.copysign(math.inf, point) if abs(point) > _LARGEST else point for point in points))


def unpack(data: bytes) -> tuple[float, ...]:
    """Return the points of a packed hour."""
    return _PACKED.unpack(data)


def merged(old: Sequence[float], new: Sequence[float]) -> tuple[float, ...]:
    """Return the old points with every new one that is a number in its place."""
    return tuple(before if math.isnan(after) else after for before, after in zip(old, new, strict=True))


def write(transaction: Transaction, rows: Sequence[RollupRow], known: dict[tuple[str, str], int]) -> None:
    """Merge rows into their hours; `known` keeps the numbers of series between calls (a series is never removed)."""
    _learn(transaction, [_key(row) for row in rows], known)
    for row in rows:
        number = known[_key(row)]
        hour = row.hour - row.hour % HOUR
        found = transaction.execute("rollup_points", (hour, number)).fetchone()
        points = row.points if found is None else merged(unpack(found[0]), row.points)
        transaction.execute("put_rollup", (hour, number, pack(points)))


def _key(row: RollupRow) -> tuple[str, str]:
    return storable(row.device), storable(row.series)


def _learn(transaction: Transaction, keys: Sequence[tuple[str, str]], known: dict[tuple[str, str], int]) -> None:
    if all(key in known for key in keys):
        return
    known.update({(device, name): number for number, device, name in transaction.execute("series")})
    for key in keys:
        if key not in known:
            known[key] = int(transaction.execute("insert_series", key).lastrowid or 0)


def read(connection: sqlite3.Connection, device: str, period: Period) -> list[RollupRow]:
    """Return the hours of a device that begin in the period's hours, by series and time."""
    first = period.start - period.start % HOUR
    hours = [row[0] for row in connection.execute(query("rollup_hours"), (first, period.end))]
    rows = connection.execute(query("rollups_of_device"), (f"[{','.join(map(str, hours))}]", device))
    return [RollupRow(name, series, Instant(hour), unpack(points)) for name, series, hour, points in rows]
