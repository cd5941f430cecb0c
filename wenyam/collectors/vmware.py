"""VMware: the hosts, machines, datastores and alarms of a vCenter or of a lone ESXi. Not proven here: neither was at hand."""

from datetime import datetime
from typing import Any, ClassVar, Final

from wenyam.collectors.api import Fingerprint, credential_of
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.json_values import add_number, number
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.collectors.virtual_machines import NOT_PROVEN, PAUSED, RUNNING, SHUT_OFF, UNKNOWN, add_host, add_snapshots, labels_of
from wenyam.errors import CollectError
from wenyam.links.tcp import connect_seconds
from wenyam.links.vsphere_call import Found, VsphereLogin, Wanted
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.names import STATUS_ABSENT, STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN
from wenyam.model.samples import Reading

Properties = dict[str, Any]

_HOSTS, _MACHINES, _STORES = "HostSystem", "VirtualMachine", "Datastore"
_WANTED: Final[Wanted] = {
    _HOSTS: (
        "name", "overallStatus", "summary.runtime.connectionState", "summary.quickStats", "summary.hardware",
        "summary.config.product",
    ),
    _MACHINES: (
        "name", "config.template", "runtime.powerState", "runtime.connectionState", "runtime.host", "runtime.maxCpuUsage",
        "summary.quickStats", "summary.config.memorySizeMB", "summary.storage", "guest.toolsRunningStatus",
        "guest.toolsVersionStatus2", "snapshot",
    ),
    _STORES: ("name", "overallStatus", "summary"),
}  # fmt: skip
_POWER: Final = {"poweredOn": RUNNING, "suspended": PAUSED, "poweredOff": SHUT_OFF}
_COLOURS: Final = {"green": STATUS_OK, "yellow": STATUS_DEGRADED, "red": STATUS_FAILED}
_OLD_TOOLS: Final = frozenset({"guestToolsNeedUpgrade", "guestToolsSupportedOld", "guestToolsTooOld"})
_BAD_TOOLS: Final = frozenset({"guestToolsBlacklisted", "guestToolsTooNew"})
_MEBIBYTE: Final = 1 << 20
_DEEPEST: Final = 1000
"""Snapshots of one machine that are looked at."""


class VmwareOptions(Options):
    """How the service is reached. Its certificate is always checked, or pinned."""

    port: Port = 443
    authority: str | None = None
    """File of the authorities to trust instead of the system's."""
    fingerprint: Fingerprint | None = None
    """SHA-256 of the certificate itself; then no authority and no name is asked."""


class VmwareCollector:
    """Reads hosts, machines with their tools and snapshots, datastores and raised alarms."""

    Config: ClassVar[type[VmwareOptions]] = VmwareOptions

    def __init__(self, config: VmwareOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Log in, ask and log out; MissingLibraryError without pyVmomi, CredentialsRefusedError or another CollectError."""
        credential = credential_of(context, "vmware", "http-basic")
        login = VsphereLogin(
            address=target.address,
            port=self._config.port,
            username=credential.settings.get("username", ""),
            password=context.links.secrets.of(credential, "password"),
            credential=credential.name,
            authority=self._config.authority,
            fingerprint=self._config.fingerprint,
        )
        found = await context.links.vsphere.read(login, _WANTED, budget(context))
        if not found.objects.get(_HOSTS):
            raise CollectError(f"the login sees no host at {login.at}", hint="Give it the role Read-only on the topmost object.")
        reading = ReadingBuilder(context.memory)
        add_inventory(reading, found, context.clock.now())
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Connect only, so that a probe every few seconds makes no session."""
        return await connect_seconds(context.clock, target.address, self._config.port, budget(context))


def add_inventory(reading: ReadingBuilder, found: Found, now: Instant) -> None:
    """Turn what vSphere told into samples."""
    reading.fact("evidence", NOT_PROVEN)
    hosts = dict(found.objects.get(_HOSTS, ()))
    names = {reference: _text(each.get("name")) for rows in found.objects.values() for reference, each in rows}
    for host in hosts.values():
        _add_host_status(reading, host)
    if len(hosts) == 1:
        _add_lone_host(reading, next(iter(hosts.values())))
    else:
        _add_service(reading, found.about)
    _add_machines(reading, found.objects.get(_MACHINES, ()), names, now)
    for _, store in found.objects.get(_STORES, ()):
        _add_store(reading, store)
    for alarm in found.alarms:
        label = f"alarm {alarm.name or 'without a name'}: {names.get(alarm.entity, alarm.entity)}"
        reading.add("component_status", _COLOURS.get(alarm.status, STATUS_UNKNOWN), label)


def _add_host_status(reading: ReadingBuilder, host: Properties) -> None:
    """Add a host's colour; one the service has lost is failed, whatever colour it had."""
    lost = _text(host.get("summary.runtime.connectionState")) != "connected"
    state = STATUS_FAILED if lost else _COLOURS.get(_text(host.get("overallStatus")), STATUS_UNKNOWN)
    reading.add("component_status", state, f"host {_text(host.get('name'))}")


def _add_lone_host(reading: ReadingBuilder, host: Properties) -> None:
    """Add the resources of the only host, as those of the device itself."""
    hardware, usage, product = host.get("summary.hardware"), host.get("summary.quickStats"), host.get("summary.config.product")
    facts = {
        "name": _text(host.get("name")),
        "vendor": _text(_of(hardware, "vendor")),
        "model": _text(_of(hardware, "model")),
        "serial": "",
        "os_version": _text(_of(product, "version")),
    }
    _add_facts(reading, facts)
    add_number(reading, "system_uptime_seconds", _of(usage, "uptime"))
    capacity = _product(_of(hardware, "cpuMhz"), _of(hardware, "numCpuCores"))
    reading.add("cpu_utilization_ratio", _share(_of(usage, "overallCpuUsage"), capacity), "all")
    used, total = _product(_of(usage, "overallMemoryUsage"), _MEBIBYTE), number(_of(hardware, "memorySize"))
    reading.add("memory_total_bytes", total)
    reading.add("memory_used_bytes", used)
    reading.add("memory_utilization_ratio", _share(used, total))


def _add_service(reading: ReadingBuilder, about: Any) -> None:
    facts = {
        "name": _text(_of(about, "name")), "vendor": "VMware", "model": _text(_of(about, "apiType")), "serial": "",
        "os_version": _text(_of(about, "version")),
    }  # fmt: skip
    _add_facts(reading, facts)


def _add_facts(reading: ReadingBuilder, facts: dict[str, str]) -> None:
    reading.add("system_info", 1, *facts.values())
    for key, said in facts.items():
        reading.fact(key, said)


def _add_machines(
    reading: ReadingBuilder, rows: "list[tuple[str, Properties]] | tuple[()]", names: dict[str, str], now: Instant
) -> None:
    machines = {reference: each for reference, each in rows if each.get("config.template") is not True}
    labels = labels_of({reference: names[reference] for reference in machines})
    for reference, machine in machines.items():
        _add_machine(reading, machine, labels[reference], now)
    hosts = {reference: _of(machine.get("runtime.host"), "_moId") for reference, machine in machines.items()}
    add_host(reading, [(labels[reference], names.get(host, "")) for reference, host in hosts.items()])


def _add_machine(reading: ReadingBuilder, machine: Properties, vm: str, now: Instant) -> None:
    reachable = _text(machine.get("runtime.connectionState")) == "connected"
    state = _POWER.get(_text(machine.get("runtime.powerState")), UNKNOWN) if reachable else UNKNOWN
    reading.add("virtual_machine_state", state, vm)
    reading.add("virtual_machine_memory_total_bytes", _product(machine.get("summary.config.memorySizeMB"), _MEBIBYTE), vm)
    add_number(reading, "virtual_machine_disk_size_bytes", _of(machine.get("summary.storage"), "committed"), vm)
    add_snapshots(reading, vm, snapshot_times(machine.get("snapshot")), now)
    if state == RUNNING:
        usage = machine.get("summary.quickStats")
        busy = _share(_of(usage, "overallCpuUsage"), number(machine.get("runtime.maxCpuUsage")))
        reading.add("virtual_machine_cpu_utilization_ratio", None if busy is None else min(1.0, busy), vm)
        reading.add("virtual_machine_memory_used_bytes", _product(_of(usage, "hostMemoryUsage"), _MEBIBYTE), vm)
        add_number(reading, "virtual_machine_uptime_seconds", _of(usage, "uptimeSeconds"), vm)
        reading.add("virtual_machine_agent_status", tools_status(machine), vm)


def tools_status(machine: Properties) -> int:
    """Return the state of the guest's tools: absent, failed when they do not run or are barred, degraded when they are old."""
    version, running = _text(machine.get("guest.toolsVersionStatus2")), _text(machine.get("guest.toolsRunningStatus"))
    if version == "guestToolsNotInstalled":
        return STATUS_ABSENT
    if not running:
        return STATUS_UNKNOWN
    if running != "guestToolsRunning" or version in _BAD_TOOLS:
        return STATUS_FAILED
    return STATUS_DEGRADED if version in _OLD_TOOLS else STATUS_OK


def snapshot_times(snapshot: Any) -> list[Instant]:
    """Return when each snapshot of a machine was made, from the tree it keeps them in; never deeper than it could be."""
    waiting, found = list(_of(snapshot, "rootSnapshotList") or ()), list[Instant]()
    while waiting and len(found) < _DEEPEST:
        each = waiting.pop()
        made = _of(each, "createTime")
        if isinstance(made, datetime) and made.tzinfo is not None:
            found.append(from_datetime(made))
        waiting += _of(each, "childSnapshotList") or ()
    return found


def _add_store(reading: ReadingBuilder, store: Properties) -> None:
    """Add a datastore's state, and its space as a file system, so that the same check judges it."""
    name, summary = _text(store.get("name")), store.get("summary")
    accessible = _of(summary, "accessible") is True
    state = _COLOURS.get(_text(store.get("overallStatus")), STATUS_UNKNOWN) if accessible else STATUS_FAILED
    reading.add("volume_status", state, name)
    size, free = number(_of(summary, "capacity")), number(_of(summary, "freeSpace"))
    if accessible and size is not None and free is not None:
        mount = f"storage {name}"
        reading.add("filesystem_size_bytes", size, mount)
        reading.add("filesystem_used_bytes", size - free, mount)
        reading.add("filesystem_utilization_ratio", _share(size - free, size), mount)


def _of(thing: Any, attribute: str) -> Any:
    return getattr(thing, attribute, None)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""


def _product(left: Any, right: Any) -> float | None:
    one, other = number(left), number(right)
    return one * other if one is not None and other is not None else None


def _share(part: Any, whole: float | None) -> float | None:
    used = number(part)
    return used / whole if used is not None and whole else None
