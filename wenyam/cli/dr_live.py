"""A run on a terminal: its steps with their clocks, redrawn; elsewhere plain lines. On stderr, so stdout stays data."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wenyam.clock import SystemClock
from wenyam.dr.clockwork import under_way
from wenyam.dr.course import Course, Stage, Undoing
from wenyam.dr.objectives import figures_of
from wenyam.dr.plan import steps_in
from wenyam.model import durations
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.recovery import RecoveryPlan

if TYPE_CHECKING:
    from rich.console import RenderableType

_SYMBOLS = {
    Stage.WAITING: "·", Stage.RUNNING: "▶", Stage.AGAIN: "↻", Stage.PASSED: "✔", Stage.STOPPED: "✖", Stage.SKIPPED: "»",
}  # fmt: skip
_UNDOING = {Undoing.RUNNING: "◀", Undoing.UNDONE: "↶", Undoing.STOPPED: "✖", Undoing.LEFT: "»"}


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a run is told and shown."""

    say: Callable[[str], None]
    show: Callable[[RecoveryPlan, Course], None]


@contextmanager
def opened() -> Iterator[Screen]:
    """Give a live view on a terminal, else plain lines."""
    if not sys.stderr.isatty():
        yield Screen(only_news(_line), lambda _plan, _course: None)
        return
    from rich.console import Console  # noqa: PLC0415  # only for a terminal
    from rich.live import Live  # noqa: PLC0415  # same

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with Live("", console=console, refresh_per_second=4, transient=True) as live:
        yield Screen(only_news(console.print), lambda plan, course: live.update(_drawn(plan, course)))


def only_news(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell a line unless it is what its step said last: a step that looks twice a second finds the same for minutes."""
    last: dict[str, str] = {}

    def say(line: str) -> None:
        step = line.partition(":")[0]
        if last.get(step) != line:
            last[step] = line
            tell(line)

    return say


def _line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _drawn(plan: RecoveryPlan, course: Course) -> "RenderableType":
    from rich.table import Table  # noqa: PLC0415  # only for a terminal
    from rich.text import Text  # noqa: PLC0415  # same

    now = SystemClock().now()
    table: Any = Table(title=Text(title(plan, course, now)), title_justify="left", box=None, padding=(0, 1))
    for name in ("", "step", "what", "clock"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for cells in rows(plan, course, now):
        table.add_row(*(Text(cell) for cell in cells))
    return table  # type: ignore[no-any-return]  # Any, so that rich is typed only where it is used


def title(plan: RecoveryPlan, course: Course, now: Instant) -> str:
    """Return the clock of the whole run against the RTO."""
    gone = seconds_between(figures_of(plan, course).failure_began, now)
    target = "" if plan.recovery_time is None else f" of {durations.write(plan.recovery_time)} (RTO)"
    return f"{course.mode.value} {course.run}: {durations.write(gone)}{target}"


def rows(plan: RecoveryPlan, course: Course, now: Instant) -> Iterator[tuple[str, str, str, str]]:
    """Yield each step: its symbol, id, what it is, and its clock against its limit."""
    clocks = {each.step.id: each for each in under_way(plan, course, now)}
    for step in steps_in(plan, course.mode):
        clock = clocks.get(step.id)
        words = ""
        if clock is not None:
            late = " OVERDUE" if clock.is_overdue else ""
            words = f"{durations.write(clock.seconds)} of {durations.write(step.limit)}{late}"
        on_record = course.step(step.id)
        symbol = _UNDOING.get(on_record.undoing, _SYMBOLS[on_record.stage])
        yield symbol, step.id, step.title, words
