"""One question to an NTP server (RFC 5905, client mode): how far its clock is from ours."""

import asyncio
import contextlib
import secrets
import socket
import struct
from dataclasses import dataclass
from typing import Final

from wenyam.clock import Clock
from wenyam.errors import CollectError, MalformedReplyError
from wenyam.links.sockets import failure_of, resolve, silence, where
from wenyam.model.instants import MILLISECONDS, Instant

TRIES: Final = 3
_PACKET: Final = struct.Struct("!BBbbII4sQQQQ")
_ASKING: Final = bytes((0x23,))  # version 4, client
_SERVER, _UNSYNCHRONISED, _LAST_STRATUM = 4, 3, 15
_ERA_SECONDS: Final = 2**32
_EPOCH: Final = 2_208_988_800
"""Seconds from 1900, where NTP begins to count, to 1970."""
_FRACTION: Final = 2**32


class NotInStepError(CollectError):
    """The time server answers, but its own clock is in step with nobody."""

    hint = "See its sources, for example with 'chronyc sources' or 'ntpq -p'."


@dataclass(frozen=True, slots=True)
class Measured:
    """What an answer says."""

    offset: float
    """Server's clock minus ours, in seconds."""
    delay: float
    """Seconds the question and the answer were on their way together."""
    stratum: int


async def ask(clock: Clock, address: str, port: int, seconds: float) -> Measured:
    """Ask until one answer comes; a CollectError when none comes in time, or the server is in step with nobody."""
    deadline = clock.monotonic() + seconds
    wrong = 0
    for attempt in range(TRIES):
        share = (deadline - clock.monotonic()) / (TRIES - attempt)
        measured, ignored = await _ask_once(clock, (address, port), share)
        wrong += ignored
        if measured is not None:
            return measured
    at = where(address, port)
    if wrong:
        raise MalformedReplyError(f"{at}: {wrong} replies were not answers to our question; somebody may be forging them")
    raise silence(f"NTP server {at}", seconds)


async def _ask_once(clock: Clock, server: tuple[str, int], seconds: float) -> tuple[Measured | None, int]:
    """Return the first answer to our own question and how many datagrams were none. The cookie is what a forger cannot know."""
    place = (await resolve(*server, seconds))[0]
    loop = asyncio.get_running_loop()
    cookie, ignored = secrets.randbits(64), 0
    with socket.socket(place.family, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        try:
            await loop.sock_connect(opened, place.address)
            sent, begun = clock.now(), clock.monotonic()
            await loop.sock_sendall(opened, _ASKING.ljust(40, b"\0") + cookie.to_bytes(8, "big"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        reply = await loop.sock_recv(opened, 1024)
                        measured = read_reply(reply, cookie, sent, clock.monotonic() - begun, where(*server))
                        if measured is not None:
                            return measured, ignored
                        ignored += 1
        except OSError as error:
            raise failure_of(error, where(*server)) from error
    return None, ignored


def read_reply(reply: bytes, cookie: int, sent: Instant, took: float, at: str) -> Measured | None:
    """Understand a reply to the question sent then, which took so many seconds; None when it answers something else."""
    if len(reply) < _PACKET.size:
        return None
    head, stratum, _, _, _, _, reference, _, origin, received, answered = _PACKET.unpack_from(reply)
    if origin != cookie or head & 7 != _SERVER:
        return None
    if stratum == 0:
        word = reference.rstrip(b"\0").decode("ascii", "replace")
        raise NotInStepError(f"{at} refuses with '{word}'" if word.isalnum() else f"{at} names no source")
    if head >> 6 == _UNSYNCHRONISED or stratum > _LAST_STRATUM or not answered:
        raise NotInStepError(f"{at} says that its clock is not set")
    ours = sent / MILLISECONDS
    arrived, left = _seconds(received, ours), _seconds(answered, ours)
    offset = ((arrived - ours) + (left - (ours + took))) / 2
    return Measured(offset, max(0.0, took - (left - arrived)), stratum)


def _seconds(written: int, near: float) -> float:
    """Turn 32.32 bits into seconds since 1970, in the era that is nearest to our own clock (the first one ends in 2036)."""
    seconds = written / _FRACTION - _EPOCH
    return seconds + round((near - seconds) / _ERA_SECONDS) * _ERA_SECONDS
