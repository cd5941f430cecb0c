"""The outbox: the fold of alert facts, in memory. What was raised and has not ended is pending, in the order of raising."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from wenyam.alerts import facts
from wenyam.model.alerting import Event, Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import MILLISECONDS, Instant

HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of a message that is sent as it was written; the other messages are written when they are sent."""

    title: str
    body: str
    language: str
    run: str
    """The run of a DR plan that said it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message on its way through one channel."""

    key: str
    """Idempotency key: SHA-256 hex over channel, people and parts."""
    channel: str
    event: Event
    severity: Severity
    people: tuple[str, ...]
    parts: tuple[str, ...]
    """`CODE:what:number` for each incident it speaks of."""
    raised: Instant
    route: str = ""
    step: int = 0
    letter: Letter | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the incidents it speaks of, each once."""
        return tuple(dict.fromkeys(part.partition(":")[0] for part in self.parts))


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody wants to hear of something until a moment."""

    name: str
    what: str
    until: Instant
    reason: str
    by: str
    at: Instant


@dataclass(slots=True)
class Outbox:
    """What is pending, what was told, and how much each channel sent in the last hour."""

    pending: dict[str, Notice] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    """Every part ever raised: what was said once is not said again."""
    told: dict[str, dict[tuple[str, tuple[str, ...]], None]] = field(default_factory=dict)
    """By code: through which channel to whom."""
    severity_told: dict[str, Severity] = field(default_factory=dict)
    last_told: dict[str, Instant] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    self_tests: dict[str, tuple[Instant, str]] = field(default_factory=dict)
    """By channel: when it was last tried, and what was wrong."""
    _sent: dict[str, deque[Instant]] = field(default_factory=dict)
    _letters: set[str] = field(default_factory=set)
    """Every letter ever handed in: the fact of one is read again where other processes write."""

    @classmethod
    def of(cls, known: Iterable[Fact]) -> "Outbox":
        """Read the facts there are, oldest first."""
        outbox = cls()
        for fact in known:
            outbox.adopt(fact)
        return outbox

    def adopt(self, fact: Fact) -> None:
        """Take one fact; a fact of another kind changes nothing."""
        body = fact.body
        if fact.kind == facts.RAISED:
            self._raise(_notice(fact))
        elif fact.kind == facts.LETTER and body["key"] not in self._letters:
            notice = _notice(fact)
            self._letters.add(notice.key)
            self.pending[notice.key] = notice
        elif fact.kind in _ENDS:
            self.pending.pop(str(body["key"]), None)
            if fact.kind == facts.DELIVERED:
                self._sent.setdefault(str(body["channel"]), deque()).append(fact.at)
        elif fact.kind == facts.SILENCED:
            name, until = str(body["name"]), Instant(int(body["until"] or 0))
            self.silences[name] = Silence(name, str(body["what"]), until, str(body["reason"]), fact.actor, fact.at)
        elif fact.kind == facts.UNSILENCED:
            self.silences.pop(str(body["name"]), None)
        elif fact.kind == facts.SELF_TESTED:
            self.self_tests[str(body["channel"])] = (fact.at, str(body["problem"] or ""))

    def waiting(self, channel: str) -> list[Notice]:
        """Return what waits for a channel, in the order of raising."""
        return [notice for notice in self.pending.values() if notice.channel == channel]

    def sent_in_hour(self, channel: str, now: Instant) -> int:
        """Return how many messages a channel took in the last hour."""
        times = self._sent.get(channel, deque())
        while times and now - times[0] >= HOUR_SECONDS * MILLISECONDS:
            times.popleft()
        return len(times)

    def room_at(self, channel: str, cap: int, now: Instant) -> Instant:
        """Return when a channel with this cap may take its next message."""
        if self.sent_in_hour(channel, now) < cap:
            return now
        return Instant(self._sent[channel][-cap] + HOUR_SECONDS * MILLISECONDS)

    def none_after(self, now: Instant) -> None:
        """Let what lies in the future, after a clock was set back, count from now: nothing waits until it has caught up."""
        for key, notice in self.pending.items():
            if notice.raised > now:
                self.pending[key] = replace(notice, raised=now)
        for channel, times in self._sent.items():
            self._sent[channel] = deque(min(at, now) for at in times)
        for channel, (at, problem) in self.self_tests.items():
            self.self_tests[channel] = (min(at, now), problem)
        for code, at in self.last_told.items():
            self.last_told[code] = min(at, now)

    def _raise(self, notice: Notice) -> None:
        self.pending[notice.key] = notice
        self.known.update(notice.parts)
        for code in notice.codes:
            self.told.setdefault(code, {})[notice.channel, notice.people] = None
            if notice.event is not Event.RECOVERED:
                before = self.severity_told.get(code)
                self.severity_told[code] = Severity.CRITICAL if before is Severity.CRITICAL else notice.severity
                self.last_told[code] = notice.raised


_ENDS = (facts.DELIVERED, facts.PASSED_ON, facts.DROPPED, facts.MERGED, facts.LETTER_TAKEN)


def _letter(fact: Fact) -> Letter | None:
    if fact.kind != facts.LETTER:
        return None
    title, body, language, run = (str(fact.body[name]) for name in ("title", "body", "language", "run"))
    return Letter(title, body, language, run)


def _notice(fact: Fact) -> Notice:
    body = fact.body
    return Notice(
        key=str(body["key"]),
        channel=str(body["channel"]),
        event=Event(str(body["event"])),
        severity=Severity(str(body["severity"])),
        people=tuple(str(body["people"] or "").split()),
        parts=tuple(str(body.get("parts") or "").split()),
        raised=fact.at,
        route=str(body.get("route") or ""),
        step=int(body.get("step") or 0),
        letter=_letter(fact),
    )
