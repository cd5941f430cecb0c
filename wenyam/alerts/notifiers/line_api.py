"""The LINE Messaging API: what is asked, and what its documented answers mean."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.failures import QuotaSpentError, hidden, of, of_answer
from wenyam.clock import Clock
from wenyam.errors import CollectError, MalformedReplyError
from wenyam.links.http_call import Answer, Call

if TYPE_CHECKING:
    from wenyam.links.http_exchange import HttpExchange

_NAMESPACE: Final = uuid.UUID("5b0c2a3e-77a4-4c8f-9d0e-6a1f3c1b8e52")
_OK, _BAD_REQUEST, _ALREADY, _TOO_MANY = 200, 400, 409, 429
MONTH_IS_SPENT: Final = "monthly limit"


class RecipientError(NotifyError):
    """LINE does not know the recipient."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API is and how to be let in."""

    url: str
    token: str = field(repr=False)
    authority: str | None = None
    seconds: float = 10.0
    """What one call may take."""


class LineApi:
    """Asks the API; every failure is a NotifyError."""

    def __init__(self, exchange: "HttpExchange", clock: Clock) -> None:
        """Take what opens connections."""
        self._exchange = exchange
        self._clock = clock

    async def push(self, access: Access, to: str, texts: Sequence[str], key: str) -> None:
        """Send to one person, group or room; done as well when LINE says that it took this key before."""
        await self._post(access, "push", {"to": to}, texts, retry_key(key, to))

    async def multicast(self, access: Access, to: Sequence[str], texts: Sequence[str], key: str) -> None:
        """Send to several persons in one call."""
        await self._post(access, "multicast", {"to": list(to)}, texts, retry_key(key, *to))

    async def read(self, access: Access, path: str) -> dict[str, Any]:
        """Return an object that the API keeps."""
        answer = await self._ask(Call(f"{access.url}{path}", "GET", _login(access), None, access.authority), access.seconds)
        if answer.status != _OK:
            raise of_answer(answer, access.url, self._clock, access.token)
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            raise of(MalformedReplyError(f"{access.url}{path}: no JSON")) from error
        return found if isinstance(found, dict) else {}

    async def _post(self, access: Access, verb: str, to: dict[str, Any], texts: Sequence[str], retry: str) -> None:
        headers = {**_login(access), "Content-Type": "application/json", "X-Line-Retry-Key": retry}
        body = json.dumps({**to, "messages": [{"type": "text", "text": text} for text in texts]}, ensure_ascii=False)
        call = Call(f"{access.url}/v2/bot/message/{verb}", "POST", headers, body.encode(), access.authority)
        answer = await self._ask(call, access.seconds)
        if answer.status not in (_OK, _ALREADY):
            raise self._refusal(answer, access)

    async def _ask(self, call: Call, seconds: float) -> Answer:
        try:
            return await self._exchange.ask(call, seconds)
        except CollectError as error:
            raise of(error) from error

    def _refusal(self, answer: Answer, access: Access) -> NotifyError:
        if answer.status == _TOO_MANY and MONTH_IS_SPENT in answer.text.lower():
            return QuotaSpentError("LINE says that this month's messages are used up")
        if answer.status == _BAD_REQUEST and _is_about_recipient(answer):
            return RecipientError(hidden(answer.text, access.token)[:200], lasting=True)
        return of_answer(answer, access.url, self._clock, access.token)


def retry_key(key: str, *to: str) -> str:
    """Return the UUID of one call: the same for the same message to the same recipients, in whatever order."""
    return str(uuid.uuid5(_NAMESPACE, "\n".join((key, *sorted(to)))))


def _login(access: Access) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.token}"}


def _is_about_recipient(answer: Answer) -> bool:
    """Tell whether a 400 names the property `to`, in its message or in its details."""
    try:
        found = json.loads(answer.body)
        details = found.get("details") or []
        return "'to" in str(found.get("message")) or any(str(each.get("property", "")).startswith("to") for each in details)
    except (ValueError, AttributeError, TypeError):  # not the object that is documented
        return False
