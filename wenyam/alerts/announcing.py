"""Announcements on their way through channels: what is still to be said, and in which words. They join the outbox of alerts."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from wenyam.alerts import facts
from wenyam.alerts.due import Wanted
from wenyam.alerts.outbox import Outbox
from wenyam.alerts.routing import Directory, nobodys
from wenyam.alerts.text import TITLE_LENGTH, Writer
from wenyam.engine.journal import Journal
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_instant
from wenyam.incidents import announcements
from wenyam.incidents.announcements import LONGEST_TEXT, Announcement
from wenyam.model.alerting import Event, Message, Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.states import Subject, SubjectKind

_READ = (*announcements.KINDS, *facts.LETTERS)


class Announcing:
    """What was announced, by this process and by others, and what of it still has to leave through channels.

    Letters that other processes leave to the outbox are read with it.
    """

    def __init__(self, journal: Journal, outbox: Outbox) -> None:
        """Take the journal to read from, and the outbox that letters go into."""
        self._journal = journal
        self._outbox = outbox
        self._read = 0
        self.known: dict[str, Announcement] = {}
        """By name; kept in the order of writing."""

    def adopt(self, fact: Fact) -> None:
        """Take one fact; one of another kind changes nothing."""
        announcements.adopt(self.known, fact)

    async def read(self) -> None:
        """Take up what was written since the last look, by whichever process."""
        for chained in await self._journal.call(self._journal.writer.facts_after, self._read, _READ):
            self.adopt(chained.fact)
            self._outbox.adopt(chained.fact)
            self._read = chained.sequence

    def wanted(self, said: AbstractSet[str], channels: Iterable[str], directory: Directory, now: Instant) -> list[Wanted]:
        """Return what should be said by now and was not."""
        return [one for each in self.known.values() if each.channels for one in _of(each, said, set(channels), directory, now)]


def meant_by(words: Iterable[str], directory: Directory, now: Instant) -> tuple[str, ...]:
    """Return the person ids that words such as `role:superior` mean now."""
    return directory.people(words, nobodys(now), now)


def _of(each: Announcement, said: AbstractSet[str], channels: set[str], directory: Directory, now: Instant) -> list[Wanted]:
    """Return what one announcement has to say; what was never said is not taken back either."""
    made, taken_back = f"{each.name}:announced:0", f"{each.name}:withdrawn:0"
    part = made if each.is_open(now) else taken_back
    if part in said or now >= each.until or (part == taken_back and made not in said):
        return []
    meant = meant_by(each.to, directory, now)
    return [Wanted(part, name, meant, Event.ANNOUNCED, Severity.WARNING, "", "", 0) for name in each.channels if name in channels]


def message(writer: Writer, found: Sequence[Announcement], now: Instant) -> Message:
    """Write announcements as one message; the first one gives its title."""
    body = "\n".join(line for each in found for line in lines(writer, each))
    return Message(Event.ANNOUNCED, Severity.WARNING, _title(writer, found[0]), body, writer.language, now)


def lines(writer: Writer, each: Announcement) -> list[str]:
    """Return what is said of one announcement."""
    said = [clean(each.said(writer.language)[0], LONGEST_TEXT)]
    if each.withdrawn is not None:
        at = format_instant(each.withdrawn, writer.time_zone, writer.language)
        return [*said, writer.say("Withdrawn {time}").format(time=at), *([clean(each.reason)] if each.reason else [])]
    if each.services:
        names = ", ".join(writer.name(Subject(SubjectKind.SERVICE, name)) for name in each.services)
        said.append(writer.say("Services: {names}").format(names=names))
    until = format_instant(each.until, writer.time_zone, writer.language)
    said.append(writer.say("Valid until {time}").format(time=until))
    return [*said, writer.say("Announced by {person} · {name}").format(person=_person(writer, each.by), name=each.name)]


def _title(writer: Writer, each: Announcement) -> str:
    text = clean(each.said(writer.language)[0])
    template = writer.say("Announcement: {text}") if each.withdrawn is None else writer.say("Announcement withdrawn: {text}")
    title = f"◆ {template.format(text=text)}"
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1] + "…"


def _person(writer: Writer, name: str) -> str:
    person = writer.inventory.people.get(name)
    return clean(name) if person is None else clean(person.name.th if writer.language == "th" else person.name.en)
