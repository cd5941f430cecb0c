"""Which version of a plan it is: what was rehearsed, drilled and agreed to is this and nothing else. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from wenyam.settings.known import Known
from wenyam.settings.tree import Block, Rows

_STEPS: Final = "steps"
_WORDS: Final = frozenset({"title", "limit", "who", "evidence", "group"})
"""What is only said about a step."""
_GROUPED: Final = frozenset({_STEPS, "parallel"})
_REACHED: Final[Mapping[str, tuple[str, ...]]] = {
    "devices": ("address", "addresses"),
    "services": ("probes",),
    "credentials": (),
    "repositories": (),
    "backups": (),
}
"""Sections whose entries steps reach by their names, and what of an entry decides what is reached; all of it when empty."""


def digest_of(known: Known, plan: Block) -> str:
    """Return the SHA-256 (hex) of a plan as it is written, with what stands behind the names in it."""
    return _hash({"plan": plan, "reached": _reached(known, plan)})


def substance_of(known: Known, plan: Block) -> str:
    """Return the SHA-256 (hex) of what a plan does; words, limits for people and names of people are none of it."""
    does = {name: plan.get(name) for name in ("main_site", "dr_site", "services")}
    return _hash({**does, "steps": _without_words(plan.get(_STEPS)), "reached": _reached(known, plan)})


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _reached(known: Known, plan: Block) -> dict[str, dict[str, Any]]:
    """Return what the configuration says about each name that a plan uses: another address is another machine."""
    names = set(_texts(plan))
    return {
        section: {name: _decisive(entry, keys) for name, entry in known.section(section).items() if name in names}
        for section, keys in _REACHED.items()
    }


def _decisive(entry: Any, keys: tuple[str, ...]) -> Any:
    return {key: entry.get(key) for key in keys} if keys and isinstance(entry, Block) else entry


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Block):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Rows):
        for each in value:
            yield from _texts(each)


def _without_words(rows: Any) -> Any:
    """Return steps, in their groups, without what is said about them."""
    if isinstance(rows, Rows):
        return [_without_words(row) for row in rows]
    if not isinstance(rows, Block):
        return rows
    return {key: _without_words(value) if key in _GROUPED else value for key, value in rows.items() if key not in _WORDS}
