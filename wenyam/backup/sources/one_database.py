"""One database of a manifest that is about several, and names for databases that are restored. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from wenyam.backup.comparison import NOTES, UNSETTLED
from wenyam.backup.sources.databases import FILES
from wenyam.errors import UsageError
from wenyam.model.backup import Manifest, Parts

_UNPRINTABLE: Final = 32


def only(manifest: Manifest, belongs: Callable[[str], bool], *, without: Collection[str] = ()) -> Manifest:
    """Return a manifest of the items that belong to one database; files were compared before, what moved stays noted."""
    parts = {
        section: items if section in NOTES else {item: value for item, value in items.items() if belongs(item)}
        for section, items in manifest.parts.items()
        if section != FILES and section not in without
    }
    return replace(manifest, parts=parts)


def with_section(manifest: Manifest, section: str, items: Mapping[str, str]) -> Manifest:
    """Return a manifest with one section more, or another one in its place."""
    return replace(manifest, parts={**manifest.parts, section: dict(items)})


def renamed(parts: Parts, here: str, then: str) -> Parts:
    """Write the name that a database had at backup time for the one it has here, both as the server quotes them."""
    return {
        section: {item.replace(here, then): value.replace(here, then) for item, value in items.items()}
        for section, items in parts.items()
        if section != UNSETTLED
    }


def name_with(database: str, ending: str, longest: int, *, measure: Callable[[str], int]) -> str:
    """Return a name with an ending, its beginning cut so that it fits."""
    head = database
    while measure(head + ending) > longest:
        head = head[:-1]
    return head + ending


def require_name(name: str, longest: int, *, measure: Callable[[str], int]) -> None:
    """Raise UsageError for a name that the server would refuse, or cut without a word."""
    if not name or any(ord(letter) < _UNPRINTABLE for letter in name):
        raise UsageError("the name of a database has at least one letter and no control characters")
    if measure(name) > longest:
        raise UsageError(f"the name '{name}' is too long by {measure(name) - longest}")
