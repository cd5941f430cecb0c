"""Ping: thousands of addresses over one socket per address family (RFC 792, RFC 4443)."""

import asyncio
import socket
from collections.abc import Iterable
from functools import lru_cache

from wenyam.clock import Clock
from wenyam.errors import CollectError, MissingPrivilegeError
from wenyam.links.icmp_socket import Destination, IcmpSocket
from wenyam.links.sockets import resolve

_SENT_AT_ONCE = 64
"""Pings sent before the loop may read answers, so that a burst does not overrun the receive buffer."""


class Pinger:
    """Pings IPv4 and IPv6 addresses; opens its sockets at the first ping and keeps them until `close`."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock; opens nothing."""
        self._clock = clock
        self._sockets: dict[socket.AddressFamily, IcmpSocket] = {}

    async def ping(self, address: str, timeout: float) -> float:  # noqa: ASYNC109  # the shared socket keeps the time, no task per ping
        """Return the round trip in seconds; NoAnswerError, UnknownHostError or MissingPrivilegeError otherwise."""
        family, destination = _numeric(address) or await _looked_up(address, timeout)
        return await self._socket(family).echo(destination, timeout)

    async def ping_many(self, addresses: Iterable[str], timeout: float) -> dict[str, float | None]:  # noqa: ASYNC109  # as in `ping`
        """Ping all addresses together; seconds by address, None for those that did not answer."""
        tasks: dict[str, asyncio.Task[float]] = {}
        for address in dict.fromkeys(addresses):
            tasks[address] = asyncio.ensure_future(self.ping(address, timeout))
            if len(tasks) % _SENT_AT_ONCE == 0:
                await asyncio.sleep(0)
        outcomes = await asyncio.gather(*tasks.values(), return_exceptions=True)
        return {address: _seconds(outcome) for address, outcome in zip(tasks, outcomes, strict=True)}

    async def close(self) -> None:
        """Close the sockets; pings still waiting fail."""
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _socket(self, family: socket.AddressFamily) -> IcmpSocket:
        if family not in self._sockets:
            self._sockets[family] = IcmpSocket(self._clock, family)
        return self._sockets[family]


def _seconds(outcome: float | BaseException) -> float | None:
    if isinstance(outcome, float):
        return outcome
    if isinstance(outcome, CollectError) and not isinstance(outcome, MissingPrivilegeError):
        return None
    raise outcome


@lru_cache(maxsize=1 << 16)
def _numeric(address: str) -> tuple[socket.AddressFamily, Destination] | None:
    """Read a numeric address; None for a name. Never asks a name server."""
    try:
        found = socket.getaddrinfo(address, 0, flags=socket.AI_NUMERICHOST, type=socket.SOCK_DGRAM)
    except socket.gaierror:
        return None
    return found[0][0], found[0][4]  # type: ignore[return-value]  # typeshed joins the tuples of every family


async def _looked_up(address: str, seconds: float) -> tuple[socket.AddressFamily, Destination]:
    place = (await resolve(address, 0, seconds))[0]
    return place.family, place.address
