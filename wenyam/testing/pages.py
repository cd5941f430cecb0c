"""Pages of the documentation as tests read them: the blocks to type, and what is shown as their output."""

import re
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = r"^```{}\n(.*?)^```$"
_OPEN = "…"
"""Stands for whatever differs from machine to machine."""


def typed(page: str) -> list[str]:
    """Return the shell blocks of a page in order."""
    return _blocks(page, "sh")


def unseen(page: str, printed: str) -> list[str]:
    """Return the lines that a page shows as output and that were not printed, in this order, by its blocks."""
    lines, place, missing = [_even(line) for line in printed.splitlines()], 0, []
    for wanted in _shown(page):
        pattern = re.compile(".*".join(map(re.escape, wanted.split(_OPEN))))
        found = next((number for number in range(place, len(lines)) if pattern.fullmatch(lines[number])), None)
        if found is None:
            missing.append(wanted)
        else:
            place = found + 1
    return missing


def _shown(page: str) -> Iterator[str]:
    for block in _blocks(page, "text"):
        yield from filter(None, map(_even, block.splitlines()))


def _even(line: str) -> str:
    """Return a line without its columns: how wide they are follows from what else is in them."""
    return " ".join(line.split())


def _blocks(page: str, kind: str) -> list[str]:
    return re.findall(_BLOCK.format(kind), (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
