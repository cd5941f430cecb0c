"""Command lines of network devices through netmiko: strict host keys, reading only, an outer deadline, nothing of it logged."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Self
from weakref import WeakValueDictionary

import paramiko
from netmiko import BaseConnection
from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoBaseException,
    NetmikoTimeoutException,
    ReadException,
    ReadTimeout,
)
from netmiko.ssh_dispatcher import CLASS_MAPPER

from wenyam.clock import Clock
from wenyam.errors import (
    BudgetSpentError,
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    MalformedReplyError,
    NoAnswerError,
)
from wenyam.links.cli_devices import PAGER, CliDevice
from wenyam.links.sockets import resolve
from wenyam.links.ssh import read_secrets
from wenyam.links.ssh_connection import Connection, Secrets, Server
from wenyam.links.ssh_host_keys import KnownHosts
from wenyam.links.threads import ThreadPool
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader

OUTPUT_LIMIT: Final = 16 << 20
_THREADS: Final = 8
_INNER_SHARE: Final = 0.95
_BYTES: Final = "latin-1"
"""netmiko decodes each piece as it comes and drops what is cut in two; one character a byte loses nothing."""
_AFTER_PROMPT: Final = 16
"""Characters that may follow what netmiko knows of a prompt: its last sign, a counter, a space."""

# netmiko writes all that a device says into its log: configurations with every secret in them.
logging.getLogger("netmiko").setLevel(logging.CRITICAL + 1)


_BEFORE_PROMPT: Final = re.compile(r"(?:HRP_\w)?[\s*~<\[\]>#$]*")
"""What a prompt may have in front of what netmiko knows of it, an earlier prompt included; else it is a line that was cut."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a device said to the first of the commands it was asked, and why it said no more."""

    said: tuple[bytes | CollectError, ...]
    """An error where an answer was cut and the next command could be asked all the same."""
    error: CollectError | None = None
    """Of the command after the last answer; None when every command has one."""


class CliPool:
    """Runs reading commands on network devices, each time in a session of its own, one session a device at a time."""

    def __init__(self, clock: Clock, secrets: SecretReader, known_hosts: str) -> None:
        """Take the clock, the reader of secrets and the path of our own known-hosts file; opens nothing."""
        self._clock = clock
        self._secrets = secrets
        self._path = known_hosts
        self._known_hosts = KnownHosts(known_hosts)
        self._threads = ThreadPool("wenyam-cli", _THREADS)
        self._turns: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()

    async def run(self, device: CliDevice, commands: Sequence[str], deadline: float) -> tuple[bytes, ...]:
        """Return what the device says to each command, without echo and prompt, until the monotonic second `deadline`.

        The host key is checked before anything is said: HostKeyUnknownError, HostKeyChangedError. Further NoAnswerError,
        ConnectionRefusedByDeviceError, UnknownHostError, CredentialsRefusedError, BudgetSpentError (too much output),
        CommandFailedError (no such platform, or it would change something) or SecretError.
        """
        answers = await self.ask(device, commands, deadline)
        for each in (*answers.said, answers.error):
            if isinstance(each, CollectError):
                raise each
        return tuple(each for each in answers.said if isinstance(each, bytes))

    async def ask(self, device: CliDevice, commands: Sequence[str], deadline: float) -> Answers:
        """Do the same, and return the answers that came before one failed; the error is raised only when there is none at all."""
        turn = self._turns.setdefault((device.address, device.port), asyncio.Lock())
        said: list[bytes | CollectError] = []
        try:
            async with asyncio.timeout(max(0.0, deadline - self._clock.monotonic())):
                await turn.acquire()
        except TimeoutError as error:
            raise NoAnswerError(f"the command line at {device.address}: another reading of it did not end in time") from error
        try:
            await self._ask(device, commands, deadline, said)
        except CollectError as error:
            if not said:
                raise
            return Answers(tuple(said), error)
        finally:
            turn.release()
        return Answers(tuple(said))

    async def _ask(self, device: CliDevice, commands: Sequence[str], deadline: float, said: list[bytes | CollectError]) -> None:
        server = Server(device.address, device.port, device.legacy_crypto)
        await resolve(device.address, device.port, max(0.01, deadline - self._clock.monotonic()))
        connection = Connection(self._clock, server)
        now = self._clock.monotonic()
        seconds = max(0.0, deadline - now)
        inner = now + seconds * _INNER_SHARE
        try:
            await self._threads.run(partial(self._read, device, connection, tuple(commands), inner, said), seconds)
        except TimeoutError as error:
            raise NoAnswerError(f"the command line at {server.at} within {seconds:.3g} s") from error
        finally:
            connection.abort()

    async def close(self) -> None:
        """Take no more work."""
        self._threads.close()

    def _read(
        self,
        device: CliDevice,
        connection: Connection,
        commands: tuple[str, ...],
        deadline: float,
        said: list[bytes | CollectError],
    ) -> None:
        doing = ["logging in"]
        login = _Login(connection, self._known_hosts, self._secrets, device.credential, deadline)
        with _explained(device.credential, connection.at, doing), self._session(device, login) as session:
            if "enable" in device.credential.secrets:
                doing[0] = "entering the privileged mode"
                session.enable()
            for command in commands:
                doing[0] = f"'{command}'"
                answer = session.send_command(command, read_timeout=max(0.0, deadline - self._clock.monotonic()))
                cut = MalformedReplyError(f"the answer to '{command}' at {connection.at} ends inside a line")
                said.append(cut if session.cut else str(answer).encode(_BYTES, "replace"))

    def _session(self, device: CliDevice, login: "_Login") -> "_Reading":
        return _reading(device.platform)(
            login,
            device_type=device.platform,
            host=device.address,
            port=device.port,
            username=device.credential.settings.get("username", ""),
            ssh_strict=True,
            alt_host_keys=True,
            alt_key_file=self._path,
            allow_auto_change=False,
            encoding=_BYTES,
        )


@dataclass(frozen=True, slots=True)
class _Login:
    """How the session's connection is opened."""

    connection: Connection
    known_hosts: KnownHosts
    secrets: SecretReader
    credential: Credential
    deadline: float

    def open(self, username: str) -> str:
        """Connect, check the host key, then read the secrets and log in; return the secret of the privileged mode."""

        def read() -> Secrets:  # some platforms put options behind the name
            return replace(read_secrets(self.secrets, self.credential), username=username)

        self.connection.open(self.known_hosts, read, self.deadline)
        return self.secrets.of(self.credential, "enable") if "enable" in self.credential.secrets else ""


class _Client(paramiko.SSHClient):
    """What netmiko opens its sessions with: our own login, the same as to every other server."""

    def __init__(self, login: _Login, session: "_Reading") -> None:
        super().__init__()
        self._login = login
        self._session = session

    def connect(self, username: str = "", **_others: Any) -> None:  # type: ignore[override]  # netmiko gives names only
        """Log in; the errors are ours and pass through netmiko as they are."""
        self._session.secret = self._login.open(username)

    def invoke_shell(self, term: str = "vt100", width: int = 80, height: int = 24, **_others: Any) -> paramiko.Channel:  # type: ignore[override]  # the same
        """Open a terminal."""
        channel = self._login.connection.channel(self._login.deadline)
        channel.get_pty(term, width, height)
        channel.invoke_shell()
        return channel

    def close(self) -> None:
        """Close everything at once."""
        self._login.connection.abort()


class _Reading(BaseConnection):
    """Put before one of netmiko's platforms: it logs in our way, and changes nothing on the device."""

    def __init__(self, login: _Login, **parameters: Any) -> None:
        self._login = login
        self._room = OUTPUT_LIMIT
        self.cut = False
        super().__init__(**parameters)

    def __enter__(self) -> Self:
        return self

    def _get_ssh_client_instance(self) -> paramiko.SSHClient:
        return _Client(self._login, self)

    def config_mode(self, *_words: Any, **_more: Any) -> str:
        raise CommandFailedError("netmiko wanted to enter the configuration mode, and nothing is ever changed on a device")

    def _get_output_mode(self) -> str:
        """Keep FortiOS's console as it is: netmiko would switch its paging off in the configuration, and on again later."""
        return "standard"

    def _prompt_handler(self, auto_find_prompt: bool) -> str:  # noqa: FBT001  # netmiko's own signature
        """Take a prompt only at the very end: a description may hold the same words. A pager ends the wait as well."""
        prompt: str = super()._prompt_handler(auto_find_prompt)
        return rf"(?:{prompt}|{PAGER})[^\r\n]{{0,{_AFTER_PROMPT}}}\Z"

    def strip_prompt(self, a_string: str) -> str:
        """Note whether the prompt, or the first of two, stands behind half a line, which netmiko would drop without a word."""
        lines = [line.rstrip() for line in a_string.rstrip().split("\n")[-2:]]
        _, prompt, sign = lines[-1].rpartition(self.base_prompt)
        before = [
            line.removesuffix(prompt + sign).replace(prompt, "") for line in lines if prompt and line.endswith(prompt + sign)
        ]
        self.cut = not all(map(_BEFORE_PROMPT.fullmatch, before))
        stripped: str = super().strip_prompt(a_string)
        return stripped

    def read_channel(self) -> str:
        said: str = super().read_channel()
        if not said and getattr(self.remote_conn, "closed", False):  # netmiko would go on waiting
            raise ReadException("closed by the device")
        self._room -= len(said)
        if self._room < 0:
            raise BudgetSpentError(f"the device wrote more than {OUTPUT_LIMIT} bytes and was cut off")
        return said


def _reading(platform: str) -> type[_Reading]:
    """Return netmiko's class of a platform with ours before it; telnet and serial lines have no host keys."""
    known = CLASS_MAPPER.get(platform)
    if known is None or re.search("telnet|serial", platform):
        raise CommandFailedError(f"netmiko has no platform '{platform}' over SSH")
    return type(f"Reading{known.__name__}", (_Reading, known), {})


@contextlib.contextmanager
def _explained(credential: Credential, at: str, doing: Sequence[str]) -> Iterator[None]:
    """Say in our words what netmiko complains of; what is ours passes as it is."""
    try:
        yield
    except NetmikoAuthenticationException as error:
        raise CredentialsRefusedError(f"credential '{credential.name}' at {at} while {doing[0]}") from error
    except (ReadTimeout, NetmikoTimeoutException) as error:
        raise NoAnswerError(
            f"the command line at {at} while {doing[0]}: no prompt came back",
            hint="Is the platform right, and may this account turn the pager off?",
        ) from error
    except ValueError as error:  # how netmiko says that the privileged mode stayed shut, or a prompt looks like none
        if "enable" in str(error):
            raise CredentialsRefusedError(f"the 'enable' of credential '{credential.name}' at {at}") from error
        raise CommandFailedError(f"the command line at {at} while {doing[0]}: it is not what this platform expects") from error
    except (NetmikoBaseException, paramiko.SSHException, OSError, EOFError) as error:
        raise ConnectionRefusedByDeviceError(f"the command line at {at}: the session was lost while {doing[0]}") from error
