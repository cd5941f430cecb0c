"""Who is on duty now."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.oncall import roster
from wenyam.tui.picture import Change


def gather(configuration: Configuration, now: Instant) -> Change:
    """Read the rotas and who was entered at run time."""
    found = roster(configuration, now)
    return lambda shown: replace(shown, roster=found)
