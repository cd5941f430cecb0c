"""Long work in the event loop, in slices, so that polls in between are not late."""

from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from wenyam.clock import Clock
from wenyam.engine.wheel import GRAIN_SECONDS

SLICE_SECONDS = 0.001
"""How long the event loop may be kept busy at a stretch when it has little else to do."""

_SHARE = 4
"""A slice is this part of what the others took before it: work that can wait takes a fifth of a busy loop."""

_T = TypeVar("_T")


async def in_slices(clock: Clock, items: Iterable[_T]) -> AsyncIterator[_T]:
    """Yield each of the items; after every slice others have their turn, so what is gone through must not change its size.

    A slice is a part of what the others' turn before it took, up to what the wheel calls one moment: were slices always short,
    work beside a busy loop would never come to its end.
    """
    began, slice_seconds = clock.monotonic(), SLICE_SECONDS
    for item in items:
        yield item
        if (now := clock.monotonic()) - began > slice_seconds:
            await clock.sleep(0)
            began = clock.monotonic()
            slice_seconds = min(max((began - now) / _SHARE, SLICE_SECONDS), GRAIN_SECONDS)
