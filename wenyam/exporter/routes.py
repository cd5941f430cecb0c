"""The exporter's fixed routes. Reading only: no route changes anything, and nothing is authorised by an address."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from wenyam.alerts.health import PATH, HealthAnswer
from wenyam.clock import Clock
from wenyam.exporter.exposition import Exposition
from wenyam.exporter.process_metrics import ProcessMetrics
from wenyam.exporter.snapshot import SnapshotSource

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SCRAPES_AT_ONCE = 4
ANSWERS_AT_ONCE = 8
SCRAPE_SECONDS = 60.0
"""A reader slower than this is given up."""
HEARTBEAT_LIMIT_SECONDS = 15.0
"""A work loop silent for longer is not healthy."""

_FACT = re.compile(r"[0-9]{1,18}")

INDEX = """Wenyam exporter

/metrics              every series
/device?name=NAME     the series of one device (service:NAME for a service)
/healthz              200 while the work loop lives
/readyz               200 once the configuration is loaded and everything was read once
/-/health             how this Wenyam is, as JSON, for another one; ?fact=N also shows the digest of fact N
"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Health = Callable[[int | None], Awaitable[HealthAnswer]]
"""Gets the number of a fact whose digest is asked for, too."""


class Routes:
    """Answers requests from the present snapshot."""

    def __init__(self, source: SnapshotSource, clock: Clock, health: Health | None = None) -> None:
        """Take the engine's snapshot, and who knows how this Wenyam is; nothing here ever polls a device."""
        self._own = health
        self._source = source
        self._clock = clock
        self._exposition = Exposition(clock)
        self.process = ProcessMetrics()
        self._scrapes = 0
        self._answers = 0

    def add_to(self, application: web.Application) -> None:
        """Register the routes."""
        routes: dict[str, Handler] = {
            "/": self._index,
            "/metrics": self._metrics,
            "/device": self._device,
            "/healthz": self._health,
            "/readyz": self._readiness,
            PATH: self._own_health,
        }
        for path, handler in routes.items():
            application.router.add_get(path, handler)

    async def _index(self, _request: web.Request) -> web.Response:
        return web.Response(text=INDEX)

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":
            return web.Response(headers={"Content-Type": CONTENT_TYPE})
        if self._scrapes >= SCRAPES_AT_ONCE:
            self.process.refused.inc()
            return web.Response(status=503, text=f"{SCRAPES_AT_ONCE} scrapes are under way already; try again later.\n")
        self._scrapes += 1
        try:
            async with asyncio.timeout(SCRAPE_SECONDS):
                return await self._write_all(request)
        finally:
            self._scrapes -= 1

    async def _write_all(self, request: web.Request) -> web.StreamResponse:
        began, size = self._clock.monotonic(), 0
        response = web.StreamResponse(headers={"Content-Type": CONTENT_TYPE})
        await response.prepare(request)
        async for piece in self._exposition.pieces(self._source.subjects()):
            size += len(piece)
            if piece:
                await response.write(piece)
        self.process.exposition_bytes.set(size)
        self.process.exposition_seconds.set(self._clock.monotonic() - began)
        await response.write(self.process.text())
        await response.write_eof()
        return response

    async def _device(self, request: web.Request) -> web.Response:
        names = request.query.getall("name", [])
        if len(names) != 1:
            return web.Response(status=400, text="Say which device: /device?name=NAME\n")
        exposed = self._source.subject(names[0])
        if exposed is None:
            return web.Response(status=404, text="No device of this name is watched.\n")
        return web.Response(body=self._exposition.of_one(exposed), headers={"Content-Type": CONTENT_TYPE})

    async def _health(self, _request: web.Request) -> web.Response:
        age = self._source.heartbeat_age()
        if age > HEARTBEAT_LIMIT_SECONDS:
            return web.Response(status=503, text=f"The work loop has been silent for {age:.0f} seconds.\n")
        return web.Response(text="The watcher lives.\n")

    async def _own_health(self, request: web.Request) -> web.Response:
        asked = request.query.get("fact")
        if asked is not None and _FACT.fullmatch(asked) is None:
            return web.Response(status=400, text="Say which fact by its number: /-/health?fact=NUMBER\n")
        if self._own is None:
            return web.Response(status=503, text="Nobody knows how this Wenyam is.\n")
        if self._answers >= ANSWERS_AT_ONCE:
            return web.Response(status=503, text=f"{ANSWERS_AT_ONCE} are asking already; try again later.\n")
        self._answers += 1
        try:
            answer = await self._own(None if asked is None else int(asked))
        finally:
            self._answers -= 1
        return web.Response(text=answer.model_dump_json(exclude_none=True) + "\n", content_type="application/json")

    async def _readiness(self, _request: web.Request) -> web.Response:
        reason = self._source.not_ready()
        if reason:
            return web.Response(status=503, text=f"{reason}\n")
        return web.Response(text="The watcher is ready.\n")
