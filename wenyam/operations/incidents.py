"""Incidents for the front rooms: acts on the running watcher, and the book as the chain tells it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from wenyam.clock import Clock
from wenyam.errors import UsageError
from wenyam.incidents import breach_desk
from wenyam.incidents.book import Book
from wenyam.incidents.desk import Desk
from wenyam.incidents.facts import KINDS
from wenyam.incidents.incident import Category, Incident
from wenyam.incidents.opening import REQUEST_FIELDS, Opening, opened
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.operations.incident_data import VERSION, incident_data
from wenyam.operations.moments import moment_of
from wenyam.store.interface import Reader

Request = Mapping[str, Any]
Answer = dict[str, Any]
Action = Callable[[str, Answer], Awaitable[Answer]]


class Service(Protocol):
    """What acts need of whoever owns the book; `AlertService` offers it."""

    @property
    def book(self) -> Book:
        """Every incident there is."""

    @property
    def configuration(self) -> Configuration:
        """What is in force."""

    @property
    def clock(self) -> Clock:
        """The time of acts."""

    async def record(self, found: Sequence[Fact]) -> None:
        """Write facts and adopt them into the book; StoreError when they could not be written."""


class IncidentActions:
    """Answers the action `incident` of the control socket."""

    def __init__(self, service: Service) -> None:
        """Take the owner of the book."""
        self._service = service
        self._alone = asyncio.Lock()

    async def answer(self, actor: str, request: Request) -> Answer:
        """Do what a request asks for and tell the incident as it is then; UsageError and refusals are sentences."""
        act = _word(request, "act")
        if act not in (*ACTS, *_WITH_TIMES):
            raise UsageError(f"unknown act '{act}'", hint=f"There are: {', '.join((*_WITH_TIMES, *ACTS))}.")
        async with self._alone:  # an act is judged by the book that the one before it left
            return await self._do(act, actor, request)

    async def _do(self, act: str, actor: str, request: Request) -> Answer:
        service = self._service
        configuration = service.configuration
        desk = Desk(service.book, configuration.inventory, actor, service.clock.now(), _zone(configuration))
        if act == "open":
            found = opened(desk, _opening(request, _zone(configuration), desk.now), configuration.instance.site)
        elif act == "personal-data":
            found = _personal_data(desk, request, _zone(configuration))
        else:
            found = ACTS[act](desk, _word(request, "code"), request)
        if found:
            await service.record(found)
        code = str(found[0].body["code"]) if found else _word(request, "code")
        incident = desk.known(code)
        data = incident_data(incident, configuration, service.book, service.clock.now())
        return {"version": VERSION, "changed": bool(found), "incident": data}


def incident_actions(service: Service) -> Mapping[str, Action]:
    """Return what may be asked about incidents over the control socket."""
    return {"incident": IncidentActions(service).answer}


def read_book(reader: Reader, until: Instant | None = None) -> Book:
    """Return the book as the chain tells it; with `until` as it was at that moment."""
    return Book(fact for fact in incident_facts(reader) if until is None or fact.at < until)


def incident_facts(reader: Reader) -> list[Fact]:
    """Return every fact about incidents, in the order of the chain."""
    return [chained.fact for chained in reader.facts_after(0, KINDS)]


def listed(book: Book, *, everything: bool = False) -> list[Incident]:
    """Return the open incidents, the worst and oldest first; with `everything` the closed ones too."""
    found = book.incidents.values() if everything else book.open()
    worst = list(Severity)
    return sorted(found, key=lambda each: (not each.is_open, worst.index(each.severity), each.opened, each.code))


def _zone(configuration: Configuration) -> str:
    return configuration.instance.availability.time_zone


def _opening(request: Request, zone: str, now: Instant) -> Opening:
    severity, category = _word(request, "severity", "warning"), _word(request, "category", "")
    if severity not in list(Severity):
        raise UsageError(f"there is no severity '{severity}'", hint=f"There are: {', '.join(Severity)}.")
    if category and category not in list(Category):
        raise UsageError(f"there is no category '{category}'", hint=f"There are: {', '.join(Category)}.")
    since, form = _word(request, "since", ""), _texts(request, "request")
    return Opening(
        title=_word(request, "title", ""),
        subject=_word(request, "subject", ""),
        site=_word(request, "site", ""),
        severity=Severity(severity),
        category=Category(category) if category else None,
        began=moment_of(since, "--since", now, zone) if since else None,
        request={name: form.get(name, "") for name in REQUEST_FIELDS} if form else {},
    )


def _personal_data(desk: Desk, request: Request, zone: str) -> list[Fact]:
    """Do one thing about a breach: flag it, write factors and parts, report it, dismiss it."""
    code, aware = _word(request, "code"), _word(request, "aware", "")
    if reason := _word(request, "flag", ""):
        return breach_desk.flag(desk, code, reason, moment_of(aware, "--aware", desk.now, zone) if aware else None)
    if reference := _word(request, "reported", ""):
        return breach_desk.reported(desk, code, reference)
    if reason := _word(request, "dismissed", ""):
        return breach_desk.dismissed(desk, code, reason)
    return breach_desk.write(desk, code, _texts(request, "set"))


def _word(request: Request, name: str, otherwise: str | None = None) -> str:
    value = request.get(name, otherwise)
    if not isinstance(value, str):
        raise UsageError(f"this action needs a text '{name}'")
    return value


def _texts(request: Request, name: str) -> dict[str, str]:
    found = request.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise UsageError(f"'{name}' must be texts by name")
    return found


ACTS: Final[Mapping[str, Callable[[Desk, str, Request], list[Fact]]]] = {
    "ack": lambda desk, code, request: desk.acknowledge(code, _word(request, "text", "")),
    "assign": lambda desk, code, request: desk.assign(code, _word(request, "person")),
    "note": lambda desk, code, request: desk.note(code, _word(request, "text")),
    "cause": lambda desk, code, request: desk.cause(code, _word(request, "cause")),
    "hand-off": lambda desk, code, request: desk.hand_off(
        code, _word(request, "party"), _word(request, "to", ""), _word(request, "reference", "")
    ),
    "fixed": lambda desk, code, request: desk.fixed(code, _word(request, "text", "")),
    "test": lambda desk, code, request: desk.test(code, _word(request, "result"), _word(request, "text")),
    "how-to": lambda desk, code, request: desk.how_to(code, _word(request, "text")),
    "close": lambda desk, code, request: desk.close(code, _word(request, "text", "")),
}
"""Acts by their names on the command line."""
_WITH_TIMES: Final = ("open", "personal-data")
"""Acts that speak of a time, and so need the zone."""
