"""The inventory: what is watched, who owns it, who is on duty, and how it hangs together. Built by `settings`, read by all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wenyam.model.instants import Instant
from wenyam.model.states import Subject, SubjectKind

DEFAULT_OBJECTIVE = 0.95


@dataclass(frozen=True, slots=True)
class Text:
    """One name in both languages."""

    th: str
    en: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An OpenSSH public key a person signs with, and how long it is valid."""

    public: str
    valid_from: Instant | None = None
    valid_until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who owns, watches, approves or is told (design D14)."""

    id: str
    name: Text
    os_user: str | None = None
    keys: tuple[SigningKey, ...] = ()
    line_id: str | None = None
    mail: str | None = None
    telephone: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A place with equipment in it."""

    name: str
    label: Text
    parallel_reads: int = 64
    """Readings of this site's devices that may run at once."""
    hosting_centre: str | None = None
    """Who owns power and cooling here; faults there are handed to them."""


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is kept: `file:/path`, `env:NAME` or `credential:NAME`; never the secret itself."""

    scheme: str
    location: str

    def __str__(self) -> str:
        """Write the reference as it stands in the configuration."""
        return f"{self.scheme}:{self.location}"


@dataclass(frozen=True, slots=True)
class Credential:
    """A named way to log in: public settings in the clear, secrets by reference."""

    name: str
    kind: str
    """One of snmp-community, snmp-v3, ssh-password, ssh-key, sql, http-basic, token, tsig."""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AliveProbe:
    """One way to see whether a device lives: icmp, snmp, tcp (with port), ssh, http and others."""

    kind: str
    port: int | None = None

    def __str__(self) -> str:
        """Write as in the configuration: `icmp`, `tcp:22`."""
        return self.kind if self.port is None else f"{self.kind}:{self.port}"


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One repeated reading of a device or service: which collector, how often, with what options."""

    job: str
    collector: str
    interval: float
    """Seconds between starts."""
    timeout: float
    """Seconds for the whole reading."""
    options: Any
    """The collector's own validated Config."""
    credential: str | None = None
    address: str | None = None
    """Overrides the device's first address."""

    @property
    def validity(self) -> float:
        """Seconds for which one observation counts: two intervals and the time-out (design section 5)."""
        return 2 * self.interval + self.timeout


@dataclass(frozen=True, slots=True)
class Policy:
    """When a soft state becomes hard: `after` bad observations of the last `of`, re-checked every `recheck` seconds."""

    after: int = 3
    of: int = 3
    recheck: float = 1.0


AT_ONCE = Policy(after=1, of=1)
"""The first observation is hard: for what Wenyam knows of itself."""


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """One judged question about a device or service."""

    name: str
    check: str
    """The plug-in that judges."""
    parameters: Any
    """The check's own validated Parameters."""
    policy: Policy = Policy()
    runbook: Text | None = None
    """First step for whoever is woken."""
    optional: bool = False
    """A default of the kind: it begins to exist when the device first gives one of its samples, and from then on is owed."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Who repairs an asset, and until when (R3.5)."""

    contractor: str
    reference: str
    valid_until: Instant | None = None
    telephone: str | None = None


@dataclass(frozen=True, slots=True)
class AliveRule:
    """A device lives when any of these answers; DOWN only when all are silent."""

    any_of: tuple[AliveProbe, ...]
    interval: float = 5.0
    timeout: float = 1.0
    policy: Policy = Policy()

    @property
    def validity(self) -> float:
        """Seconds for which one observation counts."""
        return 2 * self.interval + self.timeout


@dataclass(frozen=True, slots=True)
class Device:
    """A machine that is watched."""

    name: str
    kind: str
    """One of server, hypervisor, vm, switch, router, firewall, storage, ups, pdu, sensor, database, other."""
    addresses: tuple[str, ...]
    site: str
    owner: str
    duty_officer: str
    alive: AliveRule
    label: Text | None = None
    parents: tuple[str, ...] = ()
    reads: tuple[ReadPlan, ...] = ()
    checks: tuple[CheckPlan, ...] = ()
    profile: str = "auto"
    criticality: str = "normal"
    in_service: Instant | None = None
    retired: Instant | None = None
    contract: Contract | None = None
    personal_data: bool = False
    objective: float = DEFAULT_OBJECTIVE
    marked_interfaces: tuple[str, ...] = ()
    """Interfaces whose rates are kept and whose fall is an alert (design D21)."""
    hosted_on: str | None = None
    """The device a virtual machine runs on."""

    @property
    def address(self) -> str:
        """The address that is read by default."""
        return self.addresses[0]

    @property
    def subject(self) -> Subject:
        """Its liveness."""
        return Subject(SubjectKind.DEVICE, self.name)


@dataclass(frozen=True, slots=True)
class Link:
    """A line to the outside, probed near, at the provider and at the far end together (R1.5)."""

    name: str
    label: Text
    site: str
    owner: str
    duty_officer: str
    near: str
    """Own device at this end."""
    near_interface: str | None
    provider: str | None
    """Address of the provider's equipment."""
    far: str
    """Address at the far end."""
    alive: AliveRule
    contract: Contract | None = None
    objective: float = DEFAULT_OBJECTIVE


@dataclass(frozen=True, slots=True)
class Member:
    """A device, link or service that another service stands on."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class AtLeast:
    """True when at least `count` items are up; `all` and `any` are this with every and one."""

    count: int
    items: "tuple[Expression, ...]"
    word: str = "at_least"
    """How the configuration said it: all, any or at_least."""


Expression = Member | AtLeast


@dataclass(frozen=True, slots=True)
class Service:
    """An information system people use."""

    name: str
    label: Text
    owner: str
    duty_officer: str
    members: Expression | None
    site: str | None = None
    probes: tuple[ReadPlan, ...] = ()
    checks: tuple[CheckPlan, ...] = ()
    policy: Policy = Policy()
    criticality: str = "normal"
    personal_data: bool = False
    objective: float = DEFAULT_OBJECTIVE


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """Planned work: these subjects may be down in this time, because somebody approved it before it began."""

    name: str
    subjects: tuple[Subject, ...]
    schedule: str | None
    """Schedule grammar for a recurring window; None for a one-off."""
    starts: Instant | None
    ends: Instant | None
    duration: float | None
    """Seconds of each recurrence."""
    reason: str
    approved_by: str
    approved_at: Instant
    change: str = ""
    """Number of the change request it carries out; may be empty."""
    entered_by: str = ""
    """Who entered it while the watcher ran; empty for one of the configuration."""


@dataclass(frozen=True, slots=True)
class Witness:
    """An address outside our own equipment that tells whether *we* can see anything at all."""

    name: str
    address: str
    behind: str | None = None
    """Device the path runs through."""
    interface: str | None = None
    """Own network interface the path leaves by; its carrier is watched."""


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects that are counted together."""

    name: str
    label: Text
    members: tuple[Subject, ...]
    objective: float = DEFAULT_OBJECTIVE


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that is watched, by name."""

    sites: Mapping[str, Site] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    windows: Mapping[str, PlannedWindow] = field(default_factory=dict)
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
