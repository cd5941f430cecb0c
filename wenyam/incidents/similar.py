"""Earlier incidents of the same sort, so that the next person starts from what the last one learned (R3.3). Pure."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from wenyam.incidents.book import Book
from wenyam.incidents.incident import Incident
from wenyam.model.causes import CauseCode
from wenyam.model.states import Subject, SubjectKind

KindOf = Mapping[str, str]
"""Kind of each device by its name; without it only checks and causes are compared."""
_NO_KINDS: Final[KindOf] = MappingProxyType({})


class Likeness(IntEnum):
    """How much two incidents are alike, the most first when sorted downwards."""

    NONE = 0
    SAME_CAUSE = 1
    SAME_CHECK = 2
    """The same check failed, or a device of the same kind was silent."""
    SAME_ROOT = 3
    """The very same thing was wrong."""


def how_to_for(incident: Incident, book: Book, kind_of: KindOf = _NO_KINDS) -> Incident | None:
    """Return the earlier incident whose how-to note helps most: the most alike, of those the newest."""
    found = similar(incident, book, kind_of)
    return found[0] if found else None


def similar(incident: Incident, book: Book, kind_of: KindOf = _NO_KINDS) -> list[Incident]:
    """Return the earlier incidents with a how-to note that are like this one: the most alike first, then the newest."""
    ranked = [
        (likeness(incident, other, kind_of), other.opened, other.code, other)
        for other in book.incidents.values()
        if other.how_to is not None and other.code != incident.code and other.opened <= incident.opened
    ]
    return [other for alike, _, _, other in sorted(ranked, key=lambda each: each[:3], reverse=True) if alike]


def likeness(first: Incident, second: Incident, kind_of: KindOf = _NO_KINDS) -> Likeness:
    """Tell how much two incidents are alike."""
    if first.root is None or second.root is None:
        same = first.root is second.root and first.title.casefold() == second.title.casefold()
        return Likeness.SAME_ROOT if same else _by_cause(first, second)
    if first.root == second.root:
        return Likeness.SAME_ROOT
    return Likeness.SAME_CHECK if _same_check(first.root, second.root, kind_of) else _by_cause(first, second)


def _same_check(first: Subject, second: Subject, kind_of: KindOf) -> bool:
    if (first.kind, first.check) != (second.kind, second.check):
        return False
    if first.kind is SubjectKind.DEVICE and first.name in kind_of and second.name in kind_of:
        return kind_of[first.name] == kind_of[second.name]
    # Without the kinds, two silent devices have nothing in common.
    return not first.is_liveness


def _by_cause(first: Incident, second: Incident) -> Likeness:
    told = first.cause_code not in ("", CauseCode.UNKNOWN.value)
    return Likeness.SAME_CAUSE if told and first.cause_code == second.cause_code else Likeness.NONE
