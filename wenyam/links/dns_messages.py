"""DNS messages as bytes: one question built, one answer read (RFC 1035, RFC 3596), without a socket."""

import ipaddress
import struct
from dataclasses import dataclass
from typing import Final

from wenyam.errors import MalformedReplyError

TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
_TYPE_NAMES: Final = {number: name for name, number in TYPES.items()}
RESPONSE_CODES: Final = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH",
}  # fmt: skip
NO_ERROR, NO_SUCH_NAME = 0, 3

_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_INTERNET: Final = 1
_RECURSION_DESIRED, _RESPONSE, _TRUNCATED = 0x0100, 0x8000, 0x0200
_LABEL_LIMIT, _NAME_LIMIT = 63, 255
_POINTER: Final = 0xC0
_JUMP_LIMIT: Final = 64
_RECORD_LIMIT: Final = 512


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record of an answer, its data as text."""

    name: str
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """A server's answer."""

    code: int
    truncated: bool
    records: tuple[Record, ...]

    @property
    def code_name(self) -> str:
        """The response code's name."""
        return RESPONSE_CODES.get(self.code, f"code {self.code}")


def reverse_name(address: str) -> str:
    """Return the name under which an address is looked up backwards."""
    return ipaddress.ip_address(address).reverse_pointer


def build_query(identifier: int, name: str, kind: str) -> bytes:
    """Build a query for one name and type, asking for recursion; ValueError for what is no name."""
    header = _HEADER.pack(identifier, _RECURSION_DESIRED, 1, 0, 0, 0)
    return header + _encode_name(name) + struct.pack("!2H", TYPES[kind], _INTERNET)


def _encode_name(name: str) -> bytes:
    encoded = b""
    for label in name.rstrip(".").split(".") if name.rstrip(".") else ():
        part = label.encode("ascii") if label.isascii() else label.encode("idna")
        if not 1 <= len(part) <= _LABEL_LIMIT:
            raise ValueError(f"'{name}' is no DNS name")
        encoded += bytes([len(part)]) + part
    if len(encoded) >= _NAME_LIMIT:
        raise ValueError(f"'{name}' is longer than a DNS name may be")
    return encoded + b"\0"


def answers(query: bytes, reply: bytes) -> bool:
    """Tell whether a datagram is an answer to this query: same identifier, same question, marked as a response."""
    if len(reply) < _HEADER.size or reply[:2] != query[:2] or not reply[2] & 0x80:
        return False
    questions = int.from_bytes(reply[4:6], "big")
    if questions == 0:  # servers leave the question out of a refusal
        return reply[3] & 0x0F != NO_ERROR
    return questions == 1 and reply[_HEADER.size : len(query)].lower() == query[_HEADER.size :].lower()


def read_answer(query: bytes, reply: bytes) -> Message:
    """Read the answer section; MalformedReplyError for bytes that make no sense."""
    try:
        _, flags, questions, records, _, _ = _HEADER.unpack_from(reply)
        place = len(query) if questions else _HEADER.size
        found: list[Record] = []
        truncated = bool(flags & _TRUNCATED)
        for _ in range(0 if truncated else min(records, _RECORD_LIMIT)):
            record, place = _record(reply, place)
            if record is not None:
                found.append(record)
    except (struct.error, IndexError, ValueError) as error:
        raise MalformedReplyError("the DNS answer cannot be read") from error
    return Message(flags & 0x0F, truncated, tuple(found))


def _record(reply: bytes, place: int) -> tuple[Record | None, int]:
    name, place = _name(reply, place)
    kind, group, _, length = _RECORD.unpack_from(reply, place)
    place += _RECORD.size
    end = place + length
    if end > len(reply):
        raise ValueError("a record is longer than the message")
    if group != _INTERNET or kind not in _TYPE_NAMES:
        return None, end
    return Record(name, _TYPE_NAMES[kind], _data(_TYPE_NAMES[kind], reply, place, end)), end


def _data(kind: str, reply: bytes, place: int, end: int) -> str:
    raw = reply[place:end]
    if kind == "A":
        return str(ipaddress.IPv4Address(raw))
    if kind == "AAAA":
        return str(ipaddress.IPv6Address(raw))
    if kind == "TXT":
        return _strings(raw)
    if kind == "MX":
        return f"{int.from_bytes(raw[:2], 'big')} {_name(reply, place + 2)[0]}"
    if kind == "SOA":
        server, place = _name(reply, place)
        mailbox, place = _name(reply, place)
        return " ".join([server, mailbox, *map(str, struct.unpack_from("!5I", reply, place))])
    return _name(reply, place)[0]


def _strings(raw: bytes) -> str:
    text, place = b"", 0
    while place < len(raw):
        length = raw[place]
        text += raw[place + 1 : place + 1 + length]
        place += 1 + length
    return text.decode("utf-8", "replace")


def _name(reply: bytes, place: int) -> tuple[str, int]:
    """Read a name with its compression pointers; return it and the place behind it."""
    labels: list[str] = []
    behind: int | None = None
    for _ in range(_JUMP_LIMIT + _NAME_LIMIT):
        length = reply[place]
        if length & _POINTER == _POINTER:
            target = int.from_bytes(reply[place : place + 2], "big") & 0x3FFF
            behind = place + 2 if behind is None else behind
            if target >= place:  # pointers lead back, else they could lead in a circle
                raise ValueError("a pointer leads forward")
            place = target
        elif length == 0:
            return ".".join(labels) or ".", place + 1 if behind is None else behind
        else:
            labels.append(reply[place + 1 : place + 1 + length].decode("ascii", "backslashreplace"))
            place += 1 + length
        if sum(map(len, labels)) > _NAME_LIMIT:
            break
    raise ValueError("a name is too long")
