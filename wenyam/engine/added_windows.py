"""Planned work that was added or ended while the watcher ran: its facts, and which windows they leave. Pure.

What is in force is what the facts say. A window whose facts were sealed away is still known by its row in the store.
"""

from collections.abc import Iterable, Sequence

from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant
from wenyam.model.inventory import PlannedWindow
from wenyam.store.interface import EnteredWindow
from wenyam.store.rows import planned_window, window_text

ADDED = "maintenance-added"
ENDED = "maintenance-ended"
KINDS = (ADDED, ENDED)


def added(window: PlannedWindow, at: Instant, actor: str) -> Fact:
    """Build the fact that a window was added."""
    return Fact(ADDED, at, actor, {"name": window.name, "window": window_text(window)})


def ended(window: PlannedWindow, at: Instant, actor: str, reason: str) -> Fact:
    """Build the fact that a window is over, or will not be, from `at` on."""
    return Fact(ENDED, at, actor, {"name": window.name, "window": window_text(window), "reason": reason})


def planned(
    configured: Iterable[PlannedWindow], rows: Iterable[EnteredWindow], known: Sequence[ChainedFact]
) -> list[PlannedWindow]:
    """Return every window that is planned: those of the configuration and those added, without those that were ended."""
    found = {window_text(window): window for window in configured}
    for row in rows:
        if row.window.entered_by and row.withdrawn_at is None:
            found[window_text(row.window)] = row.window
    for chained in known:
        text = str(chained.fact.body["window"])
        if chained.fact.kind == ADDED:
            found[text] = planned_window(text)
        else:
            found.pop(text, None)
    return list(found.values())
