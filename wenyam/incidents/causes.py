"""The causes people gave to incidents, for the outages inside them. Pure."""

from wenyam.incidents.book import Book
from wenyam.incidents.incident import Incident
from wenyam.model.instants import Instant
from wenyam.model.states import Subject


class GivenCauses:
    """Which cause a person gave for what happened to a subject at a time."""

    def __init__(self, book: Book) -> None:
        """Take the incidents whose cause a person gave."""
        self._of: dict[Subject, list[Incident]] = {}
        for incident in book.incidents.values():
            if incident.cause_given:
                for subject in {*incident.members, *([] if incident.root is None else [incident.root])}:
                    self._of.setdefault(subject, []).append(incident)

    def code(self, subject: Subject, start: Instant, end: Instant) -> str:
        """Return the code given for an outage from start to end; of several the newest incident's, empty when there is none."""
        found = [incident for incident in self._of.get(subject, ()) if incident.began < end and _end(incident) > start]
        return max(found, key=lambda incident: incident.opened).cause_code if found else ""


def _end(incident: Incident) -> float:
    if incident.recovered is not None:
        return incident.recovered
    return float("inf") if incident.closed is None else incident.closed.at
