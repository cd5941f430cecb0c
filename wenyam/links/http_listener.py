"""The listening socket: bound once, kept over reloads, with a limit of connections and a deadline for the first request."""

import asyncio
import errno
import logging
import socket
import ssl

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from wenyam.errors import PortTakenError, WenyamError

_LOG = logging.getLogger(__name__)

BACKLOG = 64
CONNECTION_LIMIT = 64
FIRST_REQUEST_SECONDS = 10.0
PAUSE_SECONDS = 1.0
"""After an accept that failed, so that a full table of descriptors is not asked in a tight loop."""


class CannotListenError(WenyamError):
    """This address cannot be listened on."""

    hint = "Give an address of this machine and a port above 1023."
    permanent = True


def bind(host: str, port: int, setting: str) -> socket.socket:
    """Open the listening socket on a numeric address; PortTakenError when another program has it. Port 0 takes a free one.

    `setting` is the key of the configuration that says where to listen, for the advice.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(f"{host}:{port}", hint=f"Choose another port under {setting}.") from error
        hint = f"Give an address of this machine and a port above 1023 under {setting}."
        raise CannotListenError(f"{host}:{port}: {error.strerror or error}", hint=hint) from error
    listening.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    return listening


class Listener:
    """Accepts connections on one bound socket. A new TLS context counts from the next connection on; the port is never let go.

    An accept loop of our own, because closing an asyncio server while it accepts leaves the client hanging.
    """

    def __init__(self, listening: socket.socket, server: web.Server, context: ssl.SSLContext | None) -> None:
        """Take the bound socket, aiohttp's maker of connections and the TLS context, None for plain HTTP."""
        self._socket = listening
        self._make = server
        self.context = context
        self._accepting: asyncio.Task[None] | None = None
        self._welcoming: set[asyncio.Task[None]] = set()
        self._silent: dict[object, asyncio.TimerHandle] = {}
        """Connections that have not sent a whole request yet."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begin to accept."""
        self._accepting = asyncio.create_task(self._accept())

    def heard(self, protocol: object) -> None:
        """Note that a connection has sent a request; from now on aiohttp's own keep-alive deadline watches it."""
        timer = self._silent.pop(protocol, None)
        if timer is not None:
            timer.cancel()

    async def stop(self) -> None:
        """Accept nothing more and free the port; connections already open are left to aiohttp."""
        tasks = [task for task in (self._accepting, *self._welcoming) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for timer in self._silent.values():
            timer.cancel()
        self._silent.clear()
        self._socket.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._socket)
            except OSError as error:  # out of descriptors, or the client was gone before we looked
                _LOG.warning("a connection could not be accepted: %s", error)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if len(self._make.connections) + len(self._welcoming) >= CONNECTION_LIMIT:
                connection.close()
                continue
            task = asyncio.create_task(self._welcome(connection))
            self._welcoming.add(task)
            task.add_done_callback(self._welcoming.discard)

    async def _welcome(self, connection: socket.socket) -> None:
        limit = None if self.context is None else FIRST_REQUEST_SECONDS
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._connect, connection, ssl=self.context, ssl_handshake_timeout=limit
            )
        except OSError as error:  # a handshake that failed or took too long; the client's fault, and common
            _LOG.debug("a connection came to nothing: %s", error)
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    def _connect(self) -> asyncio.Protocol:
        protocol = self._make()
        self._silent[protocol] = asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self._hang_up, protocol)
        return protocol

    def _hang_up(self, protocol: RequestHandler) -> None:
        self._silent.pop(protocol, None)
        if protocol.transport is not None:
            protocol.transport.close()
