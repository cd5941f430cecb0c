"""Host keys of the SSH servers that are read: what each shows now, what is on record, and recording it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from wenyam.clock import Clock
from wenyam.errors import CollectError, UsageError, WenyamError
from wenyam.links.host_keys import ShownKey, shown_key, with_key
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instance import Configuration
from wenyam.operations.actor import present_actor
from wenyam.settings.unknown import unknown
from wenyam.store.files import explained, write
from wenyam.store.interface import Writer
from wenyam.store.locks import write_lock
from wenyam.store.sqlite import open_writer

RECORDED_FACT = "host-key-recorded"
OVER_SSH = ("cli", "ssh", "virsh")
SSH_PORT = 22
_SSH_LOGINS = ("ssh-key", "ssh-password")
SECONDS = 10.0
AT_ONCE = 16


class KeyState(StrEnum):
    """How a shown key stands to the record."""

    RECORDED = "recorded"
    NEW = "new"
    CHANGED = "changed"
    SILENT = "silent"
    """No key was shown."""


class NotReplacedError(WenyamError):
    """The fingerprint is not the one the device shows, so the recorded key was left."""

    hint = "Read the fingerprint at the device's console; if that is what you gave, somebody may stand in between."
    permanent = True


@dataclass(frozen=True, slots=True)
class SshServer:
    """One server that is logged in to over SSH, and which devices, services and repositories are there."""

    names: tuple[str, ...]
    address: str
    port: int
    legacy_crypto: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What one server showed."""

    server: SshServer
    state: KeyState
    key: ShownKey | None = None
    problem: str = ""
    accepted: bool = False
    """True when this command recorded the key."""


def servers(configuration: Configuration, name: str | None) -> list[SshServer]:
    """Return every server that is logged in to over SSH, or those of one name; UsageError when there is none.

    A name is a device's, `service:NAME`, `repository:NAME`, or `machine:JOB` for the test machine of a backup job.
    """
    users: dict[tuple[str, int], dict[str, bool]] = defaultdict(dict)
    for use in (*_reads(configuration), *_backups(configuration), *_sister(configuration)):
        legacy = users[use.address, use.port]
        legacy[use.name] = legacy.get(use.name, False) or use.legacy_crypto
    found = [
        SshServer(tuple(by), address, port, any(by.values()))
        for (address, port), by in users.items()
        if name is None or name in by
    ]
    if name is not None and not found:
        if name not in _names(configuration):
            raise unknown("host", name, _names(configuration), place=f" in {configuration.folder}")
        raise UsageError(f"'{name}' is not read over SSH", hint="'wenyam hostkey --all' shows every server that is.")
    return found


@dataclass(frozen=True, slots=True)
class _Use:
    """Who logs in where."""

    name: str
    address: str
    port: int
    legacy_crypto: bool = False


def _reads(configuration: Configuration) -> Iterator[_Use]:
    inventory = configuration.inventory
    for device in inventory.devices.values():
        for plan in device.reads:
            if plan.collector in OVER_SSH:
                yield _Use(device.name, plan.address or device.address, plan.options.port, plan.options.legacy_crypto)
    for service in inventory.services.values():
        for plan in service.probes:
            if plan.collector in OVER_SSH and plan.address:
                yield _Use(f"service:{service.name}", plan.address, plan.options.port, plan.options.legacy_crypto)


def _backups(configuration: Configuration) -> Iterator[_Use]:
    """Yield what a backup logs in to over SSH: devices, test machines, and machines that keep repositories over SFTP."""
    inventory, plan = configuration.inventory, configuration.backup
    for job in plan.jobs.values():
        credential = inventory.credentials.get(job.credential or "")
        if job.device is not None and credential is not None and credential.kind in _SSH_LOGINS:
            port, legacy = getattr(job.options, "port", None) or SSH_PORT, getattr(job.options, "legacy_crypto", False)
            yield _Use(job.device, inventory.devices[job.device].address, port, legacy)
        machine = job.restore.machine
        if machine is not None:
            yield _Use(f"machine:{job.name}", machine.host, machine.port, machine.legacy_crypto)
    for repository in plan.repositories.values():
        if repository.kind == "sftp":
            yield _Use(f"repository:{repository.name}", repository.options.host, repository.options.port)


def _sister(configuration: Configuration) -> Iterator[_Use]:
    """Yield the machine that the settings are pushed to."""
    sister = configuration.recovery.sister
    if sister is not None:
        yield _Use(sister.host, configuration.inventory.devices[sister.host].address, sister.port, sister.legacy_crypto)


def _names(configuration: Configuration) -> set[str]:
    inventory, repositories = configuration.inventory, configuration.backup.repositories
    services = (f"service:{name}" for name in inventory.services)
    machines = (f"machine:{job.name}" for job in configuration.backup.jobs.values() if job.restore.machine is not None)
    return {*inventory.devices, *services, *machines, *(f"repository:{name}" for name in repositories)}


def path_of(configuration: Configuration) -> Path:
    """Return the known-hosts file the watcher uses."""
    return Path(configuration.instance.state_directory) / "known_hosts"


def look(configuration: Configuration, wanted: Sequence[SshServer]) -> list[Found]:
    """Ask every server for its key; nothing is changed."""
    return asyncio.run(_look_at_all(path_of(configuration), wanted))


async def _look_at_all(path: Path, wanted: Sequence[SshServer]) -> list[Found]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(server: SshServer) -> Found:
        async with room:
            return await _look(path, server)

    return list(await asyncio.gather(*map(one, wanted)))


async def _look(path: Path, server: SshServer) -> Found:
    try:
        key = await shown_key(path, server.address, server.port, SECONDS, legacy_crypto=server.legacy_crypto)
    except CollectError as error:
        return Found(server, KeyState.SILENT, problem=str(error))
    if key.is_recorded:
        return Found(server, KeyState.RECORDED, key)
    return Found(server, KeyState.CHANGED if key.on_record else KeyState.NEW, key)


def accept(configuration: Configuration, clock: Clock, found: Sequence[Found]) -> list[Found]:
    """Record every new key; what is recorded, changed or silent stays as it is."""
    return _record(configuration, clock, found, [each for each in found if each.state is KeyState.NEW])


def replace_key(configuration: Configuration, clock: Clock, found: Sequence[Found], fingerprint: str) -> list[Found]:
    """Record the changed key with exactly this fingerprint in place of the old one; NotReplacedError when none has it."""
    changed = [each for each in found if each.state is KeyState.CHANGED and each.key is not None]
    meant = [each for each in changed if each.key is not None and each.key.fingerprint == fingerprint]
    if changed and not meant:
        shown = ", ".join(each.key.fingerprint for each in changed if each.key is not None)
        raise NotReplacedError(f"{changed[0].server.names[0]} shows {shown}, you gave '{fingerprint}'")
    return _record(configuration, clock, found, meant)


def _record(configuration: Configuration, clock: Clock, found: Sequence[Found], chosen: Sequence[Found]) -> list[Found]:
    if not chosen:
        return list(found)
    instance, path = configuration.instance, path_of(configuration)
    writer = open_writer(path.parent, clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
    try:
        actor = present_actor(configuration.inventory)
        for each in chosen:
            if each.key is not None:
                _record_one(
                    writer, path, each.server, each.key, Fact(RECORDED_FACT, clock.now(), actor, _body(each.server, each.key))
                )
    finally:
        writer.close()
    return [replace(each, accepted=True) if each in chosen else each for each in found]


def _body(server: SshServer, key: ShownKey) -> FactBody:
    return {
        "device": ", ".join(server.names), "address": server.address, "port": server.port, "key_type": key.kind,
        "fingerprint": key.fingerprint, "replaced": ", ".join(key.on_record),
    }  # fmt: skip


def _record_one(writer: Writer, path: Path, server: SshServer, key: ShownKey, fact: Fact) -> None:
    """Change the file, then write the fact; without the fact the file is put back."""
    before = _change(path, server, key.line)
    try:
        writer.append(fact)
    except WenyamError:
        _put_back(path, before)
        raise


def _change(path: Path, server: SshServer, line: str) -> str | None:
    """Write the line under the lock, so that two who record at once lose nothing; return the text before, None if no file."""
    with write_lock(path.parent), explained(path):
        before = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else None
        text = with_key(before or "", server.address, server.port, line)
        write(path, text.encode("utf-8", "surrogateescape"))
    return before


def _put_back(path: Path, before: str | None) -> None:
    with write_lock(path.parent), explained(path):
        if before is None:
            path.unlink(missing_ok=True)
        else:
            write(path, before.encode("utf-8", "surrogateescape"))


def data(found: Sequence[Found]) -> dict[str, Any]:
    """Write what was found as versioned data."""
    return {"version": 1, "keys": [_data(each) for each in found]}


def _data(found: Found) -> dict[str, Any]:
    key = found.key
    return {
        "names": list(found.server.names), "address": found.server.address, "port": found.server.port,
        "state": found.state.value, "accepted": found.accepted, "key_type": None if key is None else key.kind,
        "fingerprint": None if key is None else key.fingerprint, "on_record": [] if key is None else list(key.on_record),
        "problem": found.problem,
    }  # fmt: skip
