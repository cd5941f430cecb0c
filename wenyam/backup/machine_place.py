"""Which way a source's backup goes to a test machine."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from wenyam.backup.contract import Source, Workplace
from wenyam.backup.machine import RestoredThere
from wenyam.backup.machine_databases import databases_there
from wenyam.backup.machine_files import files_there
from wenyam.backup.sources.files import FilesSource
from wenyam.backup.targets import Restorable
from wenyam.errors import NotTestedError
from wenyam.model.backup import Manifest
from wenyam.model.inventory import Credential


def restored_there(
    workplace: Workplace, source: Source, fetched: Path, manifest: Manifest, credentials: Mapping[str, Credential]
) -> AbstractAsyncContextManager[RestoredThere]:
    """Restore on the job's test machine; removed there when the context ends. NotTestedError for sources that cannot."""
    machine = workplace.job.restore.machine
    if machine is not None and isinstance(source, FilesSource):
        return files_there(workplace, credentials[machine.credential], source, fetched, manifest)
    if machine is not None and machine.database is not None and isinstance(source, Restorable):
        logins = credentials[machine.credential], credentials[machine.database.credential]
        return databases_there(workplace, logins, source, fetched, manifest)
    raise NotTestedError(f"what source '{workplace.job.source}' backs up is restored on this machine only")
