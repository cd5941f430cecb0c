"""Proofs that a site cannot write, one look each. Silence proves nothing: a broken path looks the same."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from wenyam.dr.attempts import kept, left
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database, as_text
from wenyam.dr.hosts import Host, shown
from wenyam.dr.options import DatabaseOptions, HostOptions, Port, Words
from wenyam.dr.services import Condition, ServiceManager, ServiceName, condition, program
from wenyam.errors import CollectError, SecretError
from wenyam.links.tcp import connect_seconds
from wenyam.settings.values import Address

PROBE_SECONDS: Final = 5.0


class Found(StrEnum):
    """What one look came to."""

    CANNOT_WRITE = "cannot write"
    CAN_WRITE = "can write"
    NOT_SEEN = "not seen"


_MEANING: Final = {
    Condition.RUNNING: Found.CAN_WRITE,
    Condition.BETWEEN: Found.CAN_WRITE,
    Condition.STOPPED: Found.CANNOT_WRITE,
    Condition.NOT_SEEN: Found.NOT_SEEN,
}


@dataclass(frozen=True, slots=True)
class Proof:
    """One look, in words."""

    found: Found
    words: str
    seen: str = ""


class ServiceStopped(HostOptions):
    """A service that must not run, seen over SSH on its host."""

    proof: Literal["service_stopped"]
    service: ServiceName | None = None
    """systemd unit, or SysV service."""
    manager: ServiceManager = "systemd"
    command: Words | None = None
    """Without a manager: a command that ends with exit code 0 while the service runs."""
    stopped_exit_codes: tuple[int, ...] = (1, 3)
    """What `command` ends with when it does not run; anything else proves nothing."""

    @model_validator(mode="after")
    def _one_way(self) -> "ServiceStopped":
        if (self.service is None) is (self.command is None):
            raise ValueError("either 'service' or 'command' is needed")
        return self

    def words(self) -> str:
        """Say what is proven."""
        return f"{self.service or shown(self.command or ())} does not run on {self.host}"

    async def look(self, place: StepPlace) -> Proof:
        """Ask on the host."""
        host = Host(place, self)
        if self.service is not None:
            found, seen = await condition(host, self.manager, self.service)
            return Proof(_MEANING[found], f"{self.service} on {self.host} is {found}", kept(seen))
        return await self._by_command(host, self.command or ())

    async def _by_command(self, host: Host, command: Words) -> Proof:
        done = await host.ask(*command)
        words = f"'{shown(command)}' on {self.host} ended with exit code {done.exit_status}"
        if done.exit_status == 0:
            return Proof(Found.CAN_WRITE, f"{words}: it runs", kept(done.stdout))
        is_stopped = done.exit_status in self.stopped_exit_codes
        return Proof(Found.CANNOT_WRITE if is_stopped else Found.NOT_SEEN, words, kept(done.stdout + done.stderr))

    async def rehearse(self, place: StepPlace) -> None:
        """Log in, find the program, and see the service by its name."""
        host = Host(place, self)
        await host.require(program(self.manager) if self.command is None else self.command[0])
        if self.service is not None and (await condition(host, self.manager, self.service))[0] is Condition.NOT_SEEN:
            raise StepError(f"{self.host} knows no service '{self.service}'")


class PortClosed(HostOptions):
    """A port on which nobody may listen, seen over SSH on the host itself.

    A connection that is refused here is no proof: a firewall or gateway on a broken path refuses in a host's name too.
    """

    proof: Literal["port_closed"]
    closed: Port
    """The TCP port; `port` is the one of SSH."""

    def words(self) -> str:
        """Say what is proven."""
        return f"nobody listens on port {self.closed} of {self.host}"

    async def look(self, place: StepPlace) -> Proof:
        """Ask the host, and connect too: what is forwarded from elsewhere listens on no port of its own."""
        at = f"port {self.closed} of {self.host}"
        done = await Host(place, self).ask("ss", "-H", "-l", "-t", "-n", f"sport = :{self.closed}")
        if done.exit_status:
            return Proof(Found.NOT_SEEN, f"'ss' on {self.host} ended with exit code {done.exit_status}", kept(done.stderr))
        if done.stdout.strip():
            return Proof(Found.CAN_WRITE, f"somebody listens on {at}", kept(done.stdout))
        if await self._accepts(place):
            return Proof(Found.CAN_WRITE, f"{at} accepts connections, though nobody listens on it there")
        return Proof(Found.CANNOT_WRITE, f"nobody listens on {at}")

    async def _accepts(self, place: StepPlace) -> bool:
        try:
            await connect_seconds(place.clock, Host(place, self).address, self.closed, left(place, PROBE_SECONDS))
        except CollectError:
            return False
        return True

    async def rehearse(self, place: StepPlace) -> None:
        """Log in and find the program."""
        await Host(place, self).require("ss")


class AddressWithdrawn(HostOptions):
    """An address that the host must no longer hold, seen over SSH on it."""

    proof: Literal["address_withdrawn"]
    address: Address

    def words(self) -> str:
        """Say what is proven."""
        return f"{self.host} no longer holds {self.address}"

    async def look(self, place: StepPlace) -> Proof:
        """Ask `ip` on the host."""
        done = await Host(place, self).ask("ip", "-o", "address", "show", "to", self.address)
        if done.exit_status:
            return Proof(Found.NOT_SEEN, f"'ip' on {self.host} ended with exit code {done.exit_status}", kept(done.stderr))
        if done.stdout.strip():
            return Proof(Found.CAN_WRITE, f"{self.host} still holds {self.address}", kept(done.stdout))
        return Proof(Found.CANNOT_WRITE, f"{self.host} no longer holds {self.address}")

    async def rehearse(self, place: StepPlace) -> None:
        """Log in and find the program."""
        await Host(place, self).require("ip")


class DatabaseReadOnly(DatabaseOptions):
    """A database server that must take no writes."""

    proof: Literal["database_read_only"]
    engine: Literal["postgresql", "mariadb", "mysql"]

    def words(self) -> str:
        """Say what is proven."""
        return f"{self.engine} on {self.host} takes no writes"

    async def look(self, place: StepPlace) -> Proof:
        """Ask the server itself; one that refuses connections has said nothing: who refused may be a firewall on the way."""
        at = f"{self.engine} on {self.host}"
        try:
            can_write, seen = await writable(Database(place, self.engine, self))
        except (CollectError, SecretError) as error:
            return Proof(Found.NOT_SEEN, f"{at} could not be asked", error.sentence)
        return Proof(Found.CAN_WRITE if can_write else Found.CANNOT_WRITE, f"{at} {seen}", seen)

    async def rehearse(self, place: StepPlace) -> None:
        """Log in and ask."""
        found = await self.look(place)
        if found.found is Found.NOT_SEEN:
            raise StepError(f"{found.words}: {found.seen}")


AnyProof = Annotated[ServiceStopped | PortClosed | AddressWithdrawn | DatabaseReadOnly, Field(discriminator="proof")]


async def writable(database: Database) -> tuple[bool, str]:
    """Tell whether a server takes writes, and what it says; a CollectError when it cannot be asked.

    PostgreSQL's default_transaction_read_only is no proof: every session may lift it. Recovery cannot be lifted.
    """
    if database.engine == "postgresql":
        in_recovery = await database.value("SELECT pg_is_in_recovery()", seconds=PROBE_SECONDS)
        return (
            in_recovery is not True,
            "is in recovery, so a replica" if in_recovery is True else "is not in recovery, so it takes writes",
        )
    found = as_text(await database.value("SELECT @@global.read_only", seconds=PROBE_SECONDS))
    return found == "0", f"says read_only = {found}"
