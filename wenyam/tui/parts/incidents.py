"""The open incidents as a list has them, and which of them every subject is in."""

from dataclasses import replace
from typing import Any

from wenyam.incidents.incident import Incident
from wenyam.model.alerting import Severity
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.states import State
from wenyam.operations.dashboard import BookReader
from wenyam.operations.incident_data import head
from wenyam.operations.incidents import listed
from wenyam.tui.picture import Change, Holder


def gather(books: BookReader, configuration: Configuration, now: Instant) -> Change:
    """Read what came to the book of incidents."""
    open_ = sorted(listed(books.book()), key=_urgency)
    rows = tuple(row(incident, configuration, now) for incident in open_)
    holders: dict[str, Holder] = {}
    for incident in reversed(open_):  # of several the most urgent counts
        subjects = [*incident.members, *([incident.root] if incident.root is not None else [])]
        holders.update(dict.fromkeys(map(str, subjects), Holder(incident.code, _who(incident))))
    return lambda shown: replace(shown, incidents=rows, holders=holders)


def row(incident: Incident, configuration: Configuration, now: Instant) -> dict[str, Any]:
    """Return what the list says of an incident: its head, who has it, and what is wrong with the worst of its members."""
    worst = incident.worst
    said = {"subject": "", "said": ""} if worst is None else {"subject": str(worst.subject), "said": worst.summary}
    return head(incident, configuration, now) | said | {"who": _who(incident)}


def _urgency(incident: Incident) -> tuple[bool, int, bool]:
    """Return what comes first: what is not good again, then the severity, then what is DOWN over what is only red."""
    failing = incident.failing
    good_again = incident.recovered is not None and not failing
    return good_again, [*Severity].index(incident.severity), all(member.state is not State.DOWN for member in failing)


def _who(incident: Incident) -> str:
    """Return the person who has it: whom it was given to, else who has seen it."""
    if incident.assigned is not None:
        return incident.assigned.what
    return "" if incident.acknowledged is None else incident.acknowledged.by
