"""What each fact does to its incident; every effect returns the words of the timeline."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from wenyam.incidents import facts
from wenyam.incidents.incident import Act, Incident, Member, Party, severity_of
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.states import Subject

KEPT_MEMBERS_IN_LINE: Final = 5
"""Names a line of the timeline lists; further ones are counted."""

Effect = Callable[[Incident, Fact], str]


def _members(incident: Incident, fact: Fact) -> str:
    found = facts.read_members(fact.body)
    named = ", ".join(_named(member, incident.members.get(member.subject)) for member in found[:KEPT_MEMBERS_IN_LINE])
    for member in found:
        incident.members[member.subject] = member
        if severity_of(member.state) is Severity.CRITICAL:
            incident.severity = Severity.CRITICAL
    more = len(found) - KEPT_MEMBERS_IN_LINE
    return named + (f" (+{more})" if more > 0 else "")


def _named(member: Member, before: Member | None) -> str:
    """Name a member with its state; with what is said of it now where only that is new."""
    reworded = before is not None and (before.state, before.since) == (member.state, member.since)
    return f"{member.subject} {member.state.value}" + (f": {member.summary}" if reworded else "")


def _left(incident: Incident, fact: Fact) -> str:
    incident.members.pop(Subject.parse(str(fact.body["subject"])), None)
    return f"{fact.body['subject']}: {fact.body['to']}"


def _recovered(incident: Incident, fact: Fact) -> str:
    incident.recovered = Instant(int(fact.body["when"] or 0))
    return _act(fact).what


def _returned(incident: Incident, fact: Fact) -> str:
    incident.recovered = None
    incident.returned += 1
    incident.restarted = fact.at
    incident.tested, incident.passed = None, False  # what was tested is no longer what is there
    return ""


def _acknowledged(incident: Incident, fact: Fact) -> str:
    incident.acknowledged = _act(fact)
    return incident.acknowledged.what


def _assigned(incident: Incident, fact: Fact) -> str:
    incident.assigned = _act(fact)
    # Who takes it, or gives it to somebody, has seen it.
    incident.acknowledged = incident.acknowledged or replace(incident.assigned, what="")
    return incident.assigned.what


def _noted(_incident: Incident, fact: Fact) -> str:
    return _act(fact).what


def _cause(incident: Incident, fact: Fact) -> str:
    incident.cause_code, incident.cause_given = _act(fact).what, True
    return incident.cause_code


def _handed_off(incident: Incident, fact: Fact) -> str:
    act, party = _act(fact), Party(str(fact.body.get("party") or Party.CONTRACTOR.value))
    reference = str(fact.body.get("reference") or "")
    if incident.handed_off is None or (incident.party, incident.handed_off.what) != (party, act.what):
        incident.handed_off, incident.party, incident.called = act, party, None
        incident.details.pop("reference", None)
    if reference:
        incident.called = incident.called or replace(act, what=reference)
        incident.details["reference"] = reference
    return f"{party.value}: {act.what}" + (f" ({reference})" if reference else "")


def _tested(incident: Incident, fact: Fact) -> str:
    incident.tested, incident.passed = _act(fact), fact.body.get("passed") is True
    if not incident.passed:
        incident.restarted = fact.at
    return f"{'pass' if incident.passed else 'fail'}: {incident.tested.what}"


def _how_to(incident: Incident, fact: Fact) -> str:
    incident.how_to = _act(fact)
    return incident.how_to.what


def _personal_data(incident: Incident, fact: Fact) -> str:
    aware = fact.body.get("aware")
    incident.personal_data = replace(_act(fact), at=fact.at if aware is None else Instant(int(aware)))
    return incident.personal_data.what


def _details(incident: Incident, fact: Fact) -> str:
    fields = {**fact.body, **fact.personal}
    written = {name: str(value) for name, value in fields.items() if name not in ("code", "what") and value is not None}
    incident.details.update(written)
    return ", ".join(sorted(written))


def _closed(incident: Incident, fact: Fact) -> str:
    incident.closed = _act(fact)
    return incident.closed.what


def _act(fact: Fact) -> Act:
    return Act(fact.at, fact.actor, str(fact.body.get("what") or ""))


EFFECTS: Final[Mapping[str, Effect]] = {
    facts.MEMBERS: _members,
    facts.LEFT: _left,
    facts.RECOVERED: _recovered,
    facts.RETURNED: _returned,
    facts.ACKNOWLEDGED: _acknowledged,
    facts.ASSIGNED: _assigned,
    facts.NOTED: _noted,
    facts.CAUSE: _cause,
    facts.HANDED_OFF: _handed_off,
    facts.TESTED: _tested,
    facts.HOW_TO: _how_to,
    facts.PERSONAL_DATA: _personal_data,
    facts.DETAILS: _details,
    facts.CLOSED: _closed,
}
