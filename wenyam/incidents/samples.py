"""Incidents as samples for the exporter. Pure."""

from wenyam.incidents.book import Book
from wenyam.model.alerting import Severity
from wenyam.model.samples import Family


def samples(book: Book) -> tuple[Family, ...]:
    """Return how many incidents of each severity are open, none as 0."""
    held = [incident.severity for incident in book.open()]
    labels = tuple((("severity", severity.value),) for severity in Severity)
    return (Family("incidents_open", labels, tuple(float(held.count(severity)) for severity in Severity)),)
