"""The availability of everything that is watched, this month and this fiscal year, against the objective."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.whole import whole_figures
from wenyam.tui.picture import Change


def gather(configuration: Configuration, now: Instant) -> Change:
    """Count both periods."""
    found = whole_figures(configuration, now)
    return lambda shown: replace(shown, figures=found)
