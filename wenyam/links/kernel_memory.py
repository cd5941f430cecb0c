"""Asks the kernel for large pages: madvise(2) with MADV_COLLAPSE, which Linux knows since 6.1 and which needs no right.

What a watcher keeps of thousands of devices lies all over its memory. With pages of 4 KiB the processor spends a third of a poll
on finding out where each of them is.
"""

import ctypes
import logging
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_LOG = logging.getLogger(__name__)

_COLLAPSE = 25
"""MADV_COLLAPSE of <linux/mman.h>: put these pages together into a large one now."""
_MAPS = Path("/proc/self/maps")
_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_OURS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ 00:00 0\s+(?:\[heap\]\s*)?$")
"""A private mapping of no file, as proc(5) writes it; not the stack."""

Region = tuple[int, int]
"""Address and bytes."""


def resident_bytes(process: int | None = None) -> int:
    """Return how much of a process, or of this one, is in memory; OSError when there is no such process."""
    statistics = Path(f"/proc/{process or 'self'}/statm").read_text(encoding="ascii")
    return int(statistics.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def large_page_bytes(settings: Path = _SETTINGS) -> int:
    """Return the size of a large page; 0 where the kernel has none or its administrator wants none."""
    try:
        if "[never]" in (settings / "enabled").read_text(encoding="ascii"):
            return 0
        return int((settings / "hpage_pmd_size").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def regions(maps: Iterable[str], size: int) -> Iterator[Region]:
    """Yield every piece of our own memory that can be one large page."""
    for line in maps:
        found = _OURS.match(line)
        if found:
            begin, end = int(found[1], 16), int(found[2], 16)
            yield from ((address, size) for address in range(-(-begin // size) * size, end - size + 1, size))


def use_large_pages() -> int:
    """Have all our memory put on large pages, and return how many it has now; 0 where there are none.

    Blocks for up to a millisecond a page, others meanwhile only where they need new memory: call it in a thread.
    """
    size = large_page_bytes()
    if not size:
        return 0
    advise = ctypes.CDLL(None, use_errno=True).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    with _MAPS.open(encoding="utf-8", errors="replace") as maps:
        found = list(regions(maps, size))
    # What was given back meanwhile, or has no room in one piece, stays as it is.
    given: int = sum(advise(address, length, _COLLAPSE) == 0 for address, length in found)
    _LOG.debug("%d of %d pieces of memory are on large pages", given, len(found))
    return given
