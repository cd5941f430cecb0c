"""Python's cycle collector, out of the way while an answer about everything is put together."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
