"""Judges whether interfaces are up, free of errors and not full; states by IF-MIB (RFC 2863)."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from wenyam.checks import wording
from wenyam.checks.limits import Direction, Limits, require_limits
from wenyam.checks.parameters import CheckParameters, Number, rate_of
from wenyam.checks.rows import no_data, worst
from wenyam.model.instants import Instant
from wenyam.model.samples import Family, SampleSet
from wenyam.model.states import CheckResult, State

ADMIN, OPER, SPEED = "interface_admin_status", "interface_oper_status", "interface_speed_bytes_per_second"
ERRORS = (rate_of("interface_receive_errors_total"), rate_of("interface_transmit_errors_total"))
TRAFFIC = (rate_of("interface_receive_bytes_total"), rate_of("interface_transmit_bytes_total"))
_UP, _OFF, _TESTING = 1, 2, 3
_OPER_WORDS = {2: "down", 3: "in test", 5: "waiting (dormant)", 6: "not present", 7: "down, a lower layer is down"}


class Verdict(StrEnum):
    """What a special case means."""

    OK = "ok"
    WARN = "warn"
    CRIT = "crit"
    UNKNOWN = "unknown"


Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
Positive = Annotated[Number, Field(gt=0)]


class InterfaceParameters(CheckParameters):
    """Interfaces by name or alias, limits for errors a second and for the busier direction's share of the speed."""

    interfaces: Names
    errors_per_second_warn: Positive | None = None
    errors_per_second_crit: Positive | None = None
    utilization_warn: Positive | None = None
    utilization_crit: Positive | None = None
    switched_off: Verdict = Verdict.OK
    """What an interface means that is down because somebody configured it so."""
    missing: Verdict = Verdict.CRIT
    """What an interface means that the device no longer lists."""

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Self:
        for warn, crit in (
            (self.errors_per_second_warn, self.errors_per_second_crit),
            (self.utilization_warn, self.utilization_crit),
        ):
            if warn is not None or crit is not None:
                require_limits(warn, crit, Direction.ABOVE)
        if max(self.utilization_warn or 0, self.utilization_crit or 0) > 1:
            raise ValueError("utilization is a ratio from 0 to 1: write 0.8 for 80 %")
        return self

    @property
    def error_limits(self) -> Limits | None:
        """Limits of the error rate, None when none were given."""
        return _limits(self.errors_per_second_warn, self.errors_per_second_crit)

    @property
    def utilization_limits(self) -> Limits | None:
        """Limits of the utilization, None when none were given."""
        return _limits(self.utilization_warn, self.utilization_crit)


def _limits(warn: float | None, crit: float | None) -> Limits | None:
    return None if warn is None and crit is None else Limits(warn, crit, Direction.ABOVE)


class InterfaceCheck:
    """Names the worst of the interfaces."""

    Parameters = InterfaceParameters

    @staticmethod
    def needs(parameters: InterfaceParameters) -> tuple[str, ...]:
        """Name both states, and what the limits given need."""
        errors = ERRORS if parameters.error_limits else ()
        traffic = (*TRAFFIC, SPEED) if parameters.utilization_limits else ()
        return (ADMIN, OPER, *errors, *traffic)

    @staticmethod
    def judge(parameters: InterfaceParameters, samples: SampleSet, now: Instant) -> CheckResult:  # noqa: ARG004  # the contract's
        """Give the verdict of the worst interface; UNKNOWN when the states were not read."""
        states = samples.family(OPER)
        if states is None or not states.values:
            return no_data(OPER, {})
        results = [result for name in parameters.interfaces for result in _judge_name(parameters, samples, states, name)]
        result = worst(results)
        if result.state is State.OK and len(results) > 1:
            return CheckResult(State.OK, f"{len(results)} interfaces OK")
        return result


def _judge_name(parameters: InterfaceParameters, samples: SampleSet, states: Family, name: str) -> list[CheckResult]:
    by_name, by_alias = ("interface", name), ("alias", name)
    rows = [index for index, labels in enumerate(states.labels) if by_name in labels or by_alias in labels]
    if not rows and OPER in samples.partial:
        return [CheckResult(State.UNKNOWN, f"interface {name} was not read: the list of interfaces came in part")]
    if not rows:
        return [CheckResult(State(parameters.missing.value), f"interface {name} is not there")]
    return [_judge_row(parameters, samples, states, row) for row in rows]


def _judge_row(parameters: InterfaceParameters, samples: SampleSet, states: Family, row: int) -> CheckResult:
    title = wording.row_name("interface", states.labels[row])
    admin = _value(samples, ADMIN, states, row)
    if admin is None:
        return CheckResult(State.UNKNOWN, f"{title}: no data for {ADMIN}")
    if admin != _UP:
        return _not_wanted_up(parameters, admin, title)
    oper = states.values[row]
    if oper != _UP:
        words = _OPER_WORDS.get(int(oper)) if math.isfinite(oper) else None
        return CheckResult(State.CRIT if words else State.UNKNOWN, f"{title} {words or 'in a state nobody knows'}")
    return worst([CheckResult(State.OK, f"{title} up"), *_judge_load(parameters, samples, states, row, title)])


def _not_wanted_up(parameters: InterfaceParameters, admin: float, title: str) -> CheckResult:
    if admin == _OFF:
        return CheckResult(State(parameters.switched_off.value), f"{title} switched off on purpose")
    if admin == _TESTING:
        return CheckResult(State.WARN, f"{title} set to test")
    return CheckResult(State.UNKNOWN, f"{title} configured in a way nobody knows")


def _judge_load(parameters: InterfaceParameters, samples: SampleSet, states: Family, row: int, title: str) -> list[CheckResult]:
    results = []
    if parameters.error_limits:
        errors = _values(samples, ERRORS, states, row)
        results.append(
            _compare(None if errors is None else max(errors), parameters.error_limits, f"{title} errors", "per_second")
        )
    if parameters.utilization_limits:
        traffic, speed = _values(samples, TRAFFIC, states, row), _value(samples, SPEED, states, row)
        share = None if traffic is None or not speed or speed < 0 else max(traffic) / speed
        results.append(_compare(share, parameters.utilization_limits, f"{title} utilization", "ratio"))
    return results


def _compare(value: float | None, limits: Limits, title: str, unit: str) -> CheckResult:
    if value is None:
        return CheckResult(State.UNKNOWN, f"{title}: no data yet", None, None, unit)
    state = limits.state_of(value)
    limit = limits.limit_of(state)
    reached = "" if state is State.OK or limit is None else f" ≥ {wording.write(limit, unit)}"
    return CheckResult(state, f"{title} {wording.write(value, unit)}{reached}", value, limit, unit)


def _values(samples: SampleSet, names: Sequence[str], states: Family, row: int) -> list[float] | None:
    found = [value for name in names if (value := _value(samples, name, states, row)) is not None]
    return found if len(found) == len(names) else None


def _value(samples: SampleSet, name: str, states: Family, row: int) -> float | None:
    """Return the value of the same interface in another family, None when it is missing or no number."""
    family = samples.family(name)
    if family is None:
        return None
    labels = states.labels[row]
    if row < len(family.labels) and (family.labels is states.labels or family.labels[row] == labels):
        value = family.values[row]
    elif labels in family.labels:
        value = family.values[family.labels.index(labels)]
    else:
        return None
    return value if math.isfinite(value) else None
