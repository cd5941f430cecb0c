"""A configuration as text: what of it is compared, its stanzas, and the manifest's sections. Pure."""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wenyam.backup.comparison import LEFT_OUT
from wenyam.backup.sources.network_families import Family
from wenyam.backup.sources.network_masks import hidden
from wenyam.i18n.clean_text import clean

LOADABLE: Final = "loadable"
TEXT_ONLY: Final = "text only"
SECRETS_REMOVED: Final = "secrets removed"
_SEPARATOR: Final = re.compile(r"\s*[!#]*\s*")
_CLOSERS: Final = re.compile(r"(?:[})\]];?|end|exit|next|quit|return|exit-\S+)")
_REMOVED: Final = re.compile(r"(?i)(?:password|passwd|secret|key|community|pwd)\b.*(?:\*{4,}|<(?:removed|hidden)>)")
_TITLE: Final = 120


@dataclass(frozen=True, slots=True)
class Reading:
    """How a family's text is read, with what the job's options changed."""

    family: Family
    volatile: re.Pattern[str]
    outward: re.Pattern[str]
    stanza: re.Pattern[str]

    @classmethod
    def of(cls, family: Family, further: Sequence[str] = ()) -> "Reading":
        """Compile a family's patterns and further ones of volatile lines."""
        return cls(family, _any((*family.volatile, *further)), _any(family.outward), re.compile(family.stanza))


def decoded(raw: bytes) -> str:
    """Return text with plain line ends; bytes that are no UTF-8 (Thai in TIS-620) come through and back by `encoded`."""
    text = raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    return text.strip("\n") + "\n" if text.strip() else ""


def encoded(text: str) -> bytes:
    """Return the bytes of a decoded text."""
    return text.encode("utf-8", "surrogateescape")


def settled(text: str, reading: Reading) -> list[str]:
    """Return the lines that change only when somebody changes them."""
    lines = (line.rstrip() for line in text.strip("\n").split("\n"))
    return [line for line in lines if not reading.volatile.fullmatch(line)]


def compared(text: str, reading: Reading) -> list[str]:
    """Return the lines a restore is compared by: no separators, nothing that reaches outside the device."""
    return [line for line in settled(text, reading) if not (_SEPARATOR.fullmatch(line) or reading.outward.fullmatch(line))]


def measure(text: str, reading: Reading, key: bytes) -> dict[str, dict[str, str]]:
    """Return the manifest's sections. Digests are keyed: a short secret could be guessed from a plain one."""
    lines = compared(text, reading)
    sections = {name: _digest("\n".join(body), key) for name, body in _numbered(stanzas(lines, reading.stanza))}
    outward = {
        hidden(line): "it would reach outside a scratch device"
        for line in settled(text, reading)
        if reading.outward.fullmatch(line)
    }
    parts = {
        "grade": {"configuration": grade(text, reading.family)},
        "lines": {"configuration": str(len(lines))},
        "sections": sections,
        "text": {"configuration": _digest("\n".join(lines), key)},
    }
    return {**parts, LEFT_OUT: outward} if outward else parts


def grade(text: str, family: Family) -> str:
    """Say what a restore of it is worth: loadable, text only, or without its secrets."""
    if any(_REMOVED.search(line) for line in text.split("\n")):
        return SECRETS_REMOVED
    return LOADABLE if family.loads else TEXT_ONLY


def stanzas(lines: Sequence[str], first: re.Pattern[str]) -> Iterator[tuple[str, list[str]]]:
    """Part a configuration at its top level: the first line of each stanza, and all of its lines."""
    title, body = "", list[str]()
    for line in lines:
        begins = first.fullmatch(line) and not _CLOSERS.fullmatch(line)
        if begins and body:
            yield title, body
            body = []
        title = line if begins or not body else title
        body.append(line)
    if body:
        yield title, body


def _numbered(found: Iterator[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Give each stanza a name of its own, without secrets."""
    times: dict[str, int] = {}
    for title, body in found:
        name = clean(hidden(title.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")), _TITLE)
        times[name] = times.get(name, 0) + 1
        yield (name if times[name] == 1 else f"{name} ({times[name]})"), body


def version_of(text: str) -> str:
    """Return the version in FRR's own first lines; empty when it tells none."""
    found = re.search(r"^frr version (\S+)", text, re.MULTILINE)
    return "" if found is None else found[1]


def tools_of(text: str) -> Mapping[str, str]:
    """Return the program that wrote the text, where it says so."""
    version = version_of(text)
    return {"frr": clean(version, _TITLE)} if version else {}


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def _digest(text: str, key: bytes) -> str:
    return hmac.digest(key, encoded(text), hashlib.sha256).hex()
