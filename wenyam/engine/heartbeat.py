"""The heartbeat of the work loop: proof that somebody was looking, second by second."""

import logging
from collections.abc import Callable

from wenyam.clock import Clock
from wenyam.errors import StoreError
from wenyam.model.instants import Instant, seconds_between
from wenyam.store.interface import Writer

_LOG = logging.getLogger(__name__)

Gap = Callable[[Instant, float], None]
Step = Callable[[float], None]

STEP_SECONDS = 1.5
"""A difference between the wall clock's and the monotonic clock's pace that is a step, not a drift."""


class Heartbeat:
    """Beats every second, and tells of every stretch of wall time in which nobody looked, and of every step of the clock.

    A stopped process moves both clocks, a suspended machine or a clock set forward only the wall's: either way that wall time was
    not watched. A clock set back makes observations seem younger than they are; the listener must set them back as well.
    """

    def __init__(self, clock: Clock, writer: Writer, interval: float, gap: float) -> None:
        """Take the parts; listeners are set by the watcher."""
        self._clock = clock
        self._writer = writer
        self._interval = interval
        self._gap = gap
        self.on_gap: Gap = lambda _since, _seconds: None
        """Gets the last instant somebody was looking, and the seconds of silence since."""
        self.on_step: Step = lambda _seconds: None
        """Gets the seconds the wall clock was set forward (negative: back)."""
        self._last = clock.monotonic()
        self._last_wall = clock.now()
        self.blind_until = clock.monotonic()
        """Observations whose probe started before this moment say nothing."""

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        return self._clock.monotonic() - self._last

    def check(self) -> None:
        """Notice a gap or a step. Called before every observation, so that a silence is known before what it spoiled."""
        now, wall = self._clock.monotonic(), self._clock.now()
        passed, shown = now - self._last, seconds_between(self._last_wall, wall)
        stepped = shown - passed
        if max(passed, shown) <= self._gap and abs(stepped) <= STEP_SECONDS:
            return
        seen = self._last_wall
        self._last, self._last_wall = now, wall
        self.blind_until = now
        if abs(stepped) > STEP_SECONDS:
            self.on_step(stepped)
        if max(passed, shown) > self._gap:
            self.on_gap(seen, max(passed, shown))

    def beat(self) -> None:
        """Note the gap if there was one, then record that we are here.

        A write of microseconds, made in the loop itself, so that a loop held up by its disk is seen as held up.
        """
        self.check()
        self._last, self._last_wall = self._clock.monotonic(), self._clock.now()
        try:
            self._writer.heartbeat(self._last_wall)
        except StoreError as error:
            _LOG.error("%s", error)

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            self.beat()
            await self._clock.sleep(self._interval)
