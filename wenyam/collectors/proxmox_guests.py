"""Virtual machines (qemu) and containers (lxc) of Proxmox VE."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from wenyam.collectors.json_values import Object, add_number, mapping, number, objects, text, truth
from wenyam.collectors.readings import ReadingBuilder
from wenyam.collectors.virtual_machines import (
    CRASHED,
    PAUSED,
    RUNNING,
    SHUT_OFF,
    SNAPSHOTS,
    UNKNOWN,
    add_host,
    add_snapshots,
    labels_of,
)
from wenyam.errors import CollectError
from wenyam.model.instants import Instant
from wenyam.model.names import STATUS_ABSENT, STATUS_FAILED, STATUS_OK

if TYPE_CHECKING:
    from wenyam.links.http_api_session import ApiSession

_KINDS: Final = ("qemu", "lxc")
_STATES: Final = {"running": RUNNING, "stopped": SHUT_OFF, "paused": PAUSED, "suspended": PAUSED}
_MACHINE_STATES: Final = {
    "running": RUNNING, "paused": PAUSED, "prelaunch": PAUSED, "suspended": PAUSED, "postmigrate": PAUSED, "inmigrate": PAUSED,
    "shutdown": SHUT_OFF, "io-error": CRASHED, "internal-error": CRASHED, "guest-panicked": CRASHED,
}  # fmt: skip
"""What QEMU itself says of a machine whose process runs (qmpstatus)."""
_OF_THE_MACHINE: Final = ("virtual_machine_state", "virtual_machine_agent_status")
_SILENT_AGENT: Final = 500
_MOST_FAILURES: Final = 10
_SECONDS: Final = 1000
_LATEST: Final = 1e11
"""Seconds since 1970 beyond which nothing is a moment."""


@dataclass(slots=True)
class _Looked:
    """What was found out about one guest."""

    state: int | None
    """None while it could not be asked."""
    agent: int | None = None
    snapshots: list[Instant] | None = None


class Guests:
    """The guests among the cluster's resources; one that cannot be asked for more leaves the others."""

    def __init__(self, session: "ApiSession", reading: ReadingBuilder, snapshots: bool, agent: bool, now: Instant) -> None:  # noqa: FBT001  # two of the collector's options
        """Take what to ask beside the list."""
        self._session = session
        self._reading = reading
        self._snapshots = snapshots
        self._agent = agent
        self._now = now
        self._failures: dict[str, CollectError] = {}

    async def read(self, resources: list[Object]) -> None:
        """Read every guest that is no template."""
        guests = [each for each in resources if text(each.get("type")) in _KINDS and not truth(each.get("template"))]
        labels = labels_of({text(each.get("id")): text(each.get("name")) for each in guests})
        found = await asyncio.gather(*map(self._look, guests))
        for guest, looked in zip(guests, found, strict=True):
            self._add(guest, looked, labels[text(guest.get("id"))])
        add_host(self._reading, [(labels[text(guest.get("id"))], text(guest.get("node"))) for guest in guests])
        for error in list(self._failures.values())[:_MOST_FAILURES]:
            self._reading.failed(error, ())

    async def _look(self, guest: Object) -> _Looked:
        """Ask for what the list of guests does not say."""
        looked = _Looked(_STATES.get(text(guest.get("status")), UNKNOWN))
        is_known = looked.state != UNKNOWN
        if self._agent and looked.state == RUNNING and text(guest.get("type")) == "qemu":
            await self._part(self._ask_machine(guest, looked), _OF_THE_MACHINE)
        if self._snapshots and is_known:
            await self._part(self._made(guest, looked), SNAPSHOTS)
        return looked

    async def _part(self, part: Coroutine[Any, Any, None], names: Sequence[str]) -> None:
        try:
            await part
        except CollectError as error:
            self._failures.setdefault(str(error), error)
            self._reading.lacks(names)

    async def _ask_machine(self, guest: Object, looked: _Looked) -> None:
        """Ask a machine whose process runs for its own state, and its agent whether it answers."""
        looked.state = None  # its process runs; whether the machine in it does, only the answer says
        said = mapping(mapping(await self._session.get(f"{_path(guest)}/status/current")).get("data"))
        looked.state = _MACHINE_STATES.get(text(said.get("qmpstatus")), RUNNING)
        if not truth(said.get("agent")):
            looked.agent = STATUS_ABSENT
        elif looked.state == RUNNING:
            answer = await self._session.ask("GET", f"{_path(guest)}/agent/info", tolerated=(_SILENT_AGENT,))
            looked.agent = STATUS_FAILED if answer.status == _SILENT_AGENT else STATUS_OK

    async def _made(self, guest: Object, looked: _Looked) -> None:
        """Find out when each snapshot was made; the entry `current` is the guest itself, not one of them."""
        rows = objects(mapping(await self._session.get(f"{_path(guest)}/snapshot")).get("data"))
        times = [number(row.get("snaptime")) for row in rows if text(row.get("name")) != "current"]
        looked.snapshots = [Instant(round(moment * _SECONDS)) for moment in times if moment is not None and 0 < moment < _LATEST]

    def _add(self, guest: Object, looked: _Looked, vm: str) -> None:
        reading = self._reading
        reading.add("virtual_machine_state", looked.state, vm)
        reading.add("virtual_machine_agent_status", looked.agent, vm)
        add_number(reading, "virtual_machine_memory_total_bytes", guest.get("maxmem"), vm)
        if number(guest.get("maxdisk")):
            add_number(reading, "virtual_machine_disk_size_bytes", guest.get("maxdisk"), vm)
        if looked.state in (RUNNING, PAUSED, None):
            add_number(reading, "virtual_machine_cpu_utilization_ratio", guest.get("cpu"), vm)
            add_number(reading, "virtual_machine_memory_used_bytes", guest.get("memhost", guest.get("mem")), vm)
            add_number(reading, "virtual_machine_uptime_seconds", guest.get("uptime"), vm)
        if looked.snapshots is not None:
            add_snapshots(reading, vm, looked.snapshots, self._now)


def _path(guest: Object) -> str:
    """Return the guest's path; what its list said is quoted, so that it names nothing else."""
    node, vmid = text(guest.get("node")), number(guest.get("vmid"))
    if not node or vmid is None or not vmid.is_integer():
        raise CollectError(f"guest '{text(guest.get('id'))}' has no node or no number")
    return f"/api2/json/nodes/{quote(node, safe='')}/{text(guest.get('type'))}/{vmid:.0f}"
