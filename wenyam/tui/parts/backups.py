"""Every backup job: what is on record, what keeps it from being green."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.backup_status import present
from wenyam.tui.picture import Change


def gather(configuration: Configuration, now: Instant) -> Change:
    """Read the catalogue."""
    found = present(configuration, now)
    return lambda shown: replace(shown, backups=found)
