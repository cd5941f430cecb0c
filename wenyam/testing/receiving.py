"""A watcher that receives, for tests: real sockets on loopback, a real store, devices that nobody reads."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyam.alerts.receive import Receiver
from wenyam.clock import Clock, SystemClock
from wenyam.engine.watcher import Watcher
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import AliveProbe, AliveRule, Credential, Device, Inventory, SecretReference, Site, Text
from wenyam.model.receiving import Received, ReceivePlan
from wenyam.model.states import Subject
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer

EVER = Period(Instant(0), Instant(2**53))
WAIT_SECONDS = 15.0
_POLL = 0.02
COMMUNITY, TOKEN = "canary-community", "canary-token"  # made up, and grepped for
USER = (
    "-v3",
    "-u",
    "watch",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "canary-authentication",
    "-x",
    "AES",
    "-X",
    "canary-privacy",
)


def kept(directory: Path, name: str, secret: str) -> SecretReference:
    """Keep a secret in a file and return where."""
    path = directory / name
    path.write_text(secret, encoding="utf-8")
    path.chmod(0o600)
    return SecretReference("file", str(path))


def credentials(directory: Path) -> dict[str, Credential]:
    """Return a community and a version 3 user."""
    user = {"username": "watch", "authentication": "sha256", "privacy": "aes128"}
    keys = {name: kept(directory, name, f"canary-{name.removesuffix('_key')}") for name in ("authentication_key", "privacy_key")}
    return {
        "traps": Credential("traps", "snmp-community", {}, {"community": kept(directory, "community", COMMUNITY)}),
        "traps3": Credential("traps3", "snmp-v3", user, keys),
    }


def device(name: str, address: str, marked: tuple[str, ...] = ()) -> Device:
    """Return a device that is looked at once a day."""
    alive = AliveRule((AliveProbe("tcp", 1),), interval=86_400.0)
    return Device(name, "switch", (address,), "here", "owner", "duty", alive, marked_interfaces=marked)


@dataclass(slots=True)
class Receiving:
    """What runs."""

    watcher: Watcher
    receiver: Receiver
    directory: Path

    async def rows(self) -> list[Received]:
        """Return what was received, oldest first."""
        journal = self.watcher.journal
        return list(reversed(await journal.call(journal.writer.received, EVER, 100_000)))

    def summary(self, subject: str) -> str:
        """Return state and sentence of a subject as `crit: …`, or nothing."""
        record = self.watcher.board.record(Subject.parse(subject))
        return "" if record is None else f"{record.state}: {record.summary}"

    async def until(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait until something is true; AssertionError when it does not become so."""
        end = self.watcher.clock.monotonic() + WAIT_SECONDS
        while not await true():
            if self.watcher.clock.monotonic() > end:
                raise AssertionError(f"{what}: not within {WAIT_SECONDS:.0f} s; rows: {(await self.rows())[-5:]}")
            await asyncio.sleep(_POLL)

    async def until_rows(self, count: int) -> list[Received]:
        """Wait for so many rows."""

        async def enough() -> bool:
            return len(await self.rows()) >= count

        await self.until(enough, f"{count} rows")
        return await self.rows()

    async def until_state(self, subject: str, opening: str) -> None:
        """Wait until a subject's state and sentence begin so."""

        async def there() -> bool:
            return self.summary(subject).startswith(opening)

        await self.until(there, f"{subject} is '{opening}', not '{self.summary(subject)}'")


@contextlib.asynccontextmanager
async def receiving(
    directory: Path, plan: ReceivePlan, devices: Sequence[Device] = (), clock: Clock | None = None
) -> AsyncIterator[Receiving]:
    """Run a watcher and its receiver on a state directory; stopped cleanly at the end."""
    clock = clock or SystemClock()
    state = directory / "state"
    found: Mapping[str, Device] = {device.name: device for device in devices}
    inventory = Inventory(sites={"here": Site("here", Text("ที่นี่", "Here"))}, credentials=credentials(directory), devices=found)
    instance = Instance("trap-test", "here", state_directory=str(state), ballast_bytes=0)
    configuration = Configuration(instance, inventory, str(directory), receive=plan)
    writer = open_writer(state, clock, instance.name, ballast_bytes=0)
    links = Links(clock, SecretReader(), str(directory / "known_hosts"))
    watcher = Watcher(clock, links, writer, configuration)
    receiver = Receiver(clock, configuration, watcher, links.secrets)
    tasks: list[asyncio.Task[None]] = []
    try:
        await receiver.start()
        tasks = [asyncio.create_task(receiver.run()), asyncio.create_task(watcher.run())]
        yield Receiving(watcher, receiver, state)
    finally:
        for task in tasks:  # the receiver first: the watcher closes the store
            task.cancel()
            await asyncio.wait([task])
        await receiver.stop()
        await links.close()
        await asyncio.to_thread(writer.close)
        for task in tasks:
            if not task.cancelled() and task.exception() is not None:
                await task


async def net_snmp(program: str, *words: str, source: str | None = None, seconds: float = 10.0) -> int:
    """Run snmptrap or snmpinform; return its exit status. Its state stays in a place of its own."""
    client = [f"--clientaddr={source}"] if source else []
    process = await asyncio.create_subprocess_exec(
        f"/usr/bin/{program}", *client, *words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "MIBS": "", "SNMPCONFPATH": "/nonexistent"},
    )  # fmt: skip
    async with asyncio.timeout(seconds):
        return await process.wait()
