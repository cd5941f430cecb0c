"""The poll wheel: what is due next on the monotonic clock, with jitter, no backlog, and one run of a thing at a time."""

import asyncio
import heapq
import itertools
import logging
import math
import zlib
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field

from wenyam.clock import Clock

_LOG = logging.getLogger(__name__)

GRAIN_SECONDS = 0.02
"""Starts closer together than this share one wake-up."""

_LONGEST_SHARED, _PARTS = 0.1, 100
"""Turns by jitter are put on common moments, a hundredth of their interval apart or a tenth of a second: a poll that shares its
wake-up with others costs half of one that comes alone."""
_SHORTEST_SHARED, _FEWEST = 0.05, 10
"""Moments of short intervals are not closer together, as long as there are so many of them."""

Action = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Entry:
    key: Hashable
    interval: float
    action: Action
    phase: float
    """One of its regular turns; a hastened run does not shift them, so that the spread stays even."""
    due: float
    order: int
    running: bool = False
    again: float | None = None
    """Asked for while running: start again this soon after it ends."""
    removed: bool = False


@dataclass(slots=True)
class WheelFigures:
    """How punctual the wheel is."""

    started: int = 0
    skipped: int = 0
    """Rounds left out because the last one still ran."""
    late: float = 0.0
    """Seconds by which all starts together were late."""
    latest: float = 0.0
    """Worst lateness of a start in seconds since the last reset."""


@dataclass(slots=True)
class Wheel:
    """Starts entries when due. `run()` lives as long as the watcher."""

    clock: Clock
    figures: WheelFigures = field(default_factory=WheelFigures)
    _entries: dict[Hashable, _Entry] = field(default_factory=dict)
    _heap: list[tuple[float, int, _Entry]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _until: float = float("inf")
    """When the wheel will look again by itself."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, key: Hashable, interval: float, action: Action, *, first: float | None = None) -> None:
        """Run `action` every `interval` seconds, the first time after `first` (by default a stable share of the interval)."""
        self.remove(key)
        now = self.clock.monotonic()
        turn = shared(now + jitter(key, interval), interval) if first is None else now + first
        entry = _Entry(key, interval, action, turn, turn, next(self._order))
        self._entries[key] = entry
        self._push(entry)

    def sync(self, wanted: Mapping[Hashable, tuple[float, Action]]) -> set[Hashable]:
        """Make the wheel hold exactly these; an entry whose interval stays keeps its rhythm and gets the new action.

        Returns the keys that are new or have a new rhythm.
        """
        begun: set[Hashable] = set()
        for key in self._entries.keys() - wanted.keys():
            self.remove(key)
        for key, (interval, action) in wanted.items():
            known = self._entries.get(key)
            if known is not None and known.interval == interval:
                known.action = action
            else:
                self.add(key, interval, action)
                begun.add(key)
        return begun

    def remove(self, key: Hashable) -> None:
        """Forget an entry; a run under way is left to end."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            entry.removed = True

    def hasten(self, key: Hashable, delay: float) -> None:
        """Run an entry again `delay` seconds from now (or from the end of its present run) instead of at its next turn."""
        entry = self._entries.get(key)
        if entry is None:
            return
        if entry.running:
            entry.again = delay if entry.again is None else min(entry.again, delay)
            return
        due = self.clock.monotonic() + delay
        if due < entry.due:
            entry.due = due
            self._push(entry)

    def known(self) -> set[Hashable]:
        """Return what is on the wheel."""
        return set(self._entries)

    async def run(self) -> None:
        """Start what is due, for ever; cancel to stop."""
        while True:
            self._start_due()
            self._changed.clear()
            wait = self._heap[0][0] - self.clock.monotonic() if self._heap else 3600.0
            await self._sleep(max(GRAIN_SECONDS, wait) if self._heap else wait)

    async def stop(self) -> None:
        """Cancel the runs under way and wait for them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sleep(self, seconds: float) -> None:
        """Sleep until something is due or something sooner is on the wheel, which is looked at after the grain at the latest."""
        if seconds <= GRAIN_SECONDS:
            await self.clock.sleep(seconds)
            return
        self._until = self.clock.monotonic() + seconds
        sleeper = asyncio.create_task(self.clock.sleep(seconds))
        sleeper.add_done_callback(self._woken)
        try:
            await self._changed.wait()
        finally:
            sleeper.remove_done_callback(self._woken)
            sleeper.cancel()

    def _woken(self, _sleeper: "asyncio.Task[None]") -> None:
        self._changed.set()

    def _push(self, entry: _Entry) -> None:
        heapq.heappush(self._heap, (entry.due, entry.order, entry))
        if entry.due < self._until:
            self._changed.set()

    def _start_due(self) -> None:
        now = self.clock.monotonic()
        while self._heap and self._heap[0][0] <= now:
            due, _, entry = heapq.heappop(self._heap)
            if entry.removed or due != entry.due:
                continue
            self._start(entry, now)

    def _start(self, entry: _Entry, now: float) -> None:
        late = now - entry.due
        self.figures.late += late
        self.figures.latest = max(self.figures.latest, late)
        # A late start keeps the rhythm; turns that have passed altogether are left out, never made up for.
        turn = (now - entry.phase) // entry.interval + 1
        entry.due = entry.phase + entry.interval * turn
        if entry.due <= now:  # rounding: a turn that is now would be started for ever
            entry.due = entry.phase + entry.interval * (turn + 1)
        self._push(entry)
        if entry.running:
            self.figures.skipped += 1
            return
        entry.running = True
        self.figures.started += 1
        task = asyncio.create_task(self._run(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, entry: _Entry) -> None:
        try:
            await entry.action()
        except Exception:  # noqa: BLE001  # one entry's own fault must not stop the wheel; it is logged
            _LOG.exception("a run of %s failed in a way nobody foresaw", entry.key)
        finally:
            entry.running = False
            again, entry.again = entry.again, None
        if again is not None and not entry.removed:
            self.hasten(entry.key, again)


def shared(turn: float, interval: float) -> float:
    """Return the common moment at or after a turn."""
    apart = min(_LONGEST_SHARED, max(interval / _PARTS, min(_SHORTEST_SHARED, interval / _FEWEST)))
    return math.ceil(turn / apart) * apart


def jitter(key: Hashable, interval: float) -> float:
    """Return a stable share of the interval, so that polls spread evenly and restarts keep the spread."""
    return interval * (zlib.crc32(repr(key).encode()) / 2**32)
