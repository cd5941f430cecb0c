"""How far a replica had come before it was promoted: kept on disk before the deed, because afterwards nobody can ask."""

import json
from dataclasses import asdict, dataclass
from typing import Final

from wenyam.dr.attempts import step_errors
from wenyam.dr.contract import StepPlace
from wenyam.model.instants import Instant, to_iso
from wenyam.store.files import PRIVATE_FILE, write

NEWEST_DATA: Final = "newest_data"
"""What a promotion leaves for the measure of lost data: the instant of the newest commit that came over."""
POSITION: Final = "position"
HAS_ALL: Final = "has_all"
"""What a promotion leaves where nothing can be lost, however old the newest data is."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a database's history."""

    position: str
    """LSN or GTID."""
    newest_data: Instant | None
    """Instant of the last commit that was replayed; None when the server does not know."""
    has_all: bool = False
    """Whether it is proven that the primary, which cannot write any more, had nothing beyond."""

    @property
    def words(self) -> str:
        """Say it."""
        when = "at an unknown time" if self.newest_data is None else f"of {to_iso(self.newest_data)}"
        return f"{self.position}, last commit {when}"


def keep(place: StepPlace, found: Position) -> None:
    """Keep a position durably and leave it for later steps."""
    with step_errors():
        write(place.evidence / f"{place.step.id}-position.json", json.dumps(asdict(found)).encode(), mode=PRIVATE_FILE)
    tell(place, found)


def tell(place: StepPlace, found: Position) -> None:
    """Leave it for later steps and for the measure of lost data."""
    place.said[f"{place.step.id}.{POSITION}"] = found.position
    if found.newest_data is not None:
        place.said[f"{place.step.id}.{NEWEST_DATA}"] = int(found.newest_data)
    if found.has_all:
        place.said[f"{place.step.id}.{HAS_ALL}"] = True


def read_kept(place: StepPlace) -> Position | None:
    """Return what was kept before a crash; None when there is nothing whole."""
    try:
        found = json.loads((place.evidence / f"{place.step.id}-position.json").read_bytes())
        return Position(**found)
    except (OSError, ValueError, TypeError):
        return None
