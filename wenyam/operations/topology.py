"""The map of cables: read from every SNMP device of the inventory, compared with the map recorded last."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wenyam.clock import Clock
from wenyam.collectors import neighbours
from wenyam.collectors.snmp import SnmpOptions
from wenyam.errors import StoreError, UsageError, WenyamError
from wenyam.links.pools import Links
from wenyam.links.snmp.pool import Endpoint
from wenyam.links.snmp.wire import Patience
from wenyam.model.facts import Fact
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Credential, Device, ReadPlan
from wenyam.model.topology import Cable, Change, Seen
from wenyam.operations.topology_forms import cable_data, cable_of
from wenyam.operations.topology_map import Map, build, changes, kept
from wenyam.settings.secrets import SecretReader
from wenyam.settings.unknown import unknown
from wenyam.store import files
from wenyam.store.sqlite import open_writer

FACT: Final = "cable-changed"
"""Kind of the fact that something else is plugged in than before."""
_FILE: Final = "topology.json"
_AT_ONCE = 16
_SECONDS = 60.0
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Looked:
    """What reading the inventory gave."""

    drawn: Map
    seen: tuple[Seen, ...]
    """What each device that could be read tells."""
    unread: Mapping[str, str]
    """Why a device could not be read."""

    @property
    def read(self) -> frozenset[str]:
        """Return who could be read."""
        return frozenset(each.device for each in self.seen)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The map to compare with, and by which names its devices are known to others."""

    cables: tuple[Cable, ...]
    known: tuple[Seen, ...] = ()


def look(configuration: Configuration, clock: Clock, roots: Sequence[str], before: Recorded | None) -> Looked:
    """Read every device that has an SNMP reading, and draw the map."""
    devices = configuration.inventory.devices
    strange = [name for name in roots if name not in devices]
    if strange:
        raise unknown("device", strange[0], devices, place=f" in {configuration.folder}")
    asked = [(device, plan) for device in devices.values() for plan in _snmp(device)[:1]]
    if not asked:
        raise UsageError(f"no device in {configuration.folder} is read over SNMP")
    outcomes = asyncio.run(_read(asked, configuration.inventory.credentials, clock))
    seen = [outcome for outcome in outcomes.values() if isinstance(outcome, Seen)]
    unread = {name: str(outcome) for name, outcome in outcomes.items() if isinstance(outcome, WenyamError)}
    drawn = build(devices, seen, roots, () if before is None else before.known)
    return Looked(drawn, tuple(seen), unread)


def _snmp(device: Device) -> list[ReadPlan]:
    return [plan for plan in device.reads if isinstance(plan.options, SnmpOptions)]


async def _read(
    asked: Sequence[tuple[Device, ReadPlan]], credentials: Mapping[str, Credential], clock: Clock
) -> dict[str, Seen | WenyamError]:
    links = Links(clock, SecretReader(), "/dev/null")
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(device: Device, plan: ReadPlan) -> Seen | WenyamError:
        options: SnmpOptions = plan.options
        endpoint = Endpoint(plan.address or device.address, options.port, options.version)
        patience = Patience(options.request_timeout, options.attempts, 1)
        try:
            async with turns:
                deadline = clock.monotonic() + _SECONDS
                credential = credentials.get(plan.credential or "")
                async with await links.snmp.session(endpoint, credential, deadline, patience) as session:
                    return await neighbours.read(session, device.name)
        except WenyamError as error:
            return error

    try:
        outcomes = await asyncio.gather(*(one(device, plan) for device, plan in asked))
    finally:
        await links.close()
    return {device.name: outcome for (device, _), outcome in zip(asked, outcomes, strict=True)}


def recorded(configuration: Configuration) -> Recorded | None:
    """Return the map recorded last; None when none ever was. A StoreError when the file is not one of ours."""
    path = _path(configuration)
    try:
        return _recorded(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is not a map of cables", hint="Move it away; the next --record begins anew.") from error


def _recorded(written: dict[str, Any]) -> Recorded:
    if written["version"] != _VERSION:
        raise ValueError(f"version {written['version']}")
    known = (
        Seen(device, str(row["name"]), dict(row["ports"]), frozenset(map(str, row["macs"])))
        for device, row in written["devices"].items()
    )
    return Recorded(tuple(cable_of(row) for row in written["cables"]), tuple(known))


def compare(looked: Looked, before: Recorded) -> list[Change]:
    """Return what is plugged in elsewhere than in the recorded map."""
    return changes(before.cables, looked.drawn.cables, looked.read)


def record(configuration: Configuration, clock: Clock, looked: Looked, before: Recorded | None, actor: str) -> list[Change]:
    """Keep the map as the one to compare with; every change of a cable is a fact. The first map changes nothing."""
    changed = [] if before is None else compare(looked, before)
    instance = configuration.instance
    directory = Path(instance.state_directory)
    writer = open_writer(directory, clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
    try:
        for each in changed:
            body = {"device": each.device, "port": each.port, "before": each.before, "after": each.after}
            writer.append(Fact(FACT, clock.now(), actor, body))
        files.write(_path(configuration), _written(looked, before or Recorded(())).encode())
    finally:
        writer.close()
    return changed


def _written(looked: Looked, before: Recorded) -> str:
    known = {each.device: each for each in (*before.known, *looked.seen)}
    rows = [cable_data(cable) for cable in kept(before.cables, looked.drawn.cables, looked.read)]
    devices = {
        name: {"name": each.name, "ports": dict(each.ports), "macs": sorted(each.macs)} for name, each in sorted(known.items())
    }
    return json.dumps({"version": _VERSION, "cables": rows, "devices": devices}, ensure_ascii=False, indent=1)


def _path(configuration: Configuration) -> Path:
    return Path(configuration.instance.state_directory) / _FILE
