"""Every other service that people use, through the library Apprise: Teams, Slack, Telegram, ntfy, gateways of text messages."""

from collections.abc import Sequence
from typing import ClassVar

from wenyam.alerts.contract import Surroundings
from wenyam.alerts.notifiers import failures, wording
from wenyam.alerts.notifiers.options import ChannelOptions, Limit
from wenyam.errors import CollectError
from wenyam.model.alerting import Delivery, Event, Message, Severity
from wenyam.model.inventory import Person
from wenyam.settings.values import Secret


class AppriseOptions(ChannelOptions):
    """Which service."""

    url: Secret
    """Where the service's Apprise URL is kept; it holds tokens, so it is a secret as a whole."""
    timeout: Limit = 20.0
    """Seconds the service may take."""


class AppriseNotifier:
    """Sends plain text through one Apprise URL."""

    Config: ClassVar[type[AppriseOptions]] = AppriseOptions

    def __init__(self, config: AppriseOptions, surroundings: Surroundings) -> None:
        """Take validated options."""
        from wenyam.links.apprise import AppriseLink  # noqa: PLC0415  # slow to import, and every configuration check loads this file

        self._config = config
        self._surroundings = surroundings
        self._link = AppriseLink()

    @classmethod
    def address(cls, config: AppriseOptions, person: Person) -> str | None:  # noqa: ARG003  # the same place for everybody
        """Name the place by where its URL is kept."""
        return str(config.url)

    async def send(self, message: Message, people: Sequence[Person], key: str) -> Delivery:  # noqa: ARG002  # the services take no key
        """Send title and body; the service's own limits cut what is too long."""
        bad = message.severity is Severity.CRITICAL and message.event is not Event.RECOVERED
        title, body = (wording.without_mentions(part) for part in (wording.title(message), wording.body(message)))
        try:
            name = await self._link.hand_over(self._url(), title, body or title, bad=bad, seconds=self._config.timeout)
        except CollectError as error:
            raise failures.of(error) from error
        return Delivery(f"{name} took it")

    async def probe(self) -> str:
        """Read the URL; services offer nothing harmless to ask, so nothing is asked."""
        try:
            return f"ready to send through {await self._link.name(self._url(), self._config.timeout)}; only a message proves more"
        except CollectError as error:
            raise failures.of(error) from error

    async def close(self) -> None:
        """Take no more work."""
        self._link.close()

    def _url(self) -> str:
        return failures.secret(self._surroundings, self._config.url)
