"""Text from devices and people made harmless: once at the border by `clean`, and a guard for sinks that have a grammar."""

import re
import unicodedata
from typing import Final

ELLIPSIS: Final = "…"
_SPACES: Final = re.compile(r"\s+")
_SPACE: Final = re.compile(r"\s")
# Cc control, Cf format (zero width, bidi, tags), Cs surrogate, Co private use, Cn unassigned: none of them is text.
# Thai vowels and tone marks are Mn and stay.
_UNWANTED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# What is left of a terminal's escape sequence once ESC is gone ("[31m") would be noise, so the sequence goes as a whole.
_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: ECMA-48 5.4
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC up to their end
    r"|\x1b[ -/]*[0-~]"
)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_MARKS_PER_LETTER: Final = 4


def clean(text: str | bytes, limit: int = 255) -> str:
    """Return `text` as one printable NFC line of at most `limit` characters, cut text ending in an ellipsis; never raises."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if decoded.isascii() and decoded.isprintable():
        return _capped(" ".join(decoded.split()), limit)
    # Composing is not linear in the length, so a hostile megabyte is cut before it is looked at.
    head = decoded[: 4 * max(limit, 0) + 4096]
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", _ESCAPES.sub("", head)))
    # Dropping a character can bring two others together that compose, so normalize once more.
    kept = unicodedata.normalize("NFC", _without_piles("".join(filter(_is_text, spaced))))
    return _capped(_SPACES.sub(" ", kept).strip(), limit)


def plain_line(text: str) -> str:
    """Return one line of a device's output without escape sequences and without what is no text; its spaces stay as they are."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(filter(_is_text, _SPACE.sub(" ", _ESCAPES.sub("", text))))


def csv_cell(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula; numbers stay numbers; quoting is the CSV writer's work."""
    if text.lstrip(" ").startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _is_text(character: str) -> bool:
    # ASCII needs no table; U+2028 and U+2029 became spaces before.
    return " " <= character <= "~" or unicodedata.category(character) not in _UNWANTED


def _without_piles(text: str) -> str:
    """Drop combining marks beyond what a Thai or Vietnamese letter carries: piles of them paint over neighbouring lines."""
    kept: list[str] = []
    marks = _MARKS_PER_LETTER  # text may not begin with a mark
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS_PER_LETTER:
            kept.append(character)
    return "".join(kept)


def _capped(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip() + ELLIPSIS if limit > 0 else ""
