"""Where the time between two moments went: the difference of two running totals. Pure, exact integers, no loop over changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from operator import add, is_, sub

from wenyam.availability.buckets import Buckets
from wenyam.model.instance import AvailabilityRules
from wenyam.model.states import Subject
from wenyam.model.totals import Totals


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds in columns, a place for each subject that lived in between; as the columns of `Buckets`, with life in full."""

    subjects: Sequence[Subject]
    life: Sequence[int]
    up: Sequence[int]
    down: Sequence[int]
    unreachable: Sequence[int]
    planned: Sequence[int]

    def where(self, wanted: Iterable[object]) -> "Spent":
        """Return the places that are wanted."""
        kept = [*wanted]
        return self if all(kept) else Spent(*([*compress(getattr(self, name), kept)] for name in Spent.__slots__))

    def put_right(self, counted: Mapping[Subject, Buckets]) -> "Spent":
        """Return the same with some subjects as counted in full: those with planned work, of which totals say nothing."""
        if not counted:
            return self
        columns = {name: [*getattr(self, name)] for name in ("up", "down", "unreachable", "planned")}
        for place, subject in enumerate(self.subjects):
            buckets = counted.get(subject)
            for name, column in columns.items() if buckets is not None else ():
                column[place] = getattr(buckets, name)
        return Spent(self.subjects, self.life, **columns)

    def counted_down(self, rules: AvailabilityRules) -> Iterable[int]:
        """Return how much counts as down under these rules, as `figures.down_time` says of one."""
        bad: Iterable[int] = self.down
        if rules.count_unreachable:
            bad = map(add, bad, self.unreachable)
        return bad if rules.exclude_planned else map(add, bad, self.planned)

    def each(self) -> Iterable[tuple[Subject, Buckets]]:
        """Yield every subject with its own time."""
        for subject, life, *known in zip(
            self.subjects, self.life, self.up, self.planned, self.unreachable, self.down, strict=True
        ):
            yield subject, Buckets(life - sum(known), *known)

    def pooled(self) -> Buckets:
        """Return the sum of all."""
        up, planned, unreachable, down = map(sum, (self.up, self.planned, self.unreachable, self.down))
        return Buckets(sum(self.life) - up - planned - unreachable - down, up, planned, unreachable, down)


def between(first: Totals, last: Totals) -> Spent:
    """Return what was spent between two moments of one answer by every subject that lived then."""
    columns = [[*map(sub, getattr(last, name), getattr(first, name))] for name in ("lived", "up", "down", "unreachable")]
    subjects = last.subjects
    if any(map(is_, subjects, islice(subjects, 1, None))):
        subjects, columns = _joined(subjects, columns)
    life, up, down, unreachable = columns
    return Spent(subjects, life, up, down, unreachable, [0] * len(subjects)).where(map(bool, life))


def _joined(subjects: Sequence[Subject], columns: Sequence[Sequence[int]]) -> tuple[list[Subject], list[list[int]]]:
    """Add up the lives of each subject."""
    found: dict[Subject, tuple[int, ...]] = {}
    for subject, *parts in zip(subjects, *columns, strict=True):
        before = found.get(subject)
        found[subject] = tuple(parts) if before is None else tuple(map(sum, zip(before, parts, strict=True)))
    return [*found], [[*column] for column in zip(*found.values(), strict=True)]
