"""What a report is made of before anybody decides how it looks: sections, tables, columns with a shape, raw cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

Cell = str | int | float | bool | None
"""A raw value: text, a count, a ratio 0-1, milliseconds of an instant or a duration; None where there is nothing to say."""


class Shape(Enum):
    """How a column's raw cells are written."""

    TEXT = auto()
    WORD = auto()
    """A fixed token, said in the reader's language; data keeps the token."""
    COUNT = auto()
    PERCENT = auto()
    """A ratio 0-1."""
    CHANGE = auto()
    """A ratio by which something grew, or shrank when it is negative."""
    BYTES = auto()
    DURATION = auto()
    """Milliseconds."""
    INSTANT = auto()
    """Milliseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key under which data keeps it, the heading people read, and its shape."""

    key: str
    heading: str
    shape: Shape = Shape.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `empty` is the sentence that stands there when there are none."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One chapter of a report."""

    key: str
    title: str
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    """Sentences above the tables: settings, totals, warnings."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report about one period."""

    key: str
    title: str
    lines: Sequence[str]
    """Sentences under the title: period, when and where it was made, whether it is final."""
    sections: Sequence[Section]
