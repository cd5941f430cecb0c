"""Alerts for people: what is open and who was told, acknowledging, silences, trying a channel."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenyam.alerts import facts
from wenyam.alerts.outbox import Notice, Outbox, Silence
from wenyam.alerts.self_test import SelfTest
from wenyam.alerts.service import AlertService
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.incidents import facts as incident_facts
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Incident
from wenyam.incidents.intake import site_of
from wenyam.model.durations import seconds
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after, to_iso
from wenyam.model.inventory import Inventory
from wenyam.model.states import Subject
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader

VERSION = 1
LONGEST_SILENCE = 30 * 86_400.0
"""A longer silence is forgotten, and then it hides an outage."""
_SITE = "site:"

Answer = dict[str, Any]
Action = Callable[[str, Answer], Awaitable[Answer]]


def alert_actions(service: AlertService) -> Mapping[str, Action]:
    """Return what may be asked of the alert service over the control socket."""

    async def acknowledge(actor: str, request: Answer) -> Answer:
        said = await service.acknowledge(_text(request, "code"), actor, "command", str(request.get("note") or ""))
        return {"version": VERSION, "said": said}

    async def silence(actor: str, request: Answer) -> Answer:
        what, reason = _text(request, "what"), _text(request, "reason")
        until = _until(service, request.get("for"))
        require_known(what, service.configuration.inventory, service.book)
        now = service.clock.now()
        name = f"silence-{now}"
        await service.record([facts.silenced(name, now, actor, what=what, until=until, reason=clean(reason))])
        return {"version": VERSION, "name": name, "until": to_iso(until)}

    async def unsilence(actor: str, request: Answer) -> Answer:
        name = _text(request, "name")
        if name not in service.outbox.silences:
            raise unknown("silence", name, service.outbox.silences)
        await service.record([facts.unsilenced(name, service.clock.now(), actor)])
        return {"version": VERSION, "ended": name}

    async def test(_actor: str, request: Answer) -> Answer:
        name = _text(request, "channel")
        if name not in service.senders:
            raise unknown("channel", name, service.senders)
        sender = service.senders[name]
        detail, problem = await SelfTest(sender.plan, sender.notifier, service).send()
        service.tested(name, problem, detail)
        return {"version": VERSION, "channel": name, "detail": detail, "problem": problem}

    return {"alert-ack": acknowledge, "alert-silence": silence, "alert-unsilence": unsilence, "alert-test": test}


def _text(request: Answer, key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"this action needs a '{key}'")
    return value.strip()


def _until(service: AlertService, written: object) -> Instant:
    try:
        length = seconds(written)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if not 0 < length <= LONGEST_SILENCE:
        raise UsageError("a silence lasts up to 30 days; plan the work instead: wenyam maintenance add")
    return after(service.clock.now(), length)


def require_known(what: str, inventory: Inventory, book: Book) -> None:
    """Raise UsageError unless this names a site, an incident or something that is watched."""
    if what.startswith(_SITE):
        if what.removeprefix(_SITE) not in inventory.sites:
            raise unknown("site", what.removeprefix(_SITE), inventory.sites)
        return
    if book.get(what) is not None:
        return
    try:
        subject = Subject.parse(what)
    except ValueError as error:
        raise UsageError(f"'{what}' is no site:NAME, no code of an incident and no subject such as device:NAME") from error
    known = {*inventory.devices, *inventory.links, *inventory.services}
    if not site_of(subject, inventory) and subject.name not in known:
        raise unknown("device, link or service", subject.name, sorted(known))


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel as it stands."""

    name: str
    kind: str
    waiting: int
    oldest: Instant | None
    """When the oldest that waits was raised."""
    sent_in_hour: int
    cap_per_hour: int
    self_tested: Instant | None
    problem: str
    """What the last self-test found."""


@dataclass(frozen=True, slots=True)
class AlertView:
    """What is open, who was told of it, and what waits."""

    incidents: tuple[Incident, ...]
    told: Mapping[str, tuple[str, ...]]
    """By code: `channel: people`."""
    channels: tuple[ChannelView, ...]
    silences: tuple[Silence, ...]


def view(configuration: Configuration, reader: Reader, now: Instant) -> AlertView:
    """Read it from the chain; the watcher need not run."""
    known = [chained.fact for chained in reader.facts_after(0, (*incident_facts.KINDS, *facts.KINDS))]
    book, outbox = Book(known), Outbox.of(known)
    channels = tuple(_channel(configuration, outbox, name, now) for name in configuration.alerts.channels)
    told = {code: tuple(_told(channel, people) for channel, people in each) for code, each in outbox.told.items()}
    silences = tuple(silence for silence in outbox.silences.values() if silence.until > now)
    return AlertView(tuple(book.open()), told, channels, silences)


def _told(channel: str, people: Sequence[str]) -> str:
    return f"{channel}: {', '.join(people)}" if people else channel


def _channel(configuration: Configuration, outbox: Outbox, name: str, now: Instant) -> ChannelView:
    plan = configuration.alerts.channels[name]
    waiting: list[Notice] = outbox.waiting(name)
    tested, problem = outbox.self_tests.get(name, (None, ""))
    oldest = waiting[0].raised if waiting else None
    return ChannelView(name, plan.kind, len(waiting), oldest, outbox.sent_in_hour(name, now), plan.cap_per_hour, tested, problem)


def log(reader: Reader, since: Instant) -> list[ChainedFact]:
    """Return what was raised and what became of it since a moment, oldest first."""
    return [chained for chained in reader.facts_after(0, facts.KINDS) if chained.fact.at >= since]


def data(found: AlertView, now: Instant) -> dict[str, Any]:
    """Write the view as versioned data."""
    return {
        "version": VERSION,
        "at": to_iso(now),
        "incidents": [_incident_data(incident, found.told.get(incident.code, ())) for incident in found.incidents],
        "channels": [
            {
                "name": channel.name, "kind": channel.kind, "waiting": channel.waiting,
                "oldest": None if channel.oldest is None else to_iso(channel.oldest),
                "sent_in_hour": channel.sent_in_hour, "cap_per_hour": channel.cap_per_hour,
                "self_tested": None if channel.self_tested is None else to_iso(channel.self_tested),
                "problem": channel.problem,
            }
            for channel in found.channels
        ],
        "silences": [
            {"name": each.name, "what": each.what, "until": to_iso(each.until), "by": each.by, "reason": each.reason}
            for each in found.silences
        ],
    }  # fmt: skip


def _incident_data(incident: Incident, told: Sequence[str]) -> dict[str, Any]:
    acknowledged = incident.acknowledged
    return {
        "code": incident.code, "severity": incident.severity.value, "title": incident.title, "site": incident.site,
        "began": to_iso(incident.began), "recovered": None if incident.recovered is None else to_iso(incident.recovered),
        "acknowledged_by": None if acknowledged is None else acknowledged.by, "members": len(incident.members),
        "told": list(told),
    }  # fmt: skip
