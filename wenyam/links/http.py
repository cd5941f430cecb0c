"""HTTP requests as a person's browser would make them: followed redirects, checked certificates, a page of bounded size."""

import asyncio
import socket
import ssl
from collections.abc import Sequence

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from wenyam.clock import Clock
from wenyam.errors import CertificateError, CollectError, MalformedReplyError, UnknownHostError
from wenyam.links.http_page import Page, Request
from wenyam.links.sockets import failure_of, silence
from wenyam.links.tls import client_context, handshake_failure, verification_words

_AGENT = "wenyam"
_CHUNK = 1 << 16


class HttpPool:
    """Makes requests, each over a fresh connection, because an old one proves nothing about a new user."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock; opens nothing."""
        self._clock = clock
        self._connector: aiohttp.TCPConnector | None = None

    async def fetch(self, request: Request, seconds: float) -> Page:
        """Fetch one page within this many seconds; a CollectError when there is no answer at all."""
        at = request.url
        try:
            async with asyncio.timeout(seconds):
                return await self._fetch(request)
        except TimeoutError as error:
            raise silence(at, seconds) from error
        except aiohttp.TooManyRedirects as error:
            raise MalformedReplyError(f"{at}: redirected more than {request.redirects} times") from error
        except aiohttp.ClientError as error:
            raise client_failure(error, at) from error
        except ValueError as error:  # a redirect to what is no URL, a broken header
            raise MalformedReplyError(f"{at}: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close what is open."""
        if self._connector is not None:
            await self._connector.close()

    async def _fetch(self, request: Request) -> Page:
        begun = self._clock.monotonic()
        context = client_context(request.authority, verify=request.verify)
        async with (
            self._session(request.address) as session,
            session.request(
                request.method,
                request.url,
                headers=_login(request),
                ssl=context,
                allow_redirects=request.redirects > 0,
                max_redirects=request.redirects + 1,
            ) as answer,
        ):
            body, complete = await _read(answer.content, request.size_limit)
            took = self._clock.monotonic() - begun
            return Page(answer.status, str(answer.url), body, answer.headers.get("Content-Type", ""), took, complete)

    def _session(self, address: str | None) -> aiohttp.ClientSession:
        """Open a session of one request: its cookies live as long as its redirects."""
        if address is None and self._connector is None:
            self._connector = aiohttp.TCPConnector(force_close=True, limit=0)
        pinned = None if address is None else _OneAddressConnector(address)
        return aiohttp.ClientSession(
            connector=pinned or self._connector,
            connector_owner=pinned is not None,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"User-Agent": _AGENT},
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=True,
        )


class _OneAddressConnector(aiohttp.TCPConnector):
    """Connects to one address, whatever host stands in the URL."""

    def __init__(self, address: str) -> None:
        self._one = _OneAddress(address)
        super().__init__(force_close=True, resolver=self._one)

    # The library asks its resolver for names only: without this a URL with an address in it would be asked there, and a test
    # of the DR site would be told of the main site.
    async def _resolve_host(self, host: str, port: int, traces: Sequence[object] | None = None) -> list[ResolveResult]:  # noqa: ARG002  # the library's form
        return await self._one.resolve(host, port)


class _OneAddress(AbstractResolver):
    """Resolves every name to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:  # noqa: ARG002  # the library's form
        own = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self._address, port=port, family=own, proto=0, flags=socket.AI_NUMERICHOST)]

    async def close(self) -> None:
        """Hold nothing."""


def _login(request: Request) -> dict[str, str]:
    """Return the header of a basic login (RFC 7617); aiohttp drops it when a redirect leads to another server."""
    if request.username is None:
        return {}
    return {"Authorization": aiohttp.encode_basic_auth(request.username, request.password or "", "utf-8")}


async def _read(content: aiohttp.StreamReader, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    while len(body) <= limit:
        chunk = await content.read(_CHUNK)
        if not chunk:
            return bytes(body), True
        body += chunk
    return bytes(body[:limit]), False


def client_failure(error: aiohttp.ClientError, at: str) -> CollectError:
    """Turn an error of the HTTP library into our own."""
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return MalformedReplyError(f"{at}: redirected to what is no web address")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate_failure(error, at)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return UnknownHostError(f"'{error.host}'")
    if isinstance(error, aiohttp.ClientConnectorError):
        inner = error.os_error
        return handshake_failure(inner, at) if isinstance(inner, ssl.SSLError) else failure_of(inner, at)
    if isinstance(error, OSError):
        return failure_of(error, at)
    return MalformedReplyError(f"{at}: no valid HTTP ({type(error).__name__})")


def _certificate_failure(error: aiohttp.ClientConnectorCertificateError, at: str) -> CertificateError:
    inner = error.certificate_error
    words = verification_words(inner, error.host) if isinstance(inner, ssl.SSLCertVerificationError) else str(inner)
    return CertificateError(f"{at}: {words}")
