import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from wenyam.links.icmp_packets import TOKEN_LENGTH, Answer, echo_request, error_words, parse

V4, V6 = socket.AF_INET, socket.AF_INET6
TOKEN = bytes(range(TOKEN_LENGTH))


def _ipv4(payload: bytes, protocol: int = 1, options: bytes = b"") -> bytes:
    length = 5 + len(options) // 4
    header = struct.pack("!BBHHHBBH4s4s", 0x40 | length, 0, 0, 0, 0, 64, protocol, 0, b"\x0a\0\0\x01", b"\x0a\0\0\x02")
    return header + options + payload


def _reply(packet: bytes, kind: int) -> bytes:
    return bytes([kind]) + packet[1:]


def test_an_ipv4_echo_has_64_bytes_and_a_checksum_that_sums_to_all_ones() -> None:
    packet = echo_request(V4, 0x1234, 7, TOKEN)
    total = sum(struct.unpack("!32H", packet))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert (len(packet), total) == (64, 0xFFFF)


@pytest.mark.parametrize("options", [b"", bytes(8)])
def test_a_raw_ipv4_reply_is_read_behind_its_ip_header_of_any_length(options: bytes) -> None:
    packet = _ipv4(_reply(echo_request(V4, 5, 9, TOKEN), 0), options=options)
    assert parse(V4, packet, with_ip_header=True) == Answer(5, 9, TOKEN)


def test_an_ipv6_reply_has_no_ip_header() -> None:
    assert parse(V6, _reply(echo_request(V6, 5, 9, TOKEN), 129), with_ip_header=False) == Answer(5, 9, TOKEN)


def test_an_unreachable_message_names_the_echo_it_is_about_and_where_it_was_going() -> None:
    error = bytes([3, 1, 0, 0, 0, 0, 0, 0]) + _ipv4(echo_request(V4, 5, 9, TOKEN))[: 20 + 8]
    assert parse(V4, _ipv4(error), with_ip_header=True) == Answer(5, 9, b"", "host unreachable", "10.0.0.2")


def test_an_icmpv6_error_quotes_the_whole_header() -> None:
    inner = struct.pack("!IHBB16s16s", 6 << 28, 64, 58, 64, bytes(16), bytes(15) + b"\1") + echo_request(V6, 5, 9, TOKEN)
    answer = parse(V6, bytes([1, 0, 0, 0, 0, 0, 0, 0]) + inner, with_ip_header=False)
    assert answer == Answer(5, 9, TOKEN, "no route", "::1")


def test_an_error_about_a_datagram_or_about_another_icmp_message_is_no_answer() -> None:
    about_udp = bytes([3, 1, 0, 0, 0, 0, 0, 0]) + _ipv4(bytes(8), protocol=17)
    about_a_reply = bytes([3, 1, 0, 0, 0, 0, 0, 0]) + _ipv4(_reply(echo_request(V4, 5, 9, TOKEN), 0))
    assert parse(V4, _ipv4(about_udp), with_ip_header=True) is None
    assert parse(V4, _ipv4(about_a_reply), with_ip_header=True) is None


def test_an_unknown_code_still_says_its_number() -> None:
    assert error_words(V4, 3, 77) == "unreachable (code 77)"
    assert error_words(V4, 8, 0) is None


@given(some.binary(max_size=120), some.sampled_from([V4, V6]), some.booleans())
def test_no_bytes_whatever_break_the_reader(packet: bytes, family: int, raw: bool) -> None:  # noqa: FBT001  # hypothesis fills it in
    answer = parse(family, packet, with_ip_header=raw)
    assert answer is None or isinstance(answer, Answer)
