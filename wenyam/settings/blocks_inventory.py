"""The blocks of what is watched."""

from typing import Annotated, Any, Literal

from pydantic import Field

from wenyam.settings.blocks import AliveBlock, ContractBlock, Criticality, Label, PolicyBlock, Written
from wenyam.settings.values import Address, Duration, Line, Moment, Name, Ratio

DeviceKind = Literal[
    "server", "hypervisor", "vm", "switch", "router", "firewall", "storage", "ups", "pdu", "sensor", "database", "other"
]


class KindBlock(Written):
    """Defaults of a kind of device; laid over the shipped ones."""

    interval: Duration | None = None
    """Time between readings."""
    timeout: Duration | None = None
    """Time one reading may take."""
    alive: AliveBlock | None = None
    """When it lives."""
    reads: dict[str, Any] = Field(default_factory=dict)
    """Readings by name; done only where the device names the credential its collector needs."""
    checks: dict[str, Any] = Field(default_factory=dict)
    """Checks by name; each begins when the device first gives one of its samples. `false` takes one away."""


class DeviceBlock(Written):
    """A machine that is watched."""

    kind: DeviceKind
    """What it is; gives the defaults."""
    label: Label | None = None
    """Its name for people."""
    address: Address | None = None
    """IP address."""
    addresses: Annotated[list[Address], Field(min_length=1)] | None = None
    """Several, instead of `address`; the first is read."""
    shared_address: bool = False
    """Says that another device has the same address and that this is meant."""
    site: Name | None = None
    """Where it stands; the instance's when absent."""
    owner: str | None = None
    """Person who answers for it; never empty in the end."""
    duty_officer: str | None = None
    """Person who watches it; never empty in the end."""
    parents: list[str] = Field(default_factory=list)
    """Devices one of which must be up for this one to be reachable."""
    hosted_on: Name | None = None
    """Device a virtual machine runs on."""
    alive: AliveBlock | None = None
    """When it lives; the kind's rule when absent."""
    criticality: Criticality = "normal"
    """How much hangs on it."""
    in_service: Moment | None = None
    """First day; gives its age."""
    retired: Moment | None = None
    """Day it was taken away."""
    contract: ContractBlock | None = None
    """Who repairs it."""
    personal_data: bool = False
    """Whether it holds personal data."""
    profile: str = "auto"
    """SNMP profile."""
    marked_interfaces: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Interfaces whose rates are kept and whose fall is an alert."""
    objective: Ratio | None = None
    """Availability objective."""
    credentials: dict[str, str] = Field(default_factory=dict)
    """Credential by collector."""
    reads: dict[str, Any] = Field(default_factory=dict)
    """Readings by name, over the kind's; `false` takes one away."""
    checks: dict[str, Any] = Field(default_factory=dict)
    """Checks by name, over the kind's; `false` takes one away."""


class NearBlock(Written):
    """Our end of a link."""

    device: Name
    """Device."""
    interface: str | None = None
    """Its interface."""


class LinkBlock(Written):
    """A line to the outside, probed near, at the provider and at the far end together."""

    label: Label | None = None
    """Its name for people."""
    site: Name | None = None
    """Where it begins; the near device's when absent."""
    owner: str | None = None
    """Person who answers for it."""
    duty_officer: str | None = None
    """Person who watches it."""
    near: NearBlock
    """Our end."""
    provider: Address | None = None
    """The provider's equipment."""
    far: Address
    """The far end."""
    contract: ContractBlock | None = None
    """Who repairs it."""
    alive: AliveBlock | None = None
    """When the far end lives."""
    objective: Ratio | None = None
    """Availability objective."""


class ServiceBlock(PolicyBlock):
    """An information system people use."""

    label: Label
    """Its name for people."""
    owner: str | None = None
    """Person who answers for it."""
    duty_officer: str | None = None
    """Person who watches it."""
    site: Name | None = None
    """Where it is counted."""
    members: Any = None
    """What it stands on: names, `{all: […]}`, `{any: […]}`, `{at_least: N, of: […]}`; `link:` or `service:` before a name
    that is no device's."""
    probes: dict[str, Any] = Field(default_factory=dict)
    """Its own readings by name: is it usable?"""
    checks: dict[str, Any] = Field(default_factory=dict)
    """Checks of what the probes bring."""
    criticality: Criticality = "normal"
    """How much hangs on it."""
    personal_data: bool = False
    """Whether it holds personal data."""
    objective: Ratio | None = None
    """Availability objective."""


class GroupBlock(Written):
    """Subjects that are counted together."""

    label: Label | None = None
    """Its name for people."""
    members: Annotated[list[str], Field(min_length=1)]
    """Devices by name, others as `link:NAME` or `service:NAME`."""
    objective: Ratio | None = None
    """Availability objective."""


class WindowBlock(Written):
    """Planned work."""

    subjects: Annotated[list[str], Field(min_length=1)]
    """Devices by name, others as `link:NAME`, `service:NAME` or `group:NAME`."""
    schedule: str | None = None
    """When it recurs, such as `every sun 01:00`."""
    duration: Duration | None = None
    """Length of each recurrence."""
    starts: Moment | None = None
    """Begin of a single window."""
    ends: Moment | None = None
    """End of a single window."""
    reason: Line
    """Why."""
    approved_by: str | None = None
    """Person who approved it; never empty."""
    approved_at: Moment | None = None
    """When; before it begins."""
    change: Line | None = None
    """Number of the change request it carries out."""


class WitnessBlock(Written):
    """An address outside that tells whether we can see anything at all."""

    address: Address
    """IP address."""
    behind: Name | None = None
    """Device the path runs through."""
    interface: str | None = None
    """Own network interface the path leaves by."""
