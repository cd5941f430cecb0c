"""One SSH connection, used from threads: log in, run commands with a deadline, close. Everything here blocks."""

import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType

from wenyam.clock import Clock
from wenyam.errors import (
    BudgetSpentError,
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    NoAnswerError,
    SecretError,
)
from wenyam.links.programs import Completed
from wenyam.links.sockets import failure_of, where
from wenyam.links.ssh_host_keys import KnownHosts
from wenyam.links.ssh_transport import make_transport

_CHUNK = 1 << 16
OnOutput = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Secrets:
    """How to log in; read just before the login and kept nowhere."""

    username: str
    credential: str
    password: str | None = field(default=None, repr=False)
    key: Path | None = None
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Server:
    """Where to log in."""

    address: str
    port: int
    legacy_crypto: bool = False

    @property
    def at(self) -> str:
        """Where, for a sentence."""
        return where(self.address, self.port)


class Connection:
    """An authenticated connection. `abort` may be called from another thread at any time and frees whoever waits."""

    def __init__(self, clock: Clock, server: Server) -> None:
        """Take where to connect; `open` does it."""
        self._clock = clock
        self._server = server
        self._transport: paramiko.Transport | None = None
        self._socket: socket.socket | None = None
        self._guard = threading.Lock()
        self._aborted = False

    @property
    def alive(self) -> bool:
        """True while commands can be run."""
        return not self._aborted and self._transport is not None and self._transport.is_active()

    def open(self, known_hosts: KnownHosts, read_secrets: Callable[[], Secrets], deadline: float) -> None:
        """Connect, check the host key, then read the secrets and log in."""
        server = self._server
        try:
            opened = socket.create_connection((server.address, server.port), timeout=self._left(deadline))
        except TimeoutError as error:
            raise NoAnswerError(f"SSH at {server.at}") from error
        except OSError as error:
            raise failure_of(error, f"SSH at {server.at}") from error
        try:
            transport = self._keep(opened, known_hosts)
            shake(transport, server, self._left(deadline))
            known_hosts.verify(server.address, server.port, transport.get_remote_server_key())
            _log_in(transport, read_secrets(), server, self._left(deadline))
        except BaseException:
            self.abort()
            raise

    def run(self, command: str, deadline: float, limit: int, on_output: OnOutput | None = None) -> Completed:
        """Run one command and gather its output, or hand it over; the channel is closed however it ends."""
        with self.channel(deadline) as channel:
            started = self._clock.now()
            channel.settimeout(self._left(deadline))
            _execute(channel, command, self._server)
            channel.shutdown_write()
            stdout, stderr = self._gather(channel, deadline, limit, on_output)
            if not channel.status_event.wait(self._left(deadline)):
                raise self._too_late(command)
            status = channel.recv_exit_status()
            ended = self._clock.now()
        if status < 0 and not self.alive:
            raise CutOffError(f"SSH at {self._server.at}: the connection was lost while a command ran")
        return Completed(stdout, stderr, status, started, ended)

    def channel(self, deadline: float) -> paramiko.Channel:
        """Open a session; StaleConnectionError when the kept connection was lost since it was last used."""
        transport = self._transport
        if transport is None:
            raise ConnectionRefusedByDeviceError(f"SSH at {self._server.at}: not connected")
        try:
            return transport.open_session(timeout=self._left(deadline))
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise StaleConnectionError(f"SSH at {self._server.at}: the connection was lost") from error

    @property
    def at(self) -> str:
        """Where it leads, for a sentence."""
        return self._server.at

    def abort(self) -> None:
        """Close everything at once."""
        with self._guard:
            self._aborted = True
            transport, opened = self._transport, self._socket
        if opened is not None:
            opened.close()
        if transport is not None:
            transport.close()

    def _keep(self, opened: socket.socket, known_hosts: KnownHosts) -> paramiko.Transport:
        server = self._server
        known = known_hosts.keys_of(server.address, server.port)
        with self._guard:
            self._socket = opened
            if self._aborted:
                raise NoAnswerError(f"SSH at {server.at}: given up")
            self._transport = make_transport(opened, legacy_crypto=server.legacy_crypto, known=known)
            return self._transport

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise NoAnswerError(f"SSH at {self._server.at}: the time is up")
        return left

    def _too_late(self, command: str) -> "GivenUpError":
        return GivenUpError(
            f"SSH at {self._server.at}: '{command[:60]}' did not end in time",
            hint="The remote command may still be running; look for it before starting it again.",
        )

    def _gather(self, channel: paramiko.Channel, deadline: float, limit: int, on_output: OnOutput | None) -> tuple[bytes, bytes]:
        """Read both outputs until both end. `recv_exit_status` would wait for ever, so the deadline is kept here."""
        stdout, stderr = bytearray(), bytearray()
        take = stdout.extend if on_output is None else on_output
        waiter = select.poll()
        waiter.register(channel.fileno(), select.POLLIN)
        while True:
            while channel.recv_ready():
                take(channel.recv(_CHUNK))
            while channel.recv_stderr_ready():
                stderr += channel.recv_stderr(_CHUNK)
            if len(stdout) + len(stderr) > limit:
                raise BudgetSpentError(f"SSH at {self._server.at}: the command wrote more than {limit} bytes and was cut off")
            if (channel.eof_received or channel.closed) and not channel.recv_ready() and not channel.recv_stderr_ready():
                return bytes(stdout), bytes(stderr)
            left = deadline - self._clock.monotonic()
            if left <= 0 or not waiter.poll(left * 1000):
                raise self._too_late("the command")


class GivenUpError(NoAnswerError):
    """No answer came in time."""

    goes_on = True


class CutOffError(ConnectionRefusedByDeviceError):
    """The device refused the connection."""

    goes_on = True


class StaleConnectionError(ConnectionRefusedByDeviceError):
    """The kept connection was lost before the command began."""


def _execute(channel: paramiko.Channel, command: str, server: Server) -> None:
    try:
        channel.exec_command(command)
    except TimeoutError as error:
        raise NoAnswerError(f"SSH at {server.at}: the command was not taken in time") from error
    except paramiko.SSHException as error:
        raise CommandFailedError(f"SSH at {server.at}: the server does not run commands for this account") from error


def shake(transport: paramiko.Transport, server: Server, seconds: float) -> None:
    """Exchange keys; the host key is known afterwards and not yet verified."""
    transport.banner_timeout = seconds
    transport.handshake_timeout = seconds
    transport.auth_timeout = seconds
    try:
        transport.start_client(timeout=seconds)
    except paramiko.SSHException as error:
        raise _handshake_failure(error, server) from error
    except (OSError, EOFError) as error:
        raise ConnectionRefusedByDeviceError(f"SSH at {server.at}: closed during the handshake") from error


def _handshake_failure(error: paramiko.SSHException, server: Server) -> CollectError:
    words = str(error)
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return CollectError(
            f"SSH at {server.at} shares no algorithm with us: {words}",
            hint="An old device? Set 'legacy_crypto: true' for it; it will be listed in the security report.",
        )
    if "timeout" in words.lower() or "timed out" in words.lower():
        return NoAnswerError(f"SSH at {server.at}: no handshake in time")
    if "banner" in words.lower():
        return CollectError(f"SSH at {server.at}: does not speak SSH")
    return CollectError(f"SSH at {server.at}: {words}")


def _log_in(transport: paramiko.Transport, secrets: Secrets, server: Server, seconds: float) -> None:
    transport.auth_timeout = seconds
    try:
        if secrets.key is not None:
            transport.auth_publickey(secrets.username, _load_key(secrets))
        else:
            transport.auth_password(secrets.username, secrets.password or "")
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            raise NoAnswerError(f"SSH at {server.at}: the login was not answered in time") from error
        raise CredentialsRefusedError(f"credential '{secrets.credential}' at {server.at}") from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise ConnectionRefusedByDeviceError(f"SSH at {server.at}: closed during the login") from error
    if not transport.is_authenticated():
        raise CredentialsRefusedError(f"credential '{secrets.credential}' at {server.at} needs a second factor")


def _load_key(secrets: Secrets) -> paramiko.PKey:
    path = secrets.key
    try:
        passphrase = None if secrets.passphrase is None else secrets.passphrase.encode()
        return paramiko.PKey.from_path(str(path), passphrase)  # type: ignore[arg-type]  # declared as text, taken only as bytes
    except (paramiko.SSHException, TypeError, ValueError, OSError, UnknownKeyType) as error:
        needed = isinstance(error, paramiko.PasswordRequiredException | TypeError) and secrets.passphrase is None
        words = "needs its passphrase" if needed else "cannot be read, or its passphrase is wrong"
        raise SecretError(f"credential '{secrets.credential}': the key {path} {words}") from error
