"""Who is cabled to whom: what one device sees, and the cables that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a device was told at one of its ports, by LLDP or CDP."""

    port: str
    """Our interface."""
    protocol: str
    """`lldp` or `cdp`."""
    name: str = ""
    """What the neighbour calls itself."""
    remote_port: str = ""
    """The neighbour's interface, in its own words."""
    address: str = ""
    """Where it is managed."""
    chassis: str = ""
    """Its hardware address, when that is what it is known by."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything one device tells about its surroundings."""

    device: str
    name: str = ""
    """What it calls itself."""
    ports: Mapping[str, str] = field(default_factory=dict)
    """Each word for an interface (name, description, hardware address), in small letters, with the interface's name."""
    macs: frozenset[str] = frozenset()
    """Its own hardware addresses."""
    neighbours: tuple[Neighbour, ...] = ()
    stations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Hardware addresses learnt at each port."""
    arp: Mapping[str, str] = field(default_factory=dict)
    """Hardware address of each IP address it has spoken with."""


@dataclass(frozen=True, slots=True, order=True)
class End:
    """One end of a cable; `port` is empty where nobody said it, `known` false for a machine that is not in the inventory."""

    device: str
    port: str
    known: bool = True

    def __str__(self) -> str:
        """Write for people."""
        return f"{self.device} {self.port}".rstrip() + ("" if self.known else " (not in the inventory)")


@dataclass(frozen=True, slots=True, order=True)
class Cable:
    """Two ends, the smaller first."""

    one: End
    other: End
    by: str
    """How it is known: lldp, cdp, both joined by `+`, or `bridge table`."""


@dataclass(frozen=True, slots=True)
class Change:
    """A port at which something else is plugged in than before; empty text for nothing."""

    device: str
    port: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """Say it."""
        now = f"now {self.after}" if self.after else "nothing is seen any more"
        return f"{self.device} {self.port}: {now}, before {self.before or 'nothing'}"
