"""The service that takes what others send: rows in the store, states on the board, and what was too much as one row a minute."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from wenyam.alerts import receive_alerts, receive_traps
from wenyam.alerts.receive_rows import summaries
from wenyam.alerts.receive_states import ReceivedStates
from wenyam.alerts.receive_told import Addresses, Told
from wenyam.clock import Clock
from wenyam.collectors.snmp_library import shipped
from wenyam.engine.watcher import Watcher
from wenyam.errors import StoreError, WenyamError
from wenyam.links.traps import TrapDoor
from wenyam.links.traps_messages import Community, Notification, TrapUser
from wenyam.links.webhook_listener import WebhookListener
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import Credential
from wenyam.model.receiving import Received, ReceivePlan, TrapPlan
from wenyam.model.states import Subject
from wenyam.settings.secrets import SecretReader

if TYPE_CHECKING:
    from wenyam.links.traps_decoder import TrapDecoder

_LOG = logging.getLogger(__name__)

COMMUNITY: Final = "snmp-community"
_LOOK_SECONDS = 2.0
_SUMMARY_SECONDS = 60.0
_ENGINE = b"\x80\x00\x00\x00\x04"
"""RFC 3411: an engine identifier that is text; the instance's name follows, so that it is the same after a restart."""
_ENGINE_NAME = 27


class Receiver:
    """Hears traps and alerts as the configuration says. `start()`, then `run()` until cancelled; `reload()` meanwhile."""

    def __init__(self, clock: Clock, configuration: Configuration, watcher: Watcher, secrets: SecretReader) -> None:
        """Take the watcher whose board and store take what is heard; opens nothing yet."""
        self._clock, self._watcher, self._secrets = clock, watcher, secrets
        self._configuration = configuration
        self._addresses = Addresses(configuration.inventory.devices)
        self._traps = shipped().traps if configuration.receive.traps else {}
        self._states = ReceivedStates(clock, watcher, configuration.receive)
        self._door: TrapDoor | None = None
        self._listener: WebhookListener | None = None
        self._next_summary = clock.monotonic() + _SUMMARY_SECONDS

    @property
    def trap_address(self) -> tuple[str, int] | None:
        """Where traps are heard; None when they are not."""
        return None if self._door is None else self._door.address

    @property
    def webhook_address(self) -> tuple[str, int] | None:
        """Where alerts are heard; None when they are not."""
        return None if self._listener is None else self._listener.address

    async def start(self) -> None:
        """Begin to listen; a WenyamError says why that is not possible, and then nothing is left open."""
        try:
            await self._open(self._configuration.receive)
        except WenyamError:
            await self.stop()
            raise

    async def run(self) -> None:
        """Look after what was received until cancelled; then write what was counted last, and hang up."""
        try:
            while True:
                await self._clock.sleep(_LOOK_SECONDS)
                await self._states.look()
                if self._door is not None:
                    self._door.check()
                if self._clock.monotonic() >= self._next_summary:
                    await self._summarise()
        finally:
            await self._summarise()
            await self.stop()

    async def stop(self) -> None:
        """Hang up; safe to call at any time."""
        if self._door is not None:
            await self._door.stop()
        if self._listener is not None:
            await self._listener.stop()
        self._door = self._listener = None

    async def reload(self, configuration: Configuration) -> None:
        """Take a new configuration; what changed is closed and opened anew. What cannot be heard any more is a fault."""
        before, self._configuration = self._configuration, configuration
        self._addresses = Addresses(configuration.inventory.devices)
        self._states.configure(configuration.receive)
        same = before.receive == configuration.receive and before.inventory.credentials == configuration.inventory.credentials
        if same:
            return
        self._traps = shipped().traps if configuration.receive.traps else {}
        await self._summarise()
        await self.stop()
        problem = ""
        try:
            await self.start()
        except WenyamError as error:
            problem = str(error)
            _LOG.error("%s", problem)
        self._states.say_listening(problem)

    async def _open(self, plan: ReceivePlan) -> None:
        if plan.traps is not None:
            make = await asyncio.to_thread(self._decoder, plan.traps)
            self._door = TrapDoor(self._clock, plan.traps, make, self._is_known, self._take_traps)
            await self._door.start()
            _LOG.info("traps are heard on %s UDP port %d", *self._door.address)
        if plan.webhook is not None:
            token = await asyncio.to_thread(self._secrets.read, plan.webhook.token)
            self._listener = WebhookListener(self._clock, plan.webhook, token, self._take_alerts)
            await self._listener.start()
            _LOG.info("alerts of others are heard on %s port %d", *self._listener.address)

    def _is_known(self, address: str) -> bool:
        return self._addresses.is_known(address)

    def _decoder(self, plan: TrapPlan) -> "Callable[[], TrapDecoder]":
        """Read the secrets, and return what makes a decoder in its own thread."""
        credentials = [self._configuration.inventory.credentials[name] for name in plan.credentials]
        communities = [
            Community(credential.name, self._secrets.of(credential, "community").encode())
            for credential in credentials
            if credential.kind == COMMUNITY
        ]
        users = [self._user(credential) for credential in credentials if credential.kind != COMMUNITY]
        engine = _ENGINE + self._configuration.instance.name.encode()[:_ENGINE_NAME]
        from wenyam.links.traps_decoder import TrapDecoder  # noqa: PLC0415  # pysnmp is slow to import, and off by default

        return lambda: TrapDecoder(self._clock, engine, communities, users)

    def _user(self, credential: Credential) -> TrapUser:
        settings = credential.settings
        keys = {
            name: self._secrets.of(credential, name) if name in credential.secrets else ""
            for name in ("authentication_key", "privacy_key")
        }
        return TrapUser(
            credential.name,
            settings["username"],
            settings.get("authentication", "none"),
            keys["authentication_key"],
            settings.get("privacy", "none"),
            keys["privacy_key"],
        )

    async def _take_traps(self, heard: Sequence[Notification]) -> bool:
        told = [self._understood(one) for one in heard]
        return await self._keep(told, [one.row for one in told])

    def _understood(self, heard: Notification) -> Told:
        device = self._addresses.at(heard.source)
        jobs = {} if device is None else self._watcher.latest.jobs(device.name)
        readings = [job.collection.reading for job in jobs.values() if job.collection is not None]
        known = next((reading.interfaces for reading in readings if reading is not None and reading.interfaces), None)
        return receive_traps.understand(heard, self._traps, device, known)

    async def _take_alerts(self, source: str, body: Any) -> None:
        plan = self._configuration.receive.webhook
        if plan is None:
            return
        now = self._clock.now()
        alerts = receive_alerts.parse(body)
        told = [receive_alerts.understand(alert, source, now, plan, self._addresses) for alert in alerts]
        # Whoever repeats an alert every minute makes no row of it every minute.
        rows = [one.row for one in told if self._states.is_news(one)]
        ends = {one.subject: alert.ends for one, alert in zip(told, alerts, strict=True) if one.subject and alert.ends}
        if not await self._keep(told, rows, ends):
            raise StoreError("the alerts could not be kept; send them again")

    async def _keep(self, told: Sequence[Told], rows: Sequence[Received], ends: dict[Subject, Instant] | None = None) -> bool:
        """Move states and write rows; True once both are on disk."""
        self._states.take(told, ends or {})
        written = await self._write(rows)
        return await self._watcher.journal.flush() and written

    async def _write(self, rows: Sequence[Received]) -> bool:
        if not rows:
            return True
        journal = self._watcher.journal
        try:
            await journal.call(journal.writer.receive, rows)
        except StoreError as error:
            _LOG.error("%s", error)  # the sentence is the message; a traceback would hide it
            return False
        return True

    async def _summarise(self) -> None:
        """Write one row for each source and reason of what was not read since the last time."""
        self._next_summary = self._clock.monotonic() + _SUMMARY_SECONDS
        counts = [part.tally.drain() for part in (self._door, self._listener) if part is not None]
        await self._write(summaries(counts, self._clock.now(), self._addresses))
