"""ICMP and ICMPv6 echo as bytes, without a socket: built to be sent, read from a raw or a ping socket."""

import socket
import struct
from dataclasses import dataclass

TOKEN_LENGTH = 16
_PADDING = bytes(40)
"""Brings the data to 56 bytes, what every ping sends and every firewall knows."""

_HEADER = struct.Struct("!BBHHH")
_WORDS = struct.Struct("!32H")
_IPV4_MINIMUM, _IPV6_HEADER, _ICMP_HEADER = 20, 40, 8
_PROTOCOL_ICMP, _PROTOCOL_ICMPV6 = 1, 58

ECHO_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
ECHO_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}

_UNREACHABLE_V4 = {
    0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable", 5: "source route failed",
    9: "network prohibited", 10: "host prohibited", 13: "prohibited by a firewall",
}  # fmt: skip
_UNREACHABLE_V6 = {
    0: "no route", 1: "prohibited by a firewall", 2: "beyond the scope of the source", 3: "host unreachable",
    4: "port unreachable", 5: "source address refused", 6: "route rejected",
}  # fmt: skip
_ERRORS = {
    (socket.AF_INET, 3): _UNREACHABLE_V4,
    (socket.AF_INET, 11): {0: "too many hops: a routing loop?", 1: "fragments were lost"},
    (socket.AF_INET6, 1): _UNREACHABLE_V6,
    (socket.AF_INET6, 3): {0: "too many hops: a routing loop?", 1: "fragments were lost"},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An echo reply, or an error about an echo we sent."""

    identifier: int
    sequence: int
    token: bytes
    """What was sent, as far as it came back; errors may bring less than `TOKEN_LENGTH` bytes."""
    problem: str = ""
    """Empty for a reply; else what the network said."""
    destination: str = ""
    """For an error: where the echo was going."""


def echo_request(family: int, identifier: int, sequence: int, token: bytes) -> bytes:
    """Build an echo request of 64 bytes (RFC 792, RFC 4443); the kernel fills in the ICMPv6 checksum."""
    data = token + _PADDING
    kind = ECHO_REQUEST[socket.AddressFamily(family)]
    bare = _HEADER.pack(kind, 0, 0, identifier, sequence) + data
    if family == socket.AF_INET6:
        return bare
    return _HEADER.pack(kind, 0, _checksum(bare), identifier, sequence) + data


def _checksum(packet: bytes) -> int:
    total: int = sum(_WORDS.unpack(packet))
    total = (total & 0xFFFF) + (total >> 16)
    total += total >> 16
    return ~total & 0xFFFF


def parse(family: int, packet: bytes, *, with_ip_header: bool) -> Answer | None:
    """Read what a socket received; None for what is no answer to an echo or is cut short."""
    start = _ipv4_header_length(packet) if with_ip_header else 0
    if start is None or len(packet) < start + _ICMP_HEADER:
        return None
    kind, code, _, identifier, sequence = _HEADER.unpack_from(packet, start)
    body = packet[start + _ICMP_HEADER :]
    if kind == ECHO_REPLY[socket.AddressFamily(family)]:
        return Answer(identifier, sequence, body[:TOKEN_LENGTH])
    words = error_words(family, kind, code)
    return None if words is None else _quoted(family, body, words)


def error_words(family: int, kind: int, code: int) -> str | None:
    """Say what an ICMP error means; None when it is no error that ends an echo."""
    codes = _ERRORS.get((socket.AddressFamily(family), kind))
    return None if codes is None else codes.get(code, f"unreachable (code {code})")


def parse_request(family: int, packet: bytes, problem: str, destination: str) -> Answer | None:
    """Read our own request as an error queue hands it back."""
    if len(packet) < _ICMP_HEADER:
        return None
    kind, _, _, identifier, sequence = _HEADER.unpack_from(packet)
    if kind != ECHO_REQUEST[socket.AddressFamily(family)]:
        return None
    return Answer(identifier, sequence, packet[_ICMP_HEADER : _ICMP_HEADER + TOKEN_LENGTH], problem, destination)


def _quoted(family: int, inner: bytes, problem: str) -> Answer | None:
    """Read the packet an error quotes: its IP header, then our request or the first 8 bytes of it."""
    if family == socket.AF_INET6:
        if len(inner) < _IPV6_HEADER or inner[6] != _PROTOCOL_ICMPV6:
            return None
        return parse_request(family, inner[_IPV6_HEADER:], problem, socket.inet_ntop(socket.AF_INET6, inner[24:40]))
    length = _ipv4_header_length(inner)
    if length is None or inner[9] != _PROTOCOL_ICMP:
        return None
    return parse_request(family, inner[length:], problem, socket.inet_ntop(socket.AF_INET, inner[16:20]))


def _ipv4_header_length(packet: bytes) -> int | None:
    if len(packet) < _IPV4_MINIMUM or packet[0] >> 4 != 4:  # noqa: PLR2004  # the version
        return None
    length = (packet[0] & 0x0F) * 4
    return length if _IPV4_MINIMUM <= length <= len(packet) else None
