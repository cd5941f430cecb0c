"""What differs between the manifest of backup time and what a restore brought back, in sentences. Pure."""

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from wenyam.i18n.clean_text import ELLIPSIS, clean
from wenyam.model.backup import Manifest

LEFT_OUT: Final = "left out"
"""Section of what the source says it does not back up: item -> why. Never compared, always told."""
UNSETTLED: Final = "changed during the backup"
"""Section of what moved while it was backed up -> how. It must come back, its value proves nothing. The key is an item, which
then goes for every section, or `value_of(section, item)`."""
NOTES: Final = frozenset({LEFT_OUT, UNSETTLED})
"""Sections that say something about the backup and are no part of it."""

_SHOWN: Final = 20
"""Differences of one kind in one section that are told one by one."""
_ITEM: Final = 160
_PATH: Final = 400
_VALUE: Final = 120
_BEFORE: Final = 40
_FIELDS: Final = re.compile(r"[a-z][a-z0-9_]*=\S*(?: [a-z][a-z0-9_]*=\S*)*")
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def compare(then: Manifest, now: Manifest) -> tuple[str, ...]:
    """Return one sentence for each difference; none only when there was something to compare and all of it is the same."""
    empty = [_nothing(manifest, when) for manifest, when in ((then, "at backup time"), (now, "after the restore"))]
    found = [sentence for sentence in empty if sentence]
    if then.source != now.source:
        found.append(f"source: {shown(now.source)}, at backup time {shown(then.source)}")
    unsettled = then.parts.get(UNSETTLED, {}).keys() | now.parts.get(UNSETTLED, {}).keys()
    for section in sorted({*then.parts, *now.parts} - NOTES):
        found += _section(section, then.parts.get(section), now.parts.get(section), unsettled)
    return tuple(found)


def notes(then: Manifest, now: Manifest | None = None) -> tuple[str, ...]:
    """Return what a comparison of these cannot prove, in sentences: what was left out, what would not hold still."""
    found: list[str] = []
    for section in sorted(NOTES):
        later = now.parts.get(section, {}) if now is not None and section == UNSETTLED else {}
        items = {**later, **then.parts.get(section, {})}
        said = (f"{section}: {shown(item, _ITEM)} ({shown(why, _VALUE)})" for item, why in sorted(items.items()))
        found += _summed(section, said, len(items))
    return tuple(found)


def value_of(section: str, item: str) -> str:
    """Return the key in UNSETTLED of one section's value alone."""
    return f"{section} of {item}"


def shown(text: str, limit: int = _PATH) -> str:
    """Return text for a sentence: one printable line, with bytes that are no UTF-8 and line ends written as escapes."""
    head = text[: 4 * limit]
    if not head.isascii():
        head = head.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    for character, escape in _ESCAPES.items():
        head = head.replace(character, escape)
    return clean(head, limit) or "nothing"


def _nothing(manifest: Manifest, when: str) -> str:
    compared = any(items for section, items in manifest.parts.items() if section not in NOTES)
    return "" if compared else f"nothing to compare: the manifest {when} is empty"


def _section(
    name: str, then: Mapping[str, str] | None, now: Mapping[str, str] | None, unsettled: AbstractSet[str]
) -> Iterator[str]:
    """Tell the differences of one section; a section that one side does not have at all is one sentence."""
    if then == now or not (then or now):
        return
    if not then or not now:
        yield f"{shown(name)}: {_absence(then, now)}"
        return
    loose = {item for item in {*then, *now} if item in unsettled or value_of(name, item) in unsettled}
    changed = sorted(item for item in then.keys() & now.keys() if then[item] != now[item] and item not in loose)
    missing = sorted(then.keys() - now.keys())
    extra = sorted(now.keys() - then.keys() - loose)
    yield from _summed(name, (_changed(name, item, then[item], now[item]) for item in changed), len(changed), "differ")
    yield from _summed(name, (f"{name}: {shown(item, _ITEM)} is missing" for item in missing), len(missing), "are missing")
    yield from _summed(name, (f"{name}: extra {shown(item, _ITEM)}" for item in extra), len(extra), "are extra")


def _absence(then: Mapping[str, str] | None, now: Mapping[str, str] | None) -> str:
    if then:
        return f"the whole section is missing, at backup time it had {len(then):,} items"
    return f"the whole section is extra, with {len(now or ()):,} items"


def _changed(section: str, item: str, then: str, now: str) -> str:
    """Tell how a value changed; of values that are fields (`size=5 mode=0644`) only the fields that differ."""
    pairs = _fields_that_differ(then, now)
    if pairs:
        told = ", ".join(f"{name} {shown(new, _VALUE)}, at backup time {shown(old, _VALUE)}" for name, old, new in pairs)
        return f"{section} of {shown(item, _ITEM)}: {told}"
    return f"{section} of {shown(item, _ITEM)}: {_apart(now, then)}, at backup time {_apart(then, now)}"


def _fields_that_differ(then: str, now: str) -> list[tuple[str, str, str]]:
    if not (_FIELDS.fullmatch(then) and _FIELDS.fullmatch(now)):
        return []
    old, new = (dict(word.split("=", 1) for word in value.split(" ")) for value in (then, now))
    names = [*old, *(name for name in new if name not in old)]
    return [(name, old.get(name, ""), new.get(name, "")) for name in names if old.get(name) != new.get(name)]


def _apart(value: str, other: str) -> str:
    """Show a long value from shortly before the place where it parts from the other."""
    parting = len(os.path.commonprefix((value, other)))  # noqa: RUF071  # texts, not paths
    begin = max(0, parting - _BEFORE) if len(value) > _VALUE else 0
    return (ELLIPSIS if begin else "") + shown(value[begin:], _VALUE)


def _summed(section: str, sentences: Iterable[str], count: int, how: str = "") -> Iterator[str]:
    """Give the first sentences, then how many more there are."""
    yield from itertools.islice(sentences, _SHOWN)
    if count > _SHOWN:
        yield f"{section}: and {count - _SHOWN:,} more {how}".rstrip()
