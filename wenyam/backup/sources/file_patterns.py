"""Which paths the exclusions of a `files` source mean: the part of restic's pattern language that both sides read alike. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import Final

_REFUSED: Final = {"**": "a whole '**'", "[": "a character class", "]": "a character class", "\\": "a backslash"}


def check_pattern(pattern: str) -> str:
    """Return a pattern that restic and this program understand alike; ValueError with the reason for any other."""
    for sign, what in _REFUSED.items():
        if sign in pattern:
            raise ValueError(f"'{pattern}' has {what}: only '*' (any part of a name) and '?' (one character) may be used")
    if pattern.startswith("!"):
        raise ValueError(f"'{pattern}' begins with '!': a pattern cannot take back another one")
    parts = pattern.removeprefix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in pattern:
        raise ValueError(
            f"'{pattern}' is no path: write '/srv/cache', 'cache', '*.tmp' or 'cache/*.tmp', without a '/' at its end"
        )
    return pattern


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether an absolute path is excluded, by itself or by a directory above it.

    A pattern with a leading slash begins at the root. Any other one may match at each place of the path, directories above
    the source's own paths included, as restic does it.
    """
    alternatives = [_expression(pattern) for pattern in patterns]
    if not alternatives:
        return lambda _: False
    found = re.compile(f"(?:{'|'.join(alternatives)})(?=/|\\Z)", re.DOTALL)
    return lambda path: found.search(path) is not None


def _expression(pattern: str) -> str:
    signs = {"*": "[^/]*", "?": "[^/]"}
    body = "".join(signs.get(character) or re.escape(character) for character in pattern.removeprefix("/"))
    return rf"\A/{body}" if pattern.startswith("/") else f"/{body}"
