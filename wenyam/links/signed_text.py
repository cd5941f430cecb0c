"""The one kind of text that people sign (design D14): strict, with a hash, accepted once and not for ever. Pure.

The same text serves every act that needs a named person: restores confirmed, switchovers approved.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from wenyam.errors import WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.instants import MILLISECONDS, Instant, after, from_iso, to_iso

LIFE: Final = 7 * 86_400.0
"""Seconds a text may be signed and handed in; none that claims to live longer is accepted."""
LINE: Final = 500
"""Longest value of a line."""
_HEAD: Final = "wenyam text to sign, version 1"
_FIELDS: Final = ("purpose", "site", "about", "what", "mode", "run", "nonce", "reason", "expires")
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")


class SignatureRefusedError(WenyamError):
    """The signature was not accepted."""

    permanent = True


@dataclass(frozen=True, slots=True)
class SignedText:
    """What a person signs. Every field is one line; `str()` is the only form there is, byte for byte."""

    purpose: str
    """Which act it is for, so that a signature for one never serves another: restore-confirm, dr-approve …"""
    site: str
    """The instance it is for."""
    about: str
    """What it is about, in words for whoever signs."""
    what: str
    """`sha256:` and the hash of the result or plan."""
    mode: str
    """What is said about it: complete, not-complete, drill, switchover …"""
    run: str
    """Id of the run, test or drill."""
    nonce: str
    """32 hexadecimal digits by chance; accepted once."""
    reason: str
    """The person's own words; may be empty."""
    expires: Instant
    """Not accepted from this moment on."""

    def __str__(self) -> str:
        """Write the canonical text, ending in a newline."""
        values = {field: getattr(self, field) for field in _FIELDS} | {"expires": to_iso(self.expires)}
        return "\n".join([_HEAD, *(f"{field}: {value}" if value else f"{field}:" for field, value in values.items()), ""])

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the text."""
        return hashlib.sha256(str(self).encode()).hexdigest()


def new_text(
    *, purpose: str, site: str, about: str, digest: str, mode: str, run: str, reason: str, now: Instant, life: float = LIFE
) -> SignedText:
    """Make a text with a nonce of its own; words of people become one clean line. `life` is in seconds, at most LIFE."""
    expires = after(now, min(life, LIFE))
    line = clean(reason, LINE)
    return SignedText(
        purpose, site, clean(about, LINE), f"sha256:{digest}", mode, run, secrets.token_hex(16), line,
        Instant(expires - expires % MILLISECONDS),
    )  # fmt: skip


def parse(content: bytes) -> SignedText:
    """Read a text back; SignatureRefusedError unless it is exactly as `str()` would write it."""
    try:
        lines = content.decode("utf-8").split("\n")
        values = dict(_field(line, name) for line, name in zip_longest(lines[1 : len(_FIELDS) + 1], _FIELDS, fillvalue=""))
        text = SignedText(**{**values, "expires": _instant(values["expires"])})  # type: ignore[arg-type]  # the fields by name
        _check_form(text)
    except ValueError as error:
        raise _not_ours(str(error)) from error
    if str(text).encode() != content:
        raise _not_ours("it is not byte for byte as it was written")
    return text


def _not_ours(why: str) -> SignatureRefusedError:
    return SignatureRefusedError(f"the text is none that Wenyam wrote: {clean(why, LINE)}", hint="Write a new one and sign that.")


def _field(line: str, name: str) -> tuple[str, str]:
    found, colon, value = line.partition(":")
    if found != name or not colon:
        raise ValueError(f"the line '{name}' is missing")
    return name, value.removeprefix(" ")


def _instant(text: str) -> Instant:
    return from_iso(text)


def _check_form(text: SignedText) -> None:
    if not _NONCE.fullmatch(text.nonce) or not _HASH.fullmatch(text.what):
        raise ValueError("its nonce or hash has another form")
    for name in ("purpose", "site", "about", "mode", "run", "reason"):
        value: str = getattr(text, name)
        if clean(value, LINE) != value or not (value or name == "reason"):
            raise ValueError(f"the line '{name}' is empty or no plain text")


def require(text: SignedText, expected: SignedText, *, now: Instant, used: Collection[str]) -> None:
    """Refuse a text that is about something else, too old, of an impossible age, or that was accepted before.

    `expected` is the text as it would be written now; its nonce, reason and expiry are not compared.
    """
    same = replace(text, nonce=expected.nonce, reason=expected.reason, expires=expected.expires)
    if same != expected:
        name = next(field for field in _FIELDS if getattr(same, field) != getattr(expected, field))
        raise SignatureRefusedError(
            f"the text says '{name}: {getattr(same, name)}', here it is '{getattr(expected, name)}'",
            hint="Write a new text and sign that.",
        )
    if now >= text.expires:
        raise SignatureRefusedError(f"the text expired at {to_iso(text.expires)}", hint="Write a new one and sign that.")
    if text.expires > after(now, LIFE):
        raise SignatureRefusedError(f"the text expires at {to_iso(text.expires)}, later than any that Wenyam writes")
    if text.nonce in used:
        raise SignatureRefusedError(
            "this text was handed in before; each is accepted once", hint="Write a new one and sign that."
        )
