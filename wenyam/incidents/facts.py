"""The facts incidents leave in the chain: their kinds, and their bodies in one place. `book` reads what is written here."""

import json
from collections.abc import Iterable

from wenyam.incidents.incident import Category, Member, Origin, Party
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.model.states import State, Subject

OPENED = "incident-opened"
MEMBERS = "incident-members"
"""What belongs to it, each with its new state; also when one is good again."""
LEFT = "incident-left"
"""What belonged to it is an incident of its own: it goes on by itself after what had caused it is good."""
RECOVERED = "incident-recovered"
RETURNED = "incident-returned"
"""It failed again after it had recovered."""
ACKNOWLEDGED = "incident-acknowledged"
ASSIGNED = "incident-assigned"
NOTED = "incident-noted"
CAUSE = "incident-cause"
HANDED_OFF = "incident-handed-off"
TESTED = "incident-tested"
HOW_TO = "incident-how-to"
PERSONAL_DATA = "incident-personal-data"
DETAILS = "incident-details"
CLOSED = "incident-closed"
KINDS = (
    OPENED, MEMBERS, LEFT, RECOVERED, RETURNED, ACKNOWLEDGED, ASSIGNED, NOTED, CAUSE, HANDED_OFF, TESTED, HOW_TO,
    PERSONAL_DATA, DETAILS, CLOSED,
)  # fmt: skip

TOOL = "wenyam"
"""The actor when the program acts by itself."""


def opened(
    code: str,
    at: Instant,
    actor: str,
    *,
    origin: Origin,
    category: Category,
    root: Subject | None,
    title: str,
    site: str,
    severity: Severity,
    began: Instant,
    cause_code: str = "",
) -> Fact:
    """Build the fact that opens an incident."""
    body: FactBody = {
        "code": code, "origin": origin.value, "category": category.value, "root": None if root is None else str(root),
        "title": title, "site": site, "severity": severity.value, "began": began, "cause_code": cause_code,
    }  # fmt: skip
    return Fact(OPENED, at, actor, body)


def members(code: str, at: Instant, found: Iterable[Member]) -> Fact:
    """Build the fact that these subjects belong to an incident, with their states now."""
    rows = [
        [str(each.subject), each.state.value, each.since, each.summary, each.value, each.limit] for each in found
    ]  # fmt: skip
    return Fact(MEMBERS, at, TOOL, {"code": code, "members": json.dumps(rows, ensure_ascii=False, separators=(",", ":"))})


def read_members(body: FactBody) -> list[Member]:
    """Read what `members` wrote."""
    return [
        Member(Subject.parse(subject), State(state), Instant(since), summary, value, limit)
        for subject, state, since, summary, value, limit in json.loads(str(body["members"]))
    ]


def left(code: str, at: Instant, subject: Subject, to: str) -> Fact:
    """Build the fact that a subject belongs to the incident of the code `to` from now on."""
    return Fact(LEFT, at, TOOL, {"code": code, "subject": str(subject), "to": to})


def recovered(code: str, at: Instant, when: Instant) -> Fact:
    """Build the fact that everything in it is good again, since `when`."""
    return Fact(RECOVERED, at, TOOL, {"code": code, "when": when})


def returned(code: str, at: Instant) -> Fact:
    """Build the fact that it failed again."""
    return Fact(RETURNED, at, TOOL, {"code": code})


def acted(kind: str, code: str, at: Instant, actor: str, what: str = "", **more: str | int | bool) -> Fact:
    """Build the fact of one act of a person: `what` is what they wrote, chose or named."""
    return Fact(kind, at, actor, {"code": code, "what": what, **more})


def fixed(code: str, at: Instant, actor: str, what: str) -> Fact:
    """Build the fact that a person says it is good again, where no check can see it."""
    return acted(RECOVERED, code, at, actor, what, when=at)


def handed_off(code: str, at: Instant, actor: str, *, party: Party, name: str, reference: str = "") -> Fact:
    """Build the fact that it went to somebody else; `reference` is the number they gave, empty until they did."""
    return acted(HANDED_OFF, code, at, actor, name, party=party.value, reference=reference)


def tested(code: str, at: Instant, actor: str, what: str, *, passed: bool) -> Fact:
    """Build the fact of a test result in words."""
    return acted(TESTED, code, at, actor, what, passed=passed)


def detailed(code: str, at: Instant, actor: str, fields: FactBody, personal: FactBody | None = None) -> Fact:
    """Build the fact of named fields of a form; those about a person enter the chain only as salted digests."""
    return Fact(DETAILS, at, actor, {"code": code, **fields}, personal or {})


def merged(facts: Iterable[Fact]) -> list[Fact]:
    """Join the membership facts of one incident that follow each other, so that a storm leaves few rows."""
    kept: list[Fact] = []
    places: dict[str, int] = {}
    for fact in facts:
        code = str(fact.body["code"])
        if fact.kind == MEMBERS and code in places:
            before = kept[places[code]]
            rows = json.loads(str(before.body["members"])) + json.loads(str(fact.body["members"]))
            text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
            kept[places[code]] = Fact(MEMBERS, fact.at, TOOL, {"code": code, "members": text})
            continue
        if fact.kind == MEMBERS:
            places[code] = len(kept)
        else:
            places.pop(code, None)
        kept.append(fact)
    return kept
