"""The language of profiles: what a YAML file under `profiles/` may say; its docstrings are the reference manual."""

import keyword
import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wenyam.collectors.snmp_expressions import FUNCTIONS, Expression, ExpressionError, compile_expression
from wenyam.collectors.snmp_traps import TrapEntry
from wenyam.links.snmp import oids
from wenyam.model.names import SAMPLES, STATUS_ABSENT, STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN

STATUS_WORDS = {
    "ok": STATUS_OK,
    "degraded": STATUS_DEGRADED,
    "failed": STATUS_FAILED,
    "absent": STATUS_ABSENT,
    "unknown": STATUS_UNKNOWN,
}
FACTS = ("name", "vendor", "model", "serial", "os_version")
IDENTITY = {
    "system_description": "1.3.6.1.2.1.1.1.0",
    "system_object_id": "1.3.6.1.2.1.1.2.0",
    "system_uptime": "1.3.6.1.2.1.1.3.0",
    "system_name": "1.3.6.1.2.1.1.5.0",
}
"""Scalars every profile may use; the collector always reads them (RFC 3418)."""
OF_EVERY_ROW = frozenset({"index", "index_last"})
"""Names every row has: its index as dotted text, and the last number of it."""


def _oid(text: str) -> str:
    try:
        oids.encode(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is no object identifier") from error
    return text.strip(".")


def _expression(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str | int | float):
        raise ValueError("an expression expected")  # noqa: TRY004  # pydantic reports ValueError
    try:
        return compile_expression(value)
    except ExpressionError as error:
        raise ValueError(str(error)) from error


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression: {error}") from error
    return text


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _usable(name: str) -> str:
    if keyword.iskeyword(name) or name in FUNCTIONS or name in OF_EVERY_ROW or name in IDENTITY:
        raise ValueError(f"'{name}' means something else in expressions; choose another name")
    return name


Oid = Annotated[str, AfterValidator(_oid)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Formula = Annotated[Expression, BeforeValidator(_expression)]
Oids = Annotated[tuple[Oid, ...], BeforeValidator(_listed), Field(min_length=1)]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$"), AfterValidator(_usable)]


class Written(BaseModel):
    """A block of a profile: strict, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Evidence(Written):
    """Why we believe the profile."""

    kind: Literal["recording", "mib", "unproven"]
    """`recording`: a case proves it on a real device's recorded tree; `mib`: written from the MIB's text only."""
    source: str = ""
    """Package and path of the recording, or where the MIB's text was read."""
    sha256: str = ""
    """Of the recording's file."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind != "unproven" and not self.source:
            raise ValueError(f"evidence '{self.kind}' needs 'source'")
        if self.kind == "recording" and not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise ValueError("evidence 'recording' needs 'sha256' of the recording's file")
        return self


class Match(Written):
    """Which devices the profile is for: any of the object identifiers and, if given, the description too."""

    object_id: Oids | tuple[()] = ()
    """Prefixes of sysObjectID; the longest that fits wins among profiles."""
    description: Pattern | None = None
    """Regular expression searched in sysDescr."""
    answers: Oids | tuple[()] = ()
    """Objects of which the device must have one, with their instance: for agents that say only whose software they are."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.object_id and not self.description:
            raise ValueError("'match' needs 'object_id' or 'description'")
        return self


class RowColumn(Written):
    """A column that is read when the rows are learnt: names, types, units, what a filter looks at."""

    oid: Oid
    """The column."""
    at: Name | None = None
    """Take the row of `oid` whose index is the value of this other column (a reference to another table)."""
    at_index: tuple[int, ...] = ()
    """Take the row of `oid` whose index is made of these positions of our own index (0 is the first number)."""


def _row_column(value: object) -> object:
    return {"oid": value} if isinstance(value, str) else value


class Label(Written):
    """Where a label's text comes from; exactly one of the keys, or just a column's name or a list of them."""

    columns: tuple[Name, ...] = ()
    """The first of these columns that has text."""
    text: str | None = None
    """Fixed text."""
    index: Literal["all", "text"] | int | None = None
    """`all`: the row's index, dotted; `text`: a text kept in the index; a number: that position of the index, -1 the last."""
    prefix: str = ""
    """Put before it, so that rows of several tables with the same numbers can be told apart."""
    without: Pattern | None = None
    """What this regular expression finds is left out of a column's text, because a name must not change with a state."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((bool(self.columns), self.text is not None, self.index is not None)) != 1:
            raise ValueError("a label comes from columns, text or index, one of them")
        return self


def _label(value: object) -> object:
    if isinstance(value, str):
        return {"columns": [value]}
    return {"columns": value} if isinstance(value, list) else value


class SampleEntry(Written):
    """One sample of every row of a table, or of the device when it stands outside a table."""

    sample: str
    """A name of design section 4."""
    value: Formula
    """What it is: a name, or an expression over names."""
    labels: dict[str, Annotated[Label, BeforeValidator(_label)]] = Field(default_factory=dict)
    """Where each label comes from; a label not named is empty."""
    where: Formula | None = None
    """Only rows for which this is true."""
    map: dict[str, str | int | float] = Field(default_factory=dict)
    """From the device's value to ours; status words: ok, degraded, failed, absent, unknown. What is not listed is refused."""
    aggregate: Literal["mean", "sum", "min", "max", "count"] | None = None
    """One value out of all rows that have the same labels."""
    unproven: str = ""
    """What about this sample no MIB text says; told beside the evidence of the profile."""

    @model_validator(mode="after")
    def _legal(self) -> Self:
        definition = SAMPLES.get(self.sample)
        if definition is None:
            raise ValueError(f"there is no sample '{self.sample}'")
        for label in self.labels:
            if label not in definition.labels:
                raise ValueError(f"{self.sample} has no label '{label}' (it has: {', '.join(definition.labels) or 'none'})")
        if definition.labels and not self.labels:
            raise ValueError(f"{self.sample} needs labels: {', '.join(definition.labels)}")
        for word in self.map.values():
            if isinstance(word, str) and word not in STATUS_WORDS:
                raise ValueError(f"'{word}' is no status; there are {', '.join(STATUS_WORDS)}, or write a number")
        return self


class FactEntry(Written):
    """Where a fact comes from."""

    value: Formula
    """A name, or an expression that gives text."""
    pattern: Pattern | None = None
    """Regular expression; its first group (or whole match) is the fact."""


def _fact(value: object) -> object:
    return {"value": value} if isinstance(value, str) else value


Facts = dict[Literal["name", "vendor", "model", "serial", "os_version"], Annotated[FactEntry, BeforeValidator(_fact)]]


class Table(Written):
    """A table of the device: columns with one index."""

    rows: dict[Name, Annotated[RowColumn, BeforeValidator(_row_column)]] = Field(default_factory=dict)
    """Columns read when the rows are learnt."""
    columns: dict[Name, Oids] = Field(default_factory=dict)
    """Columns read at every poll; of several, the first the row has (64-bit before 32-bit)."""
    where: Formula | None = None
    """Only rows for which this is true; over `rows` columns."""
    samples: tuple[SampleEntry, ...] = ()
    """What becomes of them."""
    facts: Facts = Field(default_factory=dict)
    """Facts from the first row that passes `where`."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        _check_references(self.rows)
        for entry in self.samples:
            for label in entry.labels.values():
                missing = [name for name in label.columns if name not in self.rows]
                if missing:
                    raise ValueError(f"{entry.sample}: the label's column '{missing[0]}' is not one of the table's 'rows'")
        return self


def _check_references(rows: dict[str, RowColumn]) -> None:
    for name, column in rows.items():
        if column.at is not None and (column.at not in rows or rows[column.at].at is not None):
            raise ValueError(f"'{name}': 'at' names '{column.at}', which is not a plain column of 'rows'")


class Profile(Written):
    """One file: a profile (with `match`) or a part that profiles include (without)."""

    title: str
    """What it is for, in a few words."""
    evidence: Evidence
    """Why we believe it."""
    vendor: str = ""
    """Maker, as reports show it."""
    vendors: dict[Oid, str] = Field(default_factory=dict)
    """Maker by prefix of sysObjectID, in a profile for devices of many."""
    match: Match | None = None
    """Which devices it is for."""
    include: tuple[str, ...] = ()
    """Parts, in the order of preference: the first that gives a sample is the one that gives it."""
    facts: Facts = Field(default_factory=dict)
    """Facts from scalars."""
    scalars: dict[Name, Oids] = Field(default_factory=dict)
    """Single values by name; of several, the first the device has."""
    tables: dict[Name, Table] = Field(default_factory=dict)
    """Tables by name."""
    samples: tuple[SampleEntry, ...] = ()
    """Samples made of scalars."""
    traps: tuple[TrapEntry, ...] = ()
    """What notifications mean; an object identifier means the same for every device, whatever its profile."""


Fault = tuple[tuple[str | int, ...], str]
"""Where in the file (keys and positions), and the sentence."""


def unknown_names(profile: Profile) -> Iterator[Fault]:
    """Find expressions that use names the profile does not have."""
    scalars = set(profile.scalars) | set(IDENTITY)
    for position, entry in enumerate(profile.samples):
        yield from _faults(("samples", position), entry, scalars, "the scalars")
    for key, fact in profile.facts.items():
        yield from _fault(("facts", key), fact.value, scalars, "the scalars")
    for name, table in profile.tables.items():
        rows = set(table.rows) | OF_EVERY_ROW
        yield from _fault(("tables", name, "where"), table.where, rows, "the table's 'rows'")
        for key, fact in table.facts.items():
            yield from _fault(("tables", name, "facts", key), fact.value, rows, "the table's 'rows'")
        for position, entry in enumerate(table.samples):
            known = scalars | rows | set(table.columns)
            yield from _faults(("tables", name, "samples", position), entry, known, "its columns or the scalars")


def _faults(where: tuple[str | int, ...], entry: SampleEntry, known: set[str], what: str) -> Iterator[Fault]:
    yield from _fault((*where, "value"), entry.value, known, what)
    yield from _fault((*where, "where"), entry.where, known, what)


def _fault(where: tuple[str | int, ...], expression: Expression | None, known: set[str], what: str) -> Iterator[Fault]:
    for name in sorted(expression.names - known) if expression else ():
        yield where, f"'{name}' is not one of {what}"
