"""Heads of other chains kept here (design D15): what is kept, when it is written down, and what a peer may not show. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from wenyam.alerts.health import HealthAnswer
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import MILLISECONDS, Instant

KEPT = "peer-head"
ACCEPTED = "peer-head-accepted"
"""A person looked into a head that could not be right and said why it is to be believed from now on."""
KINDS = (KEPT, ACCEPTED)
TOOL = "wenyam"
APART_SECONDS = 3600
"""Heads are written down at most this often, but once on every day."""


@dataclass(frozen=True, slots=True)
class PeerHead:
    """The newest head of a peer that was believed, and when one was last written down."""

    peer: str
    instance: str
    sequence: int
    digest: str
    at: Instant
    """When its newest fact was written, by its own clock."""
    written: Instant | None = None
    """When we last wrote a head of it down."""


def shown_head(peer: str, answer: HealthAnswer) -> PeerHead | None:
    """Return the head an answer shows; None when its store did not answer."""
    if answer.head is None:
        return None
    return PeerHead(peer, answer.instance, answer.head.sequence, answer.head.digest, Instant(answer.head.at))


def trouble(kept: PeerHead | None, answer: HealthAnswer) -> str:
    """Say why the chain a peer shows cannot be the one whose head is kept here; empty when it may be."""
    if kept is None or answer.head is None:
        return ""
    if answer.instance != kept.instance:
        return f"it is '{answer.instance}' now and was '{kept.instance}'"
    if answer.head.sequence < kept.sequence:
        return f"its chain ends at fact {answer.head.sequence} and had reached {kept.sequence}: its end was cut off"
    if answer.shown is None or answer.shown.sequence != kept.sequence:
        return f"it does not show fact {kept.sequence}, whose digest is kept here"
    if answer.shown.digest != kept.digest:
        return f"fact {kept.sequence} is another than the one whose digest is kept here: its past was changed"
    return ""


def is_due(kept: PeerHead | None, now: Instant, zone: str) -> bool:
    """Tell whether a head is to be written down now: at first, after an hour, and when a day has begun."""
    if kept is None or kept.written is None:
        return True
    return abs(now - kept.written) >= APART_SECONDS * MILLISECONDS or _day(now, zone) != _day(kept.written, zone)


def advanced(kept: PeerHead | None, shown: PeerHead) -> PeerHead:
    """Return a believed head, remembering when one was last written down."""
    return replace(shown, written=None if kept is None else kept.written)


def as_fact(head: PeerHead, now: Instant) -> Fact:
    """Build the fact that this head was seen."""
    return Fact(KEPT, now, TOOL, _body(head))


def accepted(head: PeerHead, now: Instant, actor: str, reason: str) -> Fact:
    """Build the fact that a person believes a head although it does not follow from the one kept."""
    return Fact(ACCEPTED, now, actor, {**_body(head), "reason": reason})


def read_heads(facts: Iterable[Fact]) -> dict[str, PeerHead]:
    """Return the newest head of each peer from facts in the order of writing."""
    found = {}
    for fact in facts:
        body = fact.body
        peer = str(body["peer"])
        sequence, at = int(body["sequence"] or 0), Instant(int(body["at"] or 0))
        found[peer] = PeerHead(peer, str(body["instance"]), sequence, str(body["digest"]), at, fact.at)
    return found


def _body(head: PeerHead) -> FactBody:
    return {"peer": head.peer, "instance": head.instance, "sequence": head.sequence, "digest": head.digest, "at": head.at}


def _day(at: Instant, zone: str) -> str:
    return datetime.fromtimestamp(at / MILLISECONDS, UTC).astimezone(ZoneInfo(zone)).date().isoformat()
