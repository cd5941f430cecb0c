"""A sealed key as short numbered lines with a checksum each, so that it can be typed back from paper line by line. Pure.

`01 YWdlLWVu Y3J5cHRp b24ub3Jn L3YxCi0+ 4f0c`: the number, 32 characters of Base64 in groups of eight, and the first four digits
of the SHA-256 of `1:` and those characters. With nothing but coreutils: `printf %s '1:YWdl…L3YxCi0+' | sha256sum | cut -c1-4`.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from wenyam.errors import BackupError

GROUP: Final = 8
LENGTH: Final = 32
_CHECK: Final = 4
_LINE: Final = re.compile(rf"(\d{{2,}}) ([A-Za-z0-9+/= ]+) ([0-9a-f]{{{_CHECK}}})")


class EnvelopeError(BackupError):
    """The sealed envelope does not serve."""

    permanent = True


def to_lines(sealed: str) -> list[str]:
    """Write an armored text as numbered lines."""
    text = _body(sealed)
    chunks = [text[at : at + LENGTH] for at in range(0, len(text), LENGTH)]
    return [f"{number:02d} {_grouped(chunk)} {checksum(number, chunk)}" for number, chunk in enumerate(chunks, 1)]


def checksum(number: int, chunk: str) -> str:
    """Return the checksum of a line; the number is in it, so that lines cannot change places."""
    return hashlib.sha256(f"{number}:{chunk}".encode()).hexdigest()[:_CHECK]


def is_line(line: str) -> bool:
    """Tell whether this looks like a numbered line."""
    return _LINE.fullmatch(line) is not None


def problems(sealed: str, lines: Sequence[str], what: str) -> list[str]:
    """Say which numbered lines are missing or wrong, and whether they are the armored text."""
    found: list[str] = []
    chunks: dict[int, str] = {}
    for line in lines:
        parts = _LINE.fullmatch(line)
        if parts is None:
            continue
        number, chunk = int(parts[1]), parts[2].replace(" ", "")
        if checksum(number, chunk) != parts[3]:
            found.append(f"line {number} of {what} has another checksum")
        chunks[number] = chunk
    expected = max([len(to_lines(sealed)), *chunks])
    found += [f"line {number} of {what} is missing" for number in range(1, expected + 1) if number not in chunks]
    if not found and "".join(chunks[number] for number in sorted(chunks)) != _body(sealed):
        found.append(f"the block and the numbered lines of {what} are not the same")
    return found


def _body(sealed: str) -> str:
    return "".join(line for line in sealed.splitlines() if not line.startswith("-----"))


def _grouped(chunk: str) -> str:
    return " ".join(chunk[at : at + GROUP] for at in range(0, len(chunk), GROUP))
