"""Examinations that reach out: each way in which each device is seen to live, and each of its readings' logins, tried once."""

import asyncio
from collections.abc import Iterable

from wenyam.collectors.contract import Target
from wenyam.engine.board import Board
from wenyam.engine.credentials import CredentialGuard
from wenyam.engine.runner import Runner
from wenyam.errors import WenyamError
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Device, ReadPlan
from wenyam.operations.findings import Finding, Surroundings, bad, counted, good, milliseconds, untested, without_configuration
from wenyam.settings.secrets import SecretReader

AT_ONCE = 32
"""Devices probed side by side."""


def devices(surroundings: Surroundings) -> Iterable[Finding]:
    """Probe every reading of every device through its collector, once, when asked to."""
    if surroundings.configuration is None:
        return without_configuration("devices")
    count = counted(len(surroundings.configuration.inventory.devices), "device")
    if not surroundings.reach_devices:
        return [untested("devices", f"{count} not asked", "'wenyam doctor --probe' asks each once.")]
    return asyncio.run(_probe_all(surroundings, surroundings.configuration)) or [good("devices", "there are none")]


async def _probe_all(surroundings: Surroundings, configuration: Configuration) -> list[Finding]:
    clock, directory = surroundings.clock, configuration.instance.state_directory
    links = Links(clock, SecretReader(), f"{directory}/known_hosts")
    guard = CredentialGuard(clock, Board(clock, {}), configuration.instance.credential_retry)
    runner = Runner(clock, links, guard)
    runner.configure({}, configuration.inventory.credentials)
    lane = asyncio.Semaphore(AT_ONCE)
    try:
        everything = [_probe(runner, links, device, lane) for device in configuration.inventory.devices.values()]
        return [finding for findings in await asyncio.gather(*everything) for finding in findings]
    finally:
        await links.close()


async def _probe(runner: Runner, links: Links, device: Device, lane: asyncio.Semaphore) -> list[Finding]:
    async with lane:
        found = [await _reading(runner, device, plan) for plan in device.reads]
        is_pinged = any(plan.collector == "icmp" and plan.address is None for plan in device.reads)
        if not is_pinged and any(probe.kind == "icmp" for probe in device.alive.any_of):
            found.append(await _ping(links, device))
    return found or [untested(f"device {device.name}", "has no readings and is not pinged")]


async def _reading(runner: Runner, device: Device, plan: ReadPlan) -> Finding:
    about, address = f"device {device.name}, {plan.job}", plan.address or device.address
    try:
        took = await runner.probe(Target(device.name, address, device.profile), plan, plan.timeout)
    except WenyamError as error:
        return bad(about, error.sentence, error.advice)
    return good(about, f"{address} answered in {milliseconds(took)}")


async def _ping(links: Links, device: Device) -> Finding:
    about = f"device {device.name}, ping"
    try:
        took = await links.icmp.ping(device.address, device.alive.timeout)
    except WenyamError as error:
        return bad(about, error.sentence, error.advice)
    return good(about, f"{device.address} answered in {milliseconds(took)}")
