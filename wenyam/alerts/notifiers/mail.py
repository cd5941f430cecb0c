"""Mail over the relays of the house: each person gets a message once, from the first relay that takes it."""

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from email.headerregistry import Address
from typing import ClassVar, Final

from pydantic import Field

from wenyam.alerts.contract import NotifyError, Surroundings
from wenyam.alerts.notifiers import failures
from wenyam.alerts.notifiers.mail_attempt import Attempt, joined
from wenyam.alerts.notifiers.mail_relays import RefusedLogins, RelayOptions, Relays, share
from wenyam.alerts.notifiers.mail_text import Header, box, mailbox, written
from wenyam.alerts.notifiers.options import WHOLE, ChannelOptions, Limit
from wenyam.errors import CollectError, CredentialsRefusedError
from wenyam.links.mail import MailLink, MailRefusedError, Relay
from wenyam.model.alerting import Delivery, Message
from wenyam.model.inventory import Person
from wenyam.settings.values import Line, Mail

_REMEMBERED: Final = 256


class MailOptions(ChannelOptions):
    """From whom, to whom, over which relays."""

    sender: Mail
    """The address it comes from."""
    relays: Relays
    """Asked in this order until one takes it."""
    to: tuple[Mail, ...] = Field(default=(), max_length=50)
    """Mailboxes that get every message, such as a list's; without them each person gets it by `mail`."""
    reply_to: Mail | None = None
    """Where answers go, such as the mailbox that is read for acknowledgements."""
    hello: Line | None = None
    """The name given to relays; this machine's address when not given."""
    timeout: Limit = 10.0
    """Seconds one relay may take, less when there are many."""


class MailNotifier:
    """Sends mail."""

    Config: ClassVar[type[MailOptions]] = MailOptions

    def __init__(self, config: MailOptions, surroundings: Surroundings) -> None:
        """Take validated options."""
        self._config = config
        self._surroundings = surroundings
        self._link = MailLink()
        self._logins = RefusedLogins(surroundings)
        self._taken: OrderedDict[str, set[str]] = OrderedDict()

    @classmethod
    def address(cls, config: MailOptions, person: Person) -> str | None:
        """Return the fixed mailboxes, or the person's address."""
        return ", ".join(config.to) or person.mail

    async def send(self, message: Message, people: Sequence[Person], key: str) -> Delivery:
        """Send one mail to everybody; who got it is not sent it again when a later try reaches the rest."""
        boxes, refused = self._boxes(people, message.language)
        if not boxes:
            raise NotifyError("; ".join(refused.values()) or "nobody is named", lasting=True)
        header = Header(self._config.sender, self._surroundings.instance, [each for each, _ in boxes], self._config.reply_to)
        taken = self._remembered(key)
        waiting = {each.addr_spec: persons for each, persons in boxes if each.addr_spec not in taken}
        attempt = Attempt(waiting, taken, refused)
        await self._ask_relays(attempt, written(message, header, key))
        return attempt.outcome()

    async def probe(self) -> str:
        """Log in at every relay; NotifyError when none serves."""
        good: list[str] = []
        bad: list[NotifyError] = []
        for options in self._config.relays:
            try:
                good.append(await self._greet(options))
            except NotifyError as error:
                bad.append(error)
        if not good:
            raise joined(bad)
        return f"served by {', '.join(good)}" + (f"; not by {joined(bad).what}" if bad else "")

    async def close(self) -> None:
        """Take no more work."""
        self._link.close()

    async def _ask_relays(self, attempt: Attempt, data: bytes) -> None:
        begun = self._surroundings.clock.monotonic()
        for position, options in enumerate(self._config.relays):
            if not attempt.waiting:
                return
            left = WHOLE - (self._surroundings.clock.monotonic() - begun)
            seconds = share(self._config.timeout, left, len(self._config.relays) - position)
            try:
                await self._ask(options, attempt, data, seconds)
            except NotifyError as error:
                attempt.failures.append(error)

    async def _ask(self, options: RelayOptions, attempt: Attempt, data: bytes, seconds: float) -> None:
        """Hand over to one relay; what it says of the message itself is its answer, all else a NotifyError."""
        with self._served(options) as relay:
            try:
                said = await self._link.hand_over(relay, self._config.sender, list(attempt.waiting), data, seconds)
            except MailRefusedError as error:
                attempt.note_refusal(error.sentence)
            else:
                attempt.note(relay.at, said)

    async def _greet(self, options: RelayOptions) -> str:
        with self._served(options) as relay:
            await self._link.greet(relay, share(self._config.timeout, WHOLE, len(self._config.relays)))
            return relay.at

    @contextlib.contextmanager
    def _served(self, options: RelayOptions) -> Iterator[Relay]:
        """Give a relay to speak to, and remember a password that it refuses."""
        try:
            relay = self._logins.relay(options, self._config.hello)
            try:
                yield relay
            except CredentialsRefusedError:
                self._logins.note(relay)
                raise
        except CollectError as error:
            raise failures.of(error) from error

    def _remembered(self, key: str) -> set[str]:
        """Return the addresses that have this message, as far as this process knows."""
        taken = self._taken.setdefault(key, set())
        self._taken.move_to_end(key)
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        return taken

    def _boxes(self, people: Sequence[Person], language: str) -> tuple[list[tuple[Address, tuple[str, ...]]], dict[str, str]]:
        """Return the persons behind each mailbox, and why others have none."""
        found = {each: box(each) for each in self._config.to} or {person.id: mailbox(person, language) for person in people}
        boxes: dict[str, tuple[Address, tuple[str, ...]]] = {}
        refused: dict[str, str] = {}
        for person, mailed in found.items():
            if mailed is None:
                refused[person] = f"{person} has no mail address that every relay takes"
            else:
                first, persons = boxes.get(mailed.addr_spec, (mailed, ()))
                boxes[mailed.addr_spec] = (first, (*persons, person))
        return list(boxes.values()), refused
