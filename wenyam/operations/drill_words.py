"""The fixed words of drills, and what tells their sentences in another language."""

from typing import Final

from wenyam.dr.course import Stage
from wenyam.dr.samples import LAST_DRILL, REHEARSAL_AGE
from wenyam.dr.sentences import told_of_run
from wenyam.i18n.translate import mark
from wenyam.model.recovery import Mode

__all__ = ["AGES_OF_PLANS", "DRILL_TOKENS", "told_of_run"]

AGES_OF_PLANS: Final = frozenset({LAST_DRILL, REHEARSAL_AGE})
"""Checks of plans whose value is an age in seconds."""
DRILL_TOKENS: Final = {
    Mode.REHEARSAL.value: mark("rehearsal"),
    Mode.DRILL.value: mark("drill"),
    Mode.SWITCHOVER.value: mark("switchover"),
    Mode.FAILOVER.value: mark("failover"),
    Mode.FAILBACK.value: mark("failback"),
    Stage.WAITING.value: mark("waiting"),
    Stage.AGAIN.value: mark("once more"),
    Stage.PASSED.value: mark("passed"),
    Stage.STOPPED.value: mark("STOPPED, decide"),
    Stage.SKIPPED.value: mark("skipped"),
    "open": mark("under way"),
    "open_finding": mark("open"),
    "overdue_finding": mark("overdue"),
    "closed_finding": mark("closed"),
}
"""Modes, and where steps and findings are."""
