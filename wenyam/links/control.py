"""The control socket: one JSON line in, one JSON line out, over a Unix socket; the actor is whom the kernel names."""

import asyncio
import contextlib
import grp
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from wenyam.errors import UsageError, WatcherSilentError, WenyamError

LONGEST_REQUEST = 64 * 1024
LONGEST_ANSWER = 256 * 1024 * 1024
SECONDS = 5.0
LONGEST_PATH = 107
"""Bytes: sun_path of unix(7) without its closing zero."""
ROWS_AT_ONCE = 200
"""Rows made and written before everything else in the loop has its turn: about three milliseconds."""
_CREDENTIALS = struct.Struct("iII")
"""pid, uid, gid: struct ucred of unix(7), SO_PEERCRED."""

Request = dict[str, Any]
Handler = Callable[[int, Request], Awaitable[dict[str, Any]]]
"""Answers a request. A value that is an iterator is written as a list, its rows made a portion at a time."""


class ControlSocketError(WenyamError):
    """The control socket cannot be opened."""

    hint = "Correct instance.run_directory: a directory of its own for each Wenyam, which this user may write."
    permanent = True


class ControlServer:
    """Answers whoever may open the socket (mode 0660, operators' group)."""

    def __init__(self, path: Path, group: str, handler: Handler) -> None:
        """Take the path; `handler` gets the peer's user id and the request."""
        self._path = path
        self._group = group
        self._handler = handler
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, in place of a socket that a dead watcher left behind; ControlSocketError when that cannot be."""
        _clear(self._path)
        mask = os.umask(0o117)
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=LONGEST_REQUEST)
        except OSError as error:
            raise ControlSocketError(f"{self._path}: {_reason(error)}") from error
        finally:
            os.umask(mask)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(self._path, -1, grp.getgrnam(self._group).gr_gid)

    async def stop(self) -> None:
        """Stop listening and remove the socket; what was never started leaves other programs' sockets alone."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                line = await reader.readline()
            answer = await self._answer(_peer(writer), line)
            await _write(writer, answer)
        except (TimeoutError, ConnectionError, ValueError):
            # A peer that says nothing in time, hangs up or floods gets no answer; it harms nobody else.
            return
        finally:
            writer.close()

    async def _answer(self, user: int, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise UsageError("a request is one JSON object on one line")
            return await self._handler(user, request)
        except json.JSONDecodeError:
            return {"error": "a request is one JSON object on one line"}
        except WenyamError as error:
            return {"error": str(error)}


async def _write(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    """Write an answer as one line, so that a hundred thousand rows keep nobody else waiting."""
    for place, (key, value) in enumerate(answer.items()):
        writer.write(b"{" if place == 0 else b",")
        writer.write(_text(key) + b":")
        if isinstance(value, Iterator):
            await _write_rows(writer, value)
        else:
            writer.write(_text(value))
    writer.write(b"}\n" if answer else b"{}\n")
    await _drain(writer)


async def _write_rows(writer: asyncio.StreamWriter, rows: Iterator[object]) -> None:
    lead = b"["
    while portion := list(islice(rows, ROWS_AT_ONCE)):
        writer.write(lead + _text(portion)[1:-1])
        lead = b","
        await _drain(writer)
        await asyncio.sleep(0)
    writer.write(b"[]" if lead == b"[" else b"]")


async def _drain(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(SECONDS):
        await writer.drain()


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _clear(path: Path) -> None:
    """Make the directory and take away a dead watcher's socket; ControlSocketError for whatever else is in the way."""
    if (length := len(os.fsencode(path))) > LONGEST_PATH:
        raise ControlSocketError(f"{path} has {length} bytes, a socket's path at most {LONGEST_PATH}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            return
        if not path.is_socket():
            raise ControlSocketError(
                f"{path} is there and is no socket", hint="Move it aside, or correct instance.run_directory."
            )
        if _is_listened_on(path):
            raise ControlSocketError(f"another program listens on {path}")
        path.unlink()
    except OSError as error:
        raise ControlSocketError(f"{error.filename or path}: {_reason(error)}") from error


def _is_listened_on(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            return False
        except BlockingIOError:  # so many wait that the queue is full
            return True
    return True


def _reason(error: OSError) -> str:
    return "there is a file of this name" if isinstance(error, FileExistsError) else error.strerror or str(error)


def _peer(writer: asyncio.StreamWriter) -> int:
    """Return the user id of the other end, as the kernel knows it."""
    connection: socket.socket = writer.get_extra_info("socket")
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(packed)
    return int(user)


def ask(path: Path, request: Request, seconds: float = SECONDS) -> dict[str, Any]:
    """Send one request and return the answer; WatcherSilentError when nobody answers in time."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(path))
            connection.sendall(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline(LONGEST_ANSWER)
    except PermissionError as error:
        raise WatcherSilentError(f"{path}: you may not use it", hint="Only members of the operators' group may.") from error
    except OSError as error:
        raise WatcherSilentError(f"{path}: {error.strerror or str(error) or 'no answer in time'}") from error
    if not line.endswith(b"\n"):
        raise WatcherSilentError(f"{path}: hung up without an answer")
    answer: dict[str, Any] = json.loads(line)
    return answer
