"""What the receiving server says it checked of a sender: Authentication-Results (RFC 8601). Pure, never raises."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_RESULT: Final = re.compile(r"\s*([a-z0-9-]{1,40})(?:\s*/\s*[0-9]+)?\s*=\s*([a-z]{1,40})", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"([a-z]{1,40})\.([a-z0-9_-]{1,40})\s*=\s*(?:\"([^\"]{0,300})\"|([^\s;\"]{1,300}))", re.IGNORECASE)
_SIGNED: Final = {"dmarc": "header.from", "dkim": "header.d", "spf": "smtp.mailfrom"}
"""The property that names the domain each method vouches for."""


@dataclass(frozen=True, slots=True)
class Check:
    """One method, its result, and the domain it is about; empty when the server does not say."""

    method: str
    result: str
    domain: str


def problem_of(values: Sequence[str], authserv_id: str, sender: str) -> str:
    """Say why a sender is not proven by these headers, topmost first; empty when it is.

    Only the topmost header under the trusted name counts: what stands below may have come with the mail.
    """
    trusted = next((checks for name, checks in map(read_results, values) if name == authserv_id.lower()), None)
    if trusted is None:
        return f"no Authentication-Results of {authserv_id}"
    if any(check.method == "dmarc" and check.result == "fail" for check in trusted):
        return "dmarc=fail"
    domain = sender.rpartition("@")[2].lower()
    if any(_vouches(check, domain) for check in trusted):
        return ""
    said = ", ".join(f"{check.method}={check.result}" for check in trusted[:6])
    return f"nothing vouches for the domain of the sender ({said or 'nothing was checked'})"


def _vouches(check: Check, domain: str) -> bool:
    """Tell whether a method passed for exactly this domain; DMARC, which is about it, need not name it."""
    if check.result != "pass" or check.method not in _SIGNED:
        return False
    return check.domain == domain or (check.method == "dmarc" and not check.domain)


def read_results(value: str) -> tuple[str, list[Check]]:
    """Return the server's name and its checks, in small letters; a name alone says that nothing was checked."""
    first, *rest = _parts(_without_comments(value))
    name = first.split()[0].strip('"').lower() if first.split() else ""
    return name, list(_checks(rest))


def _checks(parts: Sequence[str]) -> Iterator[Check]:
    for part in parts:
        found = _RESULT.match(part)
        if found is None:
            continue
        method = found[1].lower()
        properties = {
            f"{kind}.{name}".lower(): (quoted or plain).lower() for kind, name, quoted, plain in _PROPERTY.findall(part)
        }
        domain = properties.get(_SIGNED.get(method, ""), "")
        if method == "dkim" and not domain:
            domain = properties.get("header.i", "")
        yield Check(method, found[2].lower(), domain.rpartition("@")[2])


def _parts(text: str) -> list[str]:
    """Split at semicolons outside of quotes."""
    parts, quoted = [""], False
    for letter in text:
        quoted ^= letter == '"'
        if letter == ";" and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _without_comments(text: str) -> str:
    """Drop what is in parentheses, however deep; a quoted one is no comment."""
    kept, depth, quoted, escaped = [], 0, False, False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
        elif letter == ")" and not quoted and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(letter)
    return "".join(kept)
