"""Who has what is wrong: the open incident of every subject, and its code."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.dashboard import open_incidents
from wenyam.tui.picture import Change, Holder


def gather(configuration: Configuration, _now: Instant) -> Change:
    """Read the book of incidents."""
    found: dict[str, Holder] = {}
    for incident in open_incidents(configuration):
        act = incident.assigned or incident.acknowledged
        holder = Holder(incident.code, "" if act is None else act.what if act is incident.assigned else act.by)
        subjects = [*incident.members, *([incident.root] if incident.root is not None else [])]
        found.update(dict.fromkeys(map(str, subjects), holder))
    return lambda shown: shown if shown.holders == found else replace(shown, holders=found)
