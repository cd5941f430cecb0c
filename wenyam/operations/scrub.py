"""A walk made fit to be shown: names, serial numbers, communities and addresses replaced, in values and in indexes. Pure."""

import random
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from wenyam.collectors.snmp_library import Library
from wenyam.collectors.snmp_profile import Profile
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.recorder import Row
from wenyam.operations.scrub_rules import ADDRESS_INDEXES, HARDWARE_ADDRESSES, LEFT_OUT, MAKERS_WORDS, NAMES
from wenyam.operations.scrub_words import Words

_IPV4, _MAC, _IPV6 = 4, 6, 16
_DATES = (8, 11)
_FLOAT = b"\x9f"
_BITS = 3
"""Bytes of a bit string too short to hold anything of anybody."""
_PRINTABLE = frozenset(string.printable.encode()) - frozenset(b"\x0b\x0c")
_FIRST_INDEX = 9
"""Numbers of a name that no index begins before."""
_SHORTEST_TEXT, _FEWEST_LETTERS = 4, 3
_OF_PEOPLE = {"interface", "mount", "volume", "tunnel", "link", "license", "vm", "member"}
"""Labels that people name; sensors and components are named by their makers."""
_SWEPT = 6
"""Length from which a name is looked for in the bytes of every value that was kept."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the shipped profiles say about columns: whose names, which words a machine compares, where an index begins."""

    names: frozenset[tuple[int, ...]]
    words: frozenset[tuple[int, ...]]
    models: frozenset[tuple[int, ...]]
    known: frozenset[tuple[int, ...]]

    @classmethod
    def of(cls, library: Library) -> "Columns":
        """Gather from every profile and part."""
        names, words, models, known = set(NAMES), set(MAKERS_WORDS), set(MAKERS_WORDS), set(HARDWARE_ADDRESSES)
        for profile in (*library.profiles.values(), *library.parts.values()):
            _gather(profile, names, words, models)
            known |= _places(profile)
        groups = (names, (words | models) - names, models - names, known | names | words)
        return cls(*(frozenset(map(_arcs, group)) for group in groups))


def _places(profile: Profile) -> set[str]:
    places = {oid for alternatives in profile.scalars.values() for oid in alternatives}
    for table in profile.tables.values():
        places.update(row.oid for row in table.rows.values())
        places.update(oid for alternatives in table.columns.values() for oid in alternatives)
    return places


def _telling(places: Mapping[str, set[str]]) -> Iterable[set[str]]:
    """Return the places of serial numbers and host names, by their names in profiles: they go even where they are compared."""
    return (oids for name, oids in places.items() if name.endswith(("serial", "hostname")))


def _gather(profile: Profile, names: set[str], words: set[str], models: set[str]) -> None:
    places = {name: set(alternatives) for name, alternatives in profile.scalars.items()}
    names.update(*_telling(places))
    for key, fact in profile.facts.items():
        (names if key in ("name", "serial") else models).update(*(places.get(name, set()) for name in fact.value.names))
    for sample in profile.samples:
        words.update(*(places.get(name, set()) for name in sample.value.names))
    for table in profile.tables.values():
        columns = {name: {row.oid} for name, row in table.rows.items()}
        columns |= {name: set(alternatives) for name, alternatives in table.columns.items()}
        names.update(*_telling(columns))
        for key, fact in table.facts.items():
            (names if key in ("name", "serial") else models).update(*(columns.get(name, set()) for name in fact.value.names))
        for sample in table.samples:
            used = sample.value.names | (sample.where.names if sample.where and not _OF_PEOPLE & sample.labels.keys() else set())
            words.update(*(columns.get(name, set()) for name in used))


@dataclass(slots=True)
class Scrubbed:
    """The rows to write, and what was done."""

    rows: list[Row]
    replaced: Counter[str]
    left_out: int
    kept: Counter[str] = field(default_factory=Counter)
    """Texts that stayed as they were, with how often."""


def scrub(
    rows: Iterable[Row], columns: Columns, forbidden: Sequence[str], allowed: Iterable[str], chance: random.Random
) -> Scrubbed:
    """Replace consistently and irreversibly; `forbidden` are texts that must not stay anywhere, such as the community."""
    every = [(oids.arcs_of(name), tag, content) for name, tag, content in rows]
    within = [row for row in every if not _below(row[0], _LEFT_OUT)]
    words = Words(chance, forbidden, allowed)
    scrubber = _Scrubber(columns, words)
    for row in within:
        scrubber.allow(*row)
    for row in within:
        scrubber.learn(*row)
    words.replaced.clear()
    made: dict[tuple[int, ...], Row] = {}
    for name, tag, content in within:
        arcs = scrubber.renamed(name)
        made[arcs] = (oids.content(arcs), tag, scrubber.value(name, tag, content))
    swept = _swept([made[arcs] for arcs in sorted(made)], words)
    return Scrubbed(swept, words.replaced, len(every) - len(within), words.kept)


class _Scrubber:
    """Rewrites names and values; `learn` must have seen every row before."""

    def __init__(self, columns: Columns, words: Words) -> None:
        self._columns, self._words = columns, words

    def allow(self, arcs: tuple[int, ...], tag: int, content: bytes) -> None:
        """Note the maker's words; sysDescr may hold the host's name, and teaches nothing."""
        if tag == codec.OCTETS and arcs[: len(_DESCRIPTION)] != _DESCRIPTION and _below(arcs, self._columns.models):
            self._words.allow(_text(content) if _is_text(content) else "")

    def learn(self, arcs: tuple[int, ...], tag: int, content: bytes) -> None:
        """Note names and addresses, so that they are known wherever else they stand."""
        if tag == codec.OCTETS and _below(arcs, self._columns.names) and _is_text(content):
            self._words.learn(_text(content))
        elif tag == codec.IP_ADDRESS and len(content) == _IPV4:
            self._words.address(content)
        elif tag == codec.OCTETS and len(content) == _MAC and (_below(arcs, _HARDWARE) or not _is_text(content)):
            self._words.hardware(content)
        elif tag == codec.OCTETS and _is_text(content):
            self._words.meet(_text(content), arcs[_FIRST_INDEX:])

    def value(self, arcs: tuple[int, ...], tag: int, content: bytes) -> bytes:
        """Return what stands for a value."""
        if tag == codec.OCTETS and content:
            return self._octets(arcs, content)
        if tag == codec.IP_ADDRESS and len(content) == _IPV4:
            return self._words.address(content)
        if tag == codec.OBJECT_ID and len(content) > _FIRST_INDEX:
            pointed = oids.arcs_of(content)
            return oids.content((*pointed[:_FIRST_INDEX], *self._without_known(pointed[_FIRST_INDEX:])))
        if tag == codec.OPAQUE and not content.startswith(_FLOAT):
            return bytes(len(content))
        if tag == codec.INTEGER and _below(arcs, self._columns.names):
            self._words.replaced["names and texts"] += 1
            return b"\x01"
        return content

    def _octets(self, arcs: tuple[int, ...], content: bytes) -> bytes:
        if _below(arcs, _HARDWARE) and len(content) == _MAC:
            return self._words.hardware(content)
        if not _is_text(content):
            return self._binary(arcs, content)
        text, end = _text(content), content[len(content.rstrip(b"\0")) :]
        if _below(arcs, self._columns.names):
            return self._words.name(text).encode() + end
        rewrite = self._words.makers if _below(arcs, self._columns.words) else self._words.unknown
        return rewrite(text).encode() + end

    def _binary(self, arcs: tuple[int, ...], content: bytes) -> bytes:
        known = self._words.stand_in_of(content)
        if known is not None:
            return known
        if len(content) <= _BITS or _is_date(content) or (_below(arcs, self._columns.words) and len(content) != _MAC):
            return content
        if len(content) == _MAC:
            return self._words.hardware(content)
        if len(content) in (_IPV4, _IPV6):
            return self._words.address(content)
        self._words.replaced["other bytes"] += 1
        return bytes(len(content))

    def renamed(self, arcs: tuple[int, ...]) -> tuple[int, ...]:
        """Return a name whose index holds no address and no text of anybody."""
        for entry, (skipped, kind) in _INDEXES.items():
            if arcs[: len(entry)] == entry:
                return self._addressed(arcs, len(entry) + 1 + skipped, kind)
        start = self._index_start(arcs)
        return (*arcs[:start], *self._without_text(self._without_known(arcs[start:])))

    def _index_start(self, arcs: tuple[int, ...]) -> int:
        known = (length for length in range(len(arcs), _FIRST_INDEX - 1, -1) if arcs[:length] in self._columns.known)
        return next(known, min(_FIRST_INDEX, len(arcs)))

    def _addressed(self, arcs: tuple[int, ...], start: int, kind: str) -> tuple[int, ...]:
        begin = start + 2 if kind == "inet" else start
        size = {"ip": _IPV4, "mac": _MAC}.get(kind) or (arcs[start + 1] if len(arcs) > start + 1 else 0)
        packed = arcs[begin : begin + size]
        if len(packed) != size or any(arc > 0xFF for arc in packed) or size not in (_IPV4, _MAC, _IPV6):  # noqa: PLR2004  # a byte
            return arcs
        replace = self._words.hardware if size == _MAC else self._words.address
        return (*arcs[:begin], *replace(bytes(packed)), *arcs[begin + size :])

    def _without_known(self, index: tuple[int, ...]) -> tuple[int, ...]:
        result = list(index)
        for size in (_IPV6, _MAC, _IPV4):
            for place in range(len(result) - size + 1):
                run = result[place : place + size]
                known = self._words.stand_in_of(bytes(run)) if max(run) <= 0xFF else None  # noqa: PLR2004  # a byte
                if known is not None:
                    result[place : place + size] = known
        return tuple(result)

    def _without_text(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """Replace the words of texts kept in an index, each by one as long."""
        result: list[int] = []
        run: list[int] = []
        for arc in (*index, -1):
            if arc in _PRINTABLE:
                run.append(arc)
                continue
            text = bytes(run).decode()
            if len(run) >= _SHORTEST_TEXT and sum(map(str.isalpha, text)) >= _FEWEST_LETTERS:
                other = self._words.unknown(text).encode()
                run = list(other) if len(other) == len(run) else list(self._words.name(text).encode())
            result += [*run, arc]
            run = []
        return tuple(result[:-1])


def _swept(rows: list[Row], words: Words) -> list[Row]:
    """Look once more, at the bytes: a name that still stands in any value makes the value blank."""
    names = [name.encode() for name in words.whole_names if len(name) >= _SWEPT]
    swept = []
    for name, tag, content in rows:
        if tag in (codec.OCTETS, codec.OPAQUE) and any(each in content.lower() for each in names):
            words.replaced["blanked"] += 1
            swept.append((name, tag, b" " * len(content)))
        else:
            swept.append((name, tag, content))
    return swept


def _arcs(dotted: str) -> tuple[int, ...]:
    return tuple(map(int, dotted.split(".")))


_DESCRIPTION = _arcs("1.3.6.1.2.1.1.1")
_LEFT_OUT = frozenset(map(_arcs, LEFT_OUT))
_HARDWARE = frozenset(map(_arcs, HARDWARE_ADDRESSES))
_INDEXES = {_arcs(entry): where for entry, where in ADDRESS_INDEXES.items()}


@lru_cache(maxsize=64)
def _lengths(prefixes: frozenset[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({len(prefix) for prefix in prefixes}))


def _below(arcs: tuple[int, ...], prefixes: frozenset[tuple[int, ...]]) -> bool:
    return any(arcs[:length] in prefixes for length in _lengths(prefixes))


def _is_text(content: bytes) -> bool:
    """Tell whether a person could read it; zeros at the end belong to no text."""
    try:
        return content.rstrip(b"\0").decode().isprintable() or _PRINTABLE.issuperset(content.rstrip(b"\0"))
    except UnicodeDecodeError:
        return False


def _text(content: bytes) -> str:
    return content.rstrip(b"\0").decode()


def _is_date(content: bytes) -> bool:
    """Tell a DateAndTime (RFC 2579) from other bytes."""
    if len(content) not in _DATES:
        return False
    year = int.from_bytes(content[:2], "big")
    return 1970 <= year < 2200 and 1 <= content[2] <= 12 and 1 <= content[3] <= 31 and content[4] < 24  # noqa: PLR2004  # a date
