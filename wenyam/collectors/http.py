"""HTTP: is the information system's page there, with the right text, and how fast."""

import html
import unicodedata
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, model_validator

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import CredentialsRefusedError
from wenyam.links.http_page import Page, Request
from wenyam.model.samples import Reading

_UNAUTHORIZED = 401


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with http:// or https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user name and no password; use a credential of kind http-basic")
    return url


class HttpOptions(Options):
    """Which page, and what it must hold."""

    url: Annotated[str, AfterValidator(_checked_url)] = "http://{address}/"
    """`{address}` stands for the device's address."""
    port: Port | None = None
    """Replaces the port of `url`."""
    method: Literal["GET", "HEAD"] = "GET"
    at_address: bool = False
    """Connect to the device's address whatever the name in `url` resolves to; name and certificate stay."""
    expect_text: str | None = None
    """Text that the page must hold, Thai too. No pattern: a hostile page could keep one busy for ever."""
    redirects: Annotated[int, Field(ge=0, le=20)] = 5
    verify: bool = True
    """Check certificate and name."""
    authority: str | None = None
    """File of the authorities to trust instead of the system's."""
    size_limit: Annotated[int, Field(ge=1024, le=16 << 20)] = 1 << 20
    """Bytes of the page that are looked at."""

    @model_validator(mode="after")
    def _has_something_to_look_at(self) -> Self:
        if self.method == "HEAD" and self.expect_text:
            raise ValueError("HEAD brings no page to look for text in; use GET")
        return self


class HttpCollector:
    """Reads `http_status_code`, `http_duration_seconds` and, when text is expected, `http_content_matches`."""

    Config: ClassVar[type[HttpOptions]] = HttpOptions

    def __init__(self, config: HttpOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Fetch the page once; a CollectError when there was no answer, CredentialsRefusedError for a refused login."""
        page = await self._fetch(target, context)
        label = self.url(target)
        reading = ReadingBuilder(context.memory)
        reading.add("http_status_code", page.status, label)
        reading.add("http_duration_seconds", page.seconds, label)
        if self._config.expect_text is not None:
            reading.add("http_content_matches", float(holds(page.text, self._config.expect_text)), label)
        if page.url != label:
            reading.fact("http_final_url", page.url)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Fetch the page once; any answer proves life."""
        return (await self._fetch(target, context)).seconds

    def url(self, target: Target) -> str:
        """Return the address of the page of this target."""
        host = f"[{target.address}]" if ":" in target.address else target.address
        parts = urlsplit(self._config.url.replace("{address}", host))
        if self._config.port is None:
            return urlunsplit(parts)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return urlunsplit(parts._replace(netloc=f"{name}:{self._config.port}"))

    async def _fetch(self, target: Target, context: Context) -> Page:
        credential = context.credential
        password = None if credential is None else context.links.secrets.of(credential, "password")
        options = self._config
        request = Request(
            url=self.url(target),
            method=options.method,
            redirects=options.redirects,
            username=None if credential is None else credential.settings.get("username", ""),
            password=password,
            authority=options.authority,
            verify=options.verify,
            size_limit=options.size_limit,
            address=target.address if options.at_address else None,
        )
        page = await context.links.http.fetch(request, budget(context))
        if page.status == _UNAUTHORIZED and credential is not None:
            raise CredentialsRefusedError(f"credential '{credential.name}' at {request.url}")
        return page


def holds(text: str, expected: str) -> bool:
    """Tell whether a page holds the text, however the page wrote its characters (entities, composed or not)."""
    return expected in text or _plain(expected) in _plain(text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", html.unescape(text))
