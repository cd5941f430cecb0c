"""Long work on a terminal is a bar; elsewhere it is a plain line when something begins. On stderr, so that stdout stays data."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wenyam.backup.contract import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextlib.contextmanager
def shown(*, wanted: bool = True) -> Iterator[Progress]:
    """Give what reports progress."""
    if not wanted:
        yield lambda _what, _done, _total: None
    elif sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield _lines()


def _lines() -> Progress:
    seen: set[str] = set()

    def tell(what: str, _done: int, _total: int | None) -> None:
        if what not in seen:
            seen.add(what)
            print(what, file=sys.stderr, flush=True)

    return tell


@contextlib.contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console  # noqa: PLC0415  # only for a terminal
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn, TransferSpeedColumn  # noqa: PLC0415  # same
    from rich.progress import Progress as Bars  # noqa: PLC0415  # same

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bars:
        known: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int | None) -> None:
            if what not in known:
                for task in bars.tasks:  # a step of no known size that was before this one is over, and its bar would never fill
                    task.visible = task.visible and task.total is not None
                known[what] = bars.add_task(what, total=total)
            bars.update(known[what], completed=done, total=total)

        yield tell
