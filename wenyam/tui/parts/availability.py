"""The figures of one period, as the page of availability asked for it."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.availability_view import PERIODS, view
from wenyam.tui.picture import Change


def gather(configuration: Configuration, now: Instant, period: str) -> Change:
    """Count the period."""
    found = view(configuration, now, period or PERIODS[0])
    return lambda shown: replace(shown, availability=found)
