"""Takes a monitoring plug-in's exit code as the verdict: 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN."""

from typing import Annotated

from pydantic import Field

from wenyam.checks.parameters import CheckParameters
from wenyam.checks.rows import SEVERITY, no_data, select
from wenyam.model.instants import Instant
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult, State

_STATES: dict[float, State] = {0: State.OK, 1: State.WARN, 2: State.CRIT, 3: State.UNKNOWN}
_SAMPLE = "plugin_state"


class PluginParameters(CheckParameters):
    """Which plug-in, by the name its reading gives it."""

    plugin: Annotated[str, Field(min_length=1)]


class PluginCheck:
    """Takes the plug-in's word; any other exit code is UNKNOWN."""

    Parameters = PluginParameters

    @staticmethod
    def needs(parameters: PluginParameters) -> tuple[str, ...]:  # noqa: ARG004  # the contract's
        """Name the one sample."""
        return (_SAMPLE,)

    @staticmethod
    def judge(parameters: PluginParameters, samples: SampleSet, now: Instant) -> CheckResult:  # noqa: ARG004  # the contract's
        """Give the plug-in's own verdict, UNKNOWN when it did not run."""
        labels = {"plugin": parameters.plugin}
        rows = select(samples, _SAMPLE, labels)
        if not rows:
            return no_data(_SAMPLE, labels)
        _, value = max(rows, key=lambda row: SEVERITY[_STATES.get(row[1], State.UNKNOWN)])
        state = _STATES.get(value, State.UNKNOWN)
        if value not in _STATES:
            return CheckResult(state, f"plug-in {parameters.plugin} gave an exit code that means nothing")
        return CheckResult(state, f"plug-in {parameters.plugin} says {state.name}", value)
