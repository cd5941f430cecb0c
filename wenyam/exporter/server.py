"""The exporter as the daemon starts it: listener, TLS, authentication and routes, with reload."""

import asyncio
import contextlib
import logging
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry

from wenyam.clock import Clock
from wenyam.exporter.basic_auth import BasicAuth, TooManyLoginsError
from wenyam.exporter.routes import Handler, Health, Routes
from wenyam.exporter.snapshot import SnapshotSource
from wenyam.links.http_listener import Listener, bind
from wenyam.links.web_config import WebConfig, WebConfigError, load_web_config, tls_context
from wenyam.model.instance import ExporterSettings

_LOG = logging.getLogger(__name__)
_FILE_LOOK_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 120.0
_LINE_BYTES = 4096
_HEADERS = 64
_READ_BYTES = 16 * 1024


class Exporter:
    """Serves the present snapshot to Prometheus."""

    def __init__(self, settings: ExporterSettings, snapshot: SnapshotSource, clock: Clock, health: Health | None = None) -> None:
        """Take settings, snapshot and who knows how this Wenyam is; opens nothing yet."""
        self._settings = settings
        self._clock = clock
        self._routes = Routes(snapshot, clock, health)
        self._auth = BasicAuth({})
        self._listener: Listener | None = None
        self._runner: web.AppRunner | None = None
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._watching: asyncio.Task[None] | None = None
        self.problem = ""
        """Why the last reload was refused; empty when all is well."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, known once started (port 0 takes a free one)."""
        return (self._settings.host, self._settings.port) if self._listener is None else self._listener.address

    @property
    def registry(self) -> CollectorRegistry:
        """Where the daemon may register figures about itself."""
        return self._routes.process.registry

    async def start(self) -> None:
        """Listen and serve; PortTakenError, CannotListenError or WebConfigError say why not."""
        config, folder = self._load()
        context = tls_context(config, folder)
        listening = bind(self._settings.host, self._settings.port, "exporter.listen")
        application = web.Application(middlewares=[self._guard])
        application.on_response_prepare.append(_plain_headers)
        self._routes.add_to(application)
        self._runner = web.AppRunner(
            application, access_log=None, keepalive_timeout=_KEEP_ALIVE_SECONDS, max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES, max_headers=_HEADERS, read_bufsize=_READ_BYTES, shutdown_timeout=2.0,
        )  # fmt: skip
        await self._runner.setup()
        self._listener = Listener(listening, self._server(), context)
        self._auth = BasicAuth(config.basic_auth_users)
        self._listener.start()
        self._seen = self._marks(config, folder)
        self._watching = asyncio.create_task(self._watch_files())

    async def stop(self) -> None:
        """Hang up and close; safe to call when never started."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._listener is not None:
            await self._listener.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def reload(self) -> None:
        """Read the web-config file and its certificate again; on WebConfigError the old ones stay in force."""
        if self._listener is None:
            return
        try:
            config, folder = self._load()
            context = tls_context(config, folder)
        except WebConfigError as error:
            self.problem = str(error)
            raise
        self._listener.context = context
        self._auth = BasicAuth(config.basic_auth_users)
        self._seen = self._marks(config, folder)
        self.problem = ""

    def _server(self) -> web.Server:
        if self._runner is None or self._runner.server is None:
            raise RuntimeError("the exporter's server was not set up")
        return self._runner.server

    def _load(self) -> tuple[WebConfig, Path]:
        if self._settings.web_config is None:
            return WebConfig(), Path()
        path = Path(self._settings.web_config)
        return load_web_config(path), path.parent

    def _marks(self, config: WebConfig, folder: Path) -> tuple[tuple[str, int, int], ...]:
        """Return name, time and size of every file that matters, to see a change."""
        tls = config.tls_server_config
        names = [tls.cert_file, tls.key_file, tls.client_ca_file] if tls else []
        files = [folder / name for name in names if name is not None]
        if self._settings.web_config is not None:
            files.append(Path(self._settings.web_config))
        return tuple(_mark(file) for file in files)

    async def _watch_files(self) -> None:
        """Reload when a file changed; a file that is being written fails to load and is looked at again."""
        while True:
            await self._clock.sleep(_FILE_LOOK_SECONDS)
            if self._seen == tuple(_mark(Path(name)) for name, _, _ in self._seen):
                continue
            known = self.problem
            with contextlib.suppress(WebConfigError):
                self.reload()
            if self.problem and self.problem != known:
                _LOG.error("%s", self.problem)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._listener is not None:
            self._listener.heard(request.protocol)
        try:
            if not await self._auth.admits(request.headers.get("Authorization")):
                return web.Response(
                    status=401, text="User name and password, please.\n", headers={"WWW-Authenticate": 'Basic realm="wenyam"'}
                )
        except TooManyLoginsError:
            return web.Response(status=503, text="Too many log-ins at once; try again later.\n")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return web.Response(status=404, text="There is no such page; / lists what there is.\n")
        except web.HTTPMethodNotAllowed:
            return web.Response(status=405, text="Only GET and HEAD are answered.\n", headers={"Allow": "GET, HEAD"})


async def _plain_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "wenyam"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"


def _mark(file: Path) -> tuple[str, int, int]:
    try:
        status = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), status.st_mtime_ns, status.st_size
