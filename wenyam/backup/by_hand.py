"""How the files of each kind of source are loaded with stock programs alone, for people without Wenyam. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from wenyam.model.backup import BackupJob

_LOAD: Final[Mapping[str, tuple[str, ...]]] = {
    "files": ("The files lie under the paths they had; copy them to where they belong: cp -a.",),
    "postgresql": (
        "Start an empty PostgreSQL of the same major version (manifest.json names it), as its superuser:",
        "psql -d postgres -f tablespaces.sql (only where there are any); psql -d postgres -f roles.sql",
        "for each db-NAME.dump: pg_restore --exit-on-error --create -d postgres db-NAME.dump",
    ),
    "mariadb": (
        "Start an empty MariaDB or MySQL of the same version (manifest.json names it), as its root:",
        "for each db-NAME.sql: mariadb --binary-mode < db-NAME.sql; then: mariadb < users.sql",
    ),
    "sqlite": ("database.sqlite is the database: sqlite3 database.sqlite 'PRAGMA integrity_check'; then copy it to its place.",),
    "network_config": ("The full copy is loaded at the device's console, or by its own command (copy tftp: running-config …).",),
    "command": ("The dump is loaded by the program that belongs to it (RMAN, impdp, RESTORE DATABASE …).",),
    "own": (
        "Stop wenyam and wenyam-jobs. state/wenyam.db and known_hosts belong into the state directory (2770, group wenyam),",
        "configuration/ into /etc/wenyam; then: wenyam audit verify, wenyam doctor.",
    ),
}
_UNKNOWN: Final = ("This kind of source comes from another package; its own documentation says how its files are loaded.",)


def loading(job: BackupJob, source: Any = None) -> tuple[str, ...]:
    """Return the sentences for one job; a source that has its own (`BY_HAND`) is asked first."""
    own = getattr(source, "BY_HAND", None)
    sentences: tuple[str, ...] = tuple(own) if own else _LOAD.get(job.source, _UNKNOWN)
    command = getattr(job.options, "restore", None)
    if job.source == "command" and isinstance(command, tuple):
        sentences = (*sentences, f"Its configuration names this program: {' '.join(map(str, command))}")
    return sentences
