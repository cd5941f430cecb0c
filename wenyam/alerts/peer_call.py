"""One question to another Wenyam: how it is, and the fact of a number of its chain."""

from collections.abc import Mapping

import aiohttp

from wenyam.alerts.health import PATH, HealthAnswer, read_answer
from wenyam.errors import CredentialsRefusedError, MalformedReplyError
from wenyam.links.http_call import Call
from wenyam.links.http_exchange import HttpExchange
from wenyam.model.guarding import PeerPlan
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader

_OK, _REFUSED = 200, (401, 403)


async def ask_peer(
    exchange: HttpExchange, plan: PeerPlan, authorization: Mapping[str, str], fact: int | None = None
) -> HealthAnswer:
    """Ask a peer once within its time-out; a CollectError when it does not answer as a Wenyam, or refuses the login."""
    query = "" if fact is None else f"?fact={fact}"
    answer = await exchange.ask(Call(plan.url + PATH + query, "GET", authorization, authority=plan.authority), plan.timeout)
    if answer.status in _REFUSED:
        raise CredentialsRefusedError(f"{plan.url} answered {answer.status}")
    if answer.status != _OK:
        raise MalformedReplyError(f"{plan.url} answered {answer.status}")
    return read_answer(answer.body)


def authorization_of(plan: PeerPlan, credentials: Mapping[str, Credential], secrets: SecretReader) -> Mapping[str, str]:
    """Return the headers of a peer's login; none when it needs none."""
    if plan.credential is None:
        return {}
    credential = credentials[plan.credential]
    password = secrets.of(credential, "password")
    return {"Authorization": aiohttp.encode_basic_auth(credential.settings["username"], password, "utf-8")}
