"""From changes of state to incidents: what is wrong by itself opens one, what is caused by it joins it. Pure but for the book."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from wenyam.engine.state import says_other
from wenyam.incidents import facts
from wenyam.incidents.book import Book
from wenyam.incidents.incident import NO_LONGER_WATCHED, Category, Incident, Member, Origin, severity_of
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Inventory
from wenyam.model.states import State, StateChange, StateRecord, Subject, SubjectKind

_ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
"""No letter that is mistaken for a figure, and no vowel: a code is read out over the telephone and never makes a word."""
_CODE_LENGTH: Final = 4
_LONGEST_CHAIN: Final = 32
"""Causes of causes that are followed; a circle ends here."""
_SYSTEM_KINDS: Final = frozenset({"server", "vm", "hypervisor", "database"})

STEADY_SECONDS: Final = 20.0
"""A reason that comes and goes with every probe is not noted."""
REWORD_SECONDS: Final = 300.0
"""A reason of one subject is noted anew so often at most."""

RecordOf = Callable[[Subject], StateRecord | None]


class Watching(Protocol):
    """What the intake asks of the present: the board's records."""

    def record(self, subject: Subject) -> StateRecord | None:
        """Return a subject's present record."""


@dataclass(slots=True)
class Intake:
    """Takes rows of `state_change` in their order; each leaves facts that the book has adopted already."""

    book: Book
    inventory: Inventory
    home: str
    """Site of what belongs to none."""
    reopen_within: float
    deferred: set[Subject] = field(default_factory=set)
    """Bad, but in a planned window: looked at again when it ends."""
    _others: dict[Subject, tuple[str, Instant]] = field(default_factory=dict)
    """What is said now of members that are on record with another reason, and since when."""
    _reworded: dict[Subject, Instant] = field(default_factory=dict)

    def take(self, change: StateChange, board: Watching, now: Instant) -> list[Fact]:
        """Return the facts one change leads to."""
        incident = self.book.holding(change.subject, now, self.reopen_within)
        if severity_of(change.state) is None:
            self.deferred.discard(change.subject)
            return [] if incident is None else self._ease(incident, change, now)
        root = root_of(change, board)
        left = incident if incident is not None and _is_over_there(incident, root, board) else None
        if left is not None:
            incident = None
        if incident is None and (change.window is not None or _in_window(root, board)):
            self.deferred.add(change.subject)
            return []
        if incident is None:
            incident = self._of_root(root, board, now)
        found = self._worsen(incident, change, root, now)
        return found if left is None else [*found, *self._leave(left, change.subject, now)]

    def look_again(self, board: Watching, now: Instant) -> list[Fact]:
        """Take up what was in a planned window and is still bad after it: an overrun is an outage."""
        found: list[Fact] = []
        for subject in sorted(self.deferred):
            record = board.record(subject)
            if record is None or severity_of(record.state) is None:
                self.deferred.discard(subject)
            elif record.window is None:
                self.deferred.discard(subject)
                found += self.take(change_of(record, now), board, now)
        return found

    def start(self, records: list[StateRecord], now: Instant) -> None:
        """Note what is bad and in no incident: it was in a window, or nobody could write it down."""
        for record in records:
            if severity_of(record.state) is None:
                continue
            if record.window is not None or self.book.holding(record.subject, now, self.reopen_within) is None:
                self.deferred.add(record.subject)

    def keep_up(self, board: Watching, now: Instant) -> list[Fact]:
        """Return the facts that no change leads to."""
        return [*self.drop(board, now), *self.reword(board, now)]

    def reword(self, board: Watching, now: Instant) -> list[Fact]:
        """Note what is wrong for another reason than the one on record, once that has been said for a while."""
        found: list[Fact] = []
        others: dict[Subject, tuple[str, Instant]] = {}
        for incident in self.book.open():
            reworded = [said for member in incident.failing if (said := self._said_now(member, board, others, now)) is not None]
            if reworded:
                found.append(self._adopted(facts.members(incident.code, now, reworded)))
        self._others = others
        return found

    def _said_now(
        self, member: Member, board: Watching, others: dict[Subject, tuple[str, Instant]], now: Instant
    ) -> Member | None:
        """Return a member with its new reason; None while it is the old one, or too new, or the last one was noted just now."""
        record = board.record(member.subject)
        if record is None or record.state is not member.state or not says_other(member.summary, record.summary):
            return None
        text, since = self._others.get(member.subject, (record.summary, now))
        others[member.subject] = (record.summary, now if says_other(text, record.summary) else since)
        last = self._reworded.get(member.subject)
        if now < after(others[member.subject][1], STEADY_SECONDS) or (last is not None and now < after(last, REWORD_SECONDS)):
            return None
        self._reworded[member.subject] = now
        return replace(member, summary=record.summary, value=record.value, limit=record.limit)

    def drop(self, board: Watching, now: Instant) -> list[Fact]:
        """Let go of members that are watched no more."""
        found: list[Fact] = []
        for incident in self.book.open():
            for member in incident.failing:
                if board.record(member.subject) is None:
                    gone = StateChange(member.subject, member.state, State.OK, now, now, NO_LONGER_WATCHED)
                    found += self._ease(incident, gone, now)
        return found

    def _ease(self, incident: Incident, change: StateChange, now: Instant) -> list[Fact]:
        found = [self._adopted(facts.members(incident.code, now, [Member.of_change(change)]))]
        return found + self._recover(incident, now, change.effective)

    def _recover(self, incident: Incident, now: Instant, when: Instant) -> list[Fact]:
        if incident.recovered is not None or incident.failing:
            return []
        return [self._adopted(facts.recovered(incident.code, now, when))]

    def _leave(self, incident: Incident, subject: Subject, now: Instant) -> list[Fact]:
        """Let a subject go that belongs to another incident now; what is left may be good again."""
        to = self.book.holding(subject, now, self.reopen_within)
        found = [self._adopted(facts.left(incident.code, now, subject, "" if to is None else to.code))]
        return found + self._recover(incident, now, now)

    def _worsen(self, incident: Incident | None, change: StateChange, root: Subject, now: Instant) -> list[Fact]:
        found: list[Fact] = []
        if incident is None:
            fact = self._adopted(self._opened(change, root, now))
            found.append(fact)
            incident = self.book.incidents[str(fact.body["code"])]
        found.append(self._adopted(facts.members(incident.code, now, [Member.of_change(change)])))
        if incident.recovered is not None:
            found.append(self._adopted(facts.returned(incident.code, now)))
        return found

    def _of_root(self, root: Subject, board: Watching, now: Instant) -> Incident | None:
        """Return the open incident that a cause belongs to, unless the cause goes on after what that one is about."""
        incident = self.book.holding(root, now, self.reopen_within)
        if incident is not None and not _is_over_there(incident, root, board):
            return incident
        return self._of_same_job(root)

    def _of_same_job(self, root: Subject) -> Incident | None:
        """Return what is open because of the same job: one backup that fails turns several of its checks red, one by one.

        Only while nobody has taken it; who acknowledged that a copy is late has not heard that the backup itself fails now.
        """
        if root.kind is not SubjectKind.JOB:
            return None
        untaken = [each for each in self.book.open() if each.acknowledged is None and each.recovered is None]
        return next((each for each in untaken if each.root is not None and each.root.owner == root.owner), None)

    def _adopted(self, fact: Fact) -> Fact:
        self.book.adopt(fact)
        return fact

    def _opened(self, change: StateChange, root: Subject, now: Instant) -> Fact:
        severity = severity_of(change.state)
        if severity is None:
            raise ValueError(f"{change.state} opens no incident")
        return facts.opened(
            free_code(self.book, f"{root} {change.effective}"),
            now,
            facts.TOOL,
            origin=Origin.WATCHED,
            category=category_of(root, self.inventory),
            root=root,
            title=str(root),
            site=site_of(root, self.inventory) or self.home,
            severity=severity,
            began=change.effective,
            cause_code=change.cause_code,
        )


def root_of(change: StateChange, board: Watching) -> Subject:
    """Return what a change is caused by in the end; the subject itself when by nothing else."""
    root, cause = change.subject, change.cause
    for _ in range(_LONGEST_CHAIN):
        if cause is None:
            return root
        root = cause
        record = board.record(root)
        cause = None if record is None else record.cause
    return root


def _is_over_there(incident: Incident, root: Subject, board: Watching) -> bool:
    """Tell whether what an incident is about is good again, and this is about something else."""
    about = incident.root
    if incident.origin is not Origin.WATCHED or about is None or about.owner == root.owner:
        return False
    record = board.record(about)
    return record is not None and record.state.is_good


def _in_window(root: Subject, board: Watching) -> bool:
    record = board.record(root)
    return record is not None and record.window is not None


def change_of(record: StateRecord, now: Instant) -> StateChange:
    """Return a present record as the change that led to it."""
    return StateChange(
        record.subject, State.UNKNOWN, record.state, record.since, now, record.summary, record.value, record.limit, record.cause
    )


def free_code(book: Book, seed: str) -> str:
    """Return a short code made from what happened, so that the same happening gets the same code; longer when it is taken."""
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "backslashreplace")).digest())
    code = ""
    while len(code) < _CODE_LENGTH or code in book.incidents:
        number, place = divmod(number, len(_ALPHABET))
        code += _ALPHABET[place]
    return code


def site_of(subject: Subject, inventory: Inventory) -> str:
    """Return the site a subject stands at; empty when it has none."""
    if subject.kind is SubjectKind.DEVICE and subject.name in inventory.devices:
        return inventory.devices[subject.name].site
    if subject.kind is SubjectKind.LINK and subject.name in inventory.links:
        return inventory.links[subject.name].site
    if subject.kind is SubjectKind.SERVICE and subject.name in inventory.services:
        return inventory.services[subject.name].site or ""
    return ""


def category_of(subject: Subject, inventory: Inventory) -> Category:
    """Return which procedure applies: PWO -02 for systems, services, databases and jobs, else PWO -01."""
    if subject.kind in (SubjectKind.SERVICE, SubjectKind.JOB):
        return Category.SYSTEM
    device = inventory.devices.get(subject.name) if subject.kind is SubjectKind.DEVICE else None
    return Category.SYSTEM if device is not None and device.kind in _SYSTEM_KINDS else Category.HARDWARE
