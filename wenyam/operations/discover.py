"""Looking for devices in networks that somebody named: a few addresses a second, with the credentials somebody named."""

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wenyam.clock import Clock
from wenyam.collectors.snmp_library import shipped
from wenyam.errors import CollectError, UsageError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.links.pools import Links
from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.pool import Endpoint
from wenyam.links.snmp.session import SnmpSession
from wenyam.links.snmp.wire import Patience
from wenyam.model.instance import Configuration
from wenyam.model.instants import to_iso
from wenyam.model.inventory import Credential
from wenyam.operations.discover_proposal import Found, Proposal, propose, yaml
from wenyam.settings.loader import load
from wenyam.settings.secrets import SecretReader
from wenyam.settings.unknown import unknown
from wenyam.store import files

MOST_ADDRESSES: Final = 4096
_DESCRIPTION, _OBJECT_ID, _UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"
_NAME, _SERVICES = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.7.0"
_IDENTITY: Final = (_DESCRIPTION, _OBJECT_ID, _UPTIME, _NAME, _SERVICES)
_PATIENCE: Final = Patience(timeout=1.0, attempts=2, window=1)
_SECONDS: Final = 3.0
_CONFIGURED: Final = 0o644

Progress = Callable[[int, int], None]
"""Hears how many addresses were asked, of how many."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where and how to look."""

    addresses: tuple[str, ...]
    known: tuple[str, ...]
    """Addresses of these networks that the configuration has already; they are not asked."""
    credentials: tuple[Credential, ...]
    port: int
    rate: float
    """Addresses a second."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What came of it."""

    asked: int
    known: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    text: str
    """A file for the configuration folder; empty when nothing new was found."""


def search(configuration: Configuration, networks: Sequence[str], credentials: Sequence[str], port: int, rate: float) -> Search:
    """Understand what was named; UsageError for what is no network, too large, or no SNMP credential."""
    every = configuration.inventory.credentials
    for name in credentials:
        if name not in every or not every[name].kind.startswith("snmp-"):
            known = sorted(key for key, each in every.items() if each.kind.startswith("snmp-"))
            raise unknown("SNMP credential", name, known)
    if rate <= 0:
        raise UsageError(f"--rate {rate:g} asks nobody")
    addresses = list(dict.fromkeys(address for network in networks for address in _addresses(network)))
    if len(addresses) > MOST_ADDRESSES:
        raise UsageError(
            f"{len(addresses)} addresses are too many at once", hint=f"Name networks of {MOST_ADDRESSES} addresses together."
        )
    ours = {address for device in configuration.inventory.devices.values() for address in device.addresses}
    return Search(
        tuple(address for address in addresses if address not in ours),
        tuple(address for address in addresses if address in ours),
        tuple(every[name] for name in credentials),
        port,
        rate,
    )


def _addresses(text: str) -> list[str]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(f"'{text}' is no network such as 192.0.2.0/24") from error
    if network.num_addresses > MOST_ADDRESSES:
        raise UsageError(f"{text} has {network.num_addresses} addresses; at most {MOST_ADDRESSES} are asked at once")
    return [str(address) for address in network.hosts()]


def discover(configuration: Configuration, wanted: Search, clock: Clock, progress: Progress) -> Discovered:
    """Ask every address once with each credential until one is answered, and propose devices."""
    found = asyncio.run(_ask_all(wanted, clock, progress))
    proposals = propose(found, shipped(), configuration.inventory.devices)
    head = f"Proposed by 'wenyam discover' at {to_iso(clock.now())}."
    return Discovered(len(wanted.addresses), wanted.known, tuple(proposals), yaml(proposals, head) if proposals else "")


async def _ask_all(wanted: Search, clock: Clock, progress: Progress) -> list[Found]:
    links = Links(clock, SecretReader(), "/dev/null")
    begun, tasks = clock.monotonic(), []
    try:
        for number, address in enumerate(wanted.addresses):
            tasks.append(asyncio.ensure_future(_ask(links, clock, wanted, address)))
            progress(number + 1, len(wanted.addresses))
            await asyncio.sleep(max(0.0, begun + (number + 1) / wanted.rate - clock.monotonic()))
        outcomes = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await links.close()
    return [outcome for outcome in outcomes if outcome is not None]


async def _ask(links: Links, clock: Clock, wanted: Search, address: str) -> Found | None:
    for credential in wanted.credentials:
        endpoint = Endpoint(address, wanted.port, "3" if credential.kind == "snmp-v3" else "2c")
        try:
            async with await links.snmp.session(endpoint, credential, clock.monotonic() + _SECONDS, _PATIENCE) as session:
                said = await session.get(_IDENTITY)
                answered = await _answered(session, said)
        except CollectError:
            continue  # nobody there, or nobody who knows this credential: the same to us
        if said:
            return replace(_found(address, credential.name, said), answered=answered)
    return None


async def _answered(session: SnmpSession, said: dict[str, Value]) -> tuple[str, ...]:
    """Ask what tells apart devices that say the same of themselves; return the objects this one has."""
    known = _found("", "", said)
    questions = shipped().questions(known.object_id, known.description)
    values = await session.get_or_absent(questions) if questions else {}
    return tuple(oid for oid, value in values.items() if not isinstance(value, Absent))


def _found(address: str, credential: str, said: dict[str, Value]) -> Found:
    def text(oid: str) -> str:
        value = said.get(oid)
        return clean(value) if isinstance(value, bytes | str) else ""

    def number(oid: str) -> int:
        value = said.get(oid)
        return value if isinstance(value, int) else 0

    return Found(address, credential, text(_NAME), text(_DESCRIPTION), text(_OBJECT_ID), number(_UPTIME), number(_SERVICES))


def write(configuration: Configuration, path: Path, text: str) -> None:
    """Add a file to the configuration; what would make it unreadable is taken away again, and its problems are told."""
    if path.exists():
        raise UsageError(f"{path} exists", hint="Name another file with --write.")
    files.write(path, text.encode(), mode=_CONFIGURED)
    try:
        load(Path(configuration.folder))
    except WenyamError:
        path.unlink()
        raise


def target(configuration: Configuration, name: str) -> Path:
    """Return where a file of this name lies in the configuration folder; UsageError for one that would not be read there."""
    folder = Path(configuration.folder)
    path = folder / name
    if path.parent != folder or path.suffix != ".yaml":
        raise UsageError(f"'{name}' is no name of a .yaml file in {folder}")
    return path
