"""`wenyam jobs`: the calendar as a service. No listening port; SIGHUP takes a new configuration, SIGTERM lets runs end."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator
from pathlib import Path

from wenyam.clock import Clock
from wenyam.engine.calendar_asked import AskedRuns
from wenyam.engine.calendar_jobs import calendar_jobs, report_directory
from wenyam.engine.calendar_program import OwnProgram
from wenyam.engine.calendar_runs import Runs, StartProgram
from wenyam.engine.calendar_waker import SchedulerWaker
from wenyam.engine.calendar_watch import Calendar
from wenyam.engine.stop_signals import leave_in_order, stop_told
from wenyam.errors import ConfigurationError, WenyamError
from wenyam.links import systemd
from wenyam.model.instance import Configuration
from wenyam.settings.loader import load
from wenyam.store.files import share_directory
from wenyam.store.locks import DaemonLock
from wenyam.store.sqlite import open_writer

_LOG = logging.getLogger(__name__)

GRACE_SECONDS = 240.0
"""How long a stop waits for runs under way; the unit's TimeoutStopSec is longer."""


@contextlib.contextmanager
def opened_runs(configuration: Configuration, clock: Clock, start: StartProgram | None = None) -> Iterator[Runs]:
    """Open the ledger of a configuration for claiming; closes the store at the end."""
    instance = configuration.instance
    directory = Path(instance.state_directory)
    writer = open_writer(directory, clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
    try:
        share_directory(report_directory(configuration))
        yield Runs(directory, writer, clock, start or OwnProgram(Path(configuration.folder)))
    finally:
        writer.close()


def serve(folder: Path, clock: Clock) -> None:
    """Run the calendar until SIGTERM or SIGINT; AlreadyRunningError when another one has this state directory."""
    leave_in_order()
    configuration = load(folder)
    with DaemonLock(Path(configuration.instance.state_directory), "jobs.lock"), opened_runs(configuration, clock) as runs:
        asyncio.run(_serve(folder, configuration, runs, clock))


async def _serve(folder: Path, configuration: Configuration, runs: Runs, clock: Clock) -> None:
    waker = SchedulerWaker()
    calendar = Calendar(calendar_jobs(configuration), runs, clock, waker)
    stop = stop_told()
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGHUP, _reload, calendar, folder, configuration.instance.state_directory
    )
    watching = asyncio.create_task(calendar.run())
    asked = asyncio.create_task(AskedRuns(lambda: calendar.jobs, runs.writer, clock, runs.start).run())
    stopping = asyncio.create_task(stop.wait())
    systemd.notify(systemd.READY)
    await asyncio.wait({watching, stopping, asked}, return_when=asyncio.FIRST_COMPLETED)
    systemd.notify(systemd.STOPPING)
    for task in (watching, stopping, asked):
        task.cancel()
    stop.clear()
    impatient = asyncio.create_task(stop.wait())
    await calendar.close(GRACE_SECONDS, impatient)
    impatient.cancel()
    waker.stop()
    for result in await asyncio.gather(watching, asked, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def _reload(calendar: Calendar, folder: Path, state_directory: str) -> None:
    """Take a new configuration; a broken one leaves the old one running and says so."""
    try:
        configuration = load(folder)
        if configuration.instance.state_directory != state_directory:
            raise ConfigurationError("state_directory changes only with a restart")
        calendar.set_jobs(calendar_jobs(configuration))
    except WenyamError as error:
        _LOG.error("%s", error)
        return
    _LOG.info("the configuration was read again")
