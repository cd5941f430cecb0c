"""Judges the time left before a timestamp: certificates, licences."""

from typing import Self

from pydantic import model_validator

from wenyam.checks import wording
from wenyam.checks.age import require_timestamp
from wenyam.checks.limits import Direction, Limits, require_limits
from wenyam.checks.parameters import RowParameters, Seconds
from wenyam.checks.rows import no_data, select
from wenyam.model import durations
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult, State


class ExpiryParameters(RowParameters):
    """Sample, rows, and how much time must be left. What has ended is CRIT whatever the limits."""

    warn: Seconds | None = None
    crit: Seconds | None = None

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Self:
        require_timestamp(self.sample)
        require_limits(self.warn, self.crit, Direction.BELOW, durations.write)
        return self


class ExpiryCheck:
    """Compares the first of the matching ends with its limits."""

    Parameters = ExpiryParameters

    @staticmethod
    def needs(parameters: ExpiryParameters) -> tuple[str, ...]:
        """Name the one sample."""
        return (parameters.sample,)

    @staticmethod
    def judge(parameters: ExpiryParameters, samples: SampleSet, now: Instant) -> CheckResult:
        """Give the verdict of the row that ends first; UNKNOWN when rows are missing or no numbers."""
        rows = select(samples, parameters.sample, parameters.labels)
        if len(rows) < parameters.at_least:
            return no_data(parameters.sample, parameters.labels, len(rows), parameters.at_least)
        limits = Limits(parameters.warn, parameters.crit or 0.0, Direction.BELOW)
        left = [value - now / MILLISECONDS for _, value in rows]
        index = limits.worst(left)
        state = limits.state_of(left[index])
        name, limit = wording.row_name(parameters.sample, rows[index][0]), limits.limit_of(state)
        if state is State.UNKNOWN:
            return CheckResult(state, f"{name}: the time is not a number", None, limit, "seconds")
        return CheckResult(state, f"{name} {_words(left[index])}", left[index], limit, "seconds")


def _words(left: float) -> str:
    return f"in {durations.write(left)}" if left > 0 else f"was {durations.write(-left)} ago"
