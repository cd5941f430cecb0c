"""The door of traps when what stands behind it misbehaves: a decoder that hangs, a keeper that fails."""

import asyncio
import gc
import socket
import threading
import weakref
from collections.abc import Sequence

import pytest

from wenyam.clock import SystemClock
from wenyam.links import traps
from wenyam.links.traps import TrapDoor
from wenyam.links.traps_decoder import TrapDecoder
from wenyam.links.traps_messages import Community, Decoded, Notification, TrapUser
from wenyam.model.receiving import Share, TrapPlan
from wenyam.testing.clock import FakeClock
from wenyam.testing.trap_sender import trap

PLAN = TrapPlan((), port=0, share=Share(1000, 1000))
ENGINE = b"\x80\x00\x00\x00\x04test"


def decoder(clock: SystemClock | FakeClock | None = None) -> TrapDecoder:
    return TrapDecoder(
        clock or SystemClock(), ENGINE, [Community("c", b"public")], [TrapUser("u", "watch", "sha1", "canary-pass")]
    )


def send(door: TrapDoor, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, door.address)


async def soon(true: list[Notification], count: int) -> None:
    async with asyncio.timeout(10):
        while len(true) < count:  # noqa: ASYNC110  # a list cannot wake us
            await asyncio.sleep(0.02)


async def test_a_decoder_that_hangs_is_given_up_and_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traps, "_DECODE_SECONDS", 2.0)  # the tool's own limit, scaled by 1/5
    release, kept, made = threading.Event(), list[Notification](), list[int]()

    class Hanging(TrapDecoder):
        def decode(self, data: bytes, source: str) -> Decoded:
            release.wait(20)
            return super().decode(data, source)

    def make() -> TrapDecoder:
        made.append(1)
        kind = Hanging if len(made) == 1 else TrapDecoder
        return kind(SystemClock(), ENGINE, [Community("c", b"public")], [])

    async def take(heard: Sequence[Notification]) -> bool:
        kept.extend(heard)
        return True

    door = TrapDoor(SystemClock(), PLAN, make, lambda _: True, take)
    await door.start()
    try:
        send(door, trap(1))
        await asyncio.sleep(2.5)
        send(door, trap(2))
        await soon(kept, 1)
        assert [len(made), dict(door.tally.drain())] == [2, {("127.0.0.1", "malformed"): 1}]
    finally:
        release.set()
        await door.stop()


async def test_a_keeper_that_fails_is_not_hidden() -> None:
    async def take(_heard: Sequence[Notification]) -> bool:
        raise LookupError("a fault of our own")

    door = TrapDoor(SystemClock(), PLAN, decoder, lambda _: True, take)
    await door.start()
    try:
        door.check()
        send(door, trap(1))
        assert door._working is not None
        await asyncio.wait([door._working], timeout=10)
        with pytest.raises(LookupError, match="a fault of our own"):
            door.check()
    finally:
        await door.stop()


def test_what_pysnmp_never_forgets_is_thrown_away_with_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps something of every message without an answer; after so many messages the engine is made anew."""
    monkeypatch.setattr("wenyam.links.traps_decoder._MESSAGES", 20)
    reader = decoder()
    first = weakref.ref(reader._engine)
    assert all(reader.decode(trap(number), "192.0.2.1").notification is not None for number in range(25))
    gc.collect()
    assert first() is None


def test_no_secret_shows() -> None:
    shown = f"{Community('c', b'canary')} {TrapUser('u', 'watch', 'sha1', 'canary', 'aes128', 'canary')}"
    assert "canary" not in shown
