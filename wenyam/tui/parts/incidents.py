"""The open incidents as a list has them, and which of them every subject is in."""

from dataclasses import replace

from wenyam.incidents.incident import Incident
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.dashboard import BookReader
from wenyam.operations.incident_data import head
from wenyam.operations.incidents import listed
from wenyam.tui.picture import Change, Holder


def gather(books: BookReader, configuration: Configuration, now: Instant) -> Change:
    """Read what came to the book of incidents."""
    open_ = listed(books.book())
    rows = tuple(head(incident, configuration, now) | {"who": _who(incident)} for incident in open_)
    holders: dict[str, Holder] = {}
    for incident in reversed(open_):  # of several the worst and oldest counts
        subjects = [*incident.members, *([incident.root] if incident.root is not None else [])]
        holders.update(dict.fromkeys(map(str, subjects), Holder(incident.code, _who(incident))))
    return lambda shown: replace(shown, incidents=rows, holders=holders)


def _who(incident: Incident) -> str:
    """Return the person who has it: whom it was given to, else who has seen it."""
    if incident.assigned is not None:
        return incident.assigned.what
    return "" if incident.acknowledged is None else incident.acknowledged.by
