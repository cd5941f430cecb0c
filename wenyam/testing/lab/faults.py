"""The faults the lab can cause: what each does, whom it hits, and what Wenyam should say about it."""

from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGCONT, SIGKILL, SIGSTOP

from wenyam.testing.lab import breaking
from wenyam.testing.lab.breaking import Broken
from wenyam.testing.lab.errors import UnknownFaultError
from wenyam.testing.lab.plan import DEVICES, FILE_SERVER, PLACES, WHOLE, LabDevice, all_addresses, behind


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the lab."""

    name: str
    sentence: str
    expectation: str
    """What Wenyam should say."""
    default: str
    """Device it hits unless told otherwise."""
    hits: Callable[[LabDevice], bool]
    """Whether it can hit this device."""
    cause: Callable[[Broken], None] = lambda _broken: None
    repair: Callable[[Broken], None] = lambda _broken: None
    silences: Callable[[LabDevice], tuple[str, ...]] = lambda _device: ()
    """Addresses that vanish while it lasts."""


def find(name: str, device: str | None) -> tuple[Fault, LabDevice]:
    """Return a fault and the device it hits; UnknownFaultError names what there is."""
    if name not in FAULTS:
        raise UnknownFaultError(f"'{name}'; there are: {', '.join(FAULTS)}")
    fault = FAULTS[name]
    target = PLACES.get(device or fault.default)
    if target is None or not fault.hits(target):
        possible = ", ".join(each.name for each in PLACES.values() if fault.hits(each))
        raise UnknownFaultError(f"{name} cannot hit '{device}'; it can hit: {possible}")
    return fault, target


def silenced(active: list[str]) -> list[str]:
    """Return the addresses that the active faults ("fault device") make vanish."""
    pairs = [entry.split() for entry in active]
    return [address for name, device in pairs for address in FAULTS[name].silences(PLACES[device])]


def _is_device(device: LabDevice) -> bool:
    return device.name in DEVICES


def _has_agent(device: LabDevice) -> bool:
    return device.agent is not None or device.recording is not None


def _has_credential(device: LabDevice) -> bool:
    return breaking.rotatable(device) is not None


_SILENCE = (
    Fault(
        "host-off",
        "The device is dead: its address answers nothing, on no port and to no ping.",
        "DOWN within 15 s, and so the services standing on it; UP when it is back.",
        "erp-app",
        hits=_is_device,
        silences=lambda device: (device.address,),
    ),
    Fault(
        "parent-cut",
        "The device and everything whose path runs through it vanish together.",
        "One DOWN, everything behind it UNREACHABLE, none of those DOWN.",
        "core-1",
        hits=lambda device: _is_device(device) and len(behind(device.name)) > 1,
        silences=lambda device: tuple(DEVICES[name].address for name in behind(device.name)),
    ),
    Fault(
        "link-cut",
        "The line is cut: the provider's equipment and the far end fall silent.",
        "The link DOWN, the cause proposed from which of its segments still answers.",
        "isp-1",
        hits=lambda device: device.kind == "link",
        silences=lambda device: device.beyond,
    ),
    Fault(
        "own-network-lost",
        "The watcher's own cable is pulled: no carrier, and neither devices nor witnesses answer.",
        "Everything unknown, nothing DOWN, and one CRIT that says our own network is lost.",
        WHOLE.name,
        hits=lambda device: device is WHOLE,
        cause=lambda broken: broken.rules.connect(carrier=False),
        repair=lambda broken: broken.rules.connect(carrier=True),
        silences=lambda _device: all_addresses(),
    ),
)

_PROCESSES = (
    Fault(
        "agent-killed",
        "The SNMP agent's process is killed; the host lives.",
        "Stays UP, management lost.",
        "web-1",
        hits=_has_agent,
        cause=lambda broken: broken.stop(breaking.agent(broken.device), SIGKILL),
        repair=lambda broken: broken.start(breaking.agent(broken.device)),
    ),
    Fault(
        "agent-frozen",
        "The SNMP agent's process is stopped (SIGSTOP): its port is held, nothing answers.",
        "Stays UP, management lost.",
        "esaraban-web",
        hits=_has_agent,
        cause=lambda broken: broken.signal(breaking.agent(broken.device), SIGSTOP),
        repair=lambda broken: broken.signal(breaking.agent(broken.device), SIGCONT),
    ),
    Fault(
        "slow-agent",
        "The SNMP agent answers each request three seconds late.",
        "Its reading takes seconds instead of a moment; no other device is read later for it.",
        "storage-1",
        hits=lambda device: device.recording is not None,
        cause=lambda broken: broken.tell_recording("delay 3"),
        repair=lambda broken: broken.tell_recording("delay 0"),
    ),
    Fault(
        "hostile-agent",
        "Another program takes the agent's place and answers every walk in a circle.",
        "The reading is cut short and marked partial; nothing hangs, everything else goes on.",
        "dist-2",
        hits=lambda device: device.recording is not None,
        cause=breaking.let_hostile_agent_in,
        repair=lambda broken: broken.replace("recorded", None),
    ),
    Fault(
        "nginx-stopped",
        "The web server is stopped; its host answers ping.",
        "The device UP, its page refused, the service on it DOWN.",
        "esaraban-web",
        hits=lambda device: device.web,
        cause=lambda broken: broken.stop("nginx"),
        repair=lambda broken: broken.start("nginx"),
    ),
)

_CONTENT = (
    Fault(
        "database-broken",
        "The database runs and lets people in, but the table everything needs is gone.",
        "The device UP, its query failing, the service on it DOWN.",
        "erp-db",
        hits=lambda device: device.database is not None,
        cause=lambda broken: breaking.lose_table(broken, lost=True),
        repair=lambda broken: breaking.lose_table(broken, lost=False),
    ),
    Fault(
        "credential-rotated",
        "Somebody changed the password or key on the device without telling the monitoring.",
        "The device UP, its credential refused: a state of its own, tried again only now and then.",
        "esaraban-db",
        hits=_has_credential,
        cause=lambda broken: breaking.rotate(broken, away=True),
        repair=lambda broken: breaking.rotate(broken, away=False),
    ),
    Fault(
        "certificate-expired",
        "The web server shows a certificate that ended years ago.",
        "The certificate CRIT on a device that is UP.",
        "web-2",
        hits=lambda device: device.web,
        cause=lambda broken: breaking.change_certificate(broken, expired=True),
        repair=lambda broken: breaking.change_certificate(broken, expired=False),
    ),
    Fault(
        "disk-full",
        f"The file system with the shared files is filled to the last block; {FILE_SERVER} alone has it.",
        "The file system CRIT on a device that is UP.",
        FILE_SERVER,
        hits=lambda device: device.name == FILE_SERVER,
        cause=lambda broken: breaking.fill_share(broken, full=True),
        repair=lambda broken: breaking.fill_share(broken, full=False),
    ),
    Fault(
        "on-battery",
        "Mains is gone and the UPS carries the load.",
        "A warning about the battery at once, handed to the hosting centre.",
        "ups-1",
        hits=lambda device: device.kind == "ups",
        cause=lambda broken: broken.tell_recording(*breaking.mains(gone=True)),
        repair=lambda broken: broken.tell_recording(*breaking.mains(gone=False)),
    ),
)

_BACKUPS = (
    Fault(
        "sshd-stopped",
        "The SSH server is stopped: at the DR host nobody can leave a copy any more.",
        "UP, management lost; backups incomplete, the newest not in 'dr', which does not answer; green by the next run.",
        "dr-host",
        hits=lambda device: device.ssh,
        cause=lambda broken: broken.stop("sshd"),
        repair=lambda broken: broken.start("sshd"),
    ),
    Fault(
        "vault-stopped",
        "The append-only server of backups is stopped.",
        "Backups are incomplete, the newest not in 'vault', which does not answer; green again by the next run.",
        "storage-1",
        hits=lambda device: device.vault,
        cause=lambda broken: broken.stop("rclone"),
        repair=lambda broken: broken.start("rclone"),
    ),
    Fault(
        "database-stopped",
        "The database server is stopped; its host answers ping.",
        "The device UP, its query refused; its backup fails and says so, the last good one stays.",
        "esaraban-db",
        hits=lambda device: device.database is not None,
        cause=lambda broken: broken.stop(broken.device.database or ""),
        repair=lambda broken: broken.start(broken.device.database or ""),
    ),
    Fault(
        "configuration-cut",
        "The router's answer to 'show running-config' stops half way.",
        "The router UP; its backup fails because the last line is missing, the last good copy stays.",
        "router-1",
        hits=lambda device: device.router,
        cause=lambda broken: breaking.spoil_configuration(broken, "/usr/bin/head -n 12"),
        repair=lambda broken: breaking.spoil_configuration(broken, ""),
    ),
    Fault(
        "configuration-paged",
        "Somebody turned the router's pager on: its answers stop for --More--.",
        "The router UP; its backup fails and quotes the pager, the last good copy stays.",
        "router-1",
        hits=lambda device: device.router,
        cause=lambda broken: breaking.spoil_configuration(broken, "/usr/bin/sed '8a\\ --More-- '"),
        repair=lambda broken: breaking.spoil_configuration(broken, ""),
    ),
)

FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*_SILENCE, *_PROCESSES, *_CONTENT, *_BACKUPS)}
