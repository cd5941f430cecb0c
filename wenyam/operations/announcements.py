"""Announcements for people who make, list and withdraw them; each is a fact of whoever the kernel says it was."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from wenyam.alerts.announcing import meant_by
from wenyam.alerts.routing import ONCALL, ROLE
from wenyam.alerts.sender import Sender
from wenyam.alerts.service import AlertService
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_instant
from wenyam.incidents import announcements
from wenyam.incidents.announcements import LONGEST_TEXT, Announcement
from wenyam.model.facts import Fact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after, to_iso
from wenyam.model.inventory import Person, Text
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader
from wenyam.store.sqlite import open_reader

VERSION = 1
LONGEST_SECONDS = 90 * 86_400.0
"""What is announced for longer is no news; it is written into a page of its own."""

Answer = dict[str, Any]
Action = Callable[[str, Answer], Awaitable[Answer]]


def announcement_actions(service: AlertService) -> Mapping[str, Action]:
    """Return the actions of announcements by name."""
    actions = AnnouncementActions(service)
    return {"announce": actions.announce, "announce-withdraw": actions.withdraw}


class AnnouncementActions:
    """Answers `announce` and `announce-withdraw`."""

    def __init__(self, service: AlertService) -> None:
        """Take the alert service, which writes and sends."""
        self._service = service
        self._one_by_one = asyncio.Lock()

    async def announce(self, actor: str, request: Answer) -> Answer:
        """Announce something, or with `plan` only judge it; UsageError for what cannot be meant."""
        service, now = self._service, self._service.clock.now()
        async with self._one_by_one:  # two at once would take the same name
            await service.announcing.read()
            fact = self._judged(actor, request, now)
            if not request.get("plan"):
                await service.record([fact])
        (made,) = announcements.read([fact]).values()
        return {"version": VERSION, "announcement": data(made, now), "reaches": self._reaches(made, now)}

    async def withdraw(self, actor: str, request: Answer) -> Answer:
        """Take back an announcement that is still to be seen."""
        service, now = self._service, self._service.clock.now()
        await service.announcing.read()
        name = _text(request, "name")
        found = service.announcing.known.get(name)
        if found is None or not found.is_open(now):
            open_ = [each.name for each in service.announcing.known.values() if each.is_open(now)]
            raise UsageError(f"there is no open announcement '{clean(name)}'", hint=f"Open: {', '.join(open_) or 'none'}.")
        await service.record([announcements.withdrawn(name, now, actor, _text(request, "reason"))])
        return {"version": VERSION, "announcement": data(service.announcing.known[name], now)}

    def _judged(self, actor: str, request: Answer, now: Instant) -> Fact:
        service = self._service
        text = Text(clean(_text(request, "th"), LONGEST_TEXT + 1), clean(_text(request, "en"), LONGEST_TEXT + 1))
        if not text.th and not text.en:
            raise UsageError("an announcement says something: --th TEXT, --en TEXT or both")
        if max(len(text.th), len(text.en)) > LONGEST_TEXT:
            raise UsageError(f"an announcement has at most {LONGEST_TEXT} characters in each language")
        services, channels, to = (_names(request, key) for key in ("services", "channels", "to"))
        _require_known(services, service.configuration.inventory.services, "service")
        _require_known(channels, service.senders, "channel")
        self._require_words(to)
        if to and not channels:
            raise UsageError("'--to' says who hears of it through channels; name one with --channel")
        zone = service.configuration.instance.availability.time_zone
        name, until = announcements.free_name(service.announcing.known, now, zone), _until(request, now, zone)
        fact = announcements.announced(name, now, actor, text, until, services=services, channels=channels, to=to)
        self._require_reached(channels, to, now)
        return fact

    def _require_words(self, words: Iterable[str]) -> None:
        configuration = self._service.configuration
        people = configuration.inventory.people
        roles = {role for person in people.values() for role in person.roles}
        for word in words:
            if word.startswith(ONCALL):
                _require_known([word.removeprefix(ONCALL)], configuration.oncall.rotas, "rota")
            elif word.startswith(ROLE):
                _require_known([word.removeprefix(ROLE)], dict.fromkeys(sorted(roles)), "role")
            else:
                _require_known([word], people, "person")

    def _require_reached(self, channels: Iterable[str], to: Iterable[str], now: Instant) -> None:
        people = [self._service.configuration.inventory.people[name] for name in meant_by(to, self._service.directory, now)]
        for name in channels:
            sender = self._service.senders[name]
            if not _fixed_place(sender) and not any(_address(sender, person) for person in people):
                raise UsageError(
                    f"channel '{name}' reaches nobody with that", hint="Say who: --to PERSON, role:ROLE, oncall:ROTA."
                )

    def _reaches(self, made: Announcement, now: Instant) -> dict[str, list[str]]:
        """Return by channel who hears of it; an empty list where it goes to a fixed place."""
        people = [self._service.configuration.inventory.people[name] for name in meant_by(made.to, self._service.directory, now)]
        senders = {name: self._service.senders[name] for name in made.channels}
        return {
            name: [] if _fixed_place(sender) else [person.id for person in people if _address(sender, person)]
            for name, sender in senders.items()
        }


def _fixed_place(sender: Sender) -> bool:
    """Tell whether a channel goes to a group, a mailbox or a server, whoever is meant."""
    return _address(sender, Person("", Text("", ""))) is not None


def _address(sender: Sender, person: Person) -> str | None:
    return sender.notifier.address(sender.plan.options, person) or None


def read_all(configuration: Configuration) -> list[Announcement]:
    """Return every announcement on record, newest first; the watcher need not run."""
    with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
        return sorted(of(reader), key=lambda each: -each.at)


def of(reader: Reader) -> list[Announcement]:
    """Return every announcement a reader sees, oldest first."""
    return list(announcements.read(chained.fact for chained in reader.facts_after(0, announcements.KINDS)).values())


def data(each: Announcement, now: Instant) -> Answer:
    """Write one announcement as plain data."""
    return {
        "name": each.name,
        "when": "withdrawn" if each.withdrawn is not None else "open" if each.is_open(now) else "over",
        "th": each.text.th,
        "en": each.text.en,
        "at": to_iso(each.at),
        "until": to_iso(each.until),
        "by": each.by,
        "services": list(each.services),
        "channels": list(each.channels),
        "to": list(each.to),
        "withdrawn_at": None if each.withdrawn is None else to_iso(each.withdrawn),
        "withdrawn_by": each.withdrawn_by or None,
        "reason": each.reason or None,
    }


def _until(request: Answer, now: Instant, zone: str) -> Instant:
    value = request.get("until")
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError("this action needs an instant as 'until'")
    if value <= now:
        raise UsageError(f"it would be over at {format_instant(Instant(value), zone, 'en')}, before anybody sees it")
    if value > after(now, LONGEST_SECONDS):
        raise UsageError("an announcement lasts up to 90 days")
    return Instant(value)


def _text(request: Answer, key: str) -> str:
    value = request.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"'{key}' is a text")
    return (value or "").strip()


def _names(request: Answer, key: str) -> tuple[str, ...]:
    value = request.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"'{key}' is a list of names")
    return tuple(dict.fromkeys(value))


def _require_known(names: Iterable[str], known: Mapping[str, object], what: str) -> None:
    for name in names:
        if name not in known:
            raise unknown(what, name, known)
