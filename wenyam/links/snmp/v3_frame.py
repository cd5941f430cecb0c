"""The outer parts of SNMP v3 messages (RFC 3412): taken apart without trust, and put together from pieces that stay the same."""

import struct
from dataclasses import dataclass, field
from functools import lru_cache

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec

_MAXIMUM_SIZE = 65_507
_USM = 3
_MOST_SHAPES = 16
"""Lengths of replies remembered for one engine; a plan has fewer packets."""
_VERSION = codec.integer(_USM)
_HEADER_TAILS = {
    flags: codec.integer(_MAXIMUM_SIZE) + codec.tagged(codec.OCTETS, bytes((flags,))) + codec.integer(_USM) for flags in range(8)
}
Span = tuple[int, int]


@dataclass(slots=True)
class Frame:
    """The parts of a message as received."""

    request: int
    flags: int
    engine: bytes
    boots: int
    time: int
    signature: Span
    salt: bytes
    scoped: Span
    changing: tuple[Span, ...]
    """Where the contents of request, time, signature and salt stand: all else is the same in most replies of one length."""


@dataclass(frozen=True, slots=True)
class _Shape:
    form: struct.Struct
    fixed: tuple[bytes, ...]
    frame: Frame


@dataclass(slots=True)
class Shapes:
    """Frames of an engine's last replies by length. What is the same byte for byte need not be taken apart again."""

    _known: dict[int, _Shape] = field(default_factory=dict)

    def frame(self, data: bytes) -> Frame:
        """Take a message apart; MalformedReplyError for what is none."""
        shape = self._known.get(len(data))
        if shape is not None:
            first, request, second, time, third, _, fourth, salt = shape.form.unpack_from(data)
            if (first, second, third, fourth) == shape.fixed:
                known = shape.frame
                number, moment = int.from_bytes(request, "big", signed=True), int.from_bytes(time, "big", signed=True)
                return Frame(
                    number, known.flags, known.engine, known.boots, moment, known.signature, salt, known.scoped, known.changing
                )
        return parsed(data)

    def keep(self, data: bytes, frame: Frame) -> None:
        """Remember the shape of a message whose signature was right."""
        known = self._known.get(len(data))
        if known is not None and known.frame.changing is frame.changing:
            return
        if len(self._known) >= _MOST_SHAPES:
            self._known.clear()
        form = _form(frame.changing)
        first, _, second, _, third, _, fourth, _ = form.unpack_from(data)
        self._known[len(data)] = _Shape(form, (first, second, third, fourth), frame)


@lru_cache(maxsize=256)
def _form(spans: tuple[Span, ...]) -> struct.Struct:
    """Return what cuts a message before and behind each span."""
    sizes, position = "", 0
    for start, stop in spans:
        sizes += f"{start - position}s{stop - start}s"
        position = stop
    return struct.Struct(sizes)


def parsed(data: bytes) -> Frame:
    """Take a message apart without trusting anything in it."""
    position, end = codec.element(data, 0, len(data), codec.SEQUENCE)
    version, position = codec.number(data, position, end)
    if version != _USM:
        raise MalformedReplyError("the reply carries another version")
    start, position = codec.element(data, position, end, codec.SEQUENCE)
    request, request_end = codec.number(data, start, position)
    request_at = codec.element(data, start, position, codec.INTEGER)[0]
    _, start = codec.number(data, request_end, position)
    flags_at, flags_end = codec.element(data, start, position, codec.OCTETS)
    if flags_end - flags_at != 1:
        raise MalformedReplyError("the message flags have an impossible size")
    start, scoped = codec.element(data, position, end, codec.OCTETS)
    start, stop = codec.element(data, start, scoped, codec.SEQUENCE)
    engine_at, engine_end = codec.element(data, start, stop, codec.OCTETS)
    boots, boots_end = codec.number(data, engine_end, stop)
    time, time_end = codec.number(data, boots_end, stop)
    time_at = codec.element(data, boots_end, stop, codec.INTEGER)[0]
    _, position = codec.element(data, time_end, stop, codec.OCTETS)
    signature = codec.element(data, position, stop, codec.OCTETS)
    salt = codec.element(data, signature[1], stop, codec.OCTETS)
    changing = ((request_at, request_end), (time_at, time_end), signature, salt)
    engine = data[engine_at:engine_end]
    return Frame(request, data[flags_at], engine, boots, time, signature, data[salt[0] : salt[1]], (scoped, end), changing)


def opening(engine: bytes, boots: int, time: int, name: bytes) -> bytes:
    """Write the security parameters that stay the same for a second."""
    return codec.tagged(codec.OCTETS, engine) + codec.integer(boots) + codec.integer(time) + codec.tagged(codec.OCTETS, name)


def parameters(opened: bytes, signature: int, salt: int) -> bytes:
    """Write the security parameters up to the signature, which has so many bytes, as the salt has."""
    inner = codec.head(codec.SEQUENCE, len(opened) + signature + salt + 4) + opened
    outer = codec.head(codec.OCTETS, len(inner) + signature + salt + 4)
    return outer + inner + codec.head(codec.OCTETS, signature)


def begun(request: int, flags: int, before: bytes, rest: int) -> bytes:
    """Write a message up to its signature; `before` are the parameters up to it, `rest` is how many bytes will follow."""
    header = b"\x02\x04" + request.to_bytes(4, "big") + _HEADER_TAILS[flags]
    body = _VERSION + codec.head(codec.SEQUENCE, len(header)) + header + before
    return codec.head(codec.SEQUENCE, len(body) + rest) + body
