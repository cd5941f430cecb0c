"""Long work leaves the event loop free between its slices."""

import asyncio

from wenyam.clock import SystemClock
from wenyam.engine.slices import SLICE_SECONDS, in_slices


async def test_others_have_their_turn_while_long_work_goes_on() -> None:
    clock, turns = SystemClock(), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    seen = []
    async for item in in_slices(clock, range(5)):
        seen.append(item)
        end = clock.monotonic() + SLICE_SECONDS
        while clock.monotonic() <= end:
            pass
    beside.cancel()
    assert seen == [0, 1, 2, 3, 4]
    assert turns > 1  # how often depends on how busy the machine is: slices grow with it
