"""Which messages should exist by now: asked at every turn, so that a crash between two turns loses nothing. Pure."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wenyam.alerts import facts
from wenyam.alerts.outbox import Notice, Outbox, Silence
from wenyam.alerts.routing import Directory
from wenyam.incidents import limits
from wenyam.incidents.incident import Incident
from wenyam.model.alerting import AlertPlan, ChannelPlan, EscalationStep, Event, Route, Severity
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import MILLISECONDS, Instant, after

Flapping = Callable[[Incident], bool]

UNTOLD_SECONDS = 3600.0
"""What recovered longer ago without anybody having been told is history, not news."""

RETURNS_A_WORD = 16
"""What comes and goes is told again after so many returns."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be said about one incident through one channel."""

    part: str
    channel: str
    people: tuple[str, ...]
    event: Event
    severity: Severity
    site: str
    route: str
    step: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides whether something is said now."""

    plan: AlertPlan
    directory: Directory
    rules: IncidentRules
    flapping: Flapping

    def wanted(self, incidents: Iterable[Incident], outbox: Outbox, now: Instant) -> list[Wanted]:
        """Return what should be said by now and was not."""
        found: list[Wanted] = []
        for incident in incidents:
            if not is_silenced(incident, outbox.silences.values(), now):
                found += self._of(incident, outbox, now)
        return found

    def _of(self, incident: Incident, outbox: Outbox, now: Instant) -> list[Wanted]:
        if incident.recovered is not None:
            return [*self._recovery(incident, outbox, now), *self._late(incident, outbox, now)]
        if incident.opened <= now < after(incident.opened, self.plan.group_wait):
            return []
        route = self.directory.route(self.plan, incident, now)
        if route is None:
            return []
        say = _Say(self, incident, route, outbox, now)
        if self.flapping(incident) and f"{incident.code}:opened:0" in outbox.known:
            return [*say.flapping(), *say.steps(), *say.worsening()]
        return [*say.steps(), *(say.returning() or say.worsening()), *say.repeats(), *say.overdue()]

    def _late(self, incident: Incident, outbox: Outbox, now: Instant) -> list[Wanted]:
        """Return the word that what follows the repair (test, note, report) takes too long."""
        route = self.directory.route(self.plan, incident, now)
        return [] if route is None else _Say(self, incident, route, outbox, now).overdue()

    def _recovery(self, incident: Incident, outbox: Outbox, now: Instant) -> list[Wanted]:
        """Tell whoever was told of the trouble; what ended before its first message is still told, in one word."""
        if self.flapping(incident):
            return []
        part = f"{incident.code}:recovered:{incident.returned}"
        if part in outbox.known:
            return []
        if incident.code in outbox.told:
            return [
                Wanted(part, channel, people, Event.RECOVERED, incident.severity, incident.site, "", 0)
                for channel, people in _told(outbox, incident.code).items()
            ]
        route = self.directory.route(self.plan, incident, now)
        if route is None or incident.recovered is None or now > after(incident.recovered, UNTOLD_SECONDS):
            return []
        return _Say(self, incident, route, outbox, now).briefly(part)


@dataclass(frozen=True, slots=True)
class _Say:
    """What one incident still has to say on its route."""

    policy: Policy
    incident: Incident
    route: Route
    outbox: Outbox
    now: Instant

    def steps(self) -> list[Wanted]:
        """Return the escalation steps whose time has come; only the first one once somebody has acknowledged."""
        found: list[Wanted] = []
        begun = self._begun()
        for number, step in enumerate(self.route.steps):
            if self.now < after(begun, step.after) or (number and self.incident.acknowledged is not None):
                continue
            event = Event.OPENED if number == 0 else Event.ESCALATED
            found += self._step(number, step, event, f"opened:{number}")
        return found

    def _begun(self) -> Instant:
        """Return from when steps count: one on record for a time to come was opened before the clock was set back."""
        if self.incident.opened <= self.now:
            return self.incident.opened
        return min(self.outbox.last_told.get(self.incident.code, self.now), self.now)

    def returning(self) -> list[Wanted]:
        """Return the word that it failed again, to whoever believes it good (or restless) and to the first step of now."""
        incident, known = self.incident, self.outbox.known
        part = f"{incident.code}:returned:{incident.returned}"
        believed = {f"{incident.code}:recovered:{incident.returned - 1}", *self._restless()}
        if not incident.returned or part in known or known.isdisjoint(believed):
            return []
        since = incident.opened if incident.restarted is None else incident.restarted
        if since <= self.now < after(since, self.policy.plan.group_wait):
            return []
        told = _told(self.outbox, incident.code)
        for each in self._step(0, self.route.steps[0], Event.RETURNED, f"returned:{incident.returned}"):
            told[each.channel] = tuple(dict.fromkeys((*told.get(each.channel, ()), *each.people)))
        return [self._wanted(part, channel, people, Event.RETURNED, 0) for channel, people in told.items()]

    def _restless(self) -> list[str]:
        """Name every word there may be that it comes and goes: one for each so many returns."""
        rounds = self.incident.returned // RETURNS_A_WORD + 1
        return [f"{self.incident.code}:flapping:{number}" for number in range(rounds)]

    def worsening(self) -> list[Wanted]:
        """Return the word that a warning became critical."""
        told = self.outbox.severity_told.get(self.incident.code)
        if told is not Severity.WARNING or self.incident.severity is not Severity.CRITICAL:
            return []
        return self._step(0, self.route.steps[0], Event.WORSENED, "worsened:0")

    def repeats(self) -> list[Wanted]:
        """Return the last step again, every so often, while nobody acknowledges."""
        last_step = self.route.steps[-1]
        if self.route.repeat is None or self.incident.acknowledged is not None:
            return []
        since = after(self._begun(), last_step.after)
        number = int((self.now - since) // (self.route.repeat * MILLISECONDS))
        if number < 1:
            return []
        return self._step(len(self.route.steps) - 1, last_step, Event.REPEATED, f"repeated:{number}")

    def overdue(self) -> list[Wanted]:
        """Return the word that a step of the procedure took too long."""
        late = limits.overdue(self.incident, self.policy.rules, self.now)
        if late is None:
            return []
        return self._step(len(self.route.steps) - 1, self.route.steps[-1], Event.OVERDUE, f"overdue:{late.due}")

    def flapping(self) -> list[Wanted]:
        """Return the word that it comes and goes, to everybody who was told before."""
        part = self._restless()[-1]
        if part in self.outbox.known:
            return []
        told = _told(self.outbox, self.incident.code)
        return [self._wanted(part, channel, people, Event.FLAPPING, 0) for channel, people in told.items()]

    def briefly(self, part: str) -> list[Wanted]:
        """Return the one word about what began and ended before anything was said."""
        return self._step(0, self.route.steps[0], Event.RECOVERED, part.partition(":")[2])

    def _step(self, number: int, step: EscalationStep, event: Event, what: str) -> list[Wanted]:
        part = f"{self.incident.code}:{what}"
        if part in self.outbox.known:
            return []
        directory = self.policy.directory
        people = directory.people(step.to, self.incident, self.now) or directory.answerable(self.incident)
        channels = [name for name in step.channels if self._speaks(self.policy.plan.channels[name])]
        return [self._wanted(part, name, people, event, number) for name in channels]

    def _speaks(self, channel: ChannelPlan) -> bool:
        own = self.incident.root is not None and self.incident.root.name == channel_subject_name(channel.name)
        return not own and (self.incident.severity in channel.severities or channel.digest is not None)

    def _wanted(self, part: str, channel: str, people: tuple[str, ...], event: Event, step: int) -> Wanted:
        incident = self.incident
        return Wanted(part, channel, people, event, incident.severity, incident.site, self.route.name, step)


def _told(outbox: Outbox, code: str) -> dict[str, tuple[str, ...]]:
    """Return who was told of an incident by channel: one message for all of them, since a group hears each of them."""
    found: dict[str, dict[str, None]] = {}
    for channel, people in outbox.told.get(code, ()):
        found.setdefault(channel, {}).update(dict.fromkeys(people))
    return {channel: tuple(people) for channel, people in found.items()}


def channel_subject_name(channel: str) -> str:
    """Return the name under which a channel's own troubles are kept; they are never told through itself."""
    return f"channel-{channel}"


def grouped(wanted: Iterable[Wanted], outbox: Outbox, now: Instant) -> list[Notice]:
    """Join what goes to the same people through the same channel about the same site for the same reason; one message each."""
    groups: dict[tuple[str, tuple[str, ...], Event, str], list[Wanted]] = {}
    for each in wanted:
        groups.setdefault((each.channel, each.people, each.event, each.site), []).append(each)
    notices = []
    for (channel, people, event, _), members in groups.items():
        parts = tuple(each.part for each in members)
        severity = Severity.CRITICAL if any(each.severity is Severity.CRITICAL for each in members) else Severity.WARNING
        key = key_of(channel, people, parts)
        if key not in outbox.pending:
            notices.append(Notice(key, channel, event, severity, people, parts, now, members[0].route, members[0].step))
    return notices


def key_of(channel: str, people: Iterable[str], parts: Iterable[str]) -> str:
    """Return the idempotency key of a message: the same for the same thing said to the same people by the same way."""
    text = "\n".join((channel, facts.SEPARATOR.join(people), facts.SEPARATOR.join(parts)))
    return hashlib.sha256(text.encode()).hexdigest()


def is_silenced(incident: Incident, silences: Iterable[Silence], now: Instant) -> bool:
    """Tell whether nobody wants to hear of an incident now."""
    names = {f"site:{incident.site}", incident.code}
    if incident.root is not None:
        names |= {str(incident.root), str(incident.root.owner)}
    return any(silence.what in names and now < silence.until for silence in silences)
