"""What name servers answer now: the records of a name and the serial of its zone, asked of each server by itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wenyam.dr.attempts import left
from wenyam.dr.contract import StepPlace
from wenyam.dr.options import Port, StepOptions
from wenyam.dr.zone_text import newer
from wenyam.errors import CollectError
from wenyam.links.dns import ask
from wenyam.settings.values import Address

ASK_SECONDS: Final = 3.0
_NO_SUCH_NAME: Final = 3


class ServerOptions(StepOptions):
    """A name server."""

    address: Address
    port: Port = 53

    @property
    def shown(self) -> str:
        """Write it for a sentence."""
        return self.address if self.port == 53 else f"{self.address} port {self.port}"  # noqa: PLR2004  # DNS


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server says."""

    server: ServerOptions
    values: tuple[str, ...] = ()
    serial: int = 0
    trouble: str = ""

    def problem(self, wanted: Sequence[str], than: int | None) -> str:
        """Say what is wrong with it; empty when it gives what is wanted and its zone is newer than `than`."""
        if self.trouble:
            return f"{self.server.shown} {self.trouble}"
        if set(self.values) != {value.rstrip(".") for value in wanted}:
            return f"{self.server.shown} still answers {', '.join(self.values) or 'nothing'}"
        if than is not None and not newer(self.serial, than):
            return f"{self.server.shown} still has serial {self.serial}"
        return ""

    @property
    def line(self) -> str:
        """Write it for the evidence."""
        return f"{self.server.shown}: {self.trouble or ', '.join(self.values) or 'nothing'} (serial {self.serial})"


async def answer_of(place: StepPlace, server: ServerOptions, zone: str, name: str, kind: str) -> Answer:
    """Ask one server; what it cannot answer is trouble, in words."""
    try:
        records, authority = await asyncio.gather(
            ask(place.clock, server.address, server.port, (name, kind), left(place, ASK_SECONDS)),
            ask(place.clock, server.address, server.port, (zone, "SOA"), left(place, ASK_SECONDS)),
        )
    except CollectError as error:
        return Answer(server, trouble=f"could not be asked: {error.sentence}")
    if records.message.code not in (0, _NO_SUCH_NAME):
        return Answer(server, trouble=f"answers {records.message.code_name}")
    serials = [record.data.split()[2] for record in authority.message.records if record.kind == "SOA"]
    if not serials:
        return Answer(server, trouble=f"has no zone {zone}")
    mine = name.rstrip(".").lower()
    values = sorted(
        record.data.rstrip(".")
        for record in records.message.records
        if record.kind == kind and record.name.rstrip(".").lower() == mine
    )
    return Answer(server, tuple(values), int(serials[0]))


async def answers_of(place: StepPlace, servers: Sequence[ServerOptions], zone: str, name: str, kind: str) -> list[Answer]:
    """Ask every server."""
    return list(await asyncio.gather(*(answer_of(place, server, zone, name, kind) for server in servers)))
