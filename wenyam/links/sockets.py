"""Names to addresses, addresses to connections, and operating system errors to the sentences of `wenyam.errors`."""

import asyncio
import errno
import os
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from wenyam.errors import CollectError, ConnectionRefusedByDeviceError, NoAnswerError, UnknownHostError

_REFUSED = (errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE)


@dataclass(frozen=True, slots=True)
class Place:
    """One address a name stands for, as the socket functions want it."""

    family: socket.AddressFamily
    address: Any


def where(address: str, port: int) -> str:
    """Write address and port for a sentence."""
    return f"{address} port {port}"


async def resolve(address: str, port: int, seconds: float) -> list[Place]:
    """Return the places of a name or numeric address; UnknownHostError when there is none or the resolver is silent."""
    if not address:
        raise UnknownHostError("no address is given")
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHostError(f"'{address}': {_resolver_words(error)}") from error
    except TimeoutError as error:
        raise UnknownHostError(f"'{address}': the resolver did not answer within {seconds:.1f} s") from error
    return [Place(family, place) for family, _, _, _, place in found]


def _resolver_words(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror) and error.strerror:
        return error.strerror.lower()
    return "no valid name"


async def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Open a TCP connection to the first place that accepts; the caller closes the non-blocking socket it gets."""
    places = await resolve(address, port, seconds)
    try:
        async with asyncio.timeout(seconds):
            return await _connect_any(places, where(address, port))
    except TimeoutError as error:
        raise silence(where(address, port), seconds) from error


async def _connect_any(places: list[Place], at: str) -> socket.socket:
    for place in places[:-1]:
        try:
            return await _connect_place(place, at)
        except CollectError:
            continue
    return await _connect_place(places[-1], at)


async def _connect_place(place: Place, at: str) -> socket.socket:
    opened = socket.socket(place.family, socket.SOCK_STREAM)
    opened.setblocking(False)  # noqa: FBT003  # the standard library's own signature
    try:
        await asyncio.get_running_loop().sock_connect(opened, place.address)
    except OSError as error:
        opened.close()
        raise failure_of(error, at) from error
    except BaseException:
        opened.close()
        raise
    return opened


def silence(at: str, seconds: float) -> NoAnswerError:
    """Say that nothing came within this many seconds."""
    return NoAnswerError(f"{at} within {seconds:.3g} s")


def failure_of(error: OSError, at: str) -> CollectError:
    """Turn what the operating system says into our own error; `at` names address and port."""
    if isinstance(error, ssl.SSLError):
        return CollectError(f"{at}: TLS failed: {error.reason or error}")
    if isinstance(error, socket.gaierror):
        return UnknownHostError(f"{at}: {_resolver_words(error)}")
    words = os.strerror(error.errno).lower() if error.errno else str(error)
    if error.errno in _REFUSED or isinstance(error, ConnectionError):
        return ConnectionRefusedByDeviceError(f"{at}: {words}")
    return NoAnswerError(f"{at}: {words}")
