"""Reading files of another machine over SFTP, on connections of links/ssh: names are bytes, and nothing is written there."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import paramiko
from paramiko.message import Message
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, SFTPError

from wenyam.clock import Clock
from wenyam.errors import CommandFailedError, ConnectionRefusedByDeviceError, NoAnswerError
from wenyam.links.ssh import SshPool
from wenyam.links.ssh_connection import Connection
from wenyam.model.inventory import Credential

Outcome = TypeVar("Outcome")
Session = TypeVar("Session", bound="Sftp")
_CHUNK: Final = 1 << 18
_REQUESTS: Final = 64
"""Reads that are asked for ahead: enough for a long line, few enough for a small server."""
_SILENCE: Final = 60.0
"""Seconds without a byte after which the other side is given up."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where to log in, and how."""

    address: str
    port: int
    credential: Credential
    legacy_crypto: bool = False


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What the other machine says of one name."""

    name: bytes
    mode: int
    size: int
    modified: int
    """Seconds since 1970; the protocol knows no fraction."""
    user: int
    group: int

    @property
    def kind(self) -> int:
        """The type bits of the mode."""
        return stat.S_IFMT(self.mode)


class Sftp:
    """An open SFTP session, used from a thread. An OSError is about the file asked for; a CollectError about the connection."""

    def __init__(self, client: paramiko.SFTPClient, at: str, clock: Clock, deadline: float) -> None:
        """Take an open client, where it leads, and the monotonic second by which all must be done."""
        self._client = client
        self._at = at
        self._clock = clock
        self._deadline = deadline

    def look(self, path: bytes) -> RemoteFile:
        """Look at one name, without following it."""
        return _described(path, self._ask(lambda: self._client.lstat(path)))

    def entries(self, directory: bytes) -> list[RemoteFile]:
        """List a directory."""
        return self._ask(lambda: _listed(self._client, directory))

    def target(self, path: bytes) -> bytes:
        """Read where a symbolic link leads."""
        found: str | bytes | None = self._ask(lambda: self._client.readlink(path))  # bytes when they are no UTF-8
        return found if isinstance(found, bytes) else (found or "").encode()

    def read(self, path: bytes, take: Callable[[bytes], object]) -> RemoteFile:
        """Hand over a file piece by piece; return what it looked like when all was read."""
        with self._ask(lambda: self._client.open(path, "rb")) as file:
            self._ask(lambda: file.prefetch(max_concurrent_requests=_REQUESTS))
            while chunk := self._ask(lambda: file.read(_CHUNK)):
                take(chunk)
            return _described(path, self._ask(file.stat))

    def _ask(self, question: Callable[[], Outcome]) -> Outcome:
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise NoAnswerError(f"SFTP at {self._at}: the time is up")
        channel = self._client.get_channel()
        if channel is not None:
            channel.settimeout(min(left, _SILENCE))
        try:
            return question()
        except TimeoutError as error:
            raise NoAnswerError(f"SFTP at {self._at}: nothing came for {min(left, _SILENCE):.0f} s") from error
        except (EOFError, paramiko.SSHException, SFTPError) as error:
            raise ConnectionRefusedByDeviceError(f"SFTP at {self._at}: the connection was lost") from error
        except OSError as error:
            if "closed" in str(error).lower() and error.errno is None:
                raise ConnectionRefusedByDeviceError(f"SFTP at {self._at}: the connection was lost") from error
            raise


async def with_sftp(pool: SshPool, login: Login, work: Callable[[Sftp], Outcome], deadline: float, *, clock: Clock) -> Outcome:
    """Run blocking work with an SFTP session until the monotonic second `deadline`; host keys and errors as in `SshPool.run`."""
    return await with_session(pool, login, Sftp, work, deadline, clock=clock)


async def with_session(
    pool: SshPool, login: Login, kind: type[Session], work: Callable[[Session], Outcome], deadline: float, *, clock: Clock
) -> Outcome:
    """Do what `with_sftp` does, with a session of this kind."""

    def within(connection: Connection, inner: float) -> Outcome:
        with connection.channel(inner) as channel:
            client = _started(channel, connection.at)
            return work(kind(client, connection.at, clock, inner))

    return await pool.use(login.address, login.port, login.credential, within, deadline, legacy_crypto=login.legacy_crypto)


def _started(channel: paramiko.Channel, at: str) -> paramiko.SFTPClient:
    channel.settimeout(_SILENCE)
    try:
        channel.invoke_subsystem("sftp")
        return paramiko.SFTPClient(channel)
    except TimeoutError as error:
        raise NoAnswerError(f"SFTP at {at}: the session did not begin in time") from error
    except (paramiko.SSHException, EOFError, OSError, SFTPError) as error:
        raise CommandFailedError(f"SFTP at {at}: the server offers no files to this account") from error


def _listed(client: paramiko.SFTPClient, directory: bytes) -> list[RemoteFile]:
    """List as the library does, but for names that are no UTF-8, on which its own listing breaks."""
    handle = _reply(client, CMD_HANDLE, CMD_OPENDIR, directory).get_binary()
    found: list[RemoteFile] = []
    try:
        while True:
            message = _reply(client, CMD_NAME, CMD_READDIR, handle)
            for _ in range(message.get_int()):
                name, _long = message.get_binary(), message.get_binary()
                found.append(_described(name, paramiko.SFTPAttributes._from_msg(message)))  # type: ignore[attr-defined]  # noqa: SLF001  # the library's own parser
    except EOFError:  # the end of the list
        return [each for each in found if each.name not in (b".", b"..")]
    finally:
        client._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]  # noqa: SLF001  # no public way


def _reply(client: paramiko.SFTPClient, wanted: int, question: int, about: bytes) -> Message:
    kind, message = client._request(question, about)  # type: ignore[attr-defined]  # noqa: SLF001  # no public way
    if kind != wanted or not isinstance(message, Message):
        raise SFTPError("an answer to another question")
    return message


def _described(name: bytes, attributes: paramiko.SFTPAttributes) -> RemoteFile:
    """Refuse what a server leaves out: a size or time made up here would make a changed file look unchanged."""
    mode, size, modified = attributes.st_mode, attributes.st_size, attributes.st_mtime
    if mode is None or size is None or modified is None:
        raise OSError(errno.EPROTO, os.strerror(errno.EPROTO))
    return RemoteFile(name, mode, size, modified, attributes.st_uid or 0, attributes.st_gid or 0)
