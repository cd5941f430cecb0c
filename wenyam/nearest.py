"""The names that are nearest to one that does not exist: what every "did you mean …" is looked up with."""

from collections.abc import Iterable

LIKENESS = 0.6
"""Share of letters that two names have in common, from 0 to 1, from which one may be a slip of the other."""


def near_names(name: str, known: Iterable[str], *, most: int = 1, likeness: float = LIKENESS) -> list[str]:
    """Return up to `most` of the known names that may have been meant, the nearest first."""
    from difflib import get_close_matches  # noqa: PLC0415  # completion and `--help` load this file and look nothing up

    return get_close_matches(name, list(known), n=most, cutoff=likeness)


def did_you_mean(name: str, known: Iterable[str], *, likeness: float = LIKENESS) -> str:
    """Return `; did you mean 'x'?` for the nearest known name, or nothing."""
    near = near_names(name, known, likeness=likeness)
    return f"; did you mean '{near[0]}'?" if near else ""
