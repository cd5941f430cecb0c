"""The fixed words of drills."""

from typing import Final

from wenyam.dr.course import Stage
from wenyam.i18n.translate import mark
from wenyam.model.recovery import Mode

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
