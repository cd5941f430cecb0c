"""Object identifiers: dotted text for people, BER content bytes for the wire, and their true order."""

from functools import lru_cache
from itertools import pairwise

from wenyam.errors import MalformedReplyError

_CONTINUES = 0x80
_ARCS = 40
_LARGEST_ARC = 2**32 - 1


@lru_cache(maxsize=8192)
def encode(text: str) -> bytes:
    """Turn dotted text into BER content bytes (ITU-T X.690, 8.19); ValueError when it is no OID."""
    return content(tuple(int(part) for part in text.strip(".").split(".")))


def content(numbers: tuple[int, ...]) -> bytes:
    """Turn numbers into BER content bytes; ValueError when they are no OID."""
    if len(numbers) < 2 or numbers[0] > 2 or min(numbers) < 0 or max(numbers) > _LARGEST_ARC:  # noqa: PLR2004  # X.690: arcs 0-2
        raise ValueError(f"{'.'.join(map(str, numbers))} is no object identifier")
    joined = (numbers[0] * _ARCS + numbers[1], *numbers[2:])
    return bytes(joined) if max(joined) < _CONTINUES else b"".join(map(encode_arc, joined))


def encode_arc(arc: int) -> bytes:
    """Write one number in base 128, high bits first, all but the last byte marked."""
    if arc < _CONTINUES:
        return bytes((arc,))
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(arc & 0x7F | _CONTINUES)
    return bytes(reversed(groups))


def arcs(content: bytes) -> tuple[int, ...]:
    """Read a run of base-128 numbers; MalformedReplyError when the last one is cut off."""
    if content.isascii():
        return tuple(content)
    numbers: list[int] = []
    number = 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if byte < _CONTINUES:
            numbers.append(number)
            number = 0
    if content[-1] >= _CONTINUES:
        raise MalformedReplyError("an object identifier is cut off")
    return tuple(numbers)


@lru_cache(maxsize=8192)
def decode(content: bytes) -> str:
    """Turn BER content bytes into dotted text."""
    if not content:
        return ""
    return ".".join(map(str, arcs_of(content)))


def arcs_of(content: bytes) -> tuple[int, ...]:
    """Turn the BER content bytes of a whole name into its numbers."""
    first, *rest = arcs(content)
    top = min(first // _ARCS, 2)
    return (top, first - top * _ARCS, *rest)


def index_text(content: bytes) -> str:
    """Write a row's index (the arcs after its column) as dotted text."""
    return ".".join(map(str, arcs(content)))


def is_after(later: bytes, earlier: bytes) -> bool:
    """Tell whether one OID follows another in MIB order; byte order is the same only while every arc is one byte."""
    if later.isascii() and earlier.isascii():
        return later > earlier
    return arcs(later) > arcs(earlier)


def first_not_after(names: list[bytes]) -> int | None:
    """Return the position of the first OID that does not follow the one before it, or None when all increase."""
    for position, (earlier, later) in enumerate(pairwise(names)):
        if not is_after(later, earlier):
            return position + 1
    return None
