"""What the sources of database servers share: options, the login, the spool's files, values that would not hold still."""

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wenyam.backup.comparison import value_of
from wenyam.backup.contract import Workplace
from wenyam.errors import CommandFailedError, NotTestedError, RestoreError, SecretError, SourceError
from wenyam.links.private_servers import account_for
from wenyam.links.sql_drivers.contract import Limits, Login, Tls
from wenyam.model.backup import Parts

FILES: Final = "dump files"
"""Section of the spooled files: name -> SHA-256 and bytes; what came back is measured again."""
LONGEST: Final = 86_400.0
"""Seconds that one step may take when the job sets no limit of its own."""
LOGIN_SECONDS: Final = 30.0
PRIVATE_FILE: Final = 0o600
_ESCAPED: Final = re.compile(r"%([0-9a-f]{2})")
_FULL: Final = re.compile("No space left on device|errno 28|Errcode: 28", re.IGNORECASE)
Result = TypeVar("Result")
_OPEN: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DatabaseOptions(BaseModel):
    """Which databases of which server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    databases: tuple[str, ...] = ()
    """Names of the databases."""
    all: bool = False
    """Every database of the server, new ones too; instead of `databases`."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """The server's usual port when not given."""
    socket: str | None = Field(default=None, pattern="^/")
    """Unix socket of a server on this machine, instead of the device's address: PostgreSQL its directory, MariaDB its file."""
    tls: Tls = "prefer"
    """`prefer` takes TLS where the driver finds it, `require` insists, `verify` also checks the certificate."""
    authority: str | None = None
    """File of the authorities to trust instead of the system's, for `tls: verify`."""
    checksums: bool = False
    """Also checksum the content of every table: reads all data once more, at backup and at restore."""

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.all == bool(self.databases):
            raise ValueError("give either 'databases' (a list of names) or 'all: true'")
        if len(set(self.databases)) != len(self.databases):
            raise ValueError("'databases' names one database twice")
        return self


def login(workplace: Workplace, options: DatabaseOptions, port: int, database: str) -> Login:
    """Return how to log in as the backup account; SecretError without a credential."""
    credential = workplace.credential
    if credential is None:
        raise SecretError(
            f"backup job '{workplace.job.name}' needs a credential of kind sql", hint="Name one under 'credential'."
        )
    return Login(
        address=options.socket or workplace.address or "127.0.0.1",
        port=options.port or port,
        database=database,
        username=credential.settings.get("username", ""),
        password=workplace.links.secrets.of(credential, "password") if "password" in credential.secrets else "",
        credential=credential.name,
        tls=options.tls,
        authority=options.authority,
    )


def seconds_left(workplace: Workplace) -> float:
    """Return how long the next step may take; SourceError when the job's time is over."""
    left = min(LONGEST, workplace.deadline - workplace.clock.monotonic())
    if left <= 0:
        raise SourceError(f"backup job '{workplace.job.name}' has used up its time")
    return left


def limits(workplace: Workplace) -> Limits:
    """Return the limits of a session that stays open for a whole dump."""
    left = seconds_left(workplace)
    return Limits(min(LOGIN_SECONDS, left), left)


def file_name(database: str, ending: str) -> str:
    """Return a database's file name in the spool: as the database is called, with what a file name cannot hold escaped."""
    escaped = "".join(f"%{ord(letter):02x}" if letter in "/%\0" or ord(letter) < ord(" ") else letter for letter in database)
    return f"db-{escaped}{ending}"


def databases_in(files: Mapping[str, Path], ending: str) -> dict[str, Path]:
    """Return the dump of each database among the files of a dump: `file_name` read back."""
    names = [name for name in files if name.startswith("db-") and name.endswith(ending)]
    return {
        _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name.removeprefix("db-").removesuffix(ending)): files[name]
        for name in names
    }


@contextlib.contextmanager
def secret_file(path: Path, text: str) -> Iterator[Path]:
    """Write a file that only we can read, gone when the block ends: how a program is told a password."""
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, _OPEN, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def digest(path: Path) -> str:
    """Return the SHA-256 (hex) of a file, read in a thread."""

    def read() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    try:
        return await asyncio.to_thread(read)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error


async def digests(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the SHA-256 (hex) of each file."""
    return {path: await digest(path) for path in paths}


def files_section(found: Mapping[Path, str]) -> dict[str, str]:
    """Return the section about the spooled files."""
    return {path.name: f"sha256={sha256} bytes={path.stat().st_size}" for path, sha256 in found.items()}


def scratch_account(workplace: Workplace, server: str) -> str | None:
    """Return the account for a private server; NotTestedError when we are root and none is named, because servers refuse root."""
    account = account_for(workplace.scratch_user)
    if account is None and os.geteuid() == 0:
        raise NotTestedError(f"{server} refuses to run as root", hint="Name an account of this machine: backup.scratch_user.")
    return account


def unsettled(section: str, before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return which values of a section were others after the dump than before it, with both; the rest of an item is held to."""
    return {
        value_of(section, item): f"{before.get(item, 'absent')} before the dump, {value} after it"
        for item, value in after.items()
        if before.get(item) != value
    }


def merged(parts: Iterable[Parts]) -> dict[str, dict[str, str]]:
    """Return sections that hold the items of all of these."""
    found: dict[str, dict[str, str]] = {}
    for each in parts:
        for section, items in each.items():
            found.setdefault(section, {}).update(items)
    return found


@contextlib.contextmanager
def source_errors() -> Iterator[None]:
    """Turn a failed statement or program into a SourceError; a login that failed stays what it is."""
    try:
        yield
    except CommandFailedError as error:
        if _FULL.search(error.what):
            advice = "Free some space under backup.spool, or name another directory there."
            raise SourceError(f"the disk of the spool is full: {error.what}", hint=advice) from error
        raise SourceError(error.what, hint=error.advice) from error


@contextlib.contextmanager
def restore_errors() -> Iterator[None]:
    """Turn whatever a private server or its programs complain of into a RestoreError."""
    try:
        yield
    except CommandFailedError as error:
        raise RestoreError(error.what, hint=error.advice) from error


async def together(dumping: Coroutine[Any, Any, object], measuring: Coroutine[Any, Any, Result]) -> Result:
    """Dump and measure at the same time; when one fails the other is stopped, and that failure is the one that is told."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(dumping)
            measured = group.create_task(measuring)
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from group_error
    return measured.result()
