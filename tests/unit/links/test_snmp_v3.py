"""Messages of version 3 that look like the one before: what is taken from memory is what taking them apart would give."""

import random
from collections.abc import Callable

import pytest

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec, v3_frame
from wenyam.links.snmp.codec import Reply
from wenyam.links.snmp.security import Resynchronised
from wenyam.links.snmp.v3 import User, UserSecurity
from wenyam.links.snmp.v3_frame import Frame, Shapes
from wenyam.testing.bench import agent_v3
from wenyam.testing.bench.agent_v3 import Engines
from wenyam.testing.damage import damaged

HERE = bytes((127, 0, 0, 1))
NAME = bytes((43, 6, 1, 2, 1, 1, 5, 0))


def echo(values: Callable[[], bytes]) -> Engines:
    """Make an engine that answers every PDU with one text."""

    def respond(pdu: bytes) -> bytes:
        start, stop = codec.element(pdu, 0, len(pdu), pdu[0])
        _, rest = codec.number(pdu, start, stop)
        binding = codec.tagged(codec.OBJECT_ID, NAME) + codec.tagged(codec.OCTETS, values())
        bindings = codec.tagged(codec.SEQUENCE, codec.tagged(codec.SEQUENCE, binding))
        return codec.tagged(codec.RESPONSE, pdu[start:rest] + codec.integer(0) * 2 + bindings)

    return Engines(respond)


def security(seconds: Callable[[], float] = lambda: 0.0) -> UserSecurity:
    user = User(
        agent_v3.USER,
        agent_v3.AUTHENTICATION,
        agent_v3.AUTHENTICATION_KEY.encode(),
        agent_v3.PRIVACY,
        agent_v3.PRIVACY_KEY.encode(),
    )
    return UserSecurity(user, seconds)


def asked(request: int) -> bytes:
    body = codec.integer(request) + codec.integer(0) * 2 + codec.names_only((NAME,))
    return codec.tagged(codec.GET, body)


def met(engines: Engines) -> UserSecurity:
    """Return a security that knows the engine."""
    ours = security()
    with pytest.raises(Resynchronised):
        ours.unseal(engines.answer(ours.seal(2**30, b""), HERE))
    return ours


def exchanged(ours: UserSecurity, engines: Engines, request: int) -> tuple[bytes, Reply]:
    datagram = engines.answer(ours.seal(request, asked(request)), HERE)
    return datagram, ours.unseal(datagram)


def test_replies_of_the_same_and_of_other_lengths_are_read_one_after_the_other() -> None:
    chance = random.Random(1)
    texts: list[bytes] = []

    def value() -> bytes:
        texts.append(chance.randbytes(chance.choice((3, 3, 3, 60, 61, 200))))
        return texts[-1]

    engines = echo(value)
    ours = met(engines)
    for request in range(2**30, 2**30 + 200):
        _, reply = exchanged(ours, engines, request)
        assert (reply.request, reply.names, reply.values) == (request, [NAME], [texts[-1]])
    assert ours.proven


def outcome(read: Callable[[bytes], Frame], datagram: bytes) -> Frame | None:
    try:
        return read(datagram)
    except MalformedReplyError:
        return None


def test_whatever_happens_to_a_message_the_remembered_shape_says_what_taking_it_apart_says() -> None:
    engines = echo(lambda: b"text of one length")
    ours, shapes, chance = met(engines), Shapes(), random.Random(2)
    datagrams = [exchanged(ours, engines, 2**30 + number)[0] for number in range(20)]
    for datagram in datagrams:
        shapes.keep(datagram, v3_frame.parsed(datagram))
    remembered = 0
    for number in range(6_000):
        changed = bytearray(datagrams[number % len(datagrams)])
        for _ in range(chance.randrange(3)):
            changed[chance.randrange(min(120, len(changed)))] = chance.randrange(256)
        spoilt = bytes(changed) if number % 4 else damaged(bytes(changed), chance)
        found = outcome(shapes.frame, spoilt)
        assert found == outcome(v3_frame.parsed, spoilt)
        remembered += found is not None and found.changing == v3_frame.parsed(datagrams[0]).changing
    assert remembered > 1_000


def test_one_flipped_bit_anywhere_in_a_reply_like_the_last_one_is_refused() -> None:
    engines = echo(lambda: b"text of one length")
    ours = met(engines)
    for request in range(2**30, 2**30 + 3):
        exchanged(ours, engines, request)
    datagram = engines.answer(ours.seal(2**30 + 9, asked(2**30 + 9)), HERE)
    for place in range(len(datagram) * 8):
        spoilt = bytearray(datagram)
        spoilt[place // 8] ^= 1 << place % 8
        with pytest.raises(MalformedReplyError):
            ours.unseal(bytes(spoilt))
    assert ours.unseal(datagram).values == [b"text of one length"]


def test_no_more_than_a_few_shapes_are_remembered() -> None:
    lengths = iter(range(1, 200))
    engines = echo(lambda: bytes(next(lengths)))
    ours = met(engines)
    for request in range(2**30, 2**30 + 150):
        exchanged(ours, engines, request)
    assert len(ours._engine.shapes._known) <= 16
