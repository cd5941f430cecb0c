"""From columns to one family of samples: whole columns at once while all is well, value by value when something is refused."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from wenyam.collectors.snmp_expressions import BadValueError, Expression, Outcome
from wenyam.collectors.snmp_labels import row_labels
from wenyam.collectors.snmp_profile import STATUS_WORDS, SampleEntry
from wenyam.links.snmp.codec import Absent
from wenyam.model.names import SAMPLES, STATUS_ABSENT, STATUS_UNKNOWN
from wenyam.model.samples import Labels

PolledColumns = Mapping[str, Sequence[Any]]
"""By name, one wire value (or None) for each row."""
Scalars = Mapping[str, Outcome]
Result = tuple[tuple[Labels, ...], tuple[float, ...], int]
"""Labels, values and how many values were refused."""

_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": lambda values: sum(values) / len(values),
    "sum": sum,
    "min": min,
    "max": max,
}


_STATUS_SCALE = (STATUS_UNKNOWN, STATUS_ABSENT)


@dataclass(frozen=True, slots=True)
class EntryContext:
    """What an entry is built over: the learnt rows, which rows each polled column has, which scalars this device has."""

    rows: Sequence[Mapping[str, Outcome]]
    indices: Sequence[bytes]
    polled: Mapping[str, frozenset[int]]
    scalars: frozenset[str] = frozenset()
    shared: dict[tuple[Labels, ...], tuple[Labels, ...]] = field(default_factory=dict)
    """Labels of the samples built so far: those of one table nearly always have the same, and keep the same object."""

    def has(self, position: int, names: frozenset[str]) -> bool:
        """Tell whether every name can have a value in this row."""
        row = self.rows[position]
        return all(
            position in self.polled[name] if name in self.polled else name in self.scalars or row.get(name) is not None
            for name in names
        )


@dataclass(slots=True)
class Entry:
    """One sample entry bound to the rows of one device."""

    specification: SampleEntry
    rows: Sequence[Mapping[str, Outcome]]
    positions: list[int]
    labels: tuple[Labels, ...]
    """Of each position; of an aggregate, of each group."""
    groups: tuple[int, ...]
    """Which of the labels each position belongs to; empty where every position has its own."""
    needs: frozenset[str]
    """Polled columns it looks at."""
    whole: bool
    """True when `positions` are all rows."""
    filter: Expression | None
    """The filter, when it looks at polled values or scalars and must be asked at every poll."""
    mapping: dict[object, float]
    value: Expression
    """The value's expression without what this device never has."""
    scalars: tuple[str, ...] = ()
    """Scalars it looks at."""
    _kept: dict[tuple[int, ...], tuple[Labels, ...]] = field(default_factory=dict)
    _given: tuple[object, ...] = ()
    _result: Result | None = None

    @classmethod
    def build(cls, specification: SampleEntry, context: EntryContext) -> "Entry | None":
        """Bind to the rows that can have a value; None when none can."""
        where, value = specification.where, specification.value
        changing = context.scalars | frozenset(context.polled)
        dynamic = where if where is not None and not where.names.isdisjoint(changing) else None
        learnt = where if dynamic is None else None
        names = value.names | (where.names if where else frozenset())
        needs = names & frozenset(context.polled)
        if value.names and not any(
            context.has(position, frozenset({name})) for name in value.names for position in range(len(context.rows))
        ):
            return None
        positions = [
            position
            for position, row in enumerate(context.rows)
            if context.has(position, value.required) and (learnt is None or _is_true(learnt, row))
        ]
        if not positions:
            return None
        labels = row_labels(specification, [(context.rows[position], context.indices[position]) for position in positions])
        labels = context.shared.setdefault(labels, labels)
        labels, groups = _grouped(labels) if specification.aggregate else (labels, ())
        mapping = {_key(key): float(STATUS_WORDS.get(str(word), word)) for key, word in specification.map.items()}
        whole = len(positions) == len(context.rows)
        value = value.without(name for name in value.names if not any(context.has(each, frozenset({name})) for each in positions))
        scalars = tuple(sorted(names - needs - context.rows[0].keys()))
        return cls(specification, context.rows, positions, labels, groups, needs, whole, dynamic, mapping, value, scalars)

    def evaluate(self, columns: PolledColumns, scalars: Scalars, changed: AbstractSet[str] | None = None) -> Result:
        """Turn one poll's columns into labels and values; what cannot be right is left out and counted.

        The same object as last time while every column is the same object and every scalar the same value. `changed` names the
        columns that may be others, when that is known.
        """
        if changed is not None and self._result is not None and not self.scalars and self.needs.isdisjoint(changed):
            return self._result
        given = (*map(columns.get, self.needs), *map(scalars.get, self.scalars))
        if self._result is None or not _same(given, self._given):
            self._given, self._result = given, self._evaluated(columns, scalars)
        return self._result

    def _evaluated(self, columns: PolledColumns, scalars: Scalars) -> Result:
        values, refused = self._values(columns, scalars)
        if self.specification.aggregate:
            return self._aggregated(values, refused)
        if not refused and self._all_right(values):
            return self.labels, tuple(values), 0
        return self._sifted(values, refused)

    def _values(self, columns: PolledColumns, scalars: Scalars) -> tuple[Sequence[Any], int]:
        """Return a value for each of our rows (None for none, anything for what `_all_right` finds), and refusals so far."""
        expression = self.value
        column = columns.get(expression.column) if expression.column is not None and self.filter is None else None
        if column is None:
            together = None if self.filter is not None or self.mapping else self._together(columns, scalars)
            return (together, 0) if together is not None else self._row_by_row(columns, scalars)
        chosen = column if self.whole else [column[position] for position in self.positions]
        if expression.factor is not None:
            if not _numbers(chosen):
                return self._row_by_row(columns, scalars)
            factor = expression.factor
            chosen = [value * factor for value in chosen]
        return self._mapped(chosen) if self.mapping else (chosen, 0)

    def _together(self, columns: PolledColumns, scalars: Scalars) -> list[float] | None:
        """Compute all rows at once; None when the expression is no plain arithmetic or something in it is no number."""
        compute = self.value.of_columns
        if compute is None:
            return None
        found: dict[str, list[float]] = {}
        for name in self.value.names:
            column = self._column(name, columns, scalars)
            if not _numbers(column):
                return None
            found[name] = column
        try:
            return compute(found, len(self.positions))
        except (ArithmeticError, BadValueError):
            return None

    def _column(self, name: str, columns: PolledColumns, scalars: Scalars) -> list[Any]:
        """Return a name's value in each of our rows."""
        if name in columns:
            return [columns[name][position] for position in self.positions]
        if name in self.rows[0]:
            return [self.rows[position][name] for position in self.positions]
        return [scalars.get(name)] * len(self.positions)

    def _mapped(self, values: Sequence[Any]) -> tuple[list[float | None], int]:
        """Translate; what the profile does not list is counted as refused, never invented."""
        found = [None if value is None else self.mapping.get(_key(value)) for value in values]
        if None not in found:
            return found, 0
        missing = [place for place, result in enumerate(found) if result is None and values[place] is not None]
        for place in missing:
            if values[place].__class__ is not Absent:
                found[place] = self._unlisted
        return found, len(missing)

    @property
    def _unlisted(self) -> float | None:
        """Return what stands for a word the profile does not know: on the status scale its part is unknown, not gone."""
        definition = SAMPLES[self.specification.sample]
        on_the_scale = definition.name.endswith("_status") and (definition.minimum, definition.maximum) == _STATUS_SCALE
        return float(STATUS_UNKNOWN) if on_the_scale else None

    def _row_by_row(self, columns: PolledColumns, scalars: Scalars) -> tuple[list[float | None], int]:
        names = [name for name in self.needs if name in columns]
        results: list[float | None] = []
        refused = 0
        for position in self.positions:
            row: dict[str, Outcome] = {**scalars, **self.rows[position]}
            bad = False
            for name in names:
                value = columns[name][position]
                bad = bad or value.__class__ is Absent
                row[name] = _plain(value)
            result, wrong = self._one(row, bad=bad)
            results.append(result)
            refused += wrong
        return results, refused

    def _one(self, row: Mapping[str, Outcome], *, bad: bool) -> tuple[float | None, int]:
        """Return a row's value and whether it was refused."""
        try:
            if self.filter is not None and not self.filter.evaluate(row):
                return None, 0
            value = self.value.evaluate(row)
        except (BadValueError, OverflowError):
            return None, 1
        if value is None:
            return None, int(bad)
        if self.mapping:
            listed = _key(value) in self.mapping
            return self.mapping.get(_key(value), self._unlisted), int(not listed)
        return (None, 1) if isinstance(value, str) else (value, 0)

    def _all_right(self, values: Sequence[Any]) -> bool:
        """Judge all values at once: numbers only, inside the bounds of the sample's definition."""
        definition = SAMPLES[self.specification.sample]
        low, high = definition.minimum, definition.maximum
        if not _numbers(values):
            return False
        return (low is None or min(values) >= low) and (high is None or max(values) <= high)

    def _sifted(self, values: Sequence[Any], refused: int) -> Result:
        kept, good, refused = self._good(values, refused)
        return self._labels_of(tuple(kept)), tuple(good), refused

    def _good(self, values: Sequence[Any], refused: int) -> tuple[list[int], list[float], int]:
        """Return which places have a value that can be right, these values, and how many were refused."""
        definition = SAMPLES[self.specification.sample]
        low, high = definition.minimum, definition.maximum
        kept: list[int] = []
        good: list[float] = []
        for place, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, int | float) and (low is None or value >= low) and (high is None or value <= high):
                kept.append(place)
                good.append(value)
            else:
                refused += 1
        return kept, good, refused

    def _labels_of(self, places: tuple[int, ...]) -> tuple[Labels, ...]:
        """Return the same object for the same rows as last time."""
        if len(places) == len(self.labels):
            return self.labels
        known = self._kept.get(places)
        if known is None:
            self._kept.clear()
            known = self._kept[places] = tuple(self.labels[place] for place in places)
        return known

    def _aggregated(self, values: Sequence[Any], refused: int) -> Result:
        kept, good, refused = self._good(values, refused)
        members: list[list[float]] = [[] for _ in self.labels]
        for place, value in zip(kept, good, strict=True):
            members[self.groups[place]].append(value)
        how = str(self.specification.aggregate)
        if how == "count":
            return self.labels, tuple(float(len(group)) for group in members), refused
        told = tuple(place for place, group in enumerate(members) if group)
        return self._labels_of(told), tuple(_AGGREGATES[how](members[place]) for place in told), refused


def _grouped(labels: tuple[Labels, ...]) -> tuple[tuple[Labels, ...], tuple[int, ...]]:
    """Return each of the labels once, and which of them each row has."""
    places = {each: place for place, each in enumerate(dict.fromkeys(labels))}
    return tuple(places), tuple(places[each] for each in labels)


def _numbers(values: Sequence[Any]) -> bool:
    """Tell, at the speed of C, whether all are numbers."""
    return set(map(type, values)) <= _NUMBER_CLASSES


_NUMBER_CLASSES = {int, float}


def _same(left: tuple[object, ...], right: tuple[object, ...]) -> bool:
    """Tell whether nothing changed: columns are the same lists, scalars the same values of the same type."""
    return len(left) == len(right) and all(map(_is_same, left, right))


def _is_same(left: object, right: object) -> bool:
    return left is right or (type(left) is type(right) and not isinstance(left, list) and left == right)


def _plain(value: Any) -> Outcome:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return None if isinstance(value, Absent) else value


def _key(value: Any) -> object:
    """Compare mapped values as the profile writes them: whole numbers as numbers, all else as text."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return int(text) if text.lstrip("-").isdigit() else text


def _is_true(expression: Expression, row: Mapping[str, Outcome]) -> bool:
    try:
        return bool(expression.evaluate(row))
    except (BadValueError, OverflowError):
        return False
