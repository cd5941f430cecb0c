"""Judges `*_status` samples on the one scale 0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from wenyam.checks import wording
from wenyam.checks.parameters import FilterParameters, SampleName, definition_of, require_labels
from wenyam.checks.rows import SEVERITY, no_data, select, worst
from wenyam.model.instants import Instant
from wenyam.model.names import STATUS_ABSENT, STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult, State

_WORDS: dict[float, str] = {
    STATUS_UNKNOWN: "unknown",
    STATUS_OK: "OK",
    STATUS_DEGRADED: "degraded",
    STATUS_FAILED: "failed",
    STATUS_ABSENT: "absent",
}

_STATES: dict[float, State] = {STATUS_OK: State.OK, STATUS_DEGRADED: State.WARN, STATUS_FAILED: State.CRIT}


class Absent(StrEnum):
    """What an absent part means."""

    OK = "ok"
    WARN = "warn"
    CRIT = "crit"


def _on_the_scale(name: str) -> str:
    definition = definition_of(name)
    if not name.endswith("_status") or (definition.minimum, definition.maximum) != (STATUS_UNKNOWN, STATUS_ABSENT):
        raise ValueError(f"'{name}' is not on the scale from 0 unknown to 4 absent; use the check 'expected' or 'threshold'")
    return name


class StatusParameters(FilterParameters):
    """Which status samples must be there and good, and what an absent part means."""

    samples: Annotated[tuple[Annotated[SampleName, AfterValidator(_on_the_scale)], ...], Field(min_length=1)]
    absent: Absent = Absent.WARN

    @model_validator(mode="after")
    def _labels_exist(self) -> Self:
        for sample in self.samples:
            require_labels(sample, self.labels)
        return self


class StatusCheck:
    """Names the worst part of all the samples."""

    Parameters = StatusParameters

    @staticmethod
    def needs(parameters: StatusParameters) -> tuple[str, ...]:
        """Name every sample."""
        return parameters.samples

    @staticmethod
    def judge(parameters: StatusParameters, samples: SampleSet, now: Instant) -> CheckResult:  # noqa: ARG004  # the contract's
        """Give the verdict of the worst part; UNKNOWN when a sample was not read."""
        return worst([_judge_sample(parameters, samples, name) for name in parameters.samples])


def _judge_sample(parameters: StatusParameters, samples: SampleSet, name: str) -> CheckResult:
    rows = select(samples, name, parameters.labels)
    if len(rows) < parameters.at_least:
        return no_data(name, parameters.labels, len(rows), parameters.at_least)
    labels, value = max(rows, key=lambda row: SEVERITY[_state_of(row[1], parameters.absent)])
    state = _state_of(value, parameters.absent)
    others = sum(_state_of(other, parameters.absent) is not State.OK for _, other in rows) - 1
    more = f" and {others} more" if others > 0 else ""
    if state is State.OK:
        count = f" ({len(rows)} checked)" if len(rows) > 1 else ""
        return CheckResult(state, f"{wording.noun_of(name) if count else wording.row_name(name, labels)} OK{count}", value)
    words = _WORDS.get(value, "not on the scale")
    return CheckResult(state, f"{wording.row_name(name, labels)} {words}{more}", value if value in _WORDS else None)


def _state_of(value: float, absent: Absent) -> State:
    if value == STATUS_ABSENT:
        return State(absent.value)
    return _STATES.get(value, State.UNKNOWN)
