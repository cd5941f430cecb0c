"""What one device gives: which entries make each sample, and the families they made last, kept while nothing changed."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wenyam.collectors.snmp_entry import Entry, Result
from wenyam.collectors.snmp_expressions import Outcome
from wenyam.collectors.snmp_table import TableState, plain
from wenyam.links.snmp.codec import Value
from wenyam.model.samples import Family, Labels

SCALARS = "scalars"
"""Name of the table of one row that a source's scalars are."""

Values = Mapping[int, Sequence[Sequence[Value]]]
"""By slot and column: what was polled."""
_Slot = tuple[int, TableState]
"""A table with its place among all tables of the device."""
_Giver = tuple[int, int, TableState, Entry]
"""An entry with its source among those at work, and its table with its slot."""
_REFUSED = operator.itemgetter(2)


@dataclass(slots=True)
class Evaluated:
    """What one set of columns gave."""

    families: list[Family] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Sample:
    """One sample name: what gives it and what it gave last."""

    name: str
    givers: list[_Giver]
    needs: frozenset[str] | None
    """Columns of its only table that it looks at; None when there are more tables, or scalars in it."""
    changed: set[str]
    """Columns of that table that are not what they were."""
    results: list[Result] | None = None
    """What `family` was made of; None when tables were left out of it."""
    family: Family = field(init=False)
    refused: int = 0
    labels: tuple[Labels, ...] = ()
    """The same object as long as they are the same: whoever shows them keeps what he made of them."""

    def is_same(self) -> bool:
        """Tell whether nothing it looks at has changed."""
        return self.results is not None and self.needs is not None and self.needs.isdisjoint(self.changed)

    def take(self, results: list[Result]) -> None:
        """Make the family: the same while the results are, with the same labels object while the labels are."""
        if self.results is not None and len(self.results) == len(results) and all(map(operator.is_, self.results, results)):
            return
        self.refused = sum(map(_REFUSED, results))
        parts = [result for result in results if result[1]]
        if len(parts) == 1:
            labels, values, _ = parts[0]
        else:
            labels = tuple(label for part in parts for label in part[0])
            values = tuple(value for part in parts for value in part[1])
        self.labels = self.labels if self.labels == labels else labels
        self.results, self.family = results, Family(self.name, self.labels, values)


class Families:
    """The samples of one device, bound to what was learnt of it."""

    def __init__(self) -> None:
        """Give nothing yet."""
        self._at_work: list[list[_Slot]] = []
        """Of each source that gives or polls anything, the tables that do."""
        self._samples: list[_Sample] = []

    def bind(self, sources: Iterable[Sequence[_Slot]]) -> None:
        """Note which tables of each source have anything to do, and which entries give a sample."""
        self._at_work = [mine for mine in ([slot for slot in tables if _works(slot[1])] for tables in sources) if mine]
        givers: dict[str, list[_Giver]] = {}
        for source, tables in enumerate(self._at_work):
            for slot, table in tables:
                for entry in table.entries:
                    givers.setdefault(entry.specification.sample, []).append((source, slot, table, entry))
        labels = {sample.name: sample.labels for sample in self._samples}
        self._samples = [_sample(name, mine, labels.get(name, ())) for name, mine in givers.items()]

    def evaluate(self, identity: Mapping[str, Outcome], values: Values, skipped: Iterable[int] = ()) -> Evaluated:
        """Turn a poll's values into families; slots in `skipped` were not read."""
        outcome, without = Evaluated(), frozenset(skipped)
        scalars = [_spread(tables, identity, values, without) for tables in self._at_work]
        for sample in self._samples:
            if without or not sample.is_same():
                _take(sample, scalars, without)
            if sample.refused:
                outcome.refused[sample.name] = sample.refused
            if sample.family.values:
                outcome.families.append(sample.family)
            if without:
                sample.results = None
        for tables in self._at_work:
            for slot, table in tables:
                if slot not in without:
                    table.changed.clear()
        return outcome


def _works(table: TableState) -> bool:
    return bool(table.entries or table.polled)


def _sample(name: str, givers: list[_Giver], labels: tuple[Labels, ...]) -> _Sample:
    """Put together what gives a sample; `labels` are those it had before."""
    table = givers[0][2]
    alone = all(giver[2] is table and not giver[3].scalars for giver in givers)
    needs = frozenset().union(*(giver[3].needs for giver in givers)) if alone else None
    return _Sample(name, givers, needs, table.changed, labels=labels)


def _spread(
    tables: Sequence[_Slot], identity: Mapping[str, Outcome], values: Values, without: frozenset[int]
) -> dict[str, Outcome]:
    """Give each table of a source its columns, and return the scalars that all of them may look at."""
    scalars = dict(identity)
    for slot, table in tables:
        if slot not in without:
            table.spread(values[slot])
            if table.name == SCALARS:
                scalars.update({name: plain(column[0]) for name, column in table.columns.items()})
    return scalars


def _take(sample: _Sample, scalars: Sequence[Mapping[str, Outcome]], without: frozenset[int]) -> None:
    """Ask every entry of a sample whose table was read."""
    sample.take(
        [
            entry.evaluate(table.columns, scalars[source], table.changed)
            for source, slot, table, entry in sample.givers
            if slot not in without
        ]
    )
