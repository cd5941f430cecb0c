"""Names of what restore tests make on a test machine: ours for all to see, and when they were made. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from wenyam.i18n.clean_text import clean
from wenyam.model.instants import Instant, from_datetime, seconds_between, to_iso

MARK: Final = "wenyam"
"""In every name that is made on the machine."""
OLD_SECONDS: Final = 86_400.0
"""No test takes so long: what is older was left by one that was killed."""
_MADE: Final = re.compile(r"(?:wenyam-.+-|.*_wenyam_)(\d{8}t\d{6})[-_][0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Left:
    """A folder or a database that a restore test left on a machine."""

    name: str
    made: Instant

    def __str__(self) -> str:
        """Say what it is and since when it lies there."""
        return f"{clean(self.name)}, from {to_iso(self.made)}"


def folder_name(job: str, run: str) -> str:
    """Return the name of a folder; `run` is an id as `depot.new_run` makes them, which begins with the moment."""
    return f"{MARK}-{job}-{run}"


def database_ending(run: str) -> str:
    """Return how the name of a database ends."""
    return f"_{MARK}_{run.replace('-', '_')}"


def left_among(names: Iterable[str], now: Instant) -> tuple[Left, ...]:
    """Return what carries a name of ours and is older than any test, oldest first."""
    found = (Left(name, made) for name in names if (made := _made(name)) is not None)
    return tuple(sorted((each for each in found if seconds_between(each.made, now) > OLD_SECONDS), key=lambda each: each.made))


def _made(name: str) -> Instant | None:
    found = _MADE.fullmatch(name)
    if found is None:
        return None
    try:
        return from_datetime(datetime.strptime(found[1], "%Y%m%dt%H%M%S").replace(tzinfo=UTC))
    except ValueError:  # digits, but no moment
        return None


def note(job: str, left: Iterable[Left]) -> tuple[str, ...]:
    """Say for the record what earlier tests left."""
    return tuple(
        f"an earlier test left {each} on the test machine; to remove it: wenyam restore leftovers {job}" for each in left
    )
