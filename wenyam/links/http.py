"""HTTP requests as a person's browser would make them: followed redirects, checked certificates, a page of bounded size."""

import asyncio
import codecs
import re
import ssl
from dataclasses import dataclass

import aiohttp

from wenyam.clock import Clock
from wenyam.errors import CertificateError, CollectError, MalformedReplyError, UnknownHostError
from wenyam.links.sockets import failure_of, silence
from wenyam.links.tls import client_context, handshake_failure, verification_words

_AGENT = "wenyam"
_CHUNK = 1 << 16
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_THAI = "cp874"


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for. No secret is ever part of `url`."""

    url: str
    method: str = "GET"
    redirects: int = 5
    """How many are followed; 0 returns the first answer as it is."""
    username: str | None = None
    password: str | None = None
    authority: str | None = None
    """Path of the file of the only authorities to trust; the system's when None."""
    verify: bool = True
    size_limit: int = 1 << 20
    """Bytes of the page that are read."""

    def __repr__(self) -> str:
        """Show no password."""
        return f"Request({self.method} {self.url})"


@dataclass(frozen=True, slots=True)
class Page:
    """The final answer."""

    status: int
    url: str
    body: bytes
    content_type: str
    seconds: float
    """Until the whole page, or its first `size_limit` bytes, had been read."""
    complete: bool
    """False when the page is longer than the limit."""

    @property
    def text(self) -> str:
        """The page's text."""
        return decode_page(self.body, self.content_type)


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
            raise _failure(error, at) from error
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
            self._session() as session,
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

    def _session(self) -> aiohttp.ClientSession:
        """Open a session of one request: its cookies live as long as its redirects."""
        if self._connector is None:
            self._connector = aiohttp.TCPConnector(force_close=True, limit=0)
        return aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"User-Agent": _AGENT},
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=True,
        )


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


def _failure(error: aiohttp.ClientError, at: str) -> CollectError:
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


def decode_page(body: bytes, content_type: str) -> str:
    """Decode a page by its header, else its meta element, else UTF-8, else Thai (windows-874)."""
    named = _HEADER_CHARSET.search(content_type)
    inside = None if named else _META_CHARSET.search(body[:4096])
    charset = named.group(1) if named else inside.group(1).decode("ascii") if inside else ""
    if charset:
        try:
            return body.decode(codecs.lookup(_thai_name(charset)).name, "replace")
        except LookupError:  # a charset nobody knows: guess as if none was named
            return _guessed(body)
    return _guessed(body)


def _thai_name(charset: str) -> str:
    """Python's own TIS-620 lacks the quotation marks that pages marked so hold."""
    return _THAI if charset.lower() in ("tis-620", "windows-874", "iso-8859-11", "tis620") else charset


def _guessed(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    replaced = text.count("�")
    return body.decode(_THAI, "replace") if replaced > 1 else text
