"""The test machine of a job, out of what was written: never the machine that is backed up, never without what it needs."""

import re
from collections.abc import Mapping
from typing import Final

from wenyam.model.backup import MachineDatabase, RestoreMachine
from wenyam.settings.backup_rules import Login, Part, judge_login
from wenyam.settings.blocks_backup import BackupJobBlock, MachineBlock, MachineDatabaseBlock
from wenyam.settings.known import Known

_DATABASES: Final = ("postgresql", "mariadb")
_FILLED: Final[Mapping[str, str]] = {"files": "{folder}", **dict.fromkeys(_DATABASES, "{database}")}
"""Sources that can be restored on another machine, and what a command may ask for then."""
_ASKED: Final = re.compile(r"\{[^{}]*\}")


def build_machine(known: Known, job: BackupJobBlock, part: Part, address: str) -> RestoreMachine | None:
    """Return the machine, None when there is none; problems are noted. `address` is that of the job's device."""
    written = job.restore.machine
    if written is None:
        return None
    _judge(known, job, written, part, address)
    judge_login(known, part, written.credential, Login("a test machine", ("ssh-key",), needed=True))
    return RestoreMachine(
        host=written.host,
        credential=written.credential,
        port=written.port,
        legacy_crypto=written.legacy_crypto,
        folder=written.folder,
        database=_database(known, written.database, part.within("database")),
        commands=tuple(tuple(command) for command in written.commands),
        command_seconds=written.command_timeout,
    )


def _database(known: Known, written: MachineDatabaseBlock | None, part: Part) -> MachineDatabase | None:
    if written is None:
        return None
    judge_login(known, part, written.credential, Login("its database server", ("sql",), needed=True))
    return MachineDatabase(written.credential, written.port, written.tls, written.authority, written.owners)


def _judge(known: Known, job: BackupJobBlock, written: MachineBlock, part: Part, address: str) -> None:
    """Note what could not work, and what would restore over production."""
    problem = known.findings.problem
    if job.source not in _FILLED:
        sentence = f"what source '{job.source}' backs up is restored on this machine only, unlike {', '.join(_FILLED)}"
        problem(part.block.place, f"{part.path}: {sentence}")
        return
    if written.host == address:
        problem(part.at("host"), f"{part.path}.host: '{written.host}' is the machine that is backed up; name another one")
    if (written.database is None) is (job.source in _DATABASES):
        wanted = "needs 'database', with a credential of kind sql" if written.database is None else "has no use for 'database'"
        problem(part.block.place, f"{part.path}: source '{job.source}' {wanted}")
    asked = {name for command in written.commands for word in command for name in _ASKED.findall(word)}
    for name in sorted(asked - {_FILLED[job.source]}):
        sentence = f"'{name}' stands for nothing with source '{job.source}'; there is {_FILLED[job.source]}"
        problem(part.at("commands"), f"{part.path}.commands: {sentence}")
