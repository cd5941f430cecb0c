"""The second objective: the share of scheduled runs done in time (R2.3). Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.model.calendar import Run, RunOutcome


@dataclass(frozen=True, slots=True)
class OnTime:
    """How many runs were owed and what became of them."""

    done: int = 0
    failed: int = 0
    incomplete: int = 0
    missed: int = 0
    running: int = 0
    """Not decided yet, so in neither part of the ratio."""

    @property
    def owed(self) -> int:
        """Runs whose fate is decided."""
        return self.done + self.failed + self.incomplete + self.missed

    @property
    def ratio(self) -> float | None:
        """Share done in time, 0-1; None when nothing was owed. A run can only be claimed inside its window."""
        return self.done / self.owed if self.owed else None

    def meets(self, objective: float) -> bool | None:
        """Tell whether the ratio reaches the objective; None when nothing was owed."""
        return None if self.ratio is None else self.ratio >= objective


def on_time(runs: Iterable[Run]) -> OnTime:
    """Count runs, the computed MISSED ones among them."""
    counts = Counter(run.outcome for run in runs)
    return OnTime(
        done=counts[RunOutcome.DONE],
        failed=counts[RunOutcome.FAILED],
        incomplete=counts[RunOutcome.INCOMPLETE],
        missed=counts[RunOutcome.MISSED],
        running=counts[RunOutcome.RUNNING],
    )
