"""Reading one device once, for `wenyam collect` and whoever wants to look before adding a device."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from wenyam import plugins
from wenyam.clock import SystemClock
from wenyam.collectors.contract import Target
from wenyam.engine.board import Board
from wenyam.engine.credentials import CredentialGuard
from wenyam.engine.runner import Runner
from wenyam.errors import UsageError
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Credential, ReadPlan, SecretReference
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Collection
from wenyam.settings.loader import load
from wenyam.settings.secrets import SecretReader
from wenyam.settings.unknown import unknown

Asked = tuple[list[tuple[Target, ReadPlan]], dict[str, Credential], str]


def asked(arguments: argparse.Namespace) -> Asked:
    """Turn the command line into targets, plans, credentials and the known-hosts file."""
    if arguments.device is not None:
        return _from_inventory(load(arguments.config), arguments.device)
    credentials: dict[str, Credential] = {}
    name = arguments.credential
    if name is not None:
        credentials = dict(load(arguments.config).inventory.credentials)
        if name not in credentials:
            raise unknown("credential", name, sorted(credentials))
    elif arguments.community_file is not None:
        name = "command line"
        reference = SecretReference("file", str(Path(arguments.community_file).absolute()))
        credentials[name] = Credential(name, "snmp-community", secrets={"community": reference})
    else:
        raise UsageError("give --community-file FILE or --credential NAME")
    config = plugins.load(plugins.COLLECTORS, "snmp").Config(version=arguments.snmp_version, port=arguments.port)
    plan = ReadPlan("snmp", "snmp", arguments.timeout, arguments.timeout, config, name)
    return [(Target(arguments.host, arguments.host, arguments.profile), plan)], credentials, ""


def _from_inventory(configuration: Configuration, name: str) -> Asked:
    device = configuration.inventory.devices.get(name)
    if device is None:
        raise unknown("device", name, configuration.inventory.devices, place=f" in {configuration.folder}")
    if not device.reads:
        raise UsageError(f"device '{name}' has no readings", hint="Give it a credential or a read in the configuration.")
    pairs = [(Target(name, plan.address or device.address, device.profile), plan) for plan in device.reads]
    return pairs, dict(configuration.inventory.credentials), str(Path(configuration.instance.state_directory) / "known_hosts")


def collect(what: Asked) -> list[dict[str, Any]]:
    """Read every pair once; see `data` for the shape."""
    return asyncio.run(_collect(what))


async def _collect(what: Asked) -> list[dict[str, Any]]:
    pairs, credentials, known_hosts = what
    clock = SystemClock()
    links = Links(clock, SecretReader(), known_hosts)
    runner = Runner(clock, links, CredentialGuard(clock, Board(clock, {}), retry=0.0))
    runner.configure({}, credentials)
    try:
        return [data(await runner.read(target.name, None, target, plan)) for target, plan in pairs]
    finally:
        await links.close()


def data(collection: Collection) -> dict[str, Any]:
    """Write a collection in the published shape (design section 7)."""
    reading = collection.reading
    failures = [collection.failure] if collection.failure is not None else list(reading.failures) if reading is not None else []
    families = () if reading is None else reading.families
    return {
        "device": collection.device,
        "profile": "" if reading is None else reading.facts.get("profile", ""),
        "took_seconds": collection.took,
        "complete": reading is not None and reading.complete,
        "samples": [
            {"name": sample.name, "labels": dict(sample.labels), "value": sample.value, "unit": SAMPLES[sample.name].unit}
            for family in families
            for sample in family
        ],
        "errors": [failure.sentence for failure in failures],
        "refused": {} if reading is None else dict(reading.refused),
        "facts": {} if reading is None else dict(reading.facts),
    }
