import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from wenyam.errors import MalformedReplyError
from wenyam.links.dns_messages import Message, Record, answers, build_query, read_answer, reverse_name

QUERY = build_query(0x1234, "www.agency.test", "A")


def _reply(records: bytes, count: int, flags: int = 0x8180) -> bytes:
    return struct.pack("!6H", 0x1234, flags, 1, count, 0, 0) + QUERY[12:] + records


def _record(data: bytes, kind: int = 1, name: bytes = b"\xc0\x0c") -> bytes:
    return name + struct.pack("!HHIH", kind, 1, 300, len(data)) + data


def test_an_address_is_read_behind_a_compression_pointer() -> None:
    reply = _reply(_record(b"\x0a\0\0\1"), 1)
    assert read_answer(QUERY, reply) == Message(0, truncated=False, records=(Record("www.agency.test", "A", "10.0.0.1"),))


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (28, bytes(15) + b"\1", "::1"),
        (16, b"\x03abc\x02de", "abcde"),
        (15, b"\0\x0a\x04mail\xc0\x10", "10 mail.agency.test"),
        (5, b"\x01a\xc0\x10", "a.agency.test"),
        (6, b"\x02ns\xc0\x10\x01h\xc0\x10" + struct.pack("!5I", 1, 2, 3, 4, 5), "ns.agency.test h.agency.test 1 2 3 4 5"),
    ],
)
def test_every_type_is_written_as_text(kind: int, data: bytes, text: str) -> None:
    assert read_answer(QUERY, _reply(_record(data, kind), 1)).records[0].data == text


def test_a_record_of_a_type_we_do_not_know_is_skipped() -> None:
    reply = _reply(_record(b"\0\0", 99) + _record(b"\x0a\0\0\1"), 2)
    assert [record.data for record in read_answer(QUERY, reply).records] == ["10.0.0.1"]


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        QUERY,  # our own question, sent back
        b"\x99\x99" + _reply(b"", 0)[2:],  # another identifier
        struct.pack("!6H", 0x1234, 0x8180, 1, 0, 0, 0) + build_query(0, "evil.agency.test", "A")[12:],  # another question
        struct.pack("!6H", 0x1234, 0x8180, 0, 0, 0, 0),  # no question, yet no error
    ],
)
def test_what_is_no_answer_to_our_question_is_not_taken(reply: bytes) -> None:
    assert not answers(QUERY, reply)


def test_the_case_of_the_name_and_a_refusal_without_question_are_taken() -> None:
    assert answers(QUERY, _reply(b"", 0).replace(b"agency", b"aGeNcY"))
    assert answers(QUERY, struct.pack("!6H", 0x1234, 0x8185, 0, 0, 0, 0))


@pytest.mark.parametrize(
    "records",
    [
        _record(b"\x0a\0\0\1", name=b"\xc0\x21"),  # a name that points at itself
        _record(b"\x0a\0\0\1", name=b"\x01a\xc0\x21"),  # a name that comes back to its own beginning
        _record(b"\x0a\0\0\1", name=b"\xc0\xff"),  # forward
        _record(b"\x0a\0\0")[:-1],  # cut
        _record(b"\x0a\0\0"),  # three bytes of an address
        b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4000) + b"\0\0\0\0",  # longer than the message
    ],
)
def test_broken_records_are_malformed(records: bytes) -> None:
    with pytest.raises(MalformedReplyError):
        read_answer(QUERY, _reply(records, 1))


@given(some.binary(max_size=200))
def test_no_bytes_whatever_break_the_reader(tail: bytes) -> None:
    reply = _reply(tail, 3)
    try:
        assert isinstance(read_answer(QUERY, reply), Message)
    except MalformedReplyError:
        return


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", ".".join(["abcdefgh"] * 32)])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises((ValueError, UnicodeError)):
        build_query(1, name, "A")


def test_addresses_are_turned_round() -> None:
    assert reverse_name("127.0.0.3") == "3.0.0.127.in-addr.arpa"
    assert reverse_name("2001:db8::1").endswith(".8.b.d.0.1.0.0.2.ip6.arpa")
