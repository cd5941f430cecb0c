"""The contract of a check: a pure judge over samples, replayable over stored ones."""

from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from wenyam.model.instants import Instant
from wenyam.model.samples import SampleSet
from wenyam.model.states import CheckResult


class Check(Protocol):
    """One kind of question about samples. Registered under `wenyam.checks`; never does I/O or asks the time."""

    Parameters: ClassVar[type[BaseModel]]
    """Strict model (extra forbidden, frozen) of what the configuration may say under this check."""

    @staticmethod
    def needs(parameters: Any) -> tuple[str, ...]:
        """Name the samples the judge looks at; `rate(NAME)` asks for a counter's rate a second."""

    @staticmethod
    def judge(parameters: Any, samples: SampleSet, now: Instant) -> CheckResult:
        """Give a verdict: OK, WARN, CRIT, or UNKNOWN when the samples it needs are not there."""
