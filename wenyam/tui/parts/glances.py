"""The last days of the rows in view: only they are read, and each again after a minute."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after
from wenyam.operations.dashboard import Glance, glances
from wenyam.tui.picture import Change

KEPT_SECONDS = 60.0
MOST = 500
"""How many are kept: what was in view long ago is read again when it comes back."""


def gather(configuration: Configuration, now: Instant, in_view: Collection[str], known: Mapping[str, Glance]) -> Change:
    """Read those that are not known, or no longer fresh."""
    wanted = [
        owner for owner in in_view if owner not in known or not known[owner].at <= now < after(known[owner].at, KEPT_SECONDS)
    ]
    if not wanted:
        return lambda shown: shown
    found = glances(configuration, wanted, now)
    kept = {owner: glance for owner, glance in known.items() if owner in in_view or len(known) < MOST}
    return lambda shown: replace(shown, glances=kept | found)
