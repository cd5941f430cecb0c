"""An HTTP server of the tests: keeps what it is told, answers as it is told to, late, in halves or not at all."""

import http.server
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

_LONGEST_STALL = 30.0


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer; a body that is cut ends after its half, a stalled one begins after so many seconds."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: float = 0.0
    cut: bool = False
    hang_up: bool = False
    """Close without a word."""


class HttpReceiver:
    """`with HttpReceiver() as server:` listens on port 0 of loopback, with TLS when given a certificate and its key."""

    def __init__(self, certificate: tuple[Path, Path] | None = None, address: str = "127.0.0.1", port: int = 0) -> None:
        """Bind, to `port` as one that is back; answers come in the order of `replies`, then as `answer` says."""
        self.heard: list[Heard] = []
        self.replies: deque[Reply] = deque()
        self._server = http.server.ThreadingHTTPServer((address, port), type("Handler", (_Handler,), {"receiver": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._scheme = "http" if certificate is None else "https"
        self._address = address
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Address without a path."""
        return f"{self._scheme}://{self._address}:{self.port}"

    def answer(self, heard: Heard) -> Reply:  # noqa: ARG002  # for those who know better
        """Answer what no reply was prepared for."""
        return Reply()

    def take(self, heard: Heard) -> Reply:
        """Note a request and choose its answer."""
        self.heard.append(heard)
        reply = self.replies.popleft() if self.replies else self.answer(heard)
        if reply.stall:
            self._stopping.wait(min(reply.stall, _LONGEST_STALL))
        return reply

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Heard]:
        """Return what was heard once it is so many requests."""
        deadline = time.monotonic() + seconds
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.heard

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    receiver: ClassVar[HttpReceiver]
    timeout = _LONGEST_STALL

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.receiver.take(Heard(self.command, self.path, headers, body))
        try:
            self._say(reply)
        except OSError:  # the caller went away
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _any  # noqa: N815  # the names the library looks for

    def _say(self, reply: Reply) -> None:
        self.close_connection = True
        if reply.hang_up:
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # as the library names it
        """Say nothing."""
