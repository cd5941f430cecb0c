"""The control socket: one JSON line in, one JSON line out, over a Unix socket; the actor is whom the kernel names."""

import asyncio
import contextlib
import grp
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from wenyam.errors import UsageError, WatcherSilentError, WenyamError

LONGEST_REQUEST = 64 * 1024
LONGEST_ANSWER = 256 * 1024 * 1024
SECONDS = 5.0
_CREDENTIALS = struct.Struct("iII")
"""pid, uid, gid: struct ucred of unix(7), SO_PEERCRED."""

Request = dict[str, Any]
Handler = Callable[[int, Request], Awaitable[dict[str, Any]]]


class ControlServer:
    """Answers whoever may open the socket (mode 0660, operators' group)."""

    def __init__(self, path: Path, group: str, handler: Handler) -> None:
        """Take the path; `handler` gets the peer's user id and the request."""
        self._path = path
        self._group = group
        self._handler = handler
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a socket left behind by a dead watcher is replaced (the daemon lock proves that it is dead)."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        mask = os.umask(0o117)
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=LONGEST_REQUEST)
        finally:
            os.umask(mask)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(self._path, -1, grp.getgrnam(self._group).gr_gid)

    async def stop(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                line = await reader.readline()
            answer = await self._answer(_peer(writer), line)
            writer.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            async with asyncio.timeout(SECONDS):
                await writer.drain()
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
        raise WatcherSilentError(f"{path}: {error.strerror or 'no answer in time'}") from error
    if not line.endswith(b"\n"):
        raise WatcherSilentError(f"{path}: hung up without an answer")
    answer: dict[str, Any] = json.loads(line)
    return answer
