"""One table (or the scalars) of one device: its rows as learnt, what to poll, and how polled columns become samples. Pure."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from wenyam.collectors.snmp_entry import Entry, EntryContext
from wenyam.collectors.snmp_expressions import BadValueError, Expression, Outcome
from wenyam.collectors.snmp_profile import FactEntry, RowColumn, SampleEntry, Table
from wenyam.errors import CollectError
from wenyam.links.snmp import oids
from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.walk import Column

Columns = Mapping[str, Column]
"""What was walked, by dotted OID."""


def plain(value: object) -> Outcome:
    """Turn a wire value into what expressions understand: text as Latin-1, so that no byte is lost; an absent one is None."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, int | float | str) else None


@dataclass(slots=True)
class Polled:
    """One OID that is read at every poll for one name: which rows it has, as agent's indices and our positions."""

    name: str
    prefix: bytes
    indices: list[bytes]
    positions: list[int]
    dense: bool
    """True when these are all rows of the column, so that GETBULK can run over them."""
    last: bytes
    """Index of the last row of the column, whether it is ours or not."""
    whole: bool
    """True when these are all our rows, in our order."""


@dataclass(slots=True)
class TableState:
    """What is known of one table of one device. `specification` is the profile's; all else was learnt."""

    name: str
    specification: Table
    keep: frozenset[str] = frozenset()
    """Columns that are polled whether or not an entry of this table needs them."""
    rows: list[dict[str, Outcome]] = field(default_factory=list)
    indices: list[bytes] = field(default_factory=list)
    polled: list[Polled] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    present: frozenset[str] = frozenset()
    """Names of `columns` of which this device has at least one row."""
    trouble: CollectError | None = None
    """Why rows may be missing."""
    columns: dict[str, Sequence[Value | None]] = field(default_factory=dict)
    """What was polled last, by name, in the order of the rows."""
    changed: set[str] = field(default_factory=set)
    """Names whose column is another one since every entry was asked."""
    _given: list[Sequence[Value] | None] = field(default_factory=list)

    def oids(self) -> list[str]:
        """Name every column that must be walked to learn the table."""
        columns = [oid for alternatives in self.specification.columns.values() for oid in alternatives]
        return [*(column.oid for column in self.specification.rows.values()), *columns]

    def learn(self, columns: Columns, taken: AbstractSet[str], scalars: frozenset[str] = frozenset()) -> None:
        """Find rows, names, what to poll and what it gives; samples in `taken` already come from elsewhere."""
        walked = [columns[oid] for oid in self.oids() if oid in columns]
        self.trouble = next((column.partial for column in walked if column.partial is not None), None)
        self._given, self.columns, self.changed = [], {}, set()
        self._find_rows(columns)
        self._find_polled(columns)
        entries = [entry for entry in self.specification.samples if entry.sample not in taken]
        self._find_entries(entries, scalars)

    def _find_rows(self, columns: Columns) -> None:
        """Keep the rows that pass `where`, in the agent's order, with their learnt values."""
        own = [column.oid for column in self.specification.rows.values() if column.at is None and not column.at_index]
        own += [oid for alternatives in self.specification.columns.values() for oid in alternatives]
        known = dict.fromkeys(index for oid in own if oid in columns for index in columns[oid].indices)
        learnt = {name: _by_index(columns.get(row.oid)) for name, row in self.specification.rows.items()}
        self.rows, self.indices = [], []
        for index in known:
            row = _learnt_row(index, self.specification.rows, learnt)
            if self.specification.where is None or truth(self.specification.where, row):
                self.rows.append(row)
                self.indices.append(index)

    def _find_polled(self, columns: Columns) -> None:
        self.polled = []
        place = {index: position for position, index in enumerate(self.indices)}
        for name, alternatives in self.specification.columns.items():
            missing = set(place)
            for oid in alternatives:
                found = columns[oid].indices if oid in columns else []
                kept = [index for index in found if index in place]
                if missing.isdisjoint(kept):
                    continue
                missing.difference_update(kept)
                positions = [place[index] for index in kept]
                dense = len(kept) == len(found)
                whole = positions == list(range(len(place)))  # a hole in the first column puts its row behind the others
                self.polled.append(Polled(name, oids.encode(oid), kept, positions, dense=dense, last=found[-1], whole=whole))

    def _find_entries(self, entries: Sequence[SampleEntry], scalars: frozenset[str]) -> None:
        """Build what gives samples, and drop columns nobody needs."""
        available: dict[str, frozenset[int]] = {}
        for polled in self.polled:
            available[polled.name] = available.get(polled.name, frozenset()) | frozenset(polled.positions)
        self.present = frozenset(available)
        context = EntryContext(self.rows, self.indices, available, scalars)
        built = [Entry.build(entry, context) for entry in entries]
        self.entries = [entry for entry in built if entry is not None]
        needed = self.keep.union(*(entry.needs for entry in self.entries))
        self.polled = [polled for polled in self.polled if polled.name in needed]

    def spread(self, values: Sequence[Sequence[Value]]) -> None:
        """Turn what was polled (in the order of `polled`) into `columns`, which follow the rows.

        A column is the same object as last time while the lists it is made of are.
        """
        if len(self._given) != len(values):
            self._given = [None] * len(values)
        for place, column in enumerate(values):
            if column is not self._given[place]:
                self._given[place] = column
                name = self.polled[place].name
                self.columns[name] = self._column(name, values)
                self.changed.add(name)

    def _column(self, name: str, values: Sequence[Sequence[Value]]) -> Sequence[Value | None]:
        """Put a column together; what comes first wins."""
        given = [(polled, column) for polled, column in zip(self.polled, values, strict=True) if polled.name == name]
        if given[0][0].whole:
            return given[0][1]
        target: list[Value | None] = [None] * len(self.indices)
        for polled, column in reversed(given):
            for position, value in zip(polled.positions, column, strict=True):
                target[position] = value
        return target

    def walked_values(self, columns: Columns) -> list[list[Value]]:
        """Take the values of the polled columns from the walk that taught us the rows."""
        taken: list[list[Value]] = []
        for polled in self.polled:
            found = _by_index(columns[oids.decode(polled.prefix)])
            taken.append([found[index] for index in polled.indices])
        return taken

    def fact(self, entry: FactEntry) -> Outcome:
        """Return a fact's value from the first row that has one."""
        for row in self.rows:
            value = computed(entry.value, row)
            if value not in (None, ""):
                return value
        return None


def _learnt_row(
    index: bytes, specification: Mapping[str, RowColumn], learnt: Mapping[str, Mapping[bytes, Value]]
) -> dict[str, Outcome]:
    arcs = oids.arcs(index) if index else ()
    row: dict[str, Outcome] = {"index": ".".join(map(str, arcs)), "index_last": arcs[-1] if arcs else 0}
    for name, column in specification.items():
        if column.at is None:
            where = index if not column.at_index else _part(arcs, column.at_index)
            row[name] = plain(learnt[name].get(where))
    for name, column in specification.items():
        if column.at is not None:
            reference = row.get(column.at)
            where = oids.encode_arc(reference) if isinstance(reference, int) and reference >= 0 else b"\xff"
            row[name] = plain(learnt[name].get(where))
    return row


def _part(arcs: Sequence[int], positions: Sequence[int]) -> bytes:
    try:
        return b"".join(oids.encode_arc(arcs[position]) for position in positions)
    except IndexError:
        return b"\xff"  # no index is this: its last number would be cut off


def _by_index(column: Column | None) -> dict[bytes, Value]:
    return {} if column is None else dict(zip(column.indices, column.values, strict=True))


def computed(expression: Expression, row: Mapping[str, Outcome]) -> Outcome:
    """Evaluate; None when there is no value or it cannot be right."""
    try:
        return expression.evaluate(row)
    except (BadValueError, OverflowError):
        return None


def truth(expression: Expression, row: Mapping[str, Outcome]) -> bool:
    """Evaluate a filter; what cannot be decided is not true."""
    return bool(computed(expression, row))


def scalar_columns(values: Mapping[bytes, Value], failures: Sequence[CollectError]) -> dict[str, Column]:
    """Turn scalars into one-row columns, so that they are treated like any table; absent ones get no row."""
    columns: dict[str, Column] = {}
    for name, value in values.items():
        column = Column(name)
        if not isinstance(value, Absent) or value is Absent.NULL:
            column.names, column.values = [name], [value]
        columns[oids.decode(name)] = column
    if failures and columns:
        next(iter(columns.values())).partial = failures[0]
    return columns
