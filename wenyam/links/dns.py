"""One DNS query to one server: UDP with retries, TCP when the answer is cut (RFC 7766)."""

import asyncio
import contextlib
import secrets
import socket
from dataclasses import dataclass

from wenyam.clock import Clock
from wenyam.errors import MalformedReplyError, UnknownHostError
from wenyam.links.dns_messages import Message, answers, build_query, read_answer
from wenyam.links.sockets import connect, failure_of, resolve, silence, where

TRIES = 3
"""Datagrams may be lost; each try has a share of the time."""
_LARGEST = 65_535


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said, and how long it took from the query that it answered."""

    message: Message
    seconds: float


async def ask(clock: Clock, address: str, port: int, question: tuple[str, str], seconds: float) -> Answer:
    """Ask a server for (name, type); a CollectError when it does not answer in time or not in DNS."""
    deadline = clock.monotonic() + seconds
    at = where(address, port)
    ignored = 0
    for attempt in range(TRIES):
        begun = clock.monotonic()
        share = (deadline - begun) / (TRIES - attempt)
        query = _query(question)
        reply, wrong = await _ask_by_datagram(address, port, query, share)
        ignored += wrong
        if reply is None:
            continue
        message = read_answer(query, reply)
        if message.truncated:
            left = max(0.01, deadline - clock.monotonic())
            message = read_answer(query, await _ask_by_stream(address, port, query, left))
        return Answer(message, clock.monotonic() - begun)
    if ignored:
        raise MalformedReplyError(f"{at}: {ignored} replies were not answers to our question; somebody may be forging them")
    raise silence(f"DNS server {at}", seconds)


def _query(question: tuple[str, str]) -> bytes:
    name, kind = question
    try:
        return build_query(secrets.randbelow(1 << 16), name, kind)
    except (ValueError, UnicodeError) as error:
        raise UnknownHostError(f"'{name}' is no DNS name") from error


async def _ask_by_datagram(address: str, port: int, query: bytes, seconds: float) -> tuple[bytes | None, int]:
    """Return the first datagram that answers, None when time is up, and how many did not fit the question.

    The socket is connected, so that the kernel drops datagrams from other addresses, and its port is random.
    """
    place = (await resolve(address, port, seconds))[0]
    loop = asyncio.get_running_loop()
    ignored = 0
    with socket.socket(place.family, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        try:
            await loop.sock_connect(opened, place.address)
            await loop.sock_sendall(opened, query)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        reply = await loop.sock_recv(opened, _LARGEST)
                        if answers(query, reply):
                            return reply, ignored
                        ignored += 1
        except OSError as error:
            raise failure_of(error, where(address, port)) from error
    return None, ignored


async def _ask_by_stream(address: str, port: int, query: bytes, seconds: float) -> bytes:
    at = where(address, port)
    opened = await connect(address, port, seconds)
    reader, writer = await asyncio.open_connection(sock=opened)
    try:
        async with asyncio.timeout(seconds):
            writer.write(len(query).to_bytes(2, "big") + query)
            length = int.from_bytes(await reader.readexactly(2), "big")
            reply = await reader.readexactly(length)
    except TimeoutError as error:
        raise silence(f"DNS server {at} over TCP", seconds) from error
    except asyncio.IncompleteReadError as error:
        raise MalformedReplyError(f"{at}: the answer over TCP ended early") from error
    except OSError as error:
        raise failure_of(error, at) from error
    finally:
        writer.transport.abort()
    if not answers(query, reply):
        raise MalformedReplyError(f"{at}: the answer over TCP is for another question")
    return reply
