"""LINE: a push to a group, a room or one person, a multicast to several; never twice, never beyond the month's reserve."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator

from wenyam.alerts.contract import NotifyError, Surroundings
from wenyam.alerts.notifiers import failures, wording
from wenyam.alerts.notifiers.failures import QuotaSpentError
from wenyam.alerts.notifiers.line_api import Access, LineApi, RecipientError
from wenyam.alerts.notifiers.line_quota import QuotaKeeper
from wenyam.alerts.notifiers.line_text import pieces
from wenyam.alerts.notifiers.options import ChannelOptions, Limit, WebAddress
from wenyam.model.alerting import Delivery, Message
from wenyam.model.inventory import Person
from wenyam.model.line_ids import place_fault, user_fault
from wenyam.settings.values import AbsolutePath, Ratio, Secret

BATCH: Final = 500
"""Persons in one multicast."""
_COUNTING: Final = 30.0
"""Seconds to wait when LINE says that the month is used up and its own figures say otherwise: it reserves while it sends."""


def _place(identifier: str) -> str:
    if fault := place_fault(identifier):
        raise ValueError(fault)
    return identifier


class LineOptions(ChannelOptions):
    """Which LINE account, and which group if not persons."""

    token: Secret
    """The channel access token."""
    group: Annotated[str, AfterValidator(_place)] | None = None
    """Id of a group (C…) or room (R…) that gets every message; without it each person gets it by `line_id`."""
    url: WebAddress = "https://api.line.me"
    """Where the API is; another one behind a proxy of your own."""
    authority: AbsolutePath | None = None
    """File of the only authorities to trust."""
    quota_reserve: Ratio = 0.10
    """Share of the month's messages that is kept back: from there on messages take the fallback channel."""
    timeout: Limit = 10.0
    """Seconds one call may take."""


class LineNotifier:
    """Sends over the LINE Messaging API."""

    Config: ClassVar[type[LineOptions]] = LineOptions

    def __init__(self, config: LineOptions, surroundings: Surroundings) -> None:
        """Take validated options."""
        from wenyam.links.http_exchange import HttpExchange  # noqa: PLC0415  # slow to import, and every configuration check loads this file

        self._config = config
        self._surroundings = surroundings
        self._api = LineApi(HttpExchange(), surroundings.clock)
        self._quota = QuotaKeeper(self._api, surroundings.clock, config.quota_reserve)

    @classmethod
    def address(cls, config: LineOptions, person: Person) -> str | None:
        """Return the group, or the person's LINE id."""
        return config.group or person.line_id

    async def send(self, message: Message, people: Sequence[Person], key: str) -> Delivery:
        """Send to the group, or to every person with a LINE id of the right kind."""
        group = self._config.group
        reachable, refused = ({}, {}) if group else _sorted_out(people)
        if not group and not reachable:
            raise NotifyError("; ".join(refused.values()) or "nobody is named", lasting=True)
        access = self._access()
        reached = await self._quota.require(access, group, len(reachable))
        try:
            refused |= await self._hand_over(access, reachable, pieces(wording.text(message)), key)
        except QuotaSpentError as error:
            await self._quota.read(access, group)
            raise NotifyError("LINE is still counting other messages of this month", retry_after=_COUNTING) from error
        return self._delivered(reached if group else len(people) - len(refused), refused)

    async def probe(self) -> str:
        """Read the quota and count the group's members."""
        return await self._quota.read(self._access(), self._config.group)

    async def close(self) -> None:
        """Keep no connection, so let none go."""

    def _access(self) -> Access:
        token = failures.secret(self._surroundings, self._config.token).strip()
        return Access(self._config.url.rstrip("/"), token, self._config.authority, self._config.timeout)

    def _delivered(self, reached: int, refused: Mapping[str, str]) -> Delivery:
        people = "1 person" if reached == 1 else f"{reached} people"
        return Delivery(f"LINE took it for {people}; {self._quota.sent(reached)}", dict(refused))

    async def _hand_over(
        self, access: Access, reachable: Mapping[str, Sequence[str]], texts: Sequence[str], key: str
    ) -> dict[str, str]:
        if self._config.group is None:
            return await self._to_persons(access, reachable, texts, key)
        await self._api.push(access, self._config.group, texts, key)
        return {}

    async def _to_persons(
        self, access: Access, reachable: Mapping[str, Sequence[str]], texts: Sequence[str], key: str
    ) -> dict[str, str]:
        """Send to LINE ids, 500 in a call; return the persons that LINE does not know."""
        ids = sorted(reachable)
        unknown: list[str] = []
        for start in range(0, len(ids), BATCH):
            unknown += await self._multicast(access, ids[start : start + BATCH], texts, key)
        refused = {person: f"LINE does not know {each}" for each in unknown for person in reachable[each]}
        if len(unknown) == len(ids):
            raise NotifyError("; ".join(refused.values()), lasting=True)
        return refused

    async def _multicast(self, access: Access, ids: Sequence[str], texts: Sequence[str], key: str) -> list[str]:
        """Send to several; LINE takes all or none, so one wrong id is searched by halves."""
        try:
            if len(ids) == 1:
                await self._api.push(access, ids[0], texts, key)
            else:
                await self._api.multicast(access, ids, texts, key)
        except RecipientError:
            if len(ids) == 1:
                return list(ids)
            middle = len(ids) // 2
            first = await self._multicast(access, ids[:middle], texts, key)
            return first + await self._multicast(access, ids[middle:], texts, key)
        return []


def _sorted_out(people: Sequence[Person]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the persons of each LINE id, and why others have none."""
    reachable: dict[str, list[str]] = {}
    refused: dict[str, str] = {}
    for person in people:
        fault = user_fault(person.line_id) if person.line_id else "no 'line_id' is given"
        if fault or person.line_id is None:
            refused[person.id] = f"{person.id}: {fault}"
        else:
            reachable.setdefault(person.line_id, []).append(person.id)
    return reachable, refused
