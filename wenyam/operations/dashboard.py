"""What the dashboard reads from the database, each a short look of its own, so that no reader is held open while people look."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from wenyam.incidents.incident import Incident
from wenyam.model.instance import Configuration
from wenyam.operations.incidents import listed, read_book
from wenyam.store.interface import Reader
from wenyam.store.sqlite import open_reader


@contextmanager
def reading(configuration: Configuration) -> Iterator[Reader]:
    """Open the database read-only for one look; StoreError when there is none."""
    with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
        yield reader


def open_incidents(configuration: Configuration) -> list[Incident]:
    """Return the open incidents, the worst and oldest first."""
    with reading(configuration) as reader:
        return listed(read_book(reader))
