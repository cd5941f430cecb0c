"""HTTP between programs: a body sent, status and headers back, redirects not followed, and nothing secret in an error."""

import asyncio
from typing import Final

import aiohttp

from wenyam.errors import MalformedReplyError
from wenyam.links.http import client_failure
from wenyam.links.http_call import Answer, Call
from wenyam.links.sockets import silence
from wenyam.links.tls import client_context

__all__ = ["Answer", "Call", "HttpExchange"]

_AGENT: Final = "wenyam"
_ANSWER_LIMIT: Final = 64 << 10


class HttpExchange:
    """Makes calls, each over a connection of its own: calls are rare, and an old connection may be dead."""

    async def ask(self, call: Call, seconds: float) -> Answer:
        """Send one request and read its whole answer within this many seconds; a CollectError when none comes."""
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(call)
        except TimeoutError as error:
            raise silence(call.at, seconds) from error
        except aiohttp.ClientResponseError as error:
            malformed = type(error).__name__
        except aiohttp.ClientError as error:
            raise client_failure(error, call.at) from error
        except ValueError as error:
            raise MalformedReplyError(f"{call.at}: {type(error).__name__}") from error
        # Outside of the handler, so that it is chained nowhere: that error holds the request's headers with the secret.
        raise MalformedReplyError(f"{call.at}: no valid HTTP ({malformed})")

    async def _ask(self, call: Call) -> Answer:
        async with (
            _session() as session,
            session.request(
                call.method,
                call.url,
                headers=call.headers,
                data=call.body,
                ssl=client_context(call.authority),
                allow_redirects=False,
            ) as answer,
        ):
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, await _read(answer.content)
            )


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": _AGENT},
        timeout=aiohttp.ClientTimeout(total=None),
    )


async def _read(content: aiohttp.StreamReader) -> bytes:
    """Read to the end, so that half an answer is noticed; keep only the beginning of a flood."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk[: max(0, _ANSWER_LIMIT - len(body))]
    return bytes(body)
