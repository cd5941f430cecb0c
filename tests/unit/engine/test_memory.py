"""The watcher's memory is looked after when it has grown, and once an hour; a small one is left alone."""

import gc

from wenyam.engine.memory import AGAIN_SECONDS, WORTH_BYTES, MemoryCare
from wenyam.links.kernel_memory import large_page_bytes, resident_bytes
from wenyam.testing.clock import FakeClock


async def test_what_has_grown_is_frozen_once_and_moved_again_after_an_hour() -> None:
    clock = FakeClock()
    care = MemoryCare(clock)
    kept = _touched(max(WORTH_BYTES, resident_bytes()))
    young = [[], []]  # type: list[list[int]]
    try:
        await care.look()
        assert gc.get_freeze_count() > 0
        frozen = gc.get_freeze_count()
        assert not any(each is young for each in gc.get_objects()), "what was there is not looked through any more"
        assert not await care.look()
        assert gc.get_freeze_count() <= frozen
        await clock.advance(AGAIN_SECONDS + 1)
        later = [[]]  # type: list[list[int]]
        await care.look()
        assert any(each is later for each in gc.get_objects()), "moved, but not frozen: nothing has grown"
        assert len(kept) >= WORTH_BYTES
    finally:
        gc.unfreeze()


async def test_a_growth_too_small_to_be_frozen_is_moved_once_when_it_is_over() -> None:
    clock = FakeClock()
    care = MemoryCare(clock)
    kept = [_touched(max(WORTH_BYTES, resident_bytes()))]
    can_move = large_page_bytes() > 0
    try:
        assert await care.look() is can_move
        assert not await care.look()
        kept.append(_touched(resident_bytes() // 12))
        assert not await care.look(), "it still grows"
        assert await care.look() is can_move, "it has come to rest"
        assert not await care.look()
    finally:
        gc.unfreeze()


def _touched(size: int) -> bytearray:
    kept = bytearray(size)
    kept[::4096] = b"x" * len(kept[::4096])
    return kept
