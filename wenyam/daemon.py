"""The watching daemon put together: locks, store, engine, exporter, control socket, signals. Imported only by `cli`."""

import asyncio
import gc
import logging
import os
import resource
import signal
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wenyam import garbage
from wenyam.alerts.deadman import DeadMan
from wenyam.alerts.feed import AlertFeed
from wenyam.alerts.health import OwnHealth, waiting
from wenyam.alerts.peers import PeerFeed
from wenyam.alerts.receive import Receiver
from wenyam.alerts.reply_reader import ReplyReader
from wenyam.alerts.service import AlertService
from wenyam.backup.feed import BackupFeed
from wenyam.clock import Clock, SystemClock
from wenyam.dr.feed import DrillFeed
from wenyam.dr.sister_feed import SisterFeed
from wenyam.engine.calendar_asked import asked
from wenyam.engine.calendar_jobs import PUSH, calendar_jobs
from wenyam.engine.calendar_service import opened_runs
from wenyam.engine.memory import MemoryCare
from wenyam.engine.pulse import Pulse
from wenyam.engine.stop_signals import leave_in_order, stop_told
from wenyam.engine.watcher import Watcher
from wenyam.errors import ConfigurationError, WenyamError
from wenyam.exporter.engine import EngineSnapshot
from wenyam.exporter.server import Exporter
from wenyam.exporter.upkeep import Upkeep
from wenyam.links import systemd
from wenyam.links.control import ControlServer
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration
from wenyam.operations.actions import Actions
from wenyam.operations.status import socket_path
from wenyam.reports.status_page_loop import StatusPageLoop
from wenyam.settings.loader import load
from wenyam.settings.secrets import SecretReader
from wenyam.store.interface import Writer
from wenyam.store.locks import DaemonLock
from wenyam.store.sqlite import open_writer

_LOG = logging.getLogger(__name__)

Loop = Callable[[], Coroutine[Any, Any, Any]]
"""What runs beside the watcher; the first one that ends, ends them all."""

ALERTS_SILENT_SECONDS = 60.0
"""A loop of alerts that has not come round for so long is stuck; a full disk alone never holds it up so long."""
DESCRIPTORS = 65_536
DESCRIPTORS_BESIDE_SESSIONS = 256


class TooFewDescriptorsError(WenyamError):
    """The limit of open files is too low for this inventory."""

    hint = "Raise LimitNOFILE in the unit, or 'ulimit -Hn' in the shell."
    permanent = True


def watch(folder: Path) -> None:
    """Watch what the configuration in this folder says, until SIGTERM or SIGINT."""
    leave_in_order()
    configuration = load(folder)
    directory = Path(configuration.instance.state_directory)
    raise_descriptor_limit(len(configuration.inventory.devices))
    gc.collect()
    garbage.spare_what_is_held()
    garbage.search_rarely()
    with DaemonLock(directory):
        asyncio.run(_watch(SystemClock(), configuration, folder))


async def _watch(clock: Clock, configuration: Configuration, folder: Path) -> None:
    instance = configuration.instance
    directory = Path(instance.state_directory)
    await asyncio.to_thread(_record_schedules, configuration, clock)
    writer = await asyncio.to_thread(_open, configuration, clock)
    links = Links(clock, SecretReader(), str(directory / "known_hosts"))
    peers, pulse = PeerFeed(clock, links.secrets), Pulse(clock)
    counts = AlertFeed()
    watcher = Watcher(clock, links, writer, configuration, [BackupFeed(), DrillFeed(), SisterFeed(), peers, counts])
    peers.attend(watcher)
    snapshot = EngineSnapshot(watcher)
    alerts = AlertService(clock, watcher.journal, watcher.board, links.secrets, configuration)
    alerts.first_step = watcher.subjects.first_step
    counts.service = alerts
    pulse.follow("alerts", ALERTS_SILENT_SECONDS, lambda: alerts.beat)
    health = OwnHealth(watcher, pulse, lambda: waiting(alerts.outbox, alerts.configuration.alerts.channels, clock.now()))
    exporter = Exporter(instance.exporter, snapshot, clock, health.answer)
    receiver = Receiver(clock, configuration, watcher, links.secrets)
    loops: list[Loop] = [
        alerts.run,
        receiver.run,
        Upkeep(clock, watcher, snapshot).run,
        StatusPageLoop(clock, watcher).run,
        MemoryCare(clock).run,
        DeadMan(watcher, links.secrets, health.present).run,
        ReplyReader(watcher, links.secrets, alerts.acknowledge, partial(_is_open, alerts)).run,
        partial(_feed_watchdog, watcher, pulse),
    ]
    control = ControlServer(socket_path(configuration), instance.operators_group, Actions(watcher, alerts, peers).answer)
    try:
        if instance.exporter.enabled:
            await exporter.start()
        await receiver.start()
        await control.start()
        _say_hello(configuration, exporter)
        await _until_told(watcher, alerts, exporter, receiver, folder=folder, loops=loops)
    finally:
        systemd.notify("STOPPING=1")
        await control.stop()
        await receiver.stop()
        await exporter.stop()
        await links.close()
        await asyncio.to_thread(writer.close)  # the watcher did when it ran; when a port was taken it never began


def _is_open(alerts: AlertService, code: str) -> bool:
    incident = alerts.book.get(code)
    return incident is not None and incident.is_open


def _say_hello(configuration: Configuration, exporter: Exporter) -> None:
    inventory = configuration.inventory
    where = "nothing is exported"
    if configuration.instance.exporter.enabled:
        host, port = exporter.address
        where = f"metrics on {host} port {port}"
    _LOG.info(
        "watching devices: %d, links: %d, services: %d; %s",
        len(inventory.devices),
        len(inventory.links),
        len(inventory.services),
        where,
    )


def _open(configuration: Configuration, clock: Clock) -> Writer:
    instance = configuration.instance
    directory = Path(instance.state_directory)
    return open_writer(directory, clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)


def _record_schedules(configuration: Configuration, clock: Clock) -> None:
    """Put on record which runs are owed, so that a calendar that never starts hides nothing."""
    with opened_runs(configuration, clock) as runs:
        runs.record_schedules(calendar_jobs(configuration))


async def _until_told(
    watcher: Watcher, alerts: AlertService, exporter: Exporter, receiver: Receiver, *, folder: Path, loops: Sequence[Loop]
) -> None:
    stop = stop_told()
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = asyncio.create_task(_reload(watcher, alerts, exporter, receiver, folder))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    watching = asyncio.create_task(watcher.run())
    others = [asyncio.create_task(loop()) for loop in (*loops, stop.wait)]
    await asyncio.wait([watching, *others], return_when=asyncio.FIRST_COMPLETED)
    # The watcher last: it closes the database, and whoever still reads would keep its log from going.
    for tasks in (others, [watching]):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for result in await asyncio.gather(watching, *others, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _reload(watcher: Watcher, alerts: AlertService, exporter: Exporter, receiver: Receiver, folder: Path) -> None:
    """Take a new configuration; a broken one leaves the old one running and says so."""
    systemd.notify("RELOADING=1")
    try:
        configuration = await asyncio.to_thread(load, folder)
        old, new = watcher.configuration.instance, configuration.instance
        if (old.state_directory, old.run_directory, old.exporter) != (new.state_directory, new.run_directory, new.exporter):
            raise ConfigurationError("state_directory, run_directory and exporter change only with a restart")
        await watcher.configure(configuration)
        await alerts.configure(configuration)
        exporter.reload()
        await receiver.reload(configuration)
        await asyncio.to_thread(_record_schedules, configuration, watcher.clock)
        if configuration.recovery.sister is not None:
            await watcher.journal.record(asked(PUSH, "wenyam", watcher.clock.now()))
    except WenyamError as error:
        _LOG.error("%s", error)
        watcher.refuse_configuration(str(error).splitlines()[0])
    finally:
        systemd.notify("READY=1")


async def _feed_watchdog(watcher: Watcher, pulse: Pulse) -> None:
    """Tell systemd that we are ready and, as long as the work loop and every loop that must beat do, alive."""
    systemd.notify("READY=1")
    while True:
        await watcher.clock.sleep(1.0)
        if watcher.heartbeat.age < watcher.configuration.instance.heartbeat_gap and not pulse.silent():
            systemd.notify(systemd.ALIVE)


def raise_descriptor_limit(devices: int) -> None:
    """Raise the soft limit of open files as far as allowed; TooFewDescriptorsError when that cannot be enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    needed = devices + DESCRIPTORS_BESIDE_SESSIONS
    if max(soft, wanted) < needed:
        raise TooFewDescriptorsError(f"{max(soft, wanted)} allowed, {needed} needed for {devices} devices (pid {os.getpid()})")
