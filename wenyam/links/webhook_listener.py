"""The listener for alerts of other monitoring systems: fixed routes, a token, limits, and nothing else."""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from wenyam.clock import Clock
from wenyam.errors import WenyamError
from wenyam.links.http_listener import Listener, bind
from wenyam.links.traps_share import Shares, Tally
from wenyam.links.web_config import WebConfig, WebConfigError, load_web_config, tls_context
from wenyam.model.receiving import WebhookPlan

_LOG = logging.getLogger(__name__)

WEBHOOK: Final = "/api/v1/webhook"
"""Where Alertmanager's webhook and Grafana's contact point send."""
ALERTS: Final = "/api/v2/alerts"
"""Where Prometheus sends, as it would to an Alertmanager."""
WRONG_TOKEN: Final = "wrong token"  # noqa: S105  # a reason, not a token
BEYOND_SHARE: Final = "requests beyond its share"
_BODY_SECONDS = 10.0
_HANDLE_SECONDS = 30.0
_LINE_BYTES = 4096
_HEADERS = 64

Handle = Callable[[str, Any], Awaitable[None]]
"""Takes the sender's address and the parsed body; a permanent WenyamError is the sender's fault, another is ours."""


class WebhookListener:
    """Hears alerts. `start()`, later `stop()`."""

    def __init__(self, clock: Clock, plan: WebhookPlan, token: str, handle: Handle) -> None:
        """Take where to listen, the token that every request must bring, and who takes what was sent."""
        self._clock, self._plan, self._handle = clock, plan, handle
        self._token = token.encode()
        self._shares = Shares(plan.share)
        self._listener: Listener | None = None
        self._runner: web.AppRunner | None = None
        self.tally = Tally()
        """Requests that were refused unread, by source and reason."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, known once started (port 0 takes a free one)."""
        return (self._plan.host, self._plan.port) if self._listener is None else self._listener.address

    async def start(self) -> None:
        """Listen; PortTakenError, CannotListenError or WebConfigError say why not."""
        config, folder = self._web_config()
        context = tls_context(config, folder)
        listening = bind(self._plan.host, self._plan.port, "receive.webhook.listen")
        application = web.Application(client_max_size=self._plan.largest, middlewares=[self._guard])
        for route in (WEBHOOK, ALERTS):
            application.router.add_post(route, self._take)
        self._runner = web.AppRunner(
            application, access_log=None, max_line_size=_LINE_BYTES, max_field_size=_LINE_BYTES, max_headers=_HEADERS,
            shutdown_timeout=2.0,
        )  # fmt: skip
        await self._runner.setup()
        if self._runner.server is None:
            raise RuntimeError("the webhook's server was not set up")
        self._listener = Listener(listening, self._runner.server, context)
        self._listener.start()

    async def stop(self) -> None:
        """Hang up and close; safe to call when never started."""
        if self._listener is not None:
            await self._listener.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def _web_config(self) -> tuple[WebConfig, Path]:
        if self._plan.web_config is None:
            return WebConfig(), Path()
        path = Path(self._plan.web_config)
        config = load_web_config(path)
        if config.basic_auth_users:
            raise WebConfigError(f"{path}: basic_auth_users cannot be used here; senders bring the token of receive.webhook")
        return config, path.parent

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Ask for share and token before anything of the body is read."""
        if self._listener is not None:
            self._listener.heard(request.protocol)
        source = request.remote or "unknown"
        if not self._shares.admit(source, self._clock.monotonic()):
            self.tally.add(source, BEYOND_SHARE)
            return _said(429, "Too many requests; send fewer, with more alerts in each.", {"Retry-After": "10"})
        if not self._admits(request.headers.get("Authorization", "")):
            self.tally.add(source, WRONG_TOKEN)
            return _said(401, "The token of receive.webhook, please.", {"WWW-Authenticate": "Bearer"})
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return _said(404, f"There is no such page; alerts are taken at {WEBHOOK} and {ALERTS}.")
        except web.HTTPMethodNotAllowed:
            return _said(405, "Only POST is answered.", {"Allow": "POST"})

    def _admits(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        return hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), self._token) and scheme.lower() == "bearer"

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return _said(415, "Send it without compression.")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                content = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _said(413, f"More than {self._plan.largest} bytes in one request are not taken.")
        except TimeoutError:
            return _said(408, "The request did not come to its end in time.")
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):  # not UTF-8, no JSON, or nested a thousand times
            return _said(400, "This is no JSON.")
        return await self._hand_over(request.remote or "unknown", body)

    async def _hand_over(self, source: str, body: Any) -> web.Response:
        try:
            async with asyncio.timeout(_HANDLE_SECONDS):
                await self._handle(source, body)
        except WenyamError as error:
            return _said(400 if error.permanent else 503, f"{error.sentence}.")
        except TimeoutError:
            _LOG.error("alerts of %s could not be kept within %.0f s", source, _HANDLE_SECONDS)
            return _said(503, "The alerts could not be kept in time; send them again.")
        return _said(200, "Taken.")


def _said(status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    plain = {"Server": "wenyam", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return web.Response(status=status, text=f"{sentence}\n", headers=plain | (headers or {}))
