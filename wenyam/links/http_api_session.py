"""JSON over HTTPS from one server: its certificate checked or pinned, no other host ever asked, answers and requests bounded."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Container
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import AddrInfoType
from yarl import URL

from wenyam.clock import Clock
from wenyam.errors import BudgetSpentError, CertificateError, CollectError, CredentialsRefusedError, MalformedReplyError
from wenyam.links.http import client_failure
from wenyam.links.http_api import Allowance, ApiAnswer, ApiServer
from wenyam.links.sockets import silence
from wenyam.links.tls import client_context

__all__ = ["Allowance", "ApiAnswer", "ApiServer", "ApiSession"]

_AGENT: Final = "wenyam"
_CHUNK: Final = 1 << 16
_CLOSED: Final = -1
_TURNS: Final = 100
"""Turns of the loop in which closed connections may take their leave."""
_UNAUTHORIZED: Final = 401
_REDIRECTS: Final = range(300, 400)
_GOOD: Final = range(200, 300)


class ApiSession(AbstractAsyncContextManager["ApiSession"]):
    """`async with ApiSession(...)`: questions to one server until a deadline, over connections that stay open meanwhile."""

    def __init__(self, clock: Clock, server: ApiServer, allowance: Allowance, seconds: float, credential: str = "") -> None:
        """Take who is asked, for how many seconds at most, and the name of the credential for sentences; opens nothing."""
        self._clock = clock
        self._server = server
        self._allowance = allowance
        self._seconds = seconds
        self._deadline = clock.monotonic() + seconds
        self._credential = credential
        self._spent = 0
        self._turns = asyncio.Semaphore(allowance.parallel)
        self._client: aiohttp.ClientSession | None = None
        self._refused = False
        self._believed = False
        self._login: dict[str, str] = {}
        self._sockets: list[socket.socket] = []

    async def __aenter__(self) -> Self:
        """Make the client; connects nowhere yet."""
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._allowance.parallel, socket_factory=self._open),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": _AGENT, "Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close every connection at once, also those to a server that would never agree to it."""
        if self._client is not None:
            await self._client.close()
        for opened in self._sockets:
            with contextlib.suppress(OSError):  # most are closed already
                opened.shutdown(socket.SHUT_RDWR)
        for _ in range(_TURNS):
            if all(opened.fileno() == _CLOSED for opened in self._sockets):
                return
            await asyncio.sleep(0)

    def log_in_with(self, header: str, value: str) -> None:
        """Send this header with every question from now on."""
        self._login[header] = value

    def log_in_basic(self, username: str, password: str) -> None:
        """Send name and password with every question from now on (RFC 7617)."""
        self.log_in_with("Authorization", aiohttp.encode_basic_auth(username, password, "utf-8"))

    def extend(self, seconds: float) -> None:
        """Let questions be asked for so many seconds from now, whatever was left."""
        self._deadline = self._clock.monotonic() + seconds

    async def get(self, path: str) -> Any:
        """Return what stands at a path of this server."""
        return (await self.ask("GET", path)).data

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        refusals: Container[int] = (_UNAUTHORIZED,),
        tolerated: Container[int] = (),
    ) -> ApiAnswer:
        """Ask once; a CollectError when there is no good answer.

        A login that was never seen to work and is refused is a CredentialsRefusedError, and nothing more is asked. A question
        that itself carries a login in its body names the statuses that refuse it. A tolerated status is an answer without data.
        """
        url = URL(self._server.at + self.own_path(path), encoded=True)
        async with self._turns:
            if self._refused:
                raise self._refusal(url)
            answer = await self._answer(method, url, body)
        if answer.status not in tolerated:
            self._judge(answer, url, refusals)
        return answer

    def own_path(self, link: str) -> str:
        """Return path and query of a link; MalformedReplyError when it leads to another host or is no link."""
        try:
            parts = urlsplit(link)
        except ValueError as error:
            raise MalformedReplyError(f"{self._server.at}: a link that is none") from error
        own = f"{parts.scheme}://{parts.netloc}" in ("://", self._server.at)
        if not own or not parts.path.startswith("/") or not link.isascii() or not link.isprintable() or {*'\\ "<>'} & {*link}:
            raise MalformedReplyError(f"{self._server.at}: a link that leads elsewhere was not followed: {link[:200]!r}")
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _judge(self, answer: ApiAnswer, url: URL, refusals: Container[int]) -> None:
        if answer.status in refusals and not self._believed:
            self._refused = True
            raise self._refusal(url)
        if answer.status in _REDIRECTS:
            raise MalformedReplyError(f"{url}: redirects elsewhere, which is not followed")
        if answer.status not in _GOOD:
            raise CollectError(f"{url}: HTTP status {answer.status}")
        self._believed = self._believed or bool(self._login)

    def _refusal(self, url: URL) -> CredentialsRefusedError:
        return CredentialsRefusedError(f"credential '{self._credential}' at {url.origin()}")

    async def _answer(self, method: str, url: URL, body: Any) -> ApiAnswer:
        self._spent += 1
        if self._spent > self._allowance.requests:
            raise BudgetSpentError(f"{self._server.at}: more than {self._allowance.requests} requests for one reading")
        seconds = min(self._allowance.seconds, self._deadline - self._clock.monotonic())
        if seconds <= 0:
            raise silence(f"the whole of {self._server.at}", self._seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(method, url, body)
        except TimeoutError as error:
            raise silence(str(url), seconds) from error
        except aiohttp.ServerFingerprintMismatch as error:
            raise CertificateError(
                _other_certificate(error, url), hint="Compare it with the one at the device's console."
            ) from error
        except aiohttp.ClientResponseError as error:
            malformed = type(error).__name__
        except aiohttp.ClientError as error:
            raise client_failure(error, self._server.at) from error
        # Outside of the handler, so that it is chained nowhere: that error holds the request's headers with the login.
        raise MalformedReplyError(f"{url}: no valid HTTP ({malformed})")

    def _open(self, place: AddrInfoType) -> socket.socket:
        """Make a socket for a connection, and remember it."""
        made = socket.socket(*place[:3])
        self._sockets.append(made)
        return made

    async def _exchange(self, method: str, url: URL, body: Any) -> ApiAnswer:
        if self._client is None:
            raise RuntimeError("the session is used outside of its 'async with'")
        async with self._client.request(
            method,
            url,
            json=body,
            headers=self._login,
            ssl=self._trust(),
            server_hostname=self._server.certificate_name,
            allow_redirects=False,
        ) as answer:
            held = await self._read(answer, url)
            good = answer.status in _GOOD
            data = _parsed(held, url) if good and held.strip() else None
            return ApiAnswer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, data)

    def _trust(self) -> Any:
        if self._server.fingerprint is not None:
            return aiohttp.Fingerprint(bytes.fromhex(self._server.fingerprint))
        return client_context(self._server.authority)

    async def _read(self, answer: aiohttp.ClientResponse, url: URL) -> bytes:
        body = bytearray()
        while chunk := await answer.content.read(_CHUNK):
            body += chunk
            if len(body) > self._allowance.answer_bytes:
                answer.close()
                raise BudgetSpentError(f"{url}: an answer of more than {self._allowance.answer_bytes} bytes was cut off")
        return bytes(body)


def _parsed(body: bytes, url: URL) -> Any:
    """Parse JSON; a number beyond all numbers stays one that no reading accepts."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedReplyError(f"{url}: no valid JSON") from error


def _other_certificate(error: aiohttp.ServerFingerprintMismatch, url: URL) -> str:
    return f"{url.origin()}: shows {error.got.hex(':').upper()}, pinned is {error.expected.hex(':').upper()}"
