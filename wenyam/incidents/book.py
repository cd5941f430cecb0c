"""The book of incidents: the fold of their facts, in memory. `adopt` is the only thing that changes it."""

from collections.abc import Iterable

from wenyam.incidents import facts
from wenyam.incidents.effects import EFFECTS
from wenyam.incidents.incident import Category, Entry, Incident, Origin
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.states import Subject


class Book:
    """Every incident by its code, and which open one a subject belongs to."""

    def __init__(self, known: Iterable[Fact] = ()) -> None:
        """Read the facts there are, oldest first."""
        self.incidents: dict[str, Incident] = {}
        self._holding: dict[Subject, str] = {}
        for fact in known:
            self.adopt(fact)

    def open(self) -> list[Incident]:
        """Return the incidents that are not closed, oldest first."""
        return [incident for incident in self.incidents.values() if incident.is_open]

    def get(self, code: str) -> Incident | None:
        """Return the incident of this code, however it is typed."""
        return self.incidents.get(code.strip().upper())

    def holding(self, subject: Subject, now: Instant, reopen_within: float) -> Incident | None:
        """Return the open incident a subject belongs to; one that has been good for longer than this is another matter."""
        code = self._holding.get(subject)
        incident = None if code is None else self.incidents[code]
        if incident is None or not incident.is_open:
            return None
        if incident.recovered is not None and now - incident.recovered > reopen_within * MILLISECONDS:
            return None
        return incident

    def adopt(self, fact: Fact) -> None:
        """Take one fact; a fact of another kind, or of an incident whose beginning was sealed away, changes nothing."""
        if fact.kind == facts.OPENED:
            if str(fact.body["code"]) not in self.incidents:  # a code is given once
                self._open(fact)
            return
        incident = self.incidents.get(str(fact.body.get("code", "")))
        effect = EFFECTS.get(fact.kind)
        if incident is not None and effect is not None:
            incident.timeline.append(Entry(fact.at, fact.actor, fact.kind, effect(incident, fact)))
            self._index(incident, fact)

    def _open(self, fact: Fact) -> None:
        body = fact.body
        root = body.get("root")
        incident = Incident(
            code=str(body["code"]),
            origin=Origin(str(body["origin"])),
            category=Category(str(body["category"])),
            root=None if root is None else Subject.parse(str(root)),
            title=str(body["title"]),
            site=str(body["site"]),
            severity=Severity(str(body["severity"])),
            began=Instant(int(body["began"] or 0)),
            opened=fact.at,
            opened_by=fact.actor,
            cause_code=str(body.get("cause_code") or ""),
        )
        self.incidents[incident.code] = incident
        if incident.root is not None:
            self._holding[incident.root] = incident.code
        incident.timeline.append(Entry(fact.at, fact.actor, fact.kind, incident.title))

    def _index(self, incident: Incident, fact: Fact) -> None:
        if fact.kind == facts.MEMBERS:
            for member in facts.read_members(fact.body):
                self._holding[member.subject] = incident.code
        elif fact.kind == facts.CLOSED:
            for subject in [incident.root, *incident.members]:
                if subject is not None and self._holding.get(subject) == incident.code:
                    del self._holding[subject]
