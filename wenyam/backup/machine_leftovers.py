"""What killed restore tests left on a job's test machine: found by its name, removed only when a person asks for it."""

from collections.abc import Mapping

from wenyam.backup.contract import Source, Workplace
from wenyam.backup.machine import of_the_machine
from wenyam.backup.machine_databases import opened_server
from wenyam.backup.machine_files import folders_left, remove_folder
from wenyam.backup.machine_names import Left, left_among
from wenyam.backup.sources.files import FilesSource
from wenyam.backup.targets import Restorable
from wenyam.errors import UsageError
from wenyam.model.backup import RestoreMachine
from wenyam.model.inventory import Credential


async def look(workplace: Workplace, source: Source, credentials: Mapping[str, Credential]) -> tuple[Left, ...]:
    """Return what is older than any test, oldest first; NotTestedError when the machine cannot be looked at."""
    machine = _machine(workplace)
    if isinstance(source, FilesSource):
        return await folders_left(workplace, credentials[machine.credential])
    async with opened_server(workplace, _login(machine, credentials), _restorable(workplace, source)) as server:
        with of_the_machine():
            return left_among(await server.names(), workplace.clock.now())


async def remove(workplace: Workplace, source: Source, credentials: Mapping[str, Credential], left: Left) -> None:
    """Remove one of them; RestoreError when it stayed."""
    machine = _machine(workplace)
    if isinstance(source, FilesSource):
        await remove_folder(workplace, credentials[machine.credential], left.name)
        return
    async with opened_server(workplace, _login(machine, credentials), _restorable(workplace, source)) as server:
        with of_the_machine():
            await server.remove(left.name)


def _machine(workplace: Workplace) -> RestoreMachine:
    if workplace.job.restore.machine is None:
        raise UsageError(f"{workplace.job.name} names no test machine (restore.machine)")
    return workplace.job.restore.machine


def _login(machine: RestoreMachine, credentials: Mapping[str, Credential]) -> Credential | None:
    return None if machine.database is None else credentials[machine.database.credential]


def _restorable(workplace: Workplace, source: Source) -> Restorable:
    if not isinstance(source, Restorable):
        raise UsageError(f"{workplace.job.name} makes nothing on a test machine")
    return source
