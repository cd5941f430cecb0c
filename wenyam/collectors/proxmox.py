"""Proxmox VE: a node of virtual machines and containers, read by its REST API with a token.

Paths and fields are those of the API viewer that Proxmox VE 8 and 9 bring along. Not proven here: no Proxmox VE was at hand.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal
from urllib.parse import quote

from pydantic import Field

from wenyam.collectors.api import ApiOptions, credential_of, open_session
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.json_values import Object, add_number, mapping, number, objects, text, truth
from wenyam.collectors.options import Port
from wenyam.collectors.proxmox_guests import Guests
from wenyam.collectors.readings import ReadingBuilder
from wenyam.collectors.virtual_machines import NOT_PROVEN
from wenyam.errors import CollectError, MalformedReplyError
from wenyam.model.names import STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN
from wenyam.model.samples import Reading

if TYPE_CHECKING:
    from wenyam.links.http_api_session import ApiSession

_API: Final = "/api2/json"
_WINDOWS: Final = ("1m", "5m", "15m")
_OF_THE_NODE: Final = (
    "system_info", "system_uptime_seconds", "cpu_utilization_ratio", "load_average", "memory_total_bytes", "memory_used_bytes",
    "memory_utilization_ratio", "swap_total_bytes", "swap_used_bytes", "filesystem_size_bytes", "filesystem_used_bytes",
    "filesystem_utilization_ratio",
)  # fmt: skip
_STORAGE: Final = {"available": STATUS_OK, "unknown": STATUS_UNKNOWN}


class ProxmoxOptions(ApiOptions):
    """How to reach the node, and which guests to read."""

    port: Port = 8006
    requests: Annotated[int, Field(ge=5, le=5000)] = 1000
    """Questions one reading may ask; each running guest costs up to three."""
    parallel: Annotated[int, Field(ge=1, le=8)] = 4
    """Questions under way at once."""
    node: str | None = None
    """Name of the node; the one that answers when not given."""
    guests: Literal["node", "cluster"] = "node"
    """Guests and storages of this node only, or of all nodes where only one of them is a device."""
    snapshots: bool = True
    """Ask each guest for its snapshots."""
    agent: bool = True
    """Ask the agent of each running virtual machine whether it answers (VM.GuestAgent.Audit, before Proxmox VE 9 VM.Monitor)."""


class ProxmoxCollector:
    """Reads a node's resources and storages, the cluster's quorum, and every guest's state, resources, snapshots and agent."""

    Config: ClassVar[type[ProxmoxOptions]] = ProxmoxOptions

    def __init__(self, config: ProxmoxOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Read once; a CollectError when the token is refused or sees nothing, a failure for each part that cannot be read."""
        reading = ReadingBuilder(context.memory)
        reading.fact("evidence", NOT_PROVEN)
        async with self._session(target, context) as session:
            cluster = await _rows(session, "/cluster/status")
            node = self._config.node or _local(cluster)
            _add_cluster(reading, cluster)
            resources = [each for each in await _rows(session, "/cluster/resources") if self._concerns(each, node)]
            if not any(text(each.get("type")) == "node" for each in resources):
                hint = "Give the token the role PVEAuditor on / (a token with separated privileges has none of its own)."
                raise CollectError(f"the token sees no node '{node}'", hint=hint)
            await self._add_node(session, reading, node)
            for storage in resources:
                if text(storage.get("type")) == "storage":
                    _add_storage(reading, storage, node)
            await Guests(session, reading, self._config.snapshots, self._config.agent, context.clock.now()).read(resources)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ask for the version, the least a token may read."""
        begun = context.clock.monotonic()
        async with self._session(target, context) as session:
            await session.get(f"{_API}/version")
        return context.clock.monotonic() - begun

    def _session(self, target: Target, context: Context) -> "ApiSession":
        credential = credential_of(context, "proxmox", "token")
        session = open_session(target, context, self._config)
        session.log_in_with("Authorization", f"PVEAPIToken={context.links.secrets.of(credential, 'token')}")
        return session

    def _concerns(self, resource: Object, node: str) -> bool:
        """Tell whether a node, guest or storage is to be read."""
        own = text(resource.get("node")) == node
        return own or (self._config.guests == "cluster" and text(resource.get("type")) != "node")

    async def _add_node(self, session: "ApiSession", reading: ReadingBuilder, node: str) -> None:
        try:
            status = mapping(await _data(session, f"/nodes/{quote(node, safe='')}/status"))
        except CollectError as error:
            reading.failed(error, _OF_THE_NODE)
            return
        _add_identity(reading, node, status)
        _add_load(reading, status)
        _add_space(reading, status)


async def _data(session: "ApiSession", path: str) -> Any:
    answer = await session.get(f"{_API}{path}")
    if not isinstance(answer, dict) or "data" not in answer:
        raise MalformedReplyError(f"{path}: is no answer of Proxmox VE")
    return answer["data"]


async def _rows(session: "ApiSession", path: str) -> list[Object]:
    found = await _data(session, path)
    if not isinstance(found, list):
        raise MalformedReplyError(f"{path}: is no list")
    return objects(found)


def _local(cluster: list[Object]) -> str:
    """Return the name of the node that answers."""
    names = [text(each.get("name")) for each in cluster if text(each.get("type")) == "node" and truth(each.get("local"))]
    if len(names) != 1 or not names[0]:
        raise CollectError("it does not say which node it is", hint="Name it with 'node'.")
    return names[0]


def _add_cluster(reading: ReadingBuilder, cluster: list[Object]) -> None:
    """Add quorum and members; a node outside of any cluster has neither."""
    if not any(text(each.get("type")) == "cluster" for each in cluster):
        return
    for each in cluster:
        kind, told = text(each.get("type")), truth(each.get("online" if text(each.get("type")) == "node" else "quorate"))
        state = STATUS_UNKNOWN if told is None else STATUS_OK if told else STATUS_FAILED
        if kind == "cluster":
            reading.add("component_status", state, "cluster quorum")
            reading.fact("cluster", text(each.get("name")))
        elif kind == "node":
            reading.add("ha_member_status", state, text(each.get("name")))


def _add_identity(reading: ReadingBuilder, node: str, status: Object) -> None:
    version = text(status.get("pveversion")).split("/")
    facts = {
        "name": node,
        "vendor": "Proxmox",
        "model": "Proxmox VE",
        "serial": "",
        "os_version": version[1] if len(version) > 1 else "",
    }
    reading.add("system_info", 1, *facts.values())
    for key, said in {**facts, "kernel": text(status.get("kversion"))}.items():
        reading.fact(key, said)
    add_number(reading, "system_uptime_seconds", status.get("uptime"))


def _add_load(reading: ReadingBuilder, status: Object) -> None:
    add_number(reading, "cpu_utilization_ratio", status.get("cpu"), "all")
    loads = status.get("loadavg")
    for window, load in zip(_WINDOWS, loads if isinstance(loads, list) else (), strict=False):
        try:
            reading.add("load_average", float(load), window)
        except (TypeError, ValueError):
            reading.refuse("load_average")


def _add_space(reading: ReadingBuilder, status: Object) -> None:
    memory, swap = mapping(status.get("memory")), mapping(status.get("swap"))
    add_number(reading, "memory_total_bytes", memory.get("total"))
    add_number(reading, "memory_used_bytes", memory.get("used"))
    reading.add("memory_utilization_ratio", share(memory.get("used"), memory.get("total")))
    add_number(reading, "swap_total_bytes", swap.get("total"))
    add_number(reading, "swap_used_bytes", swap.get("used"))
    root = mapping(status.get("rootfs"))
    _add_filesystem(reading, "/", root.get("total"), root.get("used"))


def _add_storage(reading: ReadingBuilder, storage: Object, node: str) -> None:
    """Add a storage's state, and its space as a file system, so that the same check judges it."""
    there = text(storage.get("node"))
    name = text(storage.get("storage")) + (f" ({there})" if there != node else "")
    reading.add("volume_status", _STORAGE.get(text(storage.get("status")), STATUS_FAILED), name)
    if text(storage.get("status")) == "available":
        _add_filesystem(reading, f"storage {name}", storage.get("maxdisk"), storage.get("disk"))


def _add_filesystem(reading: ReadingBuilder, mount: str, size: Any, used: Any) -> None:
    add_number(reading, "filesystem_size_bytes", size, mount)
    add_number(reading, "filesystem_used_bytes", used, mount)
    reading.add("filesystem_utilization_ratio", share(used, size), mount)


def share(part: Any, whole: Any) -> float | None:
    """Return part of whole; None when either is no number or the whole is nothing."""
    above, below = number(part), number(whole)
    return above / below if above is not None and below else None
