"""`scripts/bench alerts`: changes of state through every stage, from the store to a real receiver."""

import asyncio
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.model.instance import Configuration
from wenyam.model.states import State
from wenyam.testing.alert_house import AlertHouse, write_configuration
from wenyam.testing.receivers import Heard, HttpReceiver, Reply

BEHIND = 50
"""Devices behind each switch of the storm."""
LIMIT_SECONDS = 600.0

Row = tuple[str, int, float, float]
"""What, how many changes, wall seconds, CPU seconds."""


class Counting(HttpReceiver):
    """Takes everything and counts the messages."""

    messages = 0

    def answer(self, heard: Heard) -> Reply:
        """Count a message."""
        self.messages += heard.method == "POST"
        return Reply()


def measure(changes: int, folder: Path, say: Callable[[str], None]) -> list[Row]:
    """Send a storm through: devices that die alone, then the same number behind dead switches."""
    with Counting() as receiver:
        found = []
        for name, groups in (("each by itself", 0), (f"{BEHIND} behind each switch", max(1, changes // (BEHIND + 1)))):
            say(f"{changes} changes, {name}")
            configuration = write_configuration(folder / name.replace(" ", "-"), _sections(changes, groups, receiver.url))
            before = receiver.messages
            row, incidents = asyncio.run(_storm(configuration, name))
            say(f"  {incidents} incidents, {receiver.messages - before} messages")
            found.append(row)
        return found


def _sections(changes: int, groups: int, url: str) -> dict[str, Any]:
    devices = {f"core-{number}": _device() for number in range(groups)}
    for number in range(changes - groups):
        behind = {"parents": [f"core-{number % groups}"]} if groups else {}
        devices[f"host-{number}"] = _device() | behind
    channel = {"kind": "webhook", "url": url, "cap_per_hour": 10_000, "self_test": None}
    return {"devices": devices, "channels": {"hook": channel}, "alerts": {"group_wait": "1ms"}}


def _device() -> dict[str, Any]:
    return {"kind": "server", "address": "127.0.0.1", "shared_address": True, "alive": {"any_of": ["tcp:9"]}}


async def _storm(configuration: Configuration, name: str) -> tuple[Row, int]:
    async with AlertHouse(configuration, SystemClock()) as house:
        devices = configuration.inventory.devices
        begun, cpu = time.perf_counter(), time.process_time()
        for device in devices.values():
            if device.parents:
                house.see(device.name, State.UNREACHABLE, "unreachable behind it", cause=f"device:{device.parents[0]}")
            else:
                house.see(device.name, State.DOWN, "no answer to tcp:9 within 1 s")
        await house.journal.flush()
        while True:
            more = await house.service.turn()
            await asyncio.sleep(0)
            if not more and not house.service.outbox.pending and house.service.outbox.known:
                break
            if time.perf_counter() - begun > LIMIT_SECONDS:
                raise TimeoutError(f"not through after {LIMIT_SECONDS:g} s")
            if not more:
                await asyncio.sleep(0.005)
        row = (name, len(devices), time.perf_counter() - begun, time.process_time() - cpu)
        return row, len(house.service.book.incidents)


def table(rows: list[Row]) -> str:
    """Write the rows for people."""
    lines = [f"{'changes':>9}  {'wall s':>8}  {'CPU s':>8}  {'changes/s':>10}  storm"]
    lines += [f"{count:>9}  {wall:>8.2f}  {cpu:>8.2f}  {count / wall:>10.0f}  {name}" for name, count, wall, cpu in rows]
    return "\n".join(lines)


def as_data(rows: list[Row]) -> dict[str, Any]:
    """Write the rows as versioned data."""
    return {
        "version": 1,
        "machine": {
            "processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(),
        },
        "storms": [
            {
                "storm": name, "changes": count, "wall_seconds": wall, "cpu_seconds": cpu, "changes_per_second": count / wall,
            }
            for name, count, wall, cpu in rows
        ],
    }  # fmt: skip
