"""`wenyam backup status` on a screen."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from wenyam.model.durations import write as write_duration
from wenyam.model.instants import Instant, seconds_between
from wenyam.operations.backup_status import JobLine, View, size_words

_BLOCKS = "▁▂▃▄▅▆▇█"
_COLUMNS = ("Job", "State", "Last success", "Size", "", "Proven", "Copies", "Source")
"""The last one gives way first when the screen is narrow."""
_NARROW = (0, 1, 5)
"""What a telephone's terminal shows of them, whole: every trouble is told below in full."""
_WIDE = 60


def show(view: View) -> None:
    """Print every job, what is wrong with it, and what no job covers."""
    console = Console(highlight=False)
    console.print(screen(view, narrow=console.width < _WIDE))


def screen(view: View, *, narrow: bool = False) -> RenderableType:
    """Return the whole screen."""
    if not view.lines:
        return Text("No backup job is configured: section 'backups' (docs/howto/backups.md).")
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    chosen = _NARROW if narrow else range(len(_COLUMNS))
    for number in chosen:
        table.add_column(_COLUMNS[number], no_wrap=True, ratio=1 if number == chosen[-1] else None)
    for line in view.lines:
        cells = _cells(line, view.at)
        table.add_row(*(cells[number] for number in chosen))
    parts: list[RenderableType] = [table]
    parts += [Text(f"✖ {', '.join(names)}: {trouble}", style="red") for trouble, names in _by_trouble(view).items()]
    if view.unrecorded:
        parts.append(Text(f"▲ {view.unrecorded}", style="yellow"))
    if view.uncovered:
        names = ", ".join(str(subject) for subject in view.uncovered)
        parts.append(Text(f"▲ not covered by any job ({len(view.uncovered)}): {names}", style="yellow"))
    return Group(*parts)


def _by_trouble(view: View) -> dict[str, list[str]]:
    """Return who has a trouble, by its sentence: one place that does not answer is told once, not for every job."""
    found: dict[str, list[str]] = {}
    for line in view.lines:
        for trouble in line.troubles:
            found.setdefault(trouble, []).append(line.job.name)
    return found


def _cells(line: JobLine, now: Instant) -> list[Text]:
    success, proven, job = line.success, line.proven, line.job
    state = Text("● green", style="green") if not line.troubles else Text("✖ RED", style="bold red")
    return [
        Text(job.name),
        state,
        Text("never" if success is None else write_duration(seconds_between(success.taken, now))),
        Text(size_words(line)),
        Text(sparkline(line.sizes)),
        Text("never" if proven is None else write_duration(seconds_between(proven.at, now))),
        Text(", ".join(job.copies) or "none"),
        Text(job.source),
    ]


def sparkline(values: tuple[int, ...]) -> str:
    """Draw values as blocks from nothing to the largest."""
    most = max(values, default=0)
    if not most:
        return ""
    return "".join(_BLOCKS[round(value / most * (len(_BLOCKS) - 1))] for value in values)
