"""Incidents as samples for the exporter. Pure."""

from collections.abc import Iterable

from wenyam.incidents import limits
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Incident
from wenyam.model.alerting import Severity
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import Instant
from wenyam.model.samples import Family


def samples(book: Book, rules: IncidentRules, now: Instant) -> tuple[Family, ...]:
    """Return how many incidents of each severity are open, and how many of those are overdue; none as 0."""
    held = list(book.open())
    late = [incident for incident in held if limits.overdue(incident, rules, now) is not None]
    return _counted("incidents_open", held), _counted("incidents_overdue", late)


def _counted(name: str, held: Iterable[Incident]) -> Family:
    grades = [incident.severity for incident in held]
    labels = tuple((("severity", severity.value),) for severity in Severity)
    return Family(name, labels, tuple(float(grades.count(severity)) for severity in Severity))
