"""Who hears what in which words: notices become messages in their channel's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from wenyam.alerts import announcing
from wenyam.alerts.outbox import Notice, Outbox
from wenyam.alerts.routing import Directory, nobodys
from wenyam.alerts.text import FirstStep, Writer, no_first_step
from wenyam.incidents.announcements import Announcement
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Incident
from wenyam.incidents.similar import how_to_for
from wenyam.model.alerting import ChannelPlan, Event, Message
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import Person

MAIL: Final = "mail"
MOST_OFFICERS: Final = 3
"""Duty officers who hear a self-test when the route names nobody in particular."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes for one configuration about the incidents of one book."""

    configuration: Configuration
    book: Book
    directory: Directory
    announcements: Mapping[str, Announcement] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    first_step: FirstStep = no_first_step

    def compose(self, notice: Notice, plan: ChannelPlan, now: Instant) -> tuple[Message, list[Person]]:
        """Return the message of a notice in its channel's language, and the people it is for."""
        inventory = self.configuration.inventory
        people = [inventory.people[name] for name in notice.people if name in inventory.people]
        if (letter := notice.letter) is not None:
            return Message(notice.event, notice.severity, letter.title, letter.body, letter.language, notice.raised), people
        incidents = [self.book.incidents[code] for code in notice.codes if code in self.book.incidents]
        announced = [self.announcements[code] for code in notice.codes if code in self.announcements]
        writer = self._writer(plan)
        if announced and not incidents:
            return announcing.message(writer, announced, now), people
        names = [person.name.th if plan.language == "th" else person.name.en for person in people]
        message = writer.message(notice, incidents, names, now, self._silent(notice, plan.language))
        told = (line for each in announced for line in announcing.lines(writer, each))
        return replace(message, body="\n".join((message.body, *told))), people

    def _silent(self, notice: Notice, language: str) -> list[str]:
        """Return who was told before somebody else had to be, with their telephones; nobody for other messages."""
        if notice.event not in (Event.ESCALATED, Event.REPEATED):
            return []
        told = {name: None for code in notice.codes for _, people in self.outbox.told.get(code, ()) for name in people}
        people = self.configuration.inventory.people
        before = [people[name] for name in told if name in people and name not in notice.people]
        named = ((each.name.th if language == "th" else each.name.en, each.telephone or "") for each in before)
        return [" ".join(filter(None, parts)) for parts in named]

    def test_people(self, now: Instant) -> tuple[Person, ...]:
        """Return who hears a self-test: whoever the first step of the first route means without an incident."""
        inventory, routes = self.configuration.inventory, self.configuration.alerts.routes
        if not routes:
            return ()
        names = self.directory.people(routes[0].steps[0].to, nobodys(now), now)
        officers = sorted({device.duty_officer for device in inventory.devices.values()})[:MOST_OFFICERS]
        return tuple(inventory.people[name] for name in names or officers)

    def test_message(self, plan: ChannelPlan, now: Instant) -> Message:
        """Return what a self-test says."""
        return self._writer(plan).test(plan.name, now)

    def _writer(self, plan: ChannelPlan) -> Writer:
        instance = self.configuration.instance
        return Writer(
            self.configuration.inventory,
            instance.name,
            instance.availability.time_zone,
            plan.language,
            self.configuration.incidents,
            plan.kind == MAIL and self.configuration.guarding.replies is not None,
            self._note_for,
            self.first_step,
        )

    def _note_for(self, incident: Incident) -> str:
        kinds = {device.name: device.kind for device in self.configuration.inventory.devices.values()}
        earlier = how_to_for(incident, self.book, kinds)
        return "" if earlier is None or earlier.how_to is None else earlier.how_to.what
