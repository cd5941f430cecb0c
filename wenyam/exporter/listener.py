"""The listening socket: bound once, kept over reloads, with a limit of connections and a deadline for the first request."""

import asyncio
import errno
import socket
import ssl

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from wenyam.errors import PortTakenError, WenyamError

BACKLOG = 64
CONNECTION_LIMIT = 64
FIRST_REQUEST_SECONDS = 10.0


class CannotListenError(WenyamError):
    """This address cannot be listened on."""

    hint = "Give an address of this machine and a port above 1023 under exporter.listen."
    permanent = True


def bind(host: str, port: int) -> socket.socket:
    """Open the listening socket on a numeric address; PortTakenError when another program has it. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(f"{host}:{port}") from error
        raise CannotListenError(f"{host}:{port}: {error.strerror or error}") from error
    listening.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    return listening


class Listener:
    """Serves one bound socket; `serve` again swaps TLS without losing the port or a waiting client."""

    def __init__(self, listening: socket.socket, server: web.Server) -> None:
        """Take the bound socket and aiohttp's maker of connections."""
        self._socket = listening
        self._make = server
        self._accepting: asyncio.Server | None = None
        self._silent: dict[object, asyncio.TimerHandle] = {}
        """Connections that have not sent a whole request yet."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    async def serve(self, context: ssl.SSLContext | None) -> None:
        """Accept connections under this TLS context from now on; those already open go on as they are."""
        former = self._accepting
        self._accepting = await asyncio.get_running_loop().create_server(
            self._connect,
            sock=self._socket.dup(),
            ssl=context,
            ssl_handshake_timeout=None if context is None else FIRST_REQUEST_SECONDS,
        )
        if former is not None:
            former.close()

    def heard(self, protocol: object) -> None:
        """Note that a connection has sent a request; from now on aiohttp's own keep-alive deadline watches it."""
        timer = self._silent.pop(protocol, None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        """Accept nothing more."""
        if self._accepting is not None:
            self._accepting.close()
        for timer in self._silent.values():
            timer.cancel()
        self._silent.clear()
        self._socket.close()

    def _connect(self) -> asyncio.Protocol:
        if len(self._make.connections) >= CONNECTION_LIMIT:
            return _HangUp()
        protocol = self._make()
        self._silent[protocol] = asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self._hang_up, protocol)
        return protocol

    def _hang_up(self, protocol: RequestHandler) -> None:
        self._silent.pop(protocol, None)
        if protocol.transport is not None:
            protocol.transport.close()


class _HangUp(asyncio.Protocol):
    """Ends a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
