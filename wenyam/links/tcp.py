"""The time to open a TCP connection, and the first bytes a server says by itself."""

import asyncio

from wenyam.clock import Clock
from wenyam.errors import ConnectionRefusedByDeviceError
from wenyam.links.sockets import connect, failure_of, silence, where


async def connect_seconds(clock: Clock, address: str, port: int, seconds: float) -> float:
    """Open a connection, close it, and return the seconds it took to open; a CollectError otherwise."""
    begun = clock.monotonic()
    opened = await connect(address, port, seconds)
    took = clock.monotonic() - begun
    opened.close()
    return took


async def first_bytes(clock: Clock, address: str, port: int, seconds: float, limit: int = 255) -> bytes:
    """Connect and return what the server says first, at most `limit` bytes; a CollectError when it says nothing in time."""
    begun = clock.monotonic()
    opened = await connect(address, port, seconds)
    try:
        async with asyncio.timeout(max(0.0, seconds - (clock.monotonic() - begun))):
            said = await asyncio.get_running_loop().sock_recv(opened, limit)
    except TimeoutError as error:
        raise silence(where(address, port), seconds) from error
    except OSError as error:
        raise failure_of(error, where(address, port)) from error
    finally:
        opened.close()
    if not said:
        raise ConnectionRefusedByDeviceError(f"{where(address, port)}: closed at once")
    return said
