"""Examinations of what backups stand on: restic, the programs of each source, spool and scratch, the repositories' keys."""

import asyncio
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from wenyam.backup import catalogue
from wenyam.backup.places import PASSABLE, PRIVATE, free_bytes
from wenyam.backup.repositories.capabilities import Capabilities, capabilities_of
from wenyam.errors import CommandFailedError, SecretError
from wenyam.links.programs import run_program
from wenyam.links.tools import Tools
from wenyam.model.backup import BackupPlan, RepositoryPlan
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.operations.doctor_configuration import BACKUP_ACCOUNT
from wenyam.operations.findings import Finding, Surroundings, bad, good, untested
from wenyam.settings.secrets import SecretReader
from wenyam.store.opening import DATABASE
from wenyam.store.sqlite import open_reader

AS_IT = f"Run it as the account that makes backups: sudo -u {BACKUP_ACCOUNT} wenyam doctor"
RECOMMENDED = Capabilities((0, 18, 0))
DUMP_PROGRAMS = {"postgresql": ("pg_dump", "pg_dumpall", "pg_restore"), "mariadb": ("mariadb-dump",)}
"""Without these a source makes no dump."""
RESTORE_PROGRAMS = {
    "postgresql": ("initdb", "postgres", "psql"),
    "mariadb": ("mariadbd", "mariadb-install-db", "mariadb"),
}
"""Without these its backups are never proven."""
REPOSITORY_PROGRAMS = {"sftp": ("ssh", "sftp")}
ENVELOPE_PROGRAM = "age"
_VERSION_SECONDS = 20.0
_SPARE_BYTES = 1024 * 1024 * 1024
"""Free space below which no dump of any size is sure to pass."""
_KEY = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ALL_TIME = Period(Instant(0), Instant(2**47))
_MEBIBYTE = 1024 * 1024


def restic(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the program that keeps backups: there, and of a version we know how to use."""
    configuration = _with_backups(surroundings)
    if configuration is None:
        return [] if surroundings.configuration is None else [good("backups", "no backup is configured")]
    program = Tools(configuration.instance.tools)("restic")
    done = asyncio.run(run_program([program, "version"], timeout=_VERSION_SECONDS))
    found = capabilities_of(done.stdout.decode("utf-8", "replace"))
    advice = ""
    if found.version < RECOMMENDED.version:
        advice = f"It serves; {RECOMMENDED} or newer tells its errors apart and checks faster."
    return [good("restic", f"{program} is restic {found}", advice)]


def backup_programs(surroundings: Surroundings) -> Iterator[Finding]:
    """Examine the programs that the configured sources and repositories start."""
    configuration = _with_backups(surroundings)
    if configuration is None:
        return
    tools, plan = Tools(configuration.instance.tools), configuration.backup
    sources, kinds = {job.source for job in plan.jobs.values()}, {each.kind for each in plan.repositories.values()}
    for source in sorted(sources):
        yield from _programs(tools, DUMP_PROGRAMS.get(source, ()), f"source '{source}' makes no backup without it")
        yield from _programs(tools, RESTORE_PROGRAMS.get(source, ()), f"backups of source '{source}' are never proven without it")
    for kind in sorted(kinds):
        yield from _programs(tools, REPOSITORY_PROGRAMS.get(kind, ()), f"repositories of kind '{kind}' cannot be reached")
    yield from _programs(tools, (ENVELOPE_PROGRAM,), "'wenyam backup escrow' seals no envelope without it")


def _programs(tools: Tools, names: Iterable[str], otherwise: str) -> Iterator[Finding]:
    for name in names:
        try:
            yield good(f"program {name}", tools(name))
        except CommandFailedError as error:
            yield bad(f"program {name}", f"{error.what}; {otherwise}", error.advice)


def backup_places(surroundings: Surroundings) -> Iterator[Finding]:
    """Examine spool and scratch: there, of the backup account alone, with room for the largest dump on record."""
    configuration = _with_backups(surroundings)
    if configuration is None:
        return
    plan = configuration.backup
    spooled, whole = _largest(configuration)
    yield _place(surroundings, "spool", Path(plan.spool), spooled, PRIVATE)
    # The account of private servers passes through to what is given to it further down.
    yield _place(surroundings, "scratch", Path(plan.scratch), whole, PRIVATE if plan.scratch_user is None else PASSABLE)


def _largest(configuration: Configuration) -> tuple[int, int]:
    """Return the bytes of the largest dump and of the largest backup among the last of each job."""
    directory = Path(configuration.instance.state_directory)
    if not (directory / DATABASE).exists():
        return 0, 0
    reader = open_reader(directory)
    try:
        histories = catalogue.read(reader, _ALL_TIME).values()
    finally:
        reader.close()
    last = [history.backups[-1] for history in histories if history.backups]
    return max((each.spooled_bytes for each in last), default=0), max((each.bytes for each in last), default=0)


def _place(surroundings: Surroundings, about: str, path: Path, largest: int, widest: int) -> Finding:
    try:
        found = path.stat()
    except FileNotFoundError:
        repair = f"scripts/install makes {path}; or: install -d -m 0700 -o {BACKUP_ACCOUNT} {path}"
        return untested(about, f"{path} does not exist yet; the first backup makes it", repair)
    except PermissionError:
        return untested(about, f"{path} may only be looked at by the account that makes backups", AS_IT)
    trouble = _not_private(found, path, surroundings.root, widest)
    if trouble is not None:
        return bad(about, *trouble)
    free, needed = free_bytes(path), max(largest + largest // 10, _SPARE_BYTES)
    sentence = f"{free // _MEBIBYTE} MiB are free in {path}"
    if free < needed:
        return bad(
            about, f"{sentence}, at least {needed // _MEBIBYTE} MiB are needed", f"Free some space, or move backup.{about}."
        )
    return good(about, f"{sentence}, which is private")


def _not_private(found: os.stat_result, path: Path, root: Path, widest: int) -> tuple[str, str] | None:
    """Return what is wrong with the owner or mode, and the repair; None when it is the backup account's alone."""
    owner, mode = _backup_account(root), stat.S_IMODE(found.st_mode)
    if found.st_uid != owner:
        return f"{path} belongs to user {found.st_uid}, not to {owner}", f"Run: chown {owner} {path}"
    if mode & _OTHERS & ~widest:
        return f"{path} has mode {mode:04o}, open to others", f"Run: chmod {widest:04o} {path}"
    return None


def _backup_account(root: Path) -> int:
    """Return the user id of the account that makes backups; our own where there is no such account."""
    passwd = root / "etc/passwd"
    lines = passwd.read_text(encoding="utf-8", errors="replace").splitlines() if passwd.is_file() else []
    found = (line.split(":") for line in lines if line.startswith(f"{BACKUP_ACCOUNT}:"))
    return next((int(fields[2]) for fields in found), os.geteuid())


def repository_keys(surroundings: Surroundings) -> Iterator[Finding]:
    """Examine the key of every repository: readable for the backup account and for nobody else. None is shown."""
    configuration = _with_backups(surroundings)
    if configuration is None:
        return
    for plan in configuration.backup.repositories.values():
        yield _key(plan, surroundings.root)
    yield from _apart(configuration.backup)


def _key(plan: RepositoryPlan, root: Path) -> Finding:
    about, path = f"key of {plan.name}", Path(plan.key.location)
    try:
        SecretReader().read(plan.key)
        trouble = _not_private(path.stat(), path, root, _KEY)
    except SecretError as error:
        if isinstance(error.__cause__, PermissionError):
            return untested(about, f"{plan.key} may not be read by this account", AS_IT)
        return bad(about, error.sentence, error.advice)
    return good(about, f"{plan.key} can be read") if trouble is None else bad(about, *trouble)


def _apart(plan: BackupPlan) -> Iterator[Finding]:
    """Examine whether the copies have keys of their own: one stolen or lost key should not be all."""
    pairs = [(job, copy) for job in plan.jobs.values() for copy in job.copies]
    if not pairs:
        return
    keys = {name: _key_of(each) for name, each in plan.repositories.items()}
    unread = sorted(name for name, key in keys.items() if key is None)
    same = [(job, copy) for job, copy in pairs if keys[copy] is not None and keys[copy] == keys[job.repository]]
    if same:
        told = "; ".join(f"'{copy}' of job '{job.name}' has the key of '{job.repository}'" for job, copy in same)
        yield bad("keys apart", told, "Give the copy a key of its own: restic key passwd, and another file.")
    elif unread:
        yield untested("keys apart", f"the keys of these repositories could not be read: {', '.join(unread)}")
    else:
        yield good("keys apart", "every copy has another key than the first repository of its job")


def _key_of(plan: RepositoryPlan) -> str | None:
    try:
        return SecretReader().read(plan.key)
    except SecretError:
        return None  # said above


def _with_backups(surroundings: Surroundings) -> Configuration | None:
    """Return the configuration when it has anything about backups."""
    configuration = surroundings.configuration
    if configuration is None or not (configuration.backup.jobs or configuration.backup.repositories):
        return None
    return configuration
