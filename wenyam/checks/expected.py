"""Judges whether every matching row has one of the values that are right."""

import math
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from wenyam.checks import wording
from wenyam.checks.parameters import Number, RowParameters
from wenyam.checks.rows import Row, no_data, select
from wenyam.model.instants import Instant
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult, State


class Otherwise(StrEnum):
    """What any other value means."""

    WARN = "warn"
    CRIT = "crit"


class ExpectedParameters(RowParameters):
    """Sample, rows, the values that are right, and what any other means."""

    values: Annotated[tuple[Number, ...], Field(min_length=1)]
    otherwise: Otherwise = Otherwise.CRIT


class ExpectedCheck:
    """Names the first row with another value."""

    Parameters = ExpectedParameters

    @staticmethod
    def needs(parameters: ExpectedParameters) -> tuple[str, ...]:
        """Name the one sample."""
        return (parameters.sample,)

    @staticmethod
    def judge(parameters: ExpectedParameters, samples: SampleSet, now: Instant) -> CheckResult:  # noqa: ARG004  # the contract's
        """Give OK when all rows have a right value, UNKNOWN when rows are missing or no numbers."""
        rows = select(samples, parameters.sample, parameters.labels)
        if len(rows) < parameters.at_least:
            return no_data(parameters.sample, parameters.labels, len(rows), parameters.at_least)
        wrong = [row for row in rows if row[1] not in parameters.values]
        if not wrong:
            return CheckResult(State.OK, _sentence(parameters.sample, rows[0], len(rows)), rows[0][1])
        numbers = [row for row in wrong if math.isfinite(row[1])]
        if not numbers:
            return CheckResult(State.UNKNOWN, f"{wording.row_name(parameters.sample, wrong[0][0])} is not a number")
        right = " or ".join(wording.meaning_of(parameters.sample, value) for value in parameters.values)
        summary = f"{_sentence(parameters.sample, numbers[0])}, expected {right}"
        return CheckResult(State(parameters.otherwise.value), summary, numbers[0][1])


def _sentence(sample: str, row: Row, count: int = 1) -> str:
    text = f"{wording.row_name(sample, row[0])} is {wording.meaning_of(sample, row[1])}"
    return f"{text} ({count} checked)" if count > 1 else text
