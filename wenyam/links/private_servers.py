"""Servers of our own for one restore: started in a scratch directory, reached by a Unix socket there, gone afterwards."""

import asyncio
import contextlib
import os
import pwd
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.clock import Clock
from wenyam.errors import CommandFailedError, NoAnswerError
from wenyam.links import processes
from wenyam.links.programs import run_program, trusted_program

Ready = Callable[[], Awaitable[bool]]
LOG: Final = "server.log"
_SOCKET_PATH_BYTES: Final = 107
"""What the kernel takes for the path of a Unix socket."""
_POLL_SECONDS: Final = 0.05
_STOP_SECONDS: Final = 20.0
_PRIVATE: Final = 0o700
_WORDS: Final = 2000
_ONE_CALL_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class PrivateServer:
    """A program that runs for us alone."""

    directory: Path
    process_id: int

    def words(self) -> str:
        """Return the end of what it wrote."""
        return (self.directory / LOG).read_bytes()[-_WORDS:].decode("utf-8", "replace").strip()


def account_for(user: str | None) -> str | None:
    """Return the account that a private server runs as: the given one when we are root, ourselves otherwise."""
    return user if os.geteuid() == 0 else None


async def prepare_directory(directory: Path, user: str | None) -> None:
    """Give a private directory to the account that will work in it; CommandFailedError when it could not get there."""
    _make(directory, user)
    if user is None:
        return
    for place in (*reversed(directory.parents), directory):
        # Asked as that account, because rights may also come from its groups or an access list.
        asked = await run_program(["/usr/bin/test", "-x", str(place)], timeout=_ONE_CALL_SECONDS, user=user)
        if asked.exit_status:
            raise CommandFailedError(
                f"account '{user}' cannot enter {place}, so no private server can run in {directory}",
                hint=f"Let it pass through: setfacl -m u:{user}:x {place} (or chmod o+x).",
            )


def _make(directory: Path, user: str | None) -> None:
    try:
        directory.mkdir(mode=_PRIVATE, exist_ok=True)
        account = None if user is None else pwd.getpwnam(user)
        if account is not None and processes.is_mapped(account.pw_uid):
            os.chown(directory, account.pw_uid, account.pw_gid)
    except (OSError, LookupError) as error:
        raise CommandFailedError(f"{directory} cannot be given to account '{user}': {error}") from error


def socket_fits(path: Path) -> None:
    """Raise CommandFailedError when the path of a socket is longer than the kernel takes."""
    length = len(os.fsencode(path))
    if length > _SOCKET_PATH_BYTES:
        raise CommandFailedError(
            f"the socket {path} would have a path of {length} bytes, the kernel takes {_SOCKET_PATH_BYTES}",
            hint="Use a shorter scratch directory (backup.scratch).",
        )


@contextlib.asynccontextmanager
async def private_server(
    argv: Sequence[str],
    *,
    directory: Path,
    ready: Ready,
    seconds: float,
    clock: Clock,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> AsyncIterator[PrivateServer]:
    """Run a server in the foreground until the block ends; `directory` (made by `prepare_directory`) takes its log.

    `argv` must make it listen only on a Unix socket in `directory`. It has started when `ready` says so; NoAnswerError when that
    takes longer than `seconds`, CommandFailedError when it ends before. At the end it is asked by `stop`, then killed with all it
    started.
    """
    words = [trusted_program(argv[0]), *argv[1:]]
    with (directory / LOG).open("ab") as log:
        process = await processes.start(
            words, environment or {}, user, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, directory=directory
        )
    try:
        server = PrivateServer(directory, process.pid)
        try:
            async with asyncio.timeout(seconds):
                await _until_ready(process, server, ready, clock)
        except TimeoutError as error:
            raise NoAnswerError(f"{words[0]} was not ready within {seconds:.3g} s: {server.words()}") from error
        yield server
    finally:
        await processes.end(process, politely=stop, grace=_STOP_SECONDS)


async def _until_ready(process: asyncio.subprocess.Process, server: PrivateServer, ready: Ready, clock: Clock) -> None:
    while not await ready():
        if process.returncode is not None:
            raise CommandFailedError(f"the private server ended at once (status {process.returncode}): {server.words()}")
        await clock.sleep(_POLL_SECONDS)
