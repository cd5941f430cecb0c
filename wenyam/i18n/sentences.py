"""Sentences that were written in English and kept so, found again by their patterns and said in another language. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_FIELD: Final = re.compile(r"\\\{(\w+)\\\}")
_ANY: Final = r".+"

Pattern = tuple[str, re.Pattern[str]]
"""An English key of the catalogue with `{fields}`, and what finds a sentence that was written by it."""


def compiled(patterns: Sequence[str], forms: Mapping[str, str]) -> tuple[Pattern, ...]:
    """Return what finds each pattern, in their order; `forms` are regular expressions of fields, any text where there is none."""

    def group(field: re.Match[str]) -> str:
        return f"(?P<{field[1]}>{forms.get(field[1], _ANY)})"

    return tuple((pattern, re.compile(_FIELD.sub(group, re.escape(pattern)))) for pattern in patterns)


def found(sentence: str, patterns: Sequence[Pattern]) -> tuple[str, Mapping[str, str]] | None:
    """Return the first pattern that a sentence follows and what stands in its fields; None for one that follows none."""
    for pattern, wanted in patterns:
        match = wanted.fullmatch(sentence)
        if match is not None:
            return pattern, match.groupdict()
    return None
