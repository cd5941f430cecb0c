"""Machines out of the kernel's namespaces: each has its own network, processes, mounts, host name and disk."""

import contextlib
import hashlib
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from wenyam.testing.lab.errors import LabError
from wenyam.testing.lab.ground import IP, NSENTER, UNSHARE, run
from wenyam.testing.lab.processes import MARK, ProcessMark, mark_of, spawn
from wenyam.testing.sites.plan import Node, Plug

DISK = "/srv"
"""Where a machine finds its disk."""
_INIT = """\
set -e
mount --make-rprivate /
mount --bind {place}/disk /srv
mount -t tmpfs -o mode=0755 run /run
mkdir -m 0755 /run/lock /run/sshd /run/lab /run/postgresql /run/frr /run/mysqld
chown postgres:postgres /run/postgresql
chown mysql:mysql /run/mysqld
chown frr:frr /run/frr
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t sysfs sysfs /sys
mount --bind {place}/../../etc /etc
for name in passwd shadow hosts resolv.conf; do mount --bind {place}/etc/$name /etc/$name; done
mount --bind {place}/init.d /etc/init.d
hostname {name}
ip link set lo up
echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range
echo {forwards} > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind
: > {place}/up
sleep infinity &
wait
"""
"""What a machine does first. The shell stays as process 1 and collects whoever is orphaned."""
_SECONDS = 10.0
_POLL_SECONDS = 0.01
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}


def make_fabric(directory: Path, lab_id: str) -> ProcessMark:
    """Start what holds the cables: a network that nothing leads out of."""
    return spawn(
        [UNSHARE, "--net", "/usr/bin/sleep", "infinity"], directory, directory / "fabric.log", {MARK: lab_id, **_ENVIRONMENT}
    )


def lay_bridges(fabric: int, networks: Iterable[str]) -> None:
    """Make one bridge for each network."""
    lines = [line for name in networks for line in (f"link add {name} type bridge", f"link set {name} up")]
    _batch(fabric, lines)


def switch_on(place: Path, node: Node, lab_id: str) -> ProcessMark:
    """Start a machine without a cable; its first process, as this machine's kernel counts it, is returned."""
    (place / "up").unlink(missing_ok=True)
    (place / "init.sh").write_text(_INIT.format(place=place, name=node.name, forwards=int(node.forwards)), encoding="utf-8")
    words = [UNSHARE, "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "--ipc", "--mount"]
    outer = spawn([*words, "/bin/sh", str(place / "init.sh")], place, place / "init.log", {MARK: lab_id, **_ENVIRONMENT})
    deadline = time.monotonic() + _SECONDS
    while not (place / "up").exists():
        if not outer.alive or time.monotonic() > deadline:
            raise LabError(f"{node.name} does not start: {(place / 'init.log').read_text(encoding='utf-8').strip()}")
        time.sleep(_POLL_SECONDS)
    return _only_child(outer)


def plug_in(fabric: int, machine: int, node: Node) -> None:
    """Join a machine's plugs to their bridges and give it its addresses and routes."""
    lines = []
    for plug in node.plugs:
        end = cable(node, plug)
        inner = f"peer name {plug.name} address {_hardware_address(node, plug)} netns {machine}"
        lines += [f"link add {end} type veth {inner}", f"link set {end} master {plug.network}", f"link set {end} up"]
    _batch(fabric, lines)
    inside = [f"address add {plug.address} dev {plug.name}" for plug in node.plugs]
    inside += [f"link set {plug.name} up" for plug in node.plugs]
    inside += [f"route add {target} via {gateway}" for target, gateway in node.routes]
    _batch(machine, inside)


def unplug(fabric: int, nodes: Iterable[Node]) -> None:
    """Take the cables of dead machines away at once; the kernel would take its time with networks nobody is in any more."""
    for end in (cable(node, plug) for node in nodes for plug in node.plugs):
        with contextlib.suppress(LabError):  # it was quicker this time
            in_fabric(fabric, IP, "link", "delete", end)


def cable(node: Node, plug: Plug) -> str:
    """Return the name of a cable's end in the fabric (at most 15 characters, netdevice(7))."""
    return f"{node.name[:9]}-{plug.name}"[:15]


def in_fabric(fabric: int, *words: str) -> str:
    """Run a program where the cables are and return what it prints."""
    return run([NSENTER, "--target", str(fabric), "--net", "--", *words])


def enter(machine: int) -> list[str]:
    """Return the words that run a program on a machine."""
    return [NSENTER, "--target", str(machine), "--net", "--pid", "--mount", "--uts", "--ipc", "--", "/usr/bin/env", "--chdir=/"]


def clean_environment(**more: str) -> list[str]:
    """Return the words that leave nothing of our environment to a program."""
    return ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in {**_ENVIRONMENT, **more}.items())]


def on_machine(machine: int, words: Sequence[str], *, text: str | None = None, seconds: float = 60.0) -> str:
    """Run a program on a machine and return what it prints; LabError with its own words when it fails."""
    command = [*enter(machine), *clean_environment(), *words]
    done = subprocess.run(
        command, input=text, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False
    )
    if done.returncode:
        raise LabError(f"{' '.join(words[:6])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def _hardware_address(node: Node, plug: Plug) -> str:
    """Return the same address every time: a machine that was off is still known to its neighbours when it comes back."""
    digest = hashlib.sha256(f"{node.name} {plug.name}".encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))  # locally administered


def _only_child(outer: ProcessMark) -> ProcessMark:
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text(encoding="ascii").split()
    found = mark_of(int(children[0])) if children else None
    if found is None:
        raise LabError("a machine ended as soon as it was started")
    return found


def _batch(target: int, lines: Sequence[str]) -> None:
    run([NSENTER, "--target", str(target), "--net", "--", IP, "-batch", "-"], "\n".join(lines) + "\n")
