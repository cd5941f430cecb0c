"""A mail from outside as headers and the text a person wrote: bounded, never deeper than a few parts, never raises. Pure."""

import binascii
import codecs
import html
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

from wenyam.i18n.clean_text import clean

_HEADER_LINES: Final = 500
_HEADER_LIMIT: Final = 4000
"""Characters of one header that are looked at."""
_SUBJECT_LIMIT: Final = 300
_PARTS: Final = 20
_DEEPEST: Final = 4
_LINES: Final = 200
_LINE_LIMIT: Final = 300
_CHARSET: Final = re.compile(r"utf-?8|us-ascii|iso-?8859-[0-9]{1,2}|windows-[0-9]{3,4}|cp[0-9]{3,4}|tis-?620", re.IGNORECASE)
"""Python knows codecs that are no charsets, and some that take for ever; mail needs none of them."""
_THAI: Final = "cp874"
_PARAMETER: Final = re.compile(r";\s*([A-Za-z0-9_-]{1,40})\s*=\s*(?:\"([^\"\r\n]{0,200})\"|([^\s;\"]{1,200}))")
_NEW_LINE_TAGS: Final = ("br", "p", "div", "tr", "li", "blockquote", "/p", "/div", "/tr", "/li", "hr", "h1", "h2", "h3")
_UNSEEN: Final = ("style", "script", "head", "title")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in their order, names in small letters, values unfolded."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for known, value in self.fields if known == name]

    def first(self, name: str) -> str:
        """Return the first value of a header; empty when there is none."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Part:
    """A mail or a part of one."""

    headers: Headers
    body: bytes


def split_mail(raw: bytes) -> Part:
    """Return headers and body; what stands before the first empty line is the header, whatever it is."""
    normal = raw.replace(b"\r\n", b"\n")
    head, _, body = normal.partition(b"\n\n")
    if normal.startswith(b"\n"):
        head, body = b"", normal[1:]
    return Part(Headers(tuple(_fields(head))), body)


def _fields(head: bytes) -> Iterable[tuple[str, str]]:
    name, value = "", ""
    for line in head.decode("utf-8", "replace").split("\n")[:_HEADER_LINES]:
        if line[:1] in (" ", "\t"):
            value += " " + line.strip()
            continue
        if name:
            yield name, value[:_HEADER_LIMIT]
        found, colon, rest = line.partition(":")
        name, value = (found.strip().lower(), rest.strip()) if colon else ("", "")
    if name:
        yield name, value[:_HEADER_LIMIT]


def subject_of(headers: Headers) -> str:
    """Return the subject as one clean line."""
    written = headers.first("subject")[: 4 * _SUBJECT_LIMIT]
    try:
        parts = decode_header(written)
    except (HeaderParseError, ValueError, LookupError):
        return clean(written, _SUBJECT_LIMIT)
    return clean("".join(_decoded(part, charset) for part, charset in parts), _SUBJECT_LIMIT)


def _decoded(part: bytes | str, charset: str | None) -> str:
    return part if isinstance(part, str) else decode(part, charset or "")


def decode(content: bytes, charset: str) -> str:
    """Return text; by a charset nobody uses in mail it is taken for UTF-8, or Thai when that it cannot be."""
    if _CHARSET.fullmatch(charset):
        thai = charset.lower() in ("tis-620", "tis620", "windows-874", "iso-8859-11")
        try:
            return content.decode(_THAI if thai else codecs.lookup(charset).name, "replace")
        except LookupError:
            return _guessed(content)
    return _guessed(content)


def _guessed(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    return content.decode(_THAI, "replace") if text.count("�") > 2 else text  # noqa: PLR2004  # a cut end makes one or two


def written_lines(part: Part) -> list[str]:
    """Return the lines somebody wrote, cleaned, without empty ones and without what is quoted."""
    text = _text(part)
    lines = (line.strip() for line in text.split("\n")[:_LINES])
    cleaned = (clean(line, _LINE_LIMIT) for line in lines if line and not line.startswith(">"))
    return [line for line in cleaned if line]


def _text(part: Part) -> str:
    """Return the first plain text of a mail, else the first HTML as text."""
    hypertext = ""
    for kind, leaf in _leaves(part):
        if kind == "text/plain":
            return _content(leaf)
        if kind == "text/html" and not hypertext:
            hypertext = _content(leaf)
    return without_tags(hypertext)


def _leaves(part: Part) -> Iterable[tuple[str, Part]]:
    """Yield what is no multipart, in order; of a mail inside a mail nothing is read."""
    waiting, seen = [(part, 0)], 0
    while waiting and seen < _PARTS:
        each, depth = waiting.pop(0)
        seen += 1
        kind, parameters = content_type(each.headers)
        boundary = parameters.get("boundary", "")
        if kind.startswith("multipart/"):
            if boundary and depth < _DEEPEST:
                waiting[:0] = [(inner, depth + 1) for inner in _inside(each.body, boundary)]
        elif not each.headers.first("content-disposition").lower().startswith("attachment"):
            yield kind, each


def _inside(body: bytes, boundary: str) -> list[Part]:
    delimiter = b"\n--" + boundary.encode("utf-8", "replace")
    pieces = (b"\n" + body).split(delimiter, _PARTS + 1)[1:]
    inside = (piece for piece in pieces if not piece.startswith(b"--"))
    return [split_mail(piece.partition(b"\n")[2]) for piece in inside][:_PARTS]


def content_type(headers: Headers) -> tuple[str, dict[str, str]]:
    """Return type and parameters; what is not said is plain text."""
    written = headers.first("content-type")[:1000]
    kind = written.partition(";")[0].strip().lower()
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(written)}
    return kind if "/" in kind else "text/plain", parameters


def _content(part: Part) -> str:
    encoding = part.headers.first("content-transfer-encoding").strip().lower()
    body = part.body
    if encoding == "base64":
        body = _from_base64(body)
    elif encoding == "quoted-printable":
        body = quopri.decodestring(body)
    return decode(body, content_type(part.headers)[1].get("charset", "").strip())


def _from_base64(body: bytes) -> bytes:
    """Decode as far as it goes: the mail may have been cut."""
    letters = _NOT_BASE64.sub(b"", body.partition(b"=")[0])
    try:
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _rest(letters))
    except binascii.Error:
        return b""


def _rest(letters: bytes) -> bytes:
    over = letters[len(letters) // 4 * 4 :]
    return b"" if len(over) < 2 else over + b"=" * (4 - len(over))  # noqa: PLR2004  # one letter alone is no byte


def without_tags(hypertext: str) -> str:
    """Return the text of HTML in one pass: a tag is what is between angle brackets, some of them begin a line."""
    first, *pieces = hypertext.split("<")
    shown, hidden = [first], ""
    for piece in pieces:
        tag, closed, text = piece.partition(">")
        name = tag[:20].lower().split(" ")[0].rstrip("/")
        if hidden:
            hidden = "" if name == "/" + hidden else hidden
        elif name in _UNSEEN:
            hidden = name
        if name in _NEW_LINE_TAGS:
            shown.append("\n")
        if closed and not hidden:
            shown.append(text)
    return html.unescape("".join(shown))
