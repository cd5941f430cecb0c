"""How many of the month's LINE messages are used: read now and then, counted on by people reached, held back at the end."""

import asyncio
from dataclasses import dataclass
from typing import Final

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.failures import QuotaSpentError, of
from wenyam.alerts.notifiers.line_api import Access, LineApi
from wenyam.clock import Clock
from wenyam.errors import MalformedReplyError

FRESH: Final = 300.0
"""Seconds a reading is used; what is sent meanwhile is counted on."""
_PATIENCE: Final = 3.0
_PLACES: Final = {"C": "group", "R": "room"}


@dataclass(slots=True)
class Quota:
    """The month's messages; one that reaches 12 people counts 12."""

    limit: int | None
    """None: this account has no limit."""
    used: int

    @property
    def left(self) -> int | None:
        """What is left; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)

    def __str__(self) -> str:
        """Write as a person reads it."""
        if self.limit is None:
            return f"{self.used:,} messages sent this month, no limit"
        return f"{self.used:,} of this month's {self.limit:,} messages used, {self.left:,} left"


class QuotaKeeper:
    """Reads the quota at most every few minutes; a quota that cannot be read keeps no message back."""

    def __init__(self, api: LineApi, clock: Clock, reserve: float) -> None:
        """Take the share of the month that is kept back."""
        self._api = api
        self._clock = clock
        self._reserve = reserve
        self._known: Quota | None = None
        self._read_at = 0.0
        self._members: int | None = None

    async def require(self, access: Access, place: str | None, people: int) -> int:
        """Return how many people a message will reach; QuotaSpentError when the month's reserve has begun."""
        if self._known is None or self._clock.monotonic() - self._read_at > FRESH:
            await self._refresh(access, place)
        if self._known is not None:
            self._require_room(self._known)
        return people if place is None else self._members or 1

    def sent(self, people: int) -> str:
        """Count what was sent, and say where the month stands."""
        if self._known is None:
            return "the quota could not be read"
        self._known.used += people
        return str(self._known)

    async def read(self, access: Access, place: str | None) -> str:
        """Read it now and return it as a sentence; NotifyError when it cannot be read or the reserve has begun."""
        self._read_at = self._clock.monotonic()
        self._known = await self._quota(access)
        words = str(self._known)
        if place is not None:
            self._members = await self._count(access, place)
            words += f"; the {_PLACES[place[0]]} has {self._members} members"
        self._require_room(self._known)
        return words

    async def _refresh(self, access: Access, place: str | None) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.read(access, place)
        except QuotaSpentError:
            raise
        except (NotifyError, TimeoutError):  # sending itself will say what is wrong; an alert must not wait for a figure
            self._read_at = self._clock.monotonic()

    async def _quota(self, access: Access) -> Quota:
        given = await self._api.read(access, "/v2/bot/message/quota")
        limit = _count(given, "value") if given.get("type") == "limited" else None
        return Quota(limit, _count(await self._api.read(access, "/v2/bot/message/quota/consumption"), "totalUsage"))

    async def _count(self, access: Access, place: str) -> int:
        return _count(await self._api.read(access, f"/v2/bot/{_PLACES[place[0]]}/{place}/members/count"), "count")

    def _require_room(self, quota: Quota) -> None:
        if quota.limit is not None and (quota.left or 0) <= quota.limit * self._reserve:
            raise QuotaSpentError(
                str(quota), hint="Messages take the fallback channel until the month ends or the plan is raised."
            )


def _count(found: dict[str, object], name: str) -> int:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise of(MalformedReplyError(f"LINE gives no sensible '{name}'"))
    return value
