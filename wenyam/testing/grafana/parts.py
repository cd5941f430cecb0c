"""What a dashboard is made of: small frozen descriptions without any JSON."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Words:
    """One thing said in both languages."""

    english: str
    thai: str

    @property
    def title(self) -> str:
        """Both on one line."""
        return f"{self.english} · {self.thai}"

    @property
    def paragraphs(self) -> str:
        """Thai first, English below it."""
        return f"{self.thai}\n\n{self.english}"


class Kind(StrEnum):
    """The panels used here, by Grafana's names; all of them come with Grafana itself."""

    STAT = "stat"
    GAUGE = "gauge"
    BARS = "bargauge"
    LINES = "timeseries"
    STATES = "state-timeline"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and how its series are called."""

    expression: str
    legend: str = ""
    """Grafana's template, such as `{{device}}`."""
    unit: str = ""
    """Unit of this column of a table, where it differs from the panel's."""
    levels: tuple["Level", ...] = ()
    """Thresholds of this column of a table; none leaves it plain."""
    meanings: tuple["Meaning", ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """From this value on, this colour; the first level of a panel has no value."""

    colour: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number says, with a symbol, so that nobody depends on the colour."""

    value: float
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture with its queries."""

    kind: Kind
    title: Words
    about: Words
    queries: tuple[Query, ...]
    unit: str = "short"
    width: int = 6
    """Of 24."""
    height: int = 7
    levels: tuple[Level, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    least: float | None = None
    most: float | None = None
    decimals: int | None = None
    stacked: bool = False
    leads_to: str = ""
    """Uid of the dashboard a click on a device opens."""
    runbook: str = ""
    """Page below docs/ that says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it."""

    title: Words
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard, filled from the values of a label."""

    name: str
    label: Words
    series: str
    """Selector of the series whose label of this name is listed."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page."""

    uid: str
    title: Words
    about: Words
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    runbooks: tuple[str, ...] = ()
    """Pages below docs/, linked from the head of the dashboard."""
    hours: int = 24
    """How far back it looks when it is opened."""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel of every row."""
        return tuple(panel for row in self.rows for panel in row.panels)
