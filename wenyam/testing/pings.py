"""A receiver of pings as healthchecks describes it: an address that is told of success, and `/fail` under it."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

CHECK = "5c6b1f0e-0d3e-4c3e-9f6a-3f2f6a3c9d11"
"""The secret part of the address."""
_BODY_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Ping:
    """One ping: whether it said that all is well, and its words."""

    good: bool
    body: str


class PingReceiver:
    """Listens on a free port of loopback; `status` is what it answers, and `hang` makes it take pings without an answer."""

    def __init__(self) -> None:
        """Open the port; nothing is answered before `with`."""
        self.pings: list[Ping] = []
        self.status = 200
        self._go_on = threading.Event()
        self._go_on.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            do_GET = do_POST  # noqa: N815  # the library finds it by this name

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The address to ping, which is a secret."""
        return f"http://127.0.0.1:{self.port}/ping/{CHECK}"

    def hang(self) -> None:
        """Answer nothing until `answer`."""
        self._go_on.clear()

    def answer(self) -> None:
        """Answer again."""
        self._go_on.set()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Take one request."""
        length = min(int(request.headers.get("Content-Length") or 0), _BODY_LIMIT)
        body = request.rfile.read(length).decode("utf-8", "replace")
        self._go_on.wait(30)
        known = {f"/ping/{CHECK}": True, f"/ping/{CHECK}/fail": False}.get(request.path)
        status = self.status if known is not None else 404
        if known is not None and status < 300:  # noqa: PLR2004  # HTTP: a success
            self.pings.append(Ping(known, body))
        request.send_response(status)
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"OK")

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the port."""
        self._go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
