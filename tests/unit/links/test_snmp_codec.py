"""BER, both ways: what is right survives, what is wrong raises MalformedReplyError and nothing else."""

import random
import struct

import pytest

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec, oids, questions
from wenyam.links.snmp.codec import Absent
from wenyam.links.snmp.security import Community
from wenyam.testing import recording

NAME = "1.3.6.1.2.1.1.1.0"
SAFE = Community("2c", b"public")


def reply(*bindings: bytes, error: int = 0) -> bytes:
    body = codec.tagged(codec.INTEGER, (2**30).to_bytes(4, "big")) + codec.integer(error) + codec.integer(0)
    return SAFE.seal(0, codec.tagged(codec.RESPONSE, body + codec.tagged(codec.SEQUENCE, b"".join(bindings))))


@pytest.mark.parametrize("text", ["1.3.6.1.2.1", "1.3", "2.999.3", "0.0", "1.3.6.1.4.1.4294967295.127.128.16383.16384"])
def test_an_object_identifier_survives_the_wire(text: str) -> None:
    assert oids.decode(oids.encode(text)) == text


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.3.x", "1.-3", "1.3.4294967296"])
def test_text_that_is_no_object_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # int() words it for some of them
        oids.encode(text)


def test_order_is_that_of_the_numbers_not_of_the_bytes() -> None:
    small, large = oids.encode("1.3.6.16383"), oids.encode("1.3.6.16384")
    assert small > large
    assert oids.is_after(large, small)
    assert not oids.is_after(small, large)
    assert not oids.is_after(small, small)


@pytest.mark.parametrize(
    ("tag", "content", "expected"),
    [
        (codec.INTEGER, b"\xff\xfb", -5),
        (codec.OCTETS, b"\xff\x00x", b"\xff\x00x"),
        (codec.COUNTER32, b"\x00\xff\xff\xff\xff", 2**32 - 1),
        (codec.COUNTER32, b"\xff\xff\xff\xff", 2**32 - 1),  # some agents leave the zero in front away
        (codec.COUNTER64, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (codec.GAUGE32, b"\x05", 5),
        (codec.TIME_TICKS, b"\x07", 7),
        (codec.IP_ADDRESS, bytes((10, 0, 0, 1)), "10.0.0.1"),
        (codec.OBJECT_ID, oids.encode("1.3.6.1"), "1.3.6.1"),
        (codec.OPAQUE, b"\x9f\x78\x04" + struct.pack(">f", 0.5), 0.5),
        (codec.OPAQUE, b"\x9f\x78\x04" + struct.pack(">f", float("nan")), b"\x9f\x78\x04" + struct.pack(">f", float("nan"))),
        (codec.NULL, b"", Absent.NULL),
        (0x80, b"", Absent.NO_SUCH_OBJECT),
        (0x81, b"", Absent.NO_SUCH_INSTANCE),
        (0x82, b"", Absent.END_OF_VIEW),
    ],
)
def test_every_type_is_read(tag: int, content: bytes, expected: codec.Value) -> None:
    found = SAFE.unseal(reply(recording.binding(oids.encode(NAME), tag, content)))
    assert found.names == [oids.encode(NAME)]
    assert found.values == [expected]


def test_long_text_and_long_lengths_are_read() -> None:
    text = bytes(range(256)) * 4
    found = SAFE.unseal(
        reply(recording.binding(oids.encode(NAME), codec.OCTETS, text), recording.binding(oids.encode(NAME), 2, b"\1"))
    )
    assert found.values == [text, 1]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x30",
        b"\x30\x80" * 8000,
        b"\x30\x82\xff\xff",
        b"\x04\x02hi",
        reply()[:-1],
        reply(b"\x30\x03\x06\x01"),
        reply(b"\x30\x05\x05\x01\x00\x05\x00"),
        reply(recording.binding(b"\x2b", 0x99, b"x")),
        reply(recording.binding(b"\x2b", codec.INTEGER, b"")),
        reply(recording.binding(b"\x2b", codec.INTEGER, b"\1" * 12)),
        reply(recording.binding(b"\x2b", codec.IP_ADDRESS, b"\1\2\3")),
        Community("1", b"public").seal(0, codec.tagged(codec.RESPONSE, b"")),
        Community("2c", b"other").seal(0, codec.tagged(codec.RESPONSE, b"")),
        SAFE.seal(2**30, questions.get([b"\x2b\x06"]).pdu(2**30)),
    ],
)
def test_what_is_no_answer_is_malformed(datagram: bytes) -> None:
    with pytest.raises(MalformedReplyError):
        SAFE.unseal(datagram)


def test_no_flipped_bit_or_cut_does_more_than_malform_a_reply() -> None:
    """A real reply with strings, counters and exceptions, damaged 5,000 times with a fixed seed."""
    good = reply(
        *[
            recording.binding(oids.encode(f"1.3.6.1.2.1.2.2.1.2.{row}"), codec.OCTETS, b"GigabitEthernet" * 12)
            for row in (1, 300)
        ],
        recording.binding(oids.encode(NAME), codec.COUNTER64, b"\x01" * 8),
        recording.binding(oids.encode(NAME), codec.OBJECT_ID, oids.encode("1.3.6.1.4.1.70000.1")),
        recording.binding(oids.encode(NAME), 0x82, b""),
    )
    chance = random.Random(20_261_120)  # repeatable noise
    survived = 0
    for _ in range(5_000):
        damaged = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        try:
            found = SAFE.unseal(bytes(damaged))
        except MalformedReplyError:
            continue
        survived += 1
        assert len(found.names) == len(found.values)
    assert 0 < survived < 5_000
