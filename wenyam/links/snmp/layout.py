"""Where the values stand in a body that comes again and again: everything but them is compared at once, then they are taken out.

A name, a type or a length that is another than before makes it another layout, and the body is read in full. Values are always
those of the body at hand; what is kept between two bodies only says where they are and which need not be decoded again.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache

from wenyam.links.snmp import codec
from wenyam.links.snmp.codec import Value

_NUMBER_SIZES = frozenset(range(1, 10))


class Layout:
    """The shape of one body. Bodies of one shape have the same length, names, types and lengths of values."""

    __slots__ = ("_fixed", "_form", "_length", "_mask", "sizes", "tags")

    def __init__(self, body: bytes) -> None:
        """Take the shape of a body that `codec.read_body` could read."""
        spans = codec.value_spans(body)
        self.tags = bytes(tag for tag, _, _ in spans)
        self.sizes = tuple(stop - start for _, start, stop in spans)
        self._length = len(body)
        self._form, self._mask = _shape(len(body), tuple((start, stop) for _, start, stop in spans))
        self._fixed = int.from_bytes(body, "little") & self._mask

    def contents(self, body: bytes) -> tuple[bytes, ...] | None:
        """Return the content bytes of every value; None when the body has another shape."""
        if len(body) != self._length or int.from_bytes(body, "little") & self._mask != self._fixed:
            return None
        return self._form.unpack(body)

    def decode(self, contents: Sequence[bytes], places: slice) -> list[Value]:
        """Return the values of these places; MalformedReplyError as `codec.value`."""
        tags = self.tags[places]
        if codec.UNSIGNED.issuperset(tags) and _NUMBER_SIZES.issuperset(self.sizes[places]):
            return list(map(int.from_bytes, contents[places]))
        return list(map(codec.value, tags, contents[places]))


@lru_cache(maxsize=1024)
def _shape(length: int, spans: tuple[tuple[int, int], ...]) -> tuple[struct.Struct, int]:
    """Return what takes the values out and the bits of everything else; devices of one model share it."""
    mask = bytearray(b"\xff" * length)
    form, position = ["<"], 0
    for start, stop in spans:
        form.append(f"{start - position}x{stop - start}s")
        mask[start:stop] = bytes(stop - start)
        position = stop
    form.append(f"{length - position}x")
    return struct.Struct("".join(form)), int.from_bytes(mask, "little")
