"""Judges the time since a timestamp: did it happen recently enough."""

from typing import Self

from pydantic import model_validator

from wenyam.checks import wording
from wenyam.checks.limits import Direction, Limits, require_limits
from wenyam.checks.parameters import RowParameters, Seconds
from wenyam.checks.rows import no_data, select
from wenyam.model import durations
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult, State

FUTURE_TOLERANCE = 300.0
"""Seconds a timestamp may lie ahead of our clock before nobody believes it."""


def require_timestamp(sample: str) -> None:
    """Refuse a sample that is no point in time."""
    if not sample.endswith("_timestamp_seconds"):
        raise ValueError(f"'{sample}' is not a point in time; this check needs a sample that ends in _timestamp_seconds")


class AgeParameters(RowParameters):
    """Sample, rows, and the ages from which it is late."""

    direction: Direction = Direction.ABOVE
    """`below` when it should lie far back: the oldest record of a log that the law wants kept for 90 days."""
    warn: Seconds | None = None
    crit: Seconds | None = None
    never: str = ""
    """Sentence of the CRIT when there is no row at all: it never happened. Without it that is UNKNOWN, as for every check."""

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Self:
        require_timestamp(self.sample)
        require_limits(self.warn, self.crit, self.direction, durations.write)
        return self


class AgeCheck:
    """Compares the oldest of the matching timestamps with its limits; the youngest when the direction is below."""

    Parameters = AgeParameters

    @staticmethod
    def needs(parameters: AgeParameters) -> tuple[str, ...]:
        """Name the one sample."""
        return (parameters.sample,)

    @staticmethod
    def judge(parameters: AgeParameters, samples: SampleSet, now: Instant) -> CheckResult:
        """Give the verdict of the oldest row; UNKNOWN when rows are missing, no numbers, or far in the future."""
        rows = select(samples, parameters.sample, parameters.labels)
        if not rows and parameters.never and parameters.sample not in samples.partial:
            return CheckResult(State.CRIT, parameters.never, None, parameters.crit, "seconds")
        if len(rows) < parameters.at_least:
            return no_data(parameters.sample, parameters.labels, len(rows), parameters.at_least)
        limits = Limits(parameters.warn, parameters.crit, parameters.direction)
        ages = [_age(value, now) for _, value in rows]
        index = limits.worst(ages)
        state, limit = limits.state_of(ages[index]), limits.limit_of(limits.state_of(ages[index]))
        name = wording.row_name(parameters.sample, rows[index][0])
        if state is State.UNKNOWN:
            return CheckResult(state, f"{name}: {_why_not(rows[index][1], now)}", None, limit, "seconds")
        text = f"{name} {durations.write(ages[index])} ago"
        if state is not State.OK and limit is not None:
            text += f", limit {durations.write(limit)}"
        return CheckResult(state, text, ages[index], limit, "seconds")


def _age(value: float, now: Instant) -> float:
    """Return the age in seconds; a timestamp a little ahead is new, one far ahead is no number."""
    age = now / MILLISECONDS - value
    return max(age, 0.0) if age >= -FUTURE_TOLERANCE else float("nan")


def _why_not(value: float, now: Instant) -> str:
    ahead = value - now / MILLISECONDS
    if ahead > FUTURE_TOLERANCE:
        return f"the time lies {durations.write(ahead)} in the future; one of the two clocks is wrong"
    return "the time is not a number"
