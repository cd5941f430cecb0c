"""Memory of programs that hold much for long: what is there to stay is not searched for garbage, what is not is given back."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

RARE: Final = 50_000
"""New objects after which a watcher's young ones are looked through; Python's own 700 is for programs that make few."""

_MMAP_THRESHOLD: Final = -3
"""M_MMAP_THRESHOLD of <malloc.h>."""
_LARGE_BYTES: Final = 1024 * 1024


def spare_what_is_held() -> None:
    """Take everything held now out of every later search; takes microseconds, because nothing is searched for it.

    A screen of the dashboard of 10,000 devices stood still for 130 ms while everything was looked through to find nothing.
    """
    gc.freeze()


def search_rarely() -> None:
    """Search less often, where every poll makes many objects: measured, a fifth of a poll's CPU went into it.

    Garbage stays until then, some tens of megabytes of it.
    """
    gc.set_threshold(RARE)


def give_back_large_pieces() -> bool:
    """Have pieces of a mebibyte and more given back to the kernel when they are freed; False where malloc is not glibc's.

    On its own, glibc puts such pieces between the small ones once the first was freed (mallopt(3), dynamic threshold), where one
    small piece behind them keeps them. A dashboard of 100,000 states, which makes tables of some megabytes anew at each look,
    grew by an eighth in an hour.
    """
    import ctypes  # noqa: PLC0415  # every question about the present imports this file, and only the dashboard asks for this

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, _LARGE_BYTES))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector: what an answer is made of holds no cycle, and looking for one takes a quarter of its time.

    Two threads may do so at once: whoever came first lets it run again, and the other is only slower for the rest.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
