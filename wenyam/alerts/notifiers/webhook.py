"""A web address that takes what Alertmanager posts: help desks, chat bridges, another monitoring system."""

import base64
import json
from collections.abc import Sequence
from typing import ClassVar, Final, Literal, Self

from pydantic import model_validator

from wenyam.alerts.contract import NotifyError, Surroundings
from wenyam.alerts.notifiers import alertmanager_data, failures
from wenyam.alerts.notifiers.options import ChannelOptions, Limit, WebAddress
from wenyam.alerts.notifiers.webhook_data import payload
from wenyam.errors import CollectError
from wenyam.links.http_call import Answer, Call
from wenyam.model.alerting import Delivery, Message
from wenyam.model.inventory import Person
from wenyam.settings.values import AbsolutePath, Line, Secret

_GOOD: Final = range(200, 300)
_REFUSED: Final = frozenset({401, 403, 407})
_BROKEN: Final = 500


class WebhookOptions(ChannelOptions):
    """Where to post, and how to log in."""

    url: WebAddress
    """Address that takes the message; the Alertmanager's own with `format: alertmanager`."""
    format: Literal["webhook", "alertmanager"] = "webhook"
    """What Alertmanager posts to a webhook, or alerts handed to an Alertmanager itself."""
    token: Secret | None = None
    """Sent as `Authorization: Bearer`."""
    username: Line | None = None
    """For basic authentication, with `password`."""
    password: Secret | None = None
    """Belongs to `username`."""
    authority: AbsolutePath | None = None
    """File of the only authorities to trust."""
    external_url: WebAddress | None = None
    """Address where a reader finds more, such as a dashboard."""
    timeout: Limit = 10.0
    """Seconds the whole call may take."""

    @model_validator(mode="after")
    def _has_one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("'username' and 'password' go together")
        if self.token is not None and self.username is not None:
            raise ValueError("either 'token' or 'username' and 'password'")
        return self


class WebhookNotifier:
    """Posts Alertmanager's JSON, version 4."""

    Config: ClassVar[type[WebhookOptions]] = WebhookOptions

    def __init__(self, config: WebhookOptions, surroundings: Surroundings) -> None:
        """Take validated options."""
        from wenyam.links.http_exchange import HttpExchange  # noqa: PLC0415  # slow to import, and every configuration check loads this file

        self._config = config
        self._surroundings = surroundings
        self._exchange = HttpExchange()

    @classmethod
    def address(cls, config: WebhookOptions, person: Person) -> str | None:  # noqa: ARG003  # the same place for everybody
        """Return the server it is posted to."""
        return Call(config.url).at

    async def send(self, message: Message, people: Sequence[Person], key: str) -> Delivery:  # noqa: ARG002  # the same place for everybody
        """Post it; anything but a 2xx is a NotifyError."""
        instance, more = self._surroundings.instance, self._config.external_url or ""
        hands_over = self._config.format == "alertmanager"
        content = alertmanager_data.alerts(message, instance, more) if hands_over else payload(message, key, instance, more)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        path = alertmanager_data.ALERTS if hands_over else ""
        answer = await self._ask("POST", headers, json.dumps(content, ensure_ascii=False).encode(), path)
        if answer.status not in _GOOD:
            raise self._refusal(answer)
        return Delivery(f"{Call(self._config.url).at} answered {answer.status}")

    async def probe(self) -> str:
        """Ask for the address's head: a receiver may answer that it takes only POST, but not that it is broken or bars us."""
        if self._config.format == "alertmanager":
            return await self._probe_alertmanager()
        answer = await self._ask("HEAD", {}, None)
        if answer.status in _REFUSED or answer.status >= _BROKEN:
            raise self._refusal(answer)
        return f"{Call(self._config.url).at} is there (it answered {answer.status} to HEAD)"

    async def _probe_alertmanager(self) -> str:
        answer = await self._ask("GET", {}, None, alertmanager_data.STATUS)
        if answer.status not in _GOOD:
            raise self._refusal(answer)
        return f"the Alertmanager at {Call(self._config.url).at} is there"

    async def close(self) -> None:
        """Keep no connection, so let none go."""

    async def _ask(self, method: str, headers: dict[str, str], body: bytes | None, path: str = "") -> Answer:
        url = self._config.url.rstrip("/") + path if path else self._config.url
        call = Call(url, method, headers | self._login(), body, self._config.authority)
        try:
            return await self._exchange.ask(call, self._config.timeout)
        except CollectError as error:
            raise failures.of(error) from error

    def _login(self) -> dict[str, str]:
        return {"Authorization": said} if (said := self._authorization()) else {}

    def _authorization(self) -> str:
        if self._config.token is not None:
            return f"Bearer {failures.secret(self._surroundings, self._config.token).strip()}"
        if self._config.username is not None and self._config.password is not None:
            password = failures.secret(self._surroundings, self._config.password)
            return "Basic " + base64.b64encode(f"{self._config.username}:{password}".encode()).decode("ascii")
        return ""

    def _refusal(self, answer: Answer) -> NotifyError:
        said = self._authorization()
        secrets = [said, said.partition(" ")[2]]
        if self._config.password is not None:
            secrets.append(failures.secret(self._surroundings, self._config.password))
        return failures.of_answer(answer, Call(self._config.url).at, self._surroundings.clock, *secrets)
