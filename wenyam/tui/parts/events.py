"""What happened in the last day."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.events import lately
from wenyam.tui.picture import Change


def gather(configuration: Configuration, now: Instant) -> Change:
    """Read changes and facts."""
    found = lately(configuration, now)
    return lambda shown: shown if shown.events == found else replace(shown, events=found)
