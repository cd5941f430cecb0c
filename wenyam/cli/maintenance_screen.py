"""What `wenyam maintenance` prints, as text; times in the instance's zone and language."""

from collections.abc import Iterable

from wenyam.i18n.dates import format_instant
from wenyam.model import durations
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import PlannedWindow
from wenyam.model.states import Subject
from wenyam.operations.maintenance import View
from wenyam.operations.maintenance_scope import Scope

_LATEST = 5
"""Past windows that are listed unless all are asked for."""


def scope_text(window: PlannedWindow, touched: Scope, configuration: Configuration) -> str:
    """Write what planned work would touch and what stays watched."""
    lines = [f"{window.name}: {_when(window, configuration)}, approved by {window.approved_by}", "nothing is entered yet"]
    lines.append(f"planned, so neither alerts nor counts as down: {_names(touched.planned)}")
    if touched.behind:
        lines.append(f"behind it, unreachable meanwhile, which counts and is told with its cause: {_names(touched.behind)}")
    for what, subjects in (("links", touched.links), ("services", touched.services)):
        if subjects:
            lines.append(f"{what} that stand on it; they alert and count unless they are named too: {_names(subjects)}")
    lines.append(f"all of these are looked at as ever; {touched.others} others are not touched")
    return "\n".join(lines) + "\n"


def list_text(found: Iterable[View], configuration: Configuration, *, everything: bool) -> str:
    """Write every window, the past ones only the latest unless everything is asked for."""
    views = list(found)
    over = [view for view in views if view.when in ("past", "withdrawn")]
    shown = [view for view in views if view not in over] + (over if everything else over[:_LATEST])
    if not views:
        return "no planned work\n"
    lines = [line for view in shown for line in _lines(view, configuration)]
    hidden = len(views) - len(shown)
    if hidden:
        lines.append(f"{hidden} older ones: --all")
    return "\n".join(lines) + "\n"


def _lines(view: View, configuration: Configuration) -> list[str]:
    window = view.window
    near = "" if view.next_or_last is None else f"  {_period(view.next_or_last, configuration)}"
    again = "" if window.schedule is None else f", {window.schedule} for {durations.write(window.duration or 0)}"
    change = f", change {window.change}" if window.change else ""
    entered = f", entered by {window.entered_by}" if window.entered_by else ""
    untaken = "; no watcher has taken it up yet" if view.entered_at is None else ""
    return [
        f"{view.when.upper():9}  {window.name}{near}{again}",
        f"{'':9}  {_names(window.subjects)}",
        f"{'':9}  {window.reason}; approved by {window.approved_by}{entered}{change}{untaken}",
    ]


def _when(window: PlannedWindow, configuration: Configuration) -> str:
    if window.starts is not None and window.ends is not None:
        return _period(Period(window.starts, window.ends), configuration)
    return f"{window.schedule} for {durations.write(window.duration or 0)}"


def _period(period: Period, configuration: Configuration) -> str:
    return f"{_moment(period.start, configuration)} – {_moment(period.end, configuration)}"


def _moment(instant: Instant, configuration: Configuration) -> str:
    instance = configuration.instance
    return format_instant(instant, instance.availability.time_zone, instance.language)


def _names(subjects: Iterable[Subject]) -> str:
    return ", ".join(str(subject) for subject in subjects)
