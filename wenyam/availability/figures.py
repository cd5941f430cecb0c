"""The four figures that always stand side by side, from buckets and the settings they depend on (design section 5). Pure."""

from dataclasses import dataclass

from wenyam.availability.buckets import Buckets
from wenyam.model.instance import AvailabilityRules


@dataclass(frozen=True, slots=True)
class Figures:
    """Ratios 0-1; None where nothing was measured that could be divided by."""

    availability: float | None
    """up / (up + down + unreachable): the headline."""
    worst: float | None
    """The same with unknown time counted as down."""
    best: float | None
    """The same with unknown time counted as up."""
    coverage: float | None
    """Share of life in which the state was known."""
    sufficient: bool
    """False when coverage is under the minimum: "insufficient data"."""

    def meets(self, objective: float) -> bool | None:
        """Tell whether the headline reaches the objective; None when there is no headline."""
        return None if self.availability is None else self.availability >= objective


def figures(buckets: Buckets, rules: AvailabilityRules) -> Figures:
    """Divide; unreachable time leaves the sum when it does not count, planned time is down when it is not excluded."""
    bad = down_time(rules, buckets.down, buckets.unreachable, buckets.planned)
    coverage = _ratio(buckets.life - buckets.unknown, buckets.life)
    return Figures(
        availability=_ratio(buckets.up, buckets.up + bad),
        worst=_ratio(buckets.up, buckets.up + bad + buckets.unknown),
        best=_ratio(buckets.up + buckets.unknown, buckets.up + bad + buckets.unknown),
        coverage=coverage,
        sufficient=coverage is not None and coverage >= rules.minimum_coverage,
    )


def down_time(rules: AvailabilityRules, down: int, unreachable: int, planned: int) -> int:
    """Return how much of it counts as down under these rules."""
    return down + (unreachable if rules.count_unreachable else 0) + (0 if rules.exclude_planned else planned)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
