"""Where the lab stands: this machine's loopback, or a network of its own; and the rules that make a host dead."""

import os
import subprocess
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from wenyam.testing.lab.errors import LabAddressTakenError, LabError
from wenyam.testing.lab.plan import DEVICES, PORTS

NFT, IP, UNSHARE, NSENTER, MOUNT = "/usr/sbin/nft", "/usr/sbin/ip", "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/mount"
CARRIER, CARRIER_PEER = "wenyamlab0", "wenyamlab1"
"""The watcher's own uplink: a pair of virtual interfaces, so that pulling the peer loses the carrier."""
OWN_NETWORK_USER = "watcher"
"""Who logs in over SSH in a network of its own, where one real user has several names."""
_NAMED_ADDRESSES = tuple(f"{device.address}/32" for device in DEVICES.values() if device.dns)
"""BIND listens only at addresses that an interface carries by name."""
_LISTEN = "0A"
_PORT_SHIFT = 20_000
_PROGRAM_SECONDS = 20


def keeper_command(*, own_network: bool) -> list[str]:
    """Return the program that keeps the lab's lock, and its network when that is its own."""
    keep = ["/usr/bin/sleep", "infinity"]
    return [UNSHARE, "--user", "--map-root-user", "--net", "--mount", *keep] if own_network else keep


def enter_command(keeper: int) -> list[str]:
    """Return the words that run a program inside the network the keeper holds."""
    enter = [NSENTER, "--target", str(keeper), "--user", "--net", "--mount", "--preserve-credentials", "--"]
    return [*enter, "/usr/bin/env", f"--chdir={Path.cwd()}"]


def has_own_network(keeper: int) -> bool:
    """Tell whether the keeper has reached its own network and has its user mapped."""
    try:
        ours, its = (Path(f"/proc/{who}/ns/net").readlink() for who in ("self", keeper))
        return ours != its and Path(f"/proc/{keeper}/uid_map").read_text(encoding="ascii").strip() != ""
    except OSError:
        return False


def furnish_own_network() -> None:
    """Make a fresh network look like a machine's: loopback up, low ports and ping for all, its own /sys."""
    run([IP, "link", "set", "lo", "up"])
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0", encoding="ascii")
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0", encoding="ascii")
    run([MOUNT, "-t", "sysfs", "sysfs", "/sys"])


def choose_ports() -> dict[str, int]:
    """Return the port of every kind of server: the usual one, or 20000 higher where this machine's own servers hold it."""
    everywhere = {port for address, port in listeners() if address in ("0.0.0.0", "::")}  # noqa: S104  # reading, not binding
    return shifted(PORTS, everywhere)


def shifted(ports: Mapping[str, int], taken: Collection[int]) -> dict[str, int]:
    """Return the ports with those that are taken moved 20000 up."""
    return {name: port + _PORT_SHIFT if port in taken else port for name, port in ports.items()}


def refuse_strangers(addresses: Iterable[str]) -> None:
    """Raise LabAddressTakenError when anything listens at one of the lab's addresses."""
    ours = set(addresses)
    taken = sorted((address, port) for address, port in set(listeners()) if address in ours)
    if taken:
        raise LabAddressTakenError(", ".join(f"{address} port {port}" for address, port in taken[:5]))


def listeners() -> list[tuple[str, int]]:
    """Return (address, port) of every TCP listener and every bound UDP socket of this network (proc(5), net/tcp and net/udp)."""
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path("/proc/self/net") / table
        for line in path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []:
            _, local, remote, state = line.split()[:4]
            if state == _LISTEN or (table.startswith("udp") and remote.endswith(":0000")):
                found.append(_endpoint(local))
    return found


def _endpoint(text: str) -> tuple[str, int]:
    address, port = text.split(":")
    if len(address) > len("00000000"):
        tail = address[-8:]
        mapped = address[:24] == "0000000000000000FFFF0000"
        return (_dotted(tail) if mapped else "::" if not address.strip("0") else address), int(port, 16)
    return _dotted(address), int(port, 16)


def _dotted(word: str) -> str:
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(word)))


class Rules:
    """The lab's own nftables table and its uplink; nothing outside them is touched."""

    def __init__(self, lab_id: str) -> None:
        """Take the lab's id, which is part of the table's name."""
        self.table = f"wenyam_lab_{lab_id}"

    def install(self) -> None:
        """Make table and uplink, empty and connected; what stood there from a crash is replaced."""
        self.remove()
        self.make_table()
        run([IP, "link", "add", CARRIER, "type", "veth", "peer", "name", CARRIER_PEER])
        run([IP, "link", "set", CARRIER, "up"])
        self.connect(carrier=True)
        for address in _NAMED_ADDRESSES:
            run([IP, "address", "add", address, "dev", "lo", "scope", "host"])

    def make_table(self) -> None:
        """Make the table alone, empty."""
        self._nft(
            f"table inet {self.table} {{ set dropped {{ type ipv4_addr; }}\n"
            " chain arriving { type filter hook input priority -150; policy accept;\n"
            "  ip daddr @dropped drop\n  ip saddr @dropped drop\n }\n}"
        )

    def drop(self, addresses: Sequence[str]) -> None:
        """Make exactly these addresses dead: whatever is sent to or from them vanishes on arrival, so no sender gets an error."""
        lines = [f"flush set inet {self.table} dropped"]
        if addresses:
            lines.append(f"add element inet {self.table} dropped {{ {', '.join(sorted(set(addresses)))} }}")
        self._nft("\n".join(lines))

    def connect(self, *, carrier: bool) -> None:
        """Plug or pull the cable of the watcher's own uplink."""
        run([IP, "link", "set", CARRIER_PEER, "up" if carrier else "down"])

    def remove(self) -> None:
        """Take table and uplink away; harmless when they are gone."""
        if self.present():
            self._nft(f"delete table inet {self.table}")
        if Path("/sys/class/net", CARRIER).exists():
            run([IP, "link", "delete", CARRIER])
        present = run([IP, "-o", "address", "show", "dev", "lo"])
        for address in _NAMED_ADDRESSES:
            if f" {address} " in present:
                run([IP, "address", "delete", address, "dev", "lo"])

    def present(self) -> bool:
        """Tell whether the lab's table stands."""
        return subprocess.run([NFT, "list", "table", "inet", self.table], capture_output=True, check=False).returncode == 0

    def _nft(self, text: str) -> None:
        run([NFT, "-f", "-"], text)


def run(words: Sequence[str], text: str | None = None) -> str:
    """Run a program of the system and return what it prints; LabError with its own words when it fails."""
    done = subprocess.run(list(words), input=text, capture_output=True, encoding="utf-8", timeout=_PROGRAM_SECONDS, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(words[:5])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def is_mount(path: Path) -> bool:
    """Tell whether something is mounted at this path, be it a file (which os.path.ismount does not see)."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return any(line.split()[4] == str(path) for line in lines)


def unmount(path: Path) -> None:
    """Take away what is mounted at this path; harmless when nothing is."""
    if is_mount(path):
        run(["/usr/bin/umount", str(path)])


def is_root() -> bool:
    """Tell whether we are root, of the machine or of a network of our own."""
    return os.geteuid() == 0
