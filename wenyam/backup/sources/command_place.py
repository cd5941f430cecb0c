"""Where a backup program runs: on this machine, or on the job's device over SSH."""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, TypeVar

from wenyam.backup.comparison import shown
from wenyam.backup.contract import Workplace
from wenyam.backup.sources.command_options import CommandOptions
from wenyam.backup.sources.file_walk import as_name, explain, refuse_link
from wenyam.backup.sources.pace import Pace, seconds_left
from wenyam.errors import CommandFailedError, SourceError
from wenyam.links.programs import Completed, run_program
from wenyam.links.sftp import Login, Sftp, with_sftp
from wenyam.model.inventory import Credential

Look = tuple[int, ...]
"""What tells one writing of a file from another; empty when there is no file."""
Outcome = TypeVar("Outcome")
LINES_LIMIT = 16 << 20
"""Bytes that a measuring command may print."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_STALE = "was not written by this run: it is as it was before the program started"


class Place(Protocol):
    """Somewhere programs run and leave files."""

    async def run(self, words: Sequence[str], *, output: Path | None = None) -> Completed:
        """Run a program to its end; its standard output goes to a new file here when one is named."""

    async def looks(self, names: Sequence[str]) -> Mapping[str, Look]:
        """Look at files before the program runs."""

    async def take(self, names: Sequence[str], old: Mapping[str, Look]) -> list[Path]:
        """Return where the files lie on this machine; SourceError for one that is missing or of an earlier run."""


class Here:
    """This machine; files are stored where they lie."""

    def __init__(self, workplace: Workplace, config: CommandOptions) -> None:
        """Take the run's place."""
        self._workplace = workplace
        self._user = config.run_as

    async def run(self, words: Sequence[str], *, output: Path | None = None) -> Completed:
        """Start it as the account of the options."""
        left = max(0.01, seconds_left(self._workplace))
        clock = self._workplace.clock
        return await run_program(words, timeout=left, output_limit=LINES_LIMIT, user=self._user, stdout_to=output, clock=clock)

    async def looks(self, names: Sequence[str]) -> Mapping[str, Look]:
        """Look at each file."""
        return {name: _look(name) for name in names}

    async def take(self, names: Sequence[str], old: Mapping[str, Look]) -> list[Path]:
        """Leave them where they are."""
        for name in names:
            now = _look(name)
            if not now:
                raise SourceError(f"{shown(name)}: the program left no such file")
            if now == old[name]:
                raise SourceError(f"{shown(name)} {_STALE}")
            refuse_link(name)
        return [Path(name) for name in names]


class There:
    """The job's device; files are fetched into the spool."""

    def __init__(self, workplace: Workplace, config: CommandOptions) -> None:
        """Take the run's place."""
        self._workplace = workplace
        self._config = config

    async def run(self, words: Sequence[str], *, output: Path | None = None) -> Completed:
        """Run it as the credential's account; no shell sees a word unquoted."""
        workplace = self._workplace
        with contextlib.ExitStack() as stack:
            take: Callable[[bytes], None] | None = None
            if output is not None:
                take = _writer(stack.enter_context(_new(output)), output)
            done = await workplace.links.ssh.run(
                workplace.address,
                self._config.port,
                self._credential(),
                words,
                workplace.deadline,
                legacy_crypto=self._config.legacy_crypto,
                output_limit=LINES_LIMIT,
                on_output=take,
            )
        if done.exit_status < 0:  # SSH tells no number of the signal
            raise CommandFailedError(f"{words[0]} on the device was killed before its end")
        return done

    async def looks(self, names: Sequence[str]) -> Mapping[str, Look]:
        """Look at each file over SFTP."""
        if not names:
            return {}
        return await self._with_sftp(lambda sftp: {name: _look_there(sftp, name) for name in names})

    async def take(self, names: Sequence[str], old: Mapping[str, Look]) -> list[Path]:
        """Fetch each file that the program wrote."""
        pace = Pace(self._workplace, "fetching the dump", SourceError)
        try:
            return await self._with_sftp(lambda sftp: [self._fetch(sftp, name, old[name], pace) for name in names])
        finally:
            pace.stop()

    def _fetch(self, sftp: Sftp, name: str, old: Look, pace: Pace) -> Path:
        now = _look_there(sftp, name)
        if not now:
            raise SourceError(f"{shown(name)} on the device: the program left no such file")
        if now == old:
            raise SourceError(f"{shown(name)} on the device {_STALE}")
        target = self._workplace.spool / name.lstrip("/")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        with _new(target) as file:
            write = _writer(file, target)

            def take(chunk: bytes) -> None:
                write(chunk)
                pace.step(len(chunk))

            try:
                after = sftp.read(as_name(name), take)
            except OSError as error:
                raise SourceError(f"{shown(name)} on the device: {explain(error)}") from error
            if (after.size, after.modified) != now or file.tell() != after.size:
                raise SourceError(f"{shown(name)} on the device is still being written")
        return target

    async def _with_sftp(self, work: Callable[[Sftp], Outcome]) -> Outcome:
        workplace, config = self._workplace, self._config
        login = Login(workplace.address, config.port, self._credential(), config.legacy_crypto)
        return await with_sftp(workplace.links.ssh, login, work, workplace.deadline, clock=workplace.clock)

    def _credential(self) -> Credential:
        if self._workplace.credential is None:
            raise SourceError("a program on a device needs a credential of kind ssh-key or ssh-password")
        return self._workplace.credential


def _look(name: str) -> Look:
    try:
        status = os.lstat(name)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SourceError(f"{shown(name)}: {explain(error)}") from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def _look_there(sftp: Sftp, name: str) -> Look:
    try:
        found = sftp.look(as_name(name))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SourceError(f"{shown(name)} on the device: {explain(error)}") from error
    return found.size, found.modified


def _new(path: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(path, _NEW, 0o600), "wb", buffering=0)
    except OSError as error:
        raise SourceError(f"{shown(str(path))}: {explain(error)}") from error


def _writer(file: IO[bytes], path: Path) -> Callable[[bytes], None]:
    def write(chunk: bytes) -> None:
        rest = memoryview(chunk)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as error:
            raise CommandFailedError(f"{path}: {explain(error)}") from error

    return write
