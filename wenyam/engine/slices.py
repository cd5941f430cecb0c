"""Long work in the event loop, in slices, so that polls in between are not late."""

from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from wenyam.clock import Clock

SLICE_SECONDS = 0.002
"""How long the event loop may be kept busy at a stretch: a tenth of what the wheel calls one moment."""

_T = TypeVar("_T")


async def in_slices(clock: Clock, items: Iterable[_T]) -> AsyncIterator[_T]:
    """Yield each of the items; after every slice others have their turn, so what is gone through must not change its size."""
    began = clock.monotonic()
    for item in items:
        yield item
        if clock.monotonic() - began > SLICE_SECONDS:
            await clock.sleep(0)
            began = clock.monotonic()
