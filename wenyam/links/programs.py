"""The only place that starts programs: absolute trusted paths, argument lists, a clean environment, nothing left behind."""

import asyncio
import contextlib
import os
import stat
import subprocess
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from wenyam.clock import Clock, SystemClock
from wenyam.errors import BudgetSpentError, CommandFailedError, NoAnswerError
from wenyam.links.processes import end, start
from wenyam.model.instants import Instant

OUTPUT_LIMIT: Final = 1 << 20
_CHUNK: Final = 1 << 16
_ENDS_WITH_US: Final = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "--")
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


OnLine = Callable[[bytes], None]
_Listener = Callable[[asyncio.StreamReader | None], Coroutine[None, None, bytes]]


@dataclass(frozen=True, slots=True)
class Completed:
    """A program or remote command that ended by itself."""

    stdout: bytes
    stderr: bytes
    exit_status: int
    """Negative: ended by that signal."""
    started: Instant
    """Our clock just before it was started."""
    ended: Instant
    """Our clock when its end was known."""


def trusted_program(path: str) -> str:
    """Return the resolved path of a program that only root or we could have changed; CommandFailedError otherwise.

    The file and every directory above it must belong to root or to us and be writable by nobody else (a sticky directory like
    /tmp will do); so nobody else can put another program in its place.
    """
    if not path.startswith("/"):
        raise CommandFailedError(f"{path}: the path of a program must be absolute")
    try:
        resolved = Path(path).resolve(strict=True)
        for place in (resolved, *resolved.parents):
            _check_owner(place, resolved)
    except OSError as error:
        raise CommandFailedError(f"{path}: {os.strerror(error.errno or 0).lower()}") from error
    if not resolved.is_file() or not os.access(resolved, os.X_OK):
        raise CommandFailedError(f"{path}: is no program this account may start")
    return str(resolved)


def _check_owner(place: Path, program: Path) -> None:
    found = place.stat()
    if found.st_uid not in _trusted_owners():
        raise CommandFailedError(f"{program}: {place} belongs to another user (uid {found.st_uid})")
    if found.st_mode & _OTHERS_MAY_WRITE and not (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX):
        raise CommandFailedError(
            f"{program}: others may write {place} (mode {stat.S_IMODE(found.st_mode):04o})", hint=f"Run: chmod go-w {place}"
        )


def _trusted_owners() -> tuple[int, ...]:
    """Root and ourselves; in a user namespace without the real root, its files show the overflow user as their owner."""
    owners = (0, os.geteuid())
    first, real, count = (int(part) for part in Path("/proc/self/uid_map").read_text(encoding="ascii").split()[:3])
    if (first, real) == (0, 0) and count > 1:
        return owners
    return (*owners, int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="ascii")))


async def run_program(
    argv: Sequence[str],
    *,
    timeout: float,  # noqa: ASYNC109  # the agreed name; it also bounds the killing
    environment: Mapping[str, str] | None = None,
    input: bytes | None = None,  # noqa: A002  # the name subprocess gives it
    output_limit: int = OUTPUT_LIMIT,
    user: str | None = None,
    clock: Clock | None = None,
    stdout_to: Path | None = None,
    on_line: OnLine | None = None,
    stdin_from: Path | None = None,
    on_error_line: OnLine | None = None,
    on_chunk: OnLine | None = None,
    ends_with_us: bool = False,
) -> Completed:
    """Start a program and wait for its end; at the time-out or beyond the output limit its whole process group is killed.

    `stdout_to` is a new file (0600) that takes the standard output; `on_line` is handed each of its lines instead, without the
    newline, `on_error_line` each line of the standard error; `on_chunk` the standard output in pieces as they come. None of
    them counts for `output_limit`, and `Completed.stdout` or `stderr` is empty then. `stdin_from` is a file that is its
    standard input. With `ends_with_us` the kernel kills the program when we are killed, so that nothing goes on unwatched.
    NoAnswerError after `timeout` seconds, BudgetSpentError beyond `output_limit` bytes (stdout and stderr together),
    CommandFailedError when it cannot be started. Never put a secret into `argv`: every user of the machine can read it.
    """
    clock = clock or SystemClock()
    words = [trusted_program(argv[0]), *argv[1:]]
    prefix = _ENDS_WITH_US if ends_with_us else ()
    started = clock.now()
    with _output(stdout_to) as output, _input(stdin_from, given=input is not None) as source:
        process = await start([*prefix, *words], environment or {}, user, stdin=source, stdout=output)
    try:
        async with asyncio.timeout(timeout):
            listeners = (_pieces(on_chunk) or _lines(on_line), _lines(on_error_line))
            stdout, stderr = await _talk(process, input, output_limit, words[0], listeners)
            status = await process.wait()
    except TimeoutError as error:
        raise NoAnswerError(f"{words[0]} did not end within {timeout:.3g} s and was killed") from error
    finally:
        await end(process)
    return Completed(stdout, stderr, status, started, clock.now())


@contextlib.contextmanager
def _output(path: Path | None) -> Iterator[int]:
    """Give what the program writes to: a pipe, or a new file."""
    if path is None:
        yield subprocess.PIPE
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandFailedError(f"{path}: {os.strerror(error.errno or 0).lower()}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _input(path: Path | None, *, given: bool) -> Iterator[int]:
    """Give what the program reads: nothing, a pipe, or a file."""
    if path is None:
        yield subprocess.PIPE if given else subprocess.DEVNULL
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise CommandFailedError(f"{path}: {os.strerror(error.errno or 0).lower()}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _talk(
    process: asyncio.subprocess.Process,
    given: bytes | None,
    limit: int,
    name: str,
    listeners: tuple[_Listener | None, _Listener | None],
) -> tuple[bytes, bytes]:
    room = [limit]
    out, error = (
        _read(stream, room, name) if listener is None else listener(stream)
        for stream, listener in zip((process.stdout, process.stderr), listeners, strict=True)
    )
    outputs = await asyncio.gather(out, error, _write(process.stdin, given))
    return outputs[0], outputs[1]


def _lines(on_line: OnLine | None) -> _Listener | None:
    return on_line and partial(_hand_over, on_line=on_line)


def _pieces(on_chunk: OnLine | None) -> _Listener | None:
    return on_chunk and partial(_pass_on, on_chunk=on_chunk)


async def _pass_on(stream: asyncio.StreamReader | None, on_chunk: OnLine) -> bytes:
    """Hand over piece by piece, so that gigabytes never sit in memory."""
    while stream is not None:
        chunk = await stream.read(_CHUNK)
        if not chunk:
            break
        on_chunk(chunk)
    return b""


async def _hand_over(stream: asyncio.StreamReader | None, on_line: OnLine) -> bytes:
    """Hand over line by line, however long a line is."""
    rest = b""
    while stream is not None:
        chunk = await stream.read(_CHUNK)
        if not chunk:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            on_line(line)
    if rest:
        on_line(rest)
    return b""


async def _read(stream: asyncio.StreamReader | None, room: list[int], name: str) -> bytes:
    gathered = bytearray()
    while stream is not None:
        chunk = await stream.read(_CHUNK)
        if not chunk:
            break
        gathered += chunk
        room[0] -= len(chunk)
        if room[0] < 0:
            raise BudgetSpentError(f"{name} wrote more than its limit and was killed")
    return bytes(gathered)


async def _write(stream: asyncio.StreamWriter | None, given: bytes | None) -> None:
    if stream is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read all it is given
        stream.write(given or b"")
        await stream.drain()
    stream.close()
