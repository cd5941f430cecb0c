"""A TCP line of the tests that carries so many bytes towards a real server and then breaks, at a place of the test's choice."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 4096
_WAIT_SECONDS: Final = 5.0


class LimitedLine:
    """`with LimitedLine(host, port) as line:` listens on port 0 of loopback; `break_after` says when and how it breaks."""

    def __init__(self, host: str, port: int) -> None:
        """Take the server it leads to."""
        self.carried = 0
        """Bytes carried towards the server since `break_after` or the beginning."""
        self._there = (host, port)
        self._limit: int | None = None
        self._breaking: Callable[[], object] = lambda: None
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def break_after(self, count: int | None, breaking: Callable[[], object] = lambda: None) -> None:
        """Break after this many bytes, doing `breaking` just before; None: carry everything."""
        self.carried, self._limit, self._breaking = 0, count, breaking

    def __enter__(self) -> Self:
        """Listen."""
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Break whatever is open."""
        _break(self._door, *self._open)
        for thread in self._threads:
            thread.join(_WAIT_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(self._there, _WAIT_SECONDS)
            server.settimeout(None)
            self._open += (client, server)
            for pump, ends in ((self._forth, (client, server)), (_back, (server, client))):
                thread = threading.Thread(target=pump, args=ends, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := client.recv(_CHUNK):
                left = len(content) if self._limit is None else self._limit - self.carried
                server.sendall(content[:left])
                self.carried += min(left, len(content))
                if left < len(content):
                    self._breaking()
                    break
        _break(client, server)


def _back(server: socket.socket, client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := server.recv(_CHUNK):
            client.sendall(content)
    _break(client, server)


def _break(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
