"""The incident whose screen is open, with its timeline."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.dashboard import BookReader
from wenyam.operations.incident_data import incident_data
from wenyam.tui.picture import Change


def gather(books: BookReader, configuration: Configuration, now: Instant, owner: str) -> Change:
    """Read it out of the book; `owner` is `incident:CODE`."""
    book = books.book()
    found = book.get(owner.removeprefix("incident:"))
    data = None if found is None else incident_data(found, configuration, book, now)
    return lambda shown: replace(shown, incident=data)
