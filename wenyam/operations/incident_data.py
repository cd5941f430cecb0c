"""One incident as versioned data: instants in ISO 8601 UTC, durations in seconds. Pure."""

from typing import Any

from wenyam.i18n.translate import mark
from wenyam.incidents import breach, limits
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Act, Incident, Member
from wenyam.incidents.limits import Step
from wenyam.incidents.proposal import propose
from wenyam.incidents.similar import how_to_for
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, to_iso
from wenyam.model.inventory import Inventory

VERSION = 1


def incident_data(incident: Incident, configuration: Configuration, book: Book, now: Instant) -> dict[str, Any]:
    """Return everything about one incident."""
    proposal = propose(incident, configuration.inventory, now)
    earlier = how_to_for(incident, book, kinds_of(configuration.inventory))
    return {
        **head(incident, configuration, now),
        "opened_by": incident.opened_by,
        "returned": incident.returned,
        "members": [_member(member) for member in incident.members.values()],
        "acknowledged": _act(incident.acknowledged),
        "assigned": _act(incident.assigned),
        "handed_off": None if incident.handed_off is None else {"party": incident.party, **(_act(incident.handed_off) or {})},
        "called": _act(incident.called),
        "tested": None if incident.tested is None else {"passed": incident.passed, **(_act(incident.tested) or {})},
        "how_to": _act(incident.how_to),
        "closed": _act(incident.closed),
        "details": dict(incident.details),
        "personal_data": _breach(incident, configuration, now),
        "proposal": {
            "party": proposal.party, "name": proposal.name, "why": proposal.why(mark), "reason": proposal.reason,
            "values": dict(proposal.values), "contract": proposal.reference,
            "telephone": proposal.telephone,
        },
        "earlier": None if earlier is None else {"code": earlier.code, **(_act(earlier.how_to) or {})},
        "timeline": [
            {"at": to_iso(entry.at), "by": entry.by, "kind": entry.kind, "text": entry.text} for entry in incident.timeline
        ],
    }  # fmt: skip


def head(incident: Incident, configuration: Configuration, now: Instant) -> dict[str, Any]:
    """Return what a list says of an incident."""
    rules = configuration.incidents
    return {
        "code": incident.code,
        "open": incident.is_open,
        "origin": incident.origin,
        "category": incident.category,
        "severity": incident.severity,
        "root": None if incident.root is None else str(incident.root),
        "title": incident.title,
        "site": incident.site,
        "cause_code": incident.cause_code,
        "cause_given": incident.cause_given,
        "began": to_iso(incident.began),
        "opened": to_iso(incident.opened),
        "recovered": None if incident.recovered is None else to_iso(incident.recovered),
        "failing": len(incident.failing),
        "step": _step(limits.current_step(incident, rules), now),
        "overdue": [{"step": each.step, "due": to_iso(each.due)} for each in limits.all_overdue(incident, rules, now)],
    }


def kinds_of(inventory: Inventory) -> dict[str, str]:
    """Return the kind of every device, to compare incidents by."""
    return {device.name: device.kind for device in inventory.devices.values()}


def _step(step: Step | None, now: Instant) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "name": step.name, "started": to_iso(step.started), "due": to_iso(step.due), "limit": str(step.limit),
        "remaining_seconds": (step.due - now) / 1000,
    }  # fmt: skip


def _member(member: Member) -> dict[str, Any]:
    return {
        "subject": str(member.subject), "state": member.state, "since": to_iso(member.since), "summary": member.summary,
        "value": member.value, "limit": member.limit,
    }  # fmt: skip


def _act(act: Act | None) -> dict[str, Any] | None:
    return None if act is None else {"at": to_iso(act.at), "by": act.by, "what": act.what}


def _breach(incident: Incident, configuration: Configuration, now: Instant) -> dict[str, Any]:
    flagged, clock = incident.personal_data, limits.breach_clock(incident, configuration.incidents)
    return {
        "proposed": breach.is_proposed(incident, configuration.inventory),
        "flagged": _act(flagged),
        "clock": _step(clock, now),
        "factors": breach.said(incident, breach.FACTORS),
        "parts": breach.said(incident, breach.PARTS),
        "reported": incident.details.get(breach.REPORTED, ""),
        "dismissed": incident.details.get(breach.DISMISSED, ""),
    }
