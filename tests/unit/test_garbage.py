"""Memory of programs that run for long, each case in a process of its own."""

import subprocess
import sys

PIECES = """
import gc
from wenyam import garbage
from wenyam.links.kernel_memory import resident_bytes
{first}
def used():
    large = bytearray(8 * 2**20)
    large[::4096] = b"x" * len(large[::4096])
    behind = [bytearray(400) for _ in range(4000)]
    return behind
kept = [used()]
before = resident_bytes()
kept += [used() for _ in range(4)]
print((resident_bytes() - before) // 2**20)
"""
FROZEN = """
import gc
from wenyam import garbage
held = [[]]
garbage.spare_what_is_held()
later = [[]]
found = gc.get_objects()
print(any(each is held for each in found), any(each is later for each in found))
"""


def said(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_large_pieces_are_given_back_though_small_ones_came_behind_them() -> None:
    alone, asked = (int(said(PIECES.format(first=line))) for line in ("", "assert garbage.give_back_large_pieces()"))
    assert alone > 8, "malloc does so by itself here: what we ask of it is for nothing"
    assert asked <= 8


def test_what_is_held_is_not_searched_again() -> None:
    assert said(FROZEN) == "False True"
