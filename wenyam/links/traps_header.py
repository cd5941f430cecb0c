"""The head of a notification, read by our own code before pysnmp sees it: which version, and who says to have sent it.

pysnmp takes a version 3 message without authentication of a user who has a key, and any age of it: both are refused here.
"""

from collections import OrderedDict
from dataclasses import dataclass

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec

VERSIONS = {0: "1", 1: "2c", 3: "3"}
WINDOW_SECONDS = 150
"""RFC 3414: how far a message's clock may be behind."""
ENGINES = 4096
_AUTHENTICATED, _PRIVATE = 1, 2


@dataclass(frozen=True, slots=True)
class Header:
    """Who a datagram says to be from; nothing of it is proven yet."""

    version: str
    community: bytes = b""
    user: bytes = b""
    engine: bytes = b""
    boots: int = 0
    time: int = 0
    flags: int = 0

    @property
    def level(self) -> int:
        """0 neither, 1 authenticated, 2 private too."""
        return 2 if self.flags & _PRIVATE else self.flags & _AUTHENTICATED


def read_header(data: bytes) -> Header:
    """Read the head of a datagram; MalformedReplyError for what is no SNMP."""
    position, end = codec.element(data, 0, len(data), codec.SEQUENCE)
    number, position = codec.number(data, position, end)
    version = VERSIONS.get(number)
    if version is None:
        raise MalformedReplyError(f"there is no SNMP version {number}")
    if version != "3":
        start, stop = codec.element(data, position, end, codec.OCTETS)
        return Header(version, community=data[start:stop])
    start, position = codec.element(data, position, end, codec.SEQUENCE)
    flags = _flags(data, start, position)
    return _security(data, position, end, flags)


def _flags(data: bytes, position: int, end: int) -> int:
    for _ in ("message id", "largest size"):
        _, position = codec.number(data, position, end)
    start, stop = codec.element(data, position, end, codec.OCTETS)
    if stop - start != 1:
        raise MalformedReplyError("impossible message flags")
    return data[start]


def _security(data: bytes, position: int, end: int, flags: int) -> Header:
    start, stop = codec.element(data, position, end, codec.OCTETS)
    start, stop = codec.element(data, start, stop, codec.SEQUENCE)
    at, after = codec.element(data, start, stop, codec.OCTETS)
    engine = data[at:after]
    boots, after = codec.number(data, after, stop)
    time, after = codec.number(data, after, stop)
    at, after = codec.element(data, after, stop, codec.OCTETS)
    return Header("3", user=data[at:after], engine=engine, boots=boots, time=time, flags=flags)


class Clocks:
    """What the clocks of sending engines were when they last proved themselves, so that an old message is known as one."""

    def __init__(self) -> None:
        """Know nobody."""
        self._known: OrderedDict[bytes, tuple[int, int, float]] = OrderedDict()

    def is_old(self, header: Header, now: float) -> bool:
        """Tell whether a message is older than RFC 3414 allows, by what its engine last proved."""
        known = self._known.get(header.engine)
        if known is None:
            return False
        boots, time, seen = known
        return header.boots < boots or (header.boots == boots and header.time < time + (now - seen) - WINDOW_SECONDS)

    def proved(self, header: Header, now: float) -> None:
        """Keep the clock of an engine whose message was authentic."""
        known = self._known.get(header.engine)
        if known is None or (header.boots, header.time) > known[:2]:
            self._known[header.engine] = (header.boots, header.time, now)
        self._known.move_to_end(header.engine)
        if len(self._known) > ENGINES:
            self._known.popitem(last=False)
