"""How every program is started and ended: a process group of its own, a clean environment, another account where asked for."""

import asyncio
import contextlib
import os
import pwd
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from wenyam.errors import CommandFailedError

CLEAN_ENVIRONMENT: Final[Mapping[str, str]] = {"LC_ALL": "C", "LANG": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"}
Stream = int | IO[bytes]
_KILL_GRACE: Final = 2.0
_UNSHARE: Final = "/usr/bin/unshare"


async def start(
    words: Sequence[str],
    environment: Mapping[str, str],
    user: str | None,
    *,
    stdin: Stream = asyncio.subprocess.DEVNULL,
    stdout: Stream = asyncio.subprocess.PIPE,
    stderr: Stream = asyncio.subprocess.PIPE,
    directory: Path = Path("/"),
) -> asyncio.subprocess.Process:
    """Start a program whose path is already trusted; CommandFailedError when that is not possible."""
    try:
        prefix, account = _becoming(user)
        return await asyncio.create_subprocess_exec(
            *prefix,
            *words,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={**CLEAN_ENVIRONMENT, **environment},
            cwd=directory,
            start_new_session=True,
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
        )
    except (OSError, LookupError, ValueError) as error:
        words_of_error = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
        raise CommandFailedError(f"{words[0]}: {words_of_error}") from error


def _becoming(user: str | None) -> tuple[Sequence[str], pwd.struct_passwd | None]:
    """Return how to become an account; where only one real user exists, a nested user namespace gives it the account's name."""
    if user is None:
        return (), None
    account = pwd.getpwnam(user)
    if is_mapped(account.pw_uid):
        return (), account
    return (_UNSHARE, "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}", "--"), None


def is_mapped(uid: int) -> bool:
    """Tell whether this user id exists in our user namespace."""
    ranges = (line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines())
    return any(int(first) <= uid < int(first) + int(count) for first, _, count in ranges)


async def end(process: asyncio.subprocess.Process, *, politely: signal.Signals | None = None, grace: float = 0.0) -> None:
    """End a program and all it started: ask, wait so many seconds, then kill the group and what left it for one of its own."""
    groups = [process.pid]
    if politely is not None:
        groups += _descendants(process.pid)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            process.send_signal(politely)
        await _wait(process, grace)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    await _wait(process, _KILL_GRACE)
    transport: asyncio.SubprocessTransport = process._transport  # type: ignore[attr-defined]  # noqa: SLF001  # nothing public closes the pipes
    transport.close()


async def _wait(process: asyncio.subprocess.Process, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()


def _descendants(parent: int) -> list[int]:
    """Return the ids of everything a process started; PostgreSQL's children make groups of their own."""
    found: list[int] = []
    for child in _children(parent):
        found += [child, *_descendants(child)]
    return found


def _children(parent: int) -> Iterator[int]:
    with contextlib.suppress(OSError):  # it ended meanwhile
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            yield from map(int, path.read_text(encoding="ascii").split())
