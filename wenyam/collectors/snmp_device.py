"""One device as learnt: its profile's tables bound to its rows, and the plan that polls them. Holds no socket."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wenyam.collectors.snmp_expressions import Outcome
from wenyam.collectors.snmp_families import SCALARS, Evaluated, Families, Values
from wenyam.collectors.snmp_labels import cleaned
from wenyam.collectors.snmp_profile import FACTS, IDENTITY, FactEntry, Profile, Table
from wenyam.collectors.snmp_table import Columns, TableState, computed, plain
from wenyam.errors import CollectError
from wenyam.links.snmp import oids
from wenyam.links.snmp.codec import Value
from wenyam.links.snmp.plan import Plan
from wenyam.links.snmp.review import Review
from wenyam.links.snmp.walk import Pace
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Family, single

_LONGEST_SEARCHED = 512
_IDENTITY_SLOT = -1
_INTERFACE_STATE, _INTERFACE = "interface_oper_status", "interface"
_OTHER_NAMES = ("name", "description", "alias")
"""Learnt columns of a table of interfaces."""
_POLLED_IDENTITY = ("system_object_id", "system_uptime", "system_name")
_TICKS = 100
_SYSTEM = "system_info"


@dataclass(slots=True)
class Source:
    """A profile or part, and what of it this device has. The scalars are a table of one row, the first."""

    profile: Profile
    tables: list[TableState]

    @classmethod
    def of(cls, profile: Profile) -> "Source":
        """Bind nothing yet."""
        specification = Table.model_construct(columns=profile.scalars, samples=profile.samples, rows={}, facts={})
        scalars = TableState(SCALARS, specification, _used_by_tables(profile))
        return cls(profile, [scalars, *(TableState(name, table) for name, table in profile.tables.items())])


@dataclass(slots=True)
class DeviceState:
    """What the collector remembers of a device between polls."""

    name: str
    """Of the profile."""
    sources: list[Source]
    identity: dict[str, Outcome]
    pace: Pace
    learn_again_at: float = 0.0
    """Monotonic second after which names and rows are read afresh."""
    incomplete: int = 0
    """How many times in a row something was missing."""
    unanswered: frozenset[int] = frozenset()
    """Tables of which a packet was not answered at the last poll."""
    loaded: bool = True
    """Whether tables may carry scalars, see `Plan.loaded`."""
    plan: Plan = field(default_factory=Plan)
    review: Review | None = None
    """What tells whether everything learnt is still so; None when only a walk can."""
    facts: dict[str, str] = field(default_factory=dict)
    interfaces: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of each interface by its number, the one its samples carry first."""
    _troubled: list[TableState] = field(default_factory=list)
    _given: Families = field(default_factory=Families)
    _system: Family | None = None
    tables: list[TableState] = field(init=False)
    """Every table of every source; the position is the plan's slot."""

    def __post_init__(self) -> None:
        """Keep every table in one list."""
        self.tables = [table for source in self.sources for table in source.tables]

    def scalar_oids(self) -> list[str]:
        """Name every scalar any source may use."""
        return [oid for source in self.sources for oid in source.tables[0].oids()]

    def learn(self, columns: Columns, slots: Iterable[int] | None = None) -> None:
        """Bind tables (all, or some slots) to what was walked, choose who gives which sample, and plan the next poll."""
        chosen = None if slots is None else set(slots)
        taken: set[str] = set()
        slot = 0
        for source in self.sources:
            given: set[str] = set()
            for table in source.tables:
                if chosen is None or slot in chosen:
                    known = source.tables[0].present if table is not source.tables[0] else frozenset()
                    table.learn(columns, taken, frozenset(IDENTITY) | known)
                given.update(entry.specification.sample for entry in table.entries)
                slot += 1
            taken |= given
        self._troubled = [table for table in self.tables if table.trouble is not None]
        self.interfaces = _interfaces(self.tables)
        numbered = enumerate(self.tables)
        self._given.bind([list(itertools.islice(numbered, len(source.tables))) for source in self.sources])
        self.plan = self._plan()
        self.review = None

    def plan_apart(self) -> None:
        """Plan scalars in packets of their own, because this agent cannot answer them together with a table."""
        self.loaded = False
        self.plan = self._plan()

    def plan_smaller(self) -> None:
        """Plan packets of half the size, because the agent cuts the present ones short."""
        self.pace.values = max(1, self.pace.values // 2)
        self.plan = self._plan()

    def _plan(self) -> Plan:
        plan = Plan(self.pace.bulk, self.pace.values, self.loaded and not self._is_anonymous())
        plan.add(_IDENTITY_SLOT, [oids.encode(IDENTITY[name]) for name in _POLLED_IDENTITY], [[b""]] * len(_POLLED_IDENTITY))
        for slot, table in enumerate(self.tables):
            polled = table.polled
            dense = all(each.dense for each in polled)
            plan.add(slot, [each.prefix for each in polled], [each.indices for each in polled], dense=dense)
            if polled and table.name != SCALARS and table.trouble is None:
                plan.watch(slot, polled[0].prefix, polled[0].last)
        return plan.seal()

    def _is_anonymous(self) -> bool:
        """Tell whether part of the identity has no value, so that a question for what follows would be answered with another."""
        return any(self.identity[name] is None for name in _POLLED_IDENTITY)

    def take_identity(self, values: Mapping[int, Sequence[Sequence[Value]]]) -> dict[str, Outcome] | None:
        """Return the identity a poll brought; None when it did not come whole."""
        columns = values[_IDENTITY_SLOT]
        if any(len(column) != 1 for column in columns):
            return None
        return {name: plain(column[0]) for name, column in zip(_POLLED_IDENTITY, columns, strict=True)}

    def same_device(self, identity: Mapping[str, Outcome]) -> bool:
        """Tell whether it still is the device we learnt, and has not started anew since."""
        before, now = self.identity["system_uptime"], identity["system_uptime"]
        if not isinstance(before, int) or not isinstance(now, int):
            return identity["system_object_id"] == self.identity["system_object_id"]
        return identity["system_object_id"] == self.identity["system_object_id"] and now >= before

    def evaluate(self, values: Values, skipped: Iterable[int] = ()) -> Evaluated:
        """Turn a poll's values into families; slots in `skipped` were not read."""
        evaluated = self._given.evaluate(self.identity, values, skipped)
        evaluated.families += self._of_the_system()
        return evaluated

    def _of_the_system(self) -> list[Family]:
        """Name the device and tell how long it is up."""
        definition = SAMPLES[_SYSTEM]
        labels = tuple((label, self.facts.get(label, "")) for label in definition.labels)
        if self._system is None or self._system.labels != (labels,):
            self._system = Family(_SYSTEM, (labels,), (1.0,))
        families = [self._system]
        uptime = self.identity["system_uptime"]
        if isinstance(uptime, int):
            families.append(single("system_uptime_seconds", uptime / _TICKS))
        return families

    def find_facts(self, columns: Columns) -> None:
        """Gather the facts: the profile's own, then its parts', then what every device says of itself."""
        found: dict[str, str] = {}
        for source in self.sources:
            scalars = {**self.identity, **_scalar_values(source, columns)}
            for key, entry in source.profile.facts.items():
                _note(found, key, entry, computed(entry.value, scalars))
            for table in source.tables:
                for key, entry in table.specification.facts.items():
                    _note(found, key, entry, table.fact(entry))
            maker = _maker(source.profile, str(self.identity.get("system_object_id") or ""))
            if maker and "vendor" not in found:
                found["vendor"] = maker
        found.setdefault("name", cleaned(self.identity.get("system_name")))
        self.facts = {key: found[key] for key in FACTS if found.get(key)}
        self.facts |= {"profile": self.name, "evidence": self._evidence()}

    def _evidence(self) -> str:
        """Say why the profile is believed, and which of the samples this device gives are not."""
        evidence = self.sources[0].profile.evidence
        doubts = {
            f"{entry.specification.sample} ({entry.specification.unproven})"
            for table in self.tables
            for entry in table.entries
            if entry.specification.unproven
        }
        said = " ".join(filter(None, (evidence.kind, evidence.source)))
        return f"{said}; unproven: {', '.join(sorted(doubts))}" if doubts else said

    def partial(self, skipped: Iterable[int] = ()) -> frozenset[str]:
        """Name the samples of the tables that were not learnt to their end, and of those in `skipped`."""
        tables = [*self._troubled, *(self.tables[slot] for slot in skipped if slot >= 0)]
        return frozenset(entry.sample for table in tables for entry in table.specification.samples)

    def troubles(self) -> list[tuple[str, CollectError]]:
        """Name the tables that were not learnt to their end."""
        return [(table.name, table.trouble) for table in self._troubled if table.trouble is not None]


def _interfaces(tables: Iterable[TableState]) -> dict[str, tuple[str, ...]]:
    """Return the names of every interface whose state is read, by the last arc of its index."""
    found: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for entry in table.entries:
            if entry.specification.sample == _INTERFACE_STATE:
                for position, labels in zip(entry.positions, entry.labels, strict=True):
                    row = table.rows[position]
                    texts = (dict(labels)[_INTERFACE], *(cleaned(row.get(name)) for name in _OTHER_NAMES))
                    found[str(row["index"])] = tuple(dict.fromkeys(text for text in texts if text))
    return found


def _used_by_tables(profile: Profile) -> frozenset[str]:
    """Name the scalars that tables compute with, so that they are polled too."""
    entries = [entry for table in profile.tables.values() for entry in table.samples]
    names = {name for entry in entries for name in entry.value.names | (entry.where.names if entry.where else frozenset())}
    return frozenset(names & profile.scalars.keys())


def _scalar_values(source: Source, columns: Columns) -> dict[str, Outcome]:
    values: dict[str, Outcome] = {}
    for name, alternatives in source.profile.scalars.items():
        for oid in alternatives:
            column = columns.get(oid)
            if column is not None and column.values and name not in values:
                values[name] = plain(column.values[0])
    return values


def _maker(profile: Profile, object_id: str) -> str:
    """Return who makes the devices of a profile, or this one among those of many."""
    fitting = (maker for prefix, maker in profile.vendors.items() if f"{object_id}.".startswith(f"{prefix}."))
    return profile.vendor or next(fitting, "")


def _note(found: dict[str, str], key: str, entry: FactEntry, value: Outcome) -> None:
    """Keep a fact unless a source before gave it."""
    text = cleaned(value)
    if entry.pattern is not None:
        match = re.search(entry.pattern, text[:_LONGEST_SEARCHED])
        text = (match[1] if match.re.groups else match[0]) if match else ""
    if text and key not in found:
        found[key] = text.strip()
