"""The two sites on paper: which machines there are, at which networks they hang, and who logs in to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Interface

MAIN, RECOVERY, USERS = "main", "dr", "users"
ZONE, APPLICATION = "agency.test", "erp.agency.test"
REHEARSED_APPLICATION = "erp-drill.agency.test"
"""The name under which the copy of a drill is reached."""
NAME_SERVER, USER = "10.40.0.53", "10.40.0.10"
USER_NETWORK = "10.40.0.0/24"
TIME_TO_LIVE = 1
"""Seconds a resolver may keep the application's address."""
SERVICE_ADDRESS = {MAIN: "10.41.1.100", RECOVERY: "10.42.1.100"}
"""The application's address at each site; keepalived carries it."""
DRILL_ADDRESS = "10.42.1.110"
"""Where the application of a drill is reached; no firewall lets users there."""
LINE = "line"
"""The network between the sites."""


class Part(StrEnum):
    """What a machine is for."""

    ROUTER = "router"
    FIREWALL = "firewall"
    APPLICATION = "app"
    POSTGRESQL = "pgsql"
    MARIADB = "mariadb"
    WATCH = "watch"
    USER = "user-1"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Plug:
    """One interface of a machine."""

    name: str
    network: str
    address: str
    """With its prefix length."""


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of the lab: namespaces of its own, a disk, and its plugs."""

    name: str
    site: str
    part: Part
    plugs: tuple[Plug, ...]
    routes: tuple[tuple[str, str], ...] = field(default=())
    """(target, gateway), set by the lab; FRR sets those of the routers."""

    @property
    def address(self) -> str:
        """Where it is managed."""
        return str(IPv4Interface(self.plugs[0].address).ip)

    @property
    def forwards(self) -> bool:
        """Whether it passes packets on."""
        return self.part in (Part.ROUTER, Part.FIREWALL)


_SECOND = {MAIN: 41, RECOVERY: 42}
EDGES = {MAIN: "10.40.0.1", RECOVERY: "10.40.0.2"}
LINE_ENDS = {MAIN: "10.43.0.1", RECOVERY: "10.43.0.2"}
_HOSTS = {Part.APPLICATION: 10, Part.POSTGRESQL: 20, Part.MARIADB: 21, Part.WATCH: 30}


def other(site: str) -> str:
    """Return the other of the two sites."""
    return RECOVERY if site == MAIN else MAIN


def _site(site: str) -> tuple[Node, ...]:
    net = f"10.{_SECOND[site]}"
    lan, edge = f"{site}-lan", f"{site}-edge"
    router = Node(
        f"{site}-router",
        site,
        Part.ROUTER,
        (
            Plug("lan", lan, f"{net}.1.1/24"),
            Plug("edge", edge, f"{net}.0.1/24"),
            Plug("line", LINE, f"{LINE_ENDS[site]}/30"),
        ),
    )
    firewall = Node(
        f"{site}-firewall",
        site,
        Part.FIREWALL,
        (Plug("inside", edge, f"{net}.0.2/24"), Plug("outside", USERS, f"{EDGES[site]}/24")),
        routes=((f"{net}.1.0/24", f"{net}.0.1"), (f"10.{_SECOND[other(site)]}.0.0/16", EDGES[other(site)])),
    )
    hosts = (
        Node(f"{site}-{part}", site, part, (Plug("lan", lan, f"{net}.1.{number}/24"),), (("default", f"{net}.1.1"),))
        for part, number in _HOSTS.items()
    )
    return router, firewall, *hosts


def static_routes(site: str) -> tuple[tuple[str, str], ...]:
    """Return what the core router of a site knows: the other site over the line, the rest through the firewall."""
    return (f"10.{_SECOND[other(site)]}.0.0/16", LINE_ENDS[other(site)]), ("0.0.0.0/0", f"10.{_SECOND[site]}.0.2")


_BEYOND = tuple((f"10.{_SECOND[site]}.0.0/16", EDGES[site]) for site in (MAIN, RECOVERY))
_USER_SIDE = (
    Node("user-1", USERS, Part.USER, (Plug("lan", USERS, f"{USER}/24"),), _BEYOND),
    Node("names", USERS, Part.NAMES, (Plug("lan", USERS, f"{NAME_SERVER}/24"),), _BEYOND),
)

NODES: dict[str, Node] = {node.name: node for node in (*_site(MAIN), *_site(RECOVERY), *_USER_SIDE)}
NETWORKS = tuple(dict.fromkeys(plug.network for node in NODES.values() for plug in node.plugs))


def node_of(site: str, part: Part) -> Node:
    """Return the machine of a site that is for this."""
    return next(node for node in NODES.values() if node.site == site and node.part is part)


def nodes_of(site: str) -> tuple[Node, ...]:
    """Return the machines of a site."""
    return tuple(node for node in NODES.values() if node.site == site)
