"""Pulses: loops that must show life. Whoever feeds a watchdog asks here whether all of them do."""

from collections.abc import Callable

from wenyam.clock import Clock


class Pulse:
    """When each loop last beat, and how long it may be silent."""

    def __init__(self, clock: Clock) -> None:
        """Expect nobody yet."""
        self._clock = clock
        self._limits: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._sources: dict[str, Callable[[], float]] = {}

    def expect(self, name: str, limit: float) -> None:
        """From now on this loop must beat at least every `limit` seconds."""
        self._limits[name] = limit
        self._last[name] = self._clock.monotonic()

    def follow(self, name: str, limit: float, last: Callable[[], float]) -> None:
        """Expect a loop that notes by itself when it last came round, on the monotonic clock."""
        self._limits[name] = limit
        self._sources[name] = last

    def release(self, name: str) -> None:
        """Expect this loop no more: it was stopped on purpose."""
        self._limits.pop(name, None)
        self._last.pop(name, None)
        self._sources.pop(name, None)

    def beat(self, name: str) -> None:
        """Note that this loop has come round."""
        self._last[name] = self._clock.monotonic()

    def age(self, name: str) -> float:
        """Return the seconds since a loop last beat; 0 for one that nobody expects."""
        now = self._clock.monotonic()
        return now - (self._sources[name]() if name in self._sources else self._last.get(name, now))

    def silent(self) -> tuple[str, ...]:
        """Return the loops that have been silent for too long."""
        return tuple(name for name, limit in self._limits.items() if self.age(name) > limit)
