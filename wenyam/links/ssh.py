"""SSH to servers: connections kept open, commands with an outer deadline, host keys checked before anything is said."""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from wenyam.clock import Clock
from wenyam.errors import NoAnswerError, SecretError
from wenyam.links.programs import Completed
from wenyam.links.sockets import resolve
from wenyam.links.ssh_connection import Connection, GivenUpError, OnOutput, Secrets, Server, StaleConnectionError
from wenyam.links.ssh_host_keys import KnownHosts
from wenyam.links.threads import ThreadPool
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader

OUTPUT_LIMIT: Final = 4 << 20
IDLE_SECONDS: Final = 900.0
_THREADS: Final = 32
_INNER_SHARE: Final = 0.95
"""The thread's own deadline comes a little before the outer one, because its words are better."""

Outcome = TypeVar("Outcome")
Key = tuple[Server, str]


@dataclass(slots=True)
class _Place:
    """One server and account: its connection, who is opening it, when it was last used."""

    connection: Connection | None = None
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    used: float = 0.0


class SshPool:
    """Runs commands over connections that stay open between polls, one for each server and credential."""

    def __init__(self, clock: Clock, secrets: SecretReader, known_hosts: str) -> None:
        """Take the clock, the reader of secrets and the path of our own known-hosts file; opens nothing."""
        self._clock = clock
        self._secrets = secrets
        self._known_hosts = KnownHosts(known_hosts)
        self._threads = ThreadPool("wenyam-ssh", _THREADS)
        self._places: dict[Key, _Place] = {}

    async def run(
        self,
        address: str,
        port: int,
        credential: Credential,
        command: Sequence[str],
        deadline: float,
        *,
        legacy_crypto: bool = False,
        output_limit: int = OUTPUT_LIMIT,
        on_output: OnOutput | None = None,
    ) -> Completed:
        """Run a command (each word is quoted, no shell sees it unquoted) until the monotonic second `deadline`.

        `on_output` is handed the standard output piece by piece, in the connection's thread; it does not count for
        `output_limit`, and `Completed.stdout` is empty then.
        Raises NoAnswerError, UnknownHostError, ConnectionRefusedByDeviceError, HostKeyUnknownError, HostKeyChangedError,
        CredentialsRefusedError, BudgetSpentError (too much output) or SecretError. An exit status other than 0 is a result.
        """
        line = shlex.join(command)

        def work(connection: Connection, inner: float) -> Completed:
            return connection.run(line, inner, output_limit, on_output)

        return await self.use(address, port, credential, work, deadline, legacy_crypto=legacy_crypto)

    async def use(
        self,
        address: str,
        port: int,
        credential: Credential,
        work: Callable[[Connection, float], Outcome],
        deadline: float,
        *,
        legacy_crypto: bool = False,
    ) -> Outcome:
        """Hand an open connection and its deadline to blocking work in a thread; the errors of `run`."""
        server = Server(address, port, legacy_crypto)
        place = self._places.setdefault((server, credential.name), _Place())
        self._drop_idle()
        for attempt in (1, 2):
            connection = await self._connected(place, server, credential, deadline)
            place.used = self._clock.monotonic()
            try:
                return await self._within(connection, deadline, partial(work, connection))
            except StaleConnectionError:
                # The server ended the kept connection between two polls; nothing was started, so once more is safe.
                connection.abort()
                if attempt == 2:  # noqa: PLR2004  # the last
                    raise
        raise NoAnswerError(f"SSH at {server.at}")

    async def close(self) -> None:
        """Close every connection."""
        for place in self._places.values():
            if place.connection is not None:
                place.connection.abort()
        self._places.clear()
        self._threads.close()

    async def _connected(self, place: _Place, server: Server, credential: Credential, deadline: float) -> Connection:
        async with place.opening:
            if place.connection is not None and place.connection.alive:
                return place.connection
            await resolve(server.address, server.port, max(0.01, deadline - self._clock.monotonic()))
            connection = place.connection = Connection(self._clock, server)
            read = partial(read_secrets, self._secrets, credential)  # called only after the host key is accepted
            await self._within(connection, deadline, partial(connection.open, self._known_hosts, read), begins=False)
            return connection

    async def _within(
        self, connection: Connection, deadline: float, work: Callable[[float], Outcome], *, begins: bool = True
    ) -> Outcome:
        """Run work in a thread with a deadline inside and one outside; paramiko can hang past its own.

        `begins` tells whether it may have begun something at the other end when it is given up.
        """
        now = self._clock.monotonic()
        seconds = max(0.0, deadline - now)
        inner = now + seconds * _INNER_SHARE
        try:
            return await self._threads.run(lambda: work(inner), seconds)
        except TimeoutError as error:
            connection.abort()
            if not begins:
                raise NoAnswerError(f"SSH within {seconds:.3g} s") from error
            raise GivenUpError(
                f"SSH within {seconds:.3g} s", hint="If a command had been started, it may still be running there."
            ) from error
        except asyncio.CancelledError:
            connection.abort()
            raise

    def _drop_idle(self) -> None:
        """Close connections that no poll has used for long: their device left the inventory or changed its credential."""
        oldest = self._clock.monotonic() - IDLE_SECONDS
        for key, place in list(self._places.items()):
            if place.connection is not None and 0 < place.used < oldest and not place.opening.locked():
                place.connection.abort()
                del self._places[key]


def read_secrets(reader: SecretReader, credential: Credential) -> Secrets:
    """Read what a credential of kind ssh-password or ssh-key logs in with; SecretError for another kind."""
    username = credential.settings.get("username", "")
    if credential.kind == "ssh-password":
        return Secrets(username, credential.name, password=reader.of(credential, "password"))
    if credential.kind != "ssh-key" or "key" not in credential.secrets:
        raise SecretError(f"credential '{credential.name}' ({credential.kind}) is no ssh-key or ssh-password")
    passphrase = reader.of(credential, "passphrase") if "passphrase" in credential.secrets else None
    return Secrets(username, credential.name, key=reader.path_of(credential, "key"), passphrase=passphrase)
