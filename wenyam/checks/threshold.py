"""Judges on which side of its limits the worst of the matching rows is."""

import math
from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from wenyam.checks import wording
from wenyam.checks.limits import Direction, Limits, require_limits
from wenyam.checks.parameters import Number, RowParameters, counter_of, definition_of
from wenyam.checks.rows import no_data, select
from wenyam.model import durations
from wenyam.model.instants import Instant
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult, State


def _limit(value: object) -> object:
    """Read `85 %` as 0.85 and `5m` as 300; leave everything else to the field."""
    if not isinstance(value, str):
        return value
    number = value.strip().removesuffix("%")
    try:
        return durations.parse(value) if number == value.strip() else float(number) / 100
    except ValueError:
        raise ValueError(f"'{value}' is not a limit; write a number without quotes, a share as 85 % or a time as 5m") from None


Limit = Annotated[Number, BeforeValidator(_limit)]


class ThresholdParameters(RowParameters):
    """Sample, rows, limits in the sample's own unit (ratios from 0 to 1, or `85 %`), direction."""

    warn: Limit | None = None
    crit: Limit | None = None
    direction: Direction = Direction.ABOVE
    unit: str = ""
    """Shown after the value, for samples that have no unit of their own."""

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Self:
        require_limits(self.warn, self.crit, self.direction)
        for name, limit in (("warn", self.warn), ("crit", self.crit)):
            _require_reachable(self.sample, name, limit)
        return self

    @property
    def limits(self) -> Limits:
        """The limits with their direction."""
        return Limits(self.warn, self.crit, self.direction)


def _require_reachable(sample: str, name: str, limit: float | None) -> None:
    """Refuse a limit that no value can reach: it would be a green light for ever."""
    definition = definition_of(sample)
    if limit is None or counter_of(sample) is not None:
        return
    low, high = definition.minimum, definition.maximum
    if (high is not None and limit > high) or (low is not None and limit < low):
        span = f"{'-∞' if low is None else f'{low:g}'} to {'∞' if high is None else f'{high:g}'}"
        advice = f"; write {limit / 100:g} or {limit:g} %" if definition.unit == "ratio" and high == 1 and limit > 1 else ""
        raise ValueError(f"{name} ({limit:g}) is never reached: '{sample}' goes from {span}{advice}")


class ThresholdCheck:
    """Compares the worst of the matching rows with its limits."""

    Parameters = ThresholdParameters

    @staticmethod
    def needs(parameters: ThresholdParameters) -> tuple[str, ...]:
        """Name the one sample."""
        return (parameters.sample,)

    @staticmethod
    def judge(parameters: ThresholdParameters, samples: SampleSet, now: Instant) -> CheckResult:  # noqa: ARG004  # the contract's
        """Give the verdict of the worst row, UNKNOWN when rows are missing or no numbers."""
        rows = select(samples, parameters.sample, parameters.labels)
        if len(rows) < parameters.at_least:
            return no_data(parameters.sample, parameters.labels, len(rows), parameters.at_least)
        limits = parameters.limits
        labels, value = rows[limits.worst([value for _, value in rows])]
        state = limits.state_of(value)
        unit = parameters.unit or wording.unit_of(parameters.sample)
        summary = f"{wording.row_name(parameters.sample, labels)} {wording.write(value, unit)}"
        limit = limits.limit_of(state)
        if state in (State.WARN, State.CRIT) and limit is not None:
            summary += f" {limits.direction.sign} {wording.write(limit, unit)}"
        return CheckResult(state, summary, value if math.isfinite(value) else None, limit, unit)
