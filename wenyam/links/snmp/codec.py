"""SNMP messages on the wire: BER for the PDUs of RFC 1157 and RFC 3416, written for whole packets, not for single values.

Nothing a device sends can do more than raise MalformedReplyError: lengths are checked, nesting is fixed, nothing recurses.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import oids


class Absent(Enum):
    """What an agent sends in place of a value."""

    NULL = 0x05
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_VIEW = 0x82


Value = int | float | bytes | str | Absent
"""Numbers as int (float from an Opaque), text as bytes, addresses and object identifiers as str."""

INTEGER, OCTETS, NULL, OBJECT_ID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64, UNSIGNED32 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x47
GET, NEXT, RESPONSE, BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
NO_ERROR, TOO_BIG, NO_SUCH_NAME, GENERAL_ERROR = 0, 1, 2, 5
ERROR_NAMES = {
    1: "tooBig",
    2: "noSuchName",
    3: "badValue",
    5: "genErr",
    6: "noAccess",
    13: "resourceUnavailable",
    16: "authorizationError",
}
ACCESS_ERRORS = frozenset((6, 16))
"""noAccess and authorizationError (RFC 3416): the view or the level does not allow it."""

UNSIGNED = frozenset((COUNTER32, GAUGE32, TIME_TICKS, COUNTER64, UNSIGNED32))
"""Types whose content is a whole number without a sign."""
_ABSENT = {member.value: member for member in Absent}
_LONG = 0x80
_LONGEST_NUMBER = 9
_IPV4_BYTES = 4
_FLOATS = {b"\x9f\x78\x04": ">f", b"\x9f\x79\x08": ">d"}
"""Net-SNMP's floats inside an Opaque (draft-perkins-float)."""


@dataclass(slots=True)
class Reply:
    """A response or report: parallel lists of names (BER content bytes) and values."""

    tag: int
    request: int
    error: int
    error_index: int
    names: list[bytes]
    values: list[Value]
    bindings: bytes = b""
    """The variable bindings as they came, for who wants the types."""


Reader = Callable[[int, int, bytes], Reply]
"""Turns PDU tag, request-id and body (error status, error index, bindings) into a reply; MalformedReplyError when it is none."""


def head(tag: int, length: int) -> bytes:
    """Write tag and shortest length, which stand in front of content of so many bytes."""
    if length < _LONG:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG | size)) + length.to_bytes(size, "big")


def tagged(tag: int, content: bytes) -> bytes:
    """Put tag and shortest length in front of content."""
    return head(tag, len(content)) + content


def integer(number: int) -> bytes:
    """Write an INTEGER in as few bytes as it needs."""
    return tagged(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def names_only(names: tuple[bytes, ...]) -> bytes:
    """Write the variable bindings of a question: every name with NULL."""
    return tagged(SEQUENCE, b"".join(tagged(SEQUENCE, tagged(OBJECT_ID, name) + b"\x05\x00") for name in names))


def element(data: bytes, position: int, end: int, tag: int) -> tuple[int, int]:
    """Return where the content of the element at `position` starts and stops; it must have this tag and fit before `end`."""
    if position + 2 > end or data[position] != tag:
        raise MalformedReplyError(f"expected BER tag 0x{tag:02x} at byte {position}")
    return _content(data, position, end)


def _content(data: bytes, position: int, end: int) -> tuple[int, int]:
    if position + 2 > end:
        raise MalformedReplyError(f"a BER element is cut off at byte {position}")
    length = data[position + 1]
    start = position + 2
    if length >= _LONG:
        size = length & 0x7F
        if not 1 <= size <= 4 or start + size > end:  # noqa: PLR2004  # four bytes hold any UDP length
            raise MalformedReplyError(f"impossible BER length at byte {position}")
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > end:
        raise MalformedReplyError(f"a BER element at byte {position} runs past the end")
    return start, start + length


def number(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Read an INTEGER; return it and the position after it."""
    start, stop = element(data, position, end, INTEGER)
    if not 0 < stop - start <= _LONGEST_NUMBER:
        raise MalformedReplyError(f"impossible INTEGER at byte {position}")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def parse_pdu(data: bytes, position: int, end: int, read: Reader | None = None) -> Reply:
    """Read a response or report PDU; `read` takes the place of `read_body` for who knows what will come."""
    tag = data[position] if position < end else 0
    if tag not in (RESPONSE, REPORT):
        raise MalformedReplyError(f"PDU 0x{tag:02x} is no answer")
    position, end = element(data, position, end, tag)
    request, position = number(data, position, end)
    return (read or read_body)(tag, request, data[position:end])


def read_body(tag: int, request: int, body: bytes) -> Reply:
    """Read what follows the request-id."""
    end = len(body)
    error, position = number(body, 0, end)
    error_index, position = number(body, position, end)
    start, stop = element(body, position, end, SEQUENCE)
    names, values = parse_bindings(body, start, stop)
    return Reply(tag, request, error, error_index, names, values, body[start:stop])


def value_spans(body: bytes) -> list[tuple[int, int, int]]:
    """Return type, start and stop of each value's content in a body that `read_body` could read."""
    end = len(body)
    _, position = number(body, 0, end)
    _, position = number(body, position, end)
    position, end = element(body, position, end, SEQUENCE)
    found: list[tuple[int, int, int]] = []
    while position < end:
        start, position = element(body, position, end, SEQUENCE)
        _, name_stop = element(body, start, position, OBJECT_ID)
        found.append((body[name_stop], *_content(body, name_stop, position)))
    return found


def parse_bindings(data: bytes, position: int, end: int) -> tuple[list[bytes], list[Value]]:
    """Read variable bindings. One pass with plain arithmetic, because this loop is where a poll's time goes."""
    names: list[bytes] = []
    values: list[Value] = []
    add_name, add_value, from_bytes = names.append, values.append, int.from_bytes
    try:
        while position < end:
            length = data[position + 1]
            value_at = position + 4 + data[position + 3]
            stop = position + 2 + length
            if length >= _LONG or data[position] != SEQUENCE or value_at + 2 + data[value_at + 1] != stop or stop > end:
                position = _binding(data, position, end, names, values)
                continue
            if data[position + 2] != OBJECT_ID:
                raise MalformedReplyError(f"a binding at byte {position} has no name")
            add_name(data[position + 4 : value_at])
            tag = data[value_at]
            if tag in UNSIGNED and 2 < stop - value_at <= _LONGEST_NUMBER + 2:  # noqa: PLR2004  # tag and length, then a number
                add_value(from_bytes(data[value_at + 2 : stop], "big"))
            else:
                add_value(value(tag, data[value_at + 2 : stop]))
            position = stop
    except IndexError as error:
        raise MalformedReplyError("the packet is cut off") from error
    return names, values


def typed(bindings: bytes) -> list[tuple[bytes, int, bytes]]:
    """Return name, type and content of each binding; MalformedReplyError as `parse_bindings`."""
    found: list[tuple[bytes, int, bytes]] = []
    position, end = 0, len(bindings)
    while position < end:
        start, stop = element(bindings, position, end, SEQUENCE)
        name_start, name_stop = element(bindings, start, stop, OBJECT_ID)
        value_start, value_stop = _content(bindings, name_stop, stop)
        found.append((bindings[name_start:name_stop], bindings[name_stop], bindings[value_start:value_stop]))
        position = stop
    return found


def _binding(data: bytes, position: int, end: int, names: list[bytes], values: list[Value]) -> int:
    """Read one binding with long lengths; return the position after it."""
    start, stop = element(data, position, end, SEQUENCE)
    name_start, name_stop = element(data, start, stop, OBJECT_ID)
    value_start, value_stop = _content(data, name_stop, stop)
    if value_stop != stop:
        raise MalformedReplyError(f"a binding at byte {position} holds more than a name and a value")
    names.append(data[name_start:name_stop])
    values.append(value(data[name_stop], data[value_start:value_stop]))
    return stop


def value(tag: int, content: bytes) -> Value:
    """Read one value by its tag; MalformedReplyError for a tag or size that SNMP does not have."""
    if tag == OCTETS:
        return content
    if tag in _ABSENT:
        return _ABSENT[tag]
    if tag == OBJECT_ID:
        return oids.decode(content)
    if tag == OPAQUE:
        return _opaque(content)
    if tag == IP_ADDRESS and len(content) == _IPV4_BYTES:
        return ".".join(map(str, content))
    if 0 < len(content) <= _LONGEST_NUMBER and (tag == INTEGER or tag in UNSIGNED):
        return int.from_bytes(content, "big", signed=tag == INTEGER)
    raise MalformedReplyError(f"a value of type 0x{tag:02x} and {len(content)} bytes")


def _opaque(content: bytes) -> Value:
    form = _FLOATS.get(content[:3])
    if form is None or len(content) != 3 + struct.calcsize(form):
        return content
    unpacked: float = struct.unpack(form, content[3:])[0]
    return unpacked if math.isfinite(unpacked) else content
