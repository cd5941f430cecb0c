"""A text as LINE takes it: at most 5,000 UTF-16 units in one message object, at most 5 objects in one call."""

from typing import Final

from wenyam.i18n.clean_text import ELLIPSIS

UNITS: Final = 5000
OBJECTS: Final = 5


def units(text: str) -> int:
    """Return the length as LINE counts it."""
    return len(text.encode("utf-16-le", "replace")) // 2


def pieces(text: str) -> list[str]:
    """Return the text in as few pieces as fit, cut between lines; the last one ends with an ellipsis when not all fits."""
    found = [""]
    for line in text.split("\n"):
        for part in _parts(line):
            joined = f"{found[-1]}\n{part}" if found[-1] else part
            if units(joined) <= UNITS:
                found[-1] = joined
            else:
                found.append(part)
    if len(found) <= OBJECTS:
        return found
    return [*found[: OBJECTS - 1], _cut(found[OBJECTS - 1], UNITS - 2) + "\n" + ELLIPSIS]


def _parts(line: str) -> list[str]:
    """Cut a line that is longer than a whole object; characters outside of UTF-16's first plane stay whole."""
    parts: list[str] = []
    while units(line) > UNITS:
        head = _cut(line, UNITS)
        parts.append(head)
        line = line[len(head) :]
    return [*parts, line]


def _cut(text: str, limit: int) -> str:
    head = text[:limit]
    while units(head) > limit:
        head = head[: len(head) - max(1, (units(head) - limit) // 2)]
    return head
