"""How every plan for the DR site stands."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.recovery_dashboard import boards
from wenyam.tui.picture import Change


def gather(configuration: Configuration, now: Instant) -> Change:
    """Read plans, runs and findings."""
    found = boards(configuration, now)
    return lambda shown: shown if shown.recovery == found else replace(shown, recovery=found)
