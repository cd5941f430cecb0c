"""Large pages: which pieces of memory can be one, and that the kernel really makes them."""

import mmap
import re
import subprocess
import sys
from pathlib import Path

from wenyam.links.kernel_memory import large_page_bytes, regions, resident_bytes

MAPS = """\
55d0c8a00000-55d0c8e01000 rw-p 00000000 00:00 0                          [heap]
7f2a3c000000-7f2a3c3ff000 rw-p 00000000 00:00 0
7f2a3d000000-7f2a3d400000 r--p 00000000 00:00 0
7f2a3e000000-7f2a3e400000 rw-s 00000000 00:01 1026                       /dev/shm/ring
7f2a3f000000-7f2a3f400000 rw-p 00200000 fe:00 131                        /usr/lib/libc.so.6
7f2a40100000-7f2a40700000 rw-p 00000000 00:00 0
7ffd1c000000-7ffd1c400000 rw-p 00000000 00:00 0                          [stack]
"""
TWO_MIB = 2 * 2**20
TAKES_MEMORY = """
from pathlib import Path
from wenyam.links.kernel_memory import use_large_pages
kept = [[number] for number in range(400_000)]
moved = use_large_pages()
print(moved, Path("/proc/self/smaps_rollup").read_text())
assert kept[399_999] == [399_999]
"""


def test_only_whole_large_pages_of_private_memory_without_a_file_are_asked_for() -> None:
    found = [(hex(address), size) for address, size in regions(MAPS.splitlines(keepends=True), TWO_MIB)]
    assert found == [
        ("0x55d0c8a00000", TWO_MIB),
        ("0x55d0c8c00000", TWO_MIB),
        ("0x7f2a3c000000", TWO_MIB),
        ("0x7f2a40200000", TWO_MIB),
        ("0x7f2a40400000", TWO_MIB),
    ]


def test_a_kernel_without_large_pages_or_an_administrator_who_wants_none_is_respected(tmp_path: Path) -> None:
    assert large_page_bytes(tmp_path) == 0
    (tmp_path / "hpage_pmd_size").write_text("2097152\n")
    (tmp_path / "enabled").write_text("always madvise [never]\n")
    assert large_page_bytes(tmp_path) == 0
    (tmp_path / "enabled").write_text("always [madvise] never\n")
    assert large_page_bytes(tmp_path) == TWO_MIB


def test_memory_of_a_real_process_comes_to_lie_on_large_pages_where_the_kernel_has_them() -> None:
    said = subprocess.run([sys.executable, "-c", TAKES_MEMORY], capture_output=True, text=True, check=True).stdout
    huge = re.search(r"AnonHugePages:\s+(\d+) kB", said)
    assert huge is not None
    moved = int(said.split()[0])
    assert int(huge[1]) * 1024 >= moved * large_page_bytes()
    assert moved > 0 or not _collapses()


def test_what_is_taken_is_resident() -> None:
    before = resident_bytes()
    taken = mmap.mmap(-1, 64 * 2**20)
    taken.write(b"x" * len(taken))
    assert resident_bytes() - before > 60 * 2**20
    taken.close()


def _collapses() -> bool:
    """Tell whether this kernel is one that does it: 6.1 or later, and not told never to."""
    release = re.match(r"(\d+)\.(\d+)", Path("/proc/sys/kernel/osrelease").read_text())
    assert release is not None
    return large_page_bytes() > 0 and (int(release[1]), int(release[2])) >= (6, 1)
