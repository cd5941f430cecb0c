"""What a collector brings home: families of samples, or a failure; and the collection that carries either."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from wenyam.model.instants import Instant

Labels = tuple[tuple[str, str], ...]
"""Label names and values in the order of the sample's definition; `site`, `device`, `kind` are added when exposed."""

NO_LABELS: Labels = ()


@lru_cache(4096)
def labelled(name: str, values: tuple[str, ...]) -> tuple[Labels, ...]:
    """Return rows with one label each: the same object for everybody who has the same ones, so that it is kept once."""
    return tuple(((name, value),) for value in values)


@dataclass(frozen=True, slots=True)
class Sample:
    """One number with its name, labels and the unit of its definition."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name from one reading: `labels[i]` belongs to `values[i]`.

    Collectors hand back the *same* labels tuple object while a table's rows are unchanged, so that text and lookups made
    from it can be kept between polls.
    """

    name: str
    labels: tuple[Labels, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a family whose labels and values do not pair up."""
        if len(self.labels) != len(self.values):
            raise ValueError(f"{self.name}: {len(self.labels)} label sets for {len(self.values)} values")

    def __iter__(self) -> Iterator[Sample]:
        """Yield each sample."""
        for labels, value in zip(self.labels, self.values, strict=True):
            yield Sample(self.name, labels, value)


def single(name: str, value: float, labels: Labels = NO_LABELS) -> Family:
    """Build the family of a lone sample."""
    return Family(name, (labels,), (value,))


class FailureReason(StrEnum):
    """Why a reading failed; the label of `collect_errors_total` and the source of a check's words."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNKNOWN_HOST = "unknown_host"
    CREDENTIALS = "credentials"
    HOST_KEY = "host_key"
    CERTIFICATE = "certificate"
    MALFORMED = "malformed"
    BUDGET = "budget"
    PRIVILEGE = "privilege"
    LIBRARY = "library"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Failure:
    """A CollectError kept as a value: the reason, the user's sentence and, for the curious, what was seen on the wire."""

    reason: FailureReason
    sentence: str
    debug: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of one device brought: families, and why it is incomplete if it is."""

    families: tuple[Family, ...] = ()
    failures: tuple[Failure, ...] = ()
    """Parts that could not be read; the rest is still good ("partial")."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Values refused because they could not be right, counted by sample name."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Cleaned text that is no number: system name, model, serial, OS version, chosen profile and its evidence."""
    interfaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of each interface by its number (ifIndex), as last learnt, the one its samples carry first: traps tell numbers."""
    partial: frozenset[str] = frozenset()
    """Names of samples of which rows may be missing for one of the `failures`."""

    @property
    def complete(self) -> bool:
        """True when nothing was missing."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Collection:
    """One run of one job against one device: a reading, or a failure, never both."""

    device: str
    job: str
    started: Instant
    took: float
    """Seconds on the monotonic clock."""
    reading: Reading | None = None
    failure: Failure | None = None


class SampleSet:
    """The latest families of one subject by name, as checks see them."""

    __slots__ = ("_families", "partial")

    def __init__(self, families: Iterable[Family] = (), partial: frozenset[str] = frozenset()) -> None:
        """Take families; a later one of the same name adds its rows to an earlier one. `partial` names what may lack rows."""
        self.partial = partial
        self._families: dict[str, Family] = {}
        for family in families:
            known = self._families.get(family.name)
            self._families[family.name] = family if known is None else _joined(known, family)

    def family(self, name: str) -> Family | None:
        """Return the family of this name, or None when nothing was read."""
        return self._families.get(name)

    def value(self, name: str, labels: Labels = NO_LABELS) -> float | None:
        """Return one value, or None when it was not read."""
        family = self._families.get(name)
        if family is None or labels not in family.labels:
            return None
        return family.values[family.labels.index(labels)]

    def __iter__(self) -> Iterator[Family]:
        """Yield every family."""
        return iter(self._families.values())


def _joined(first: Family, second: Family) -> Family:
    return Family(first.name, first.labels + second.labels, first.values + second.values)
