"""The faults of two sites: what each does, what it hits, and what Wenyam should say about it."""

from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGCONT, SIGSTOP

from wenyam.testing.lab.errors import LabError, UnknownFaultError
from wenyam.testing.lab.ground import IP
from wenyam.testing.lab.processes import mark_of, send
from wenyam.testing.sites import mariadb, namespaces, postgresql
from wenyam.testing.sites.building import Builder
from wenyam.testing.sites.plan import LINE, MAIN, NODES, RECOVERY, Node, Part, node_of, nodes_of
from wenyam.testing.sites.scripts import FOLLOW

TC = "/usr/sbin/tc"
SLOW_RATE, SLOW_BURST, SLOW_WAIT = "128kbit", "8kb", "2s"
"""What is left of the line while it is slow: rate, burst, and how long a packet waits before it is dropped (tc-tbf(8))."""
_PAGE_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Broken:
    """A lab that is up, and the machine or site a fault hits."""

    builder: Builder
    target: str

    @property
    def node(self) -> Node:
        """The machine it hits."""
        return NODES[self.target]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the two sites."""

    name: str
    sentence: str
    expectation: str
    """What Wenyam should say."""
    targets: tuple[str, ...]
    """What it can hit; the first unless told otherwise."""
    cause: Callable[[Broken], None]
    repair: Callable[[Broken], None]


def find(name: str, target: str | None) -> tuple[Fault, str]:
    """Return a fault and what it hits; UnknownFaultError names what there is."""
    if name not in FAULTS:
        raise UnknownFaultError(f"'{name}'; there are: {', '.join(FAULTS)}")
    fault = FAULTS[name]
    chosen = target or fault.targets[0]
    if chosen not in fault.targets:
        raise UnknownFaultError(f"{name} cannot hit '{chosen}'; it can hit: {', '.join(fault.targets)}")
    return fault, chosen


def _power_off(broken: Broken) -> None:
    broken.builder.machines.switch_off(*nodes_of(broken.target))


def _power_on(broken: Broken) -> None:
    broken.builder.boot_all(nodes_of(broken.target))


def _line_ends() -> tuple[str, ...]:
    return tuple(namespaces.cable(node, plug) for node in NODES.values() for plug in node.plugs if plug.network == LINE)


def _set_line(broken: Broken, state: str) -> None:
    fabric = broken.builder.machines.record.fabric_pid
    for end in _line_ends():
        namespaces.in_fabric(fabric, IP, "link", "set", end, state)


def _slow(broken: Broken) -> None:
    fabric = broken.builder.machines.record.fabric_pid
    for end in _line_ends():
        rule = ("root", "tbf", "rate", SLOW_RATE, "burst", SLOW_BURST, "latency", SLOW_WAIT)
        namespaces.in_fabric(fabric, TC, "qdisc", "replace", "dev", end, *rule)


def _quick(broken: Broken) -> None:
    fabric = broken.builder.machines.record.fabric_pid
    for end in _line_ends():
        namespaces.in_fabric(fabric, TC, "qdisc", "delete", "dev", end, "root")


def _signal_database(broken: Broken, *, stop: bool) -> None:
    machines, service = broken.builder.machines, _database(broken.node)
    leader = machines.process_of_service(broken.node, service)
    mark = mark_of(leader)
    if mark is None:
        raise LabError(f"{broken.target}: {service} does not run")
    send(mark, SIGSTOP if stop else SIGCONT)


def _stop_replication(broken: Broken, *, stopped: bool) -> None:
    machines, node = broken.builder.machines, broken.node
    if node.part is Part.POSTGRESQL:
        _forget_primary(broken, forgotten=stopped)
    elif mariadb.ask(machines, node, "SHOW SLAVE STATUS"):  # after a move it may follow nobody any more
        mariadb.ask(machines, node, "STOP SLAVE" if stopped else "START SLAVE")


def _forget_primary(broken: Broken, *, forgotten: bool) -> None:
    """Let a PostgreSQL replica forget whom it follows, or tell it again; on its own disk alone, so nothing is replicated."""
    machines, node = broken.builder.machines, broken.node
    note = machines.disk(node) / "postgresql" / "forgotten"
    if forgotten:
        note.write_text(postgresql.ask(machines, node, "SHOW primary_conninfo").strip(), encoding="utf-8")
    connection = "" if forgotten else note.read_text(encoding="utf-8").replace("'", "''")
    postgresql.ask(machines, node, f"ALTER SYSTEM SET primary_conninfo = '{connection}'")
    postgresql.ask(machines, node, "SELECT pg_reload_conf()")
    if not forgotten:
        note.unlink()


def _corrupt(broken: Broken) -> None:
    """Damage what the replica keeps: a page of PostgreSQL on the disk, or a table of MariaDB that is gone."""
    machines, node = broken.builder.machines, broken.node
    if node.part is Part.MARIADB:
        mariadb.ask(machines, node, "SET SESSION sql_log_bin = 0; DROP TABLE erp.offices")
        return
    path = postgresql.ask(machines, node, "CHECKPOINT; SELECT pg_relation_filepath('offices')", "erp").strip()
    machines.service(node, postgresql.NAME, "stop")
    with (machines.disk(node) / "postgresql" / "data" / path).open("r+b") as file:
        file.write(b"\xde\xad" * (_PAGE_BYTES // 2))
    machines.start(node, [postgresql.service()])


def _rebuild(broken: Broken) -> None:
    node = broken.node
    leader = node_of(MAIN if node.site == RECOVERY else RECOVERY, node.part)
    broken.builder.machines.run(node, FOLLOW, leader.address)


def _database(node: Node) -> str:
    return postgresql.NAME if node.part is Part.POSTGRESQL else mariadb.NAME


_PRIMARIES = ("main-pgsql", "main-mariadb", "dr-pgsql", "dr-mariadb")
_REPLICAS = ("dr-pgsql", "dr-mariadb", "main-pgsql", "main-mariadb")

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "site-off",
            "The power of a whole site goes, and with it the Wenyam that watches there.",
            "The other site's Wenyam: everything there DOWN or UNREACHABLE, its peer silent, the application gone.",
            (MAIN, RECOVERY),
            _power_off,
            _power_on,
        ),
        Fault(
            "line-cut",
            "The line between the sites is cut; users reach both sites.",
            "Each Wenyam: the line DOWN, the other site UNREACHABLE; no site is called lost while users are served there.",
            (LINE,),
            lambda broken: _set_line(broken, "down"),
            lambda broken: _set_line(broken, "up"),
        ),
        Fault(
            "line-slow",
            f"The line between the sites carries only {SLOW_RATE} (a token bucket of the kernel).",
            "Replication falls behind; everything else stays UP.",
            (LINE,),
            _slow,
            _quick,
        ),
        Fault(
            "primary-frozen",
            "Every process of the database server is stopped (SIGSTOP): its port accepts, nothing answers.",
            "The device UP, its query without an answer, the application unusable.",
            _PRIMARIES,
            lambda broken: _signal_database(broken, stop=True),
            lambda broken: _signal_database(broken, stop=False),
        ),
        Fault(
            "replication-stopped",
            "The replica gets nothing any more; both servers run.",
            "Replication CRIT on a device that is UP; users notice nothing.",
            _REPLICAS,
            lambda broken: _stop_replication(broken, stopped=True),
            lambda broken: _stop_replication(broken, stopped=False),
        ),
        Fault(
            "replica-corrupt",
            "The replica's rows are damaged: a page on PostgreSQL's disk, a table MariaDB has lost.",
            "The replica's query failing on a device that is UP; users notice nothing. Repaired by building the replica anew.",
            _REPLICAS,
            _corrupt,
            _rebuild,
        ),
    )
}
