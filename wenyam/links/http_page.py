"""A request for a page, and the page as text, without a network library."""

import codecs
import re
from dataclasses import dataclass

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
    address: str | None = None
    """Address that is connected to, whatever the names of the URL and of its redirects resolve to; name and certificate stay."""

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
