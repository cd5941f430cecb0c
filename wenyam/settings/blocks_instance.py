"""The blocks about this Wenyam, its sites and its people."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wenyam.settings.blocks import Label, Written
from wenyam.settings.values import (
    AbsolutePath,
    Duration,
    LastMoment,
    Line,
    LineUser,
    Mail,
    Moment,
    Name,
    PublicKey,
    Ratio,
    Size,
    Zone,
)

Role = Literal[
    "operator", "duty_officer", "superior", "dr_committee", "user_representative", "hosting_centre", "contractor", "auditor"
]


_LISTEN = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):[1-9][0-9]{0,4}")
_HIGHEST_PORT = 65535


def listen_address(text: str) -> str:
    """Return an address and port as they are; ValueError when they are none."""
    if _LISTEN.fullmatch(text) is None or int(text.rpartition(":")[2]) > _HIGHEST_PORT:
        raise ValueError(f"an address and a port expected, such as 127.0.0.1:9710, not '{text}'")
    return text


def host_and_port(listen: str) -> tuple[str, int]:
    """Return the two parts of a checked `listen`."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


class ExporterBlock(Written):
    """The only TCP port: metrics for Prometheus."""

    enabled: bool = True
    """Whether to listen at all."""
    listen: Annotated[str, AfterValidator(listen_address)] = "127.0.0.1:9710"
    """Address and port; `[::1]:9710` for IPv6."""
    web_config: str | None = None
    """Prometheus web-config file with TLS and basic auth, relative to the configuration folder."""

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The two parts of `listen`."""
        return host_and_port(self.listen)


class AvailabilityBlock(Written):
    """What the manuals leave open; printed beside every figure."""

    count_unreachable: bool = True
    """Unreachable seconds count in the denominator."""
    exclude_planned: bool = True
    """Planned seconds are left out; else they count as down."""
    minimum_coverage: Ratio = 0.95
    """Under this share of observed time a figure says "insufficient data"."""


class RetentionBlock(Written):
    """How long rows stay."""

    rollups: Duration = 400 * 86_400.0
    """Values for sparklines."""
    facts: Duration = 3650 * 86_400.0
    """Changes of state, approvals, runs; a month is sealed before its rows go."""


def _correctors() -> list[Role]:
    return ["superior", "dr_committee"]


class InstanceBlock(Written):
    """This running Wenyam."""

    name: Name
    """Names this instance in facts, alerts and evidence."""
    site: Name
    """Where it runs, and the site of devices that name none."""
    state_directory: AbsolutePath = "/var/lib/wenyam"
    """Where the database lives."""
    run_directory: AbsolutePath = "/run/wenyam"
    """Where the control socket lives."""
    language: Literal["th", "en"] = "th"
    """Language of screens, alerts and reports."""
    time_zone: Zone = "Asia/Bangkok"
    """Zone of dates, schedules and periods; stored times are UTC."""
    exporter: ExporterBlock = ExporterBlock()
    """Metrics for Prometheus."""
    availability: AvailabilityBlock = AvailabilityBlock()
    """How availability is counted."""
    retention: RetentionBlock = RetentionBlock()
    """How long rows stay."""
    ballast: Size = 32 * 1024 * 1024
    """A file that is freed when the disk is full, so that facts can still be written."""
    heartbeat: Duration = 1.0
    """Time between heartbeats of the work loop."""
    heartbeat_gap: Duration = 3.0
    """A longer silence of the work loop makes everything unknown."""
    parallel_reads: Annotated[int, Field(ge=1, le=10_000)] = 256
    """Readings that may run at once, over all sites."""
    credential_retry: Duration = 300.0
    """Time before a refused credential is tried again."""
    operators_group: Name = "wenyam"
    """System group whose members may use the control socket."""
    approve_own_windows: bool = False
    """Whoever enters planned work with `wenyam maintenance add` may approve it too."""
    corrected_by: list[Role] = Field(default_factory=_correctors)
    """Roles whose signature corrects availability afterwards: `superior` and `dr_committee` when absent."""


class SiteBlock(Written):
    """A place with equipment in it."""

    label: Label | None = None
    """Its name; the key when absent."""
    parallel_reads: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Readings of this site's devices that may run at once."""
    hosting_centre: Line | None = None
    """Who owns power and cooling here; faults there are handed to them."""


class KeyBlock(Written):
    """A key that a person signs with."""

    public: PublicKey
    """OpenSSH public key."""
    valid_from: Moment | None = None
    """First day."""
    valid_until: LastMoment | None = None
    """Last day."""


class PersonBlock(Written):
    """Somebody who owns, watches, approves or is told."""

    name: Label
    """In Thai and English."""
    os_user: str | None = None
    """Login on this machine; who acts on the control socket is known by it."""
    keys: list[KeyBlock] = Field(default_factory=list)
    """Keys for approvals and sign-offs."""
    line_id: LineUser | None = None
    """LINE user id, learned from a webhook event."""
    mail: Mail | None = None
    """E-mail address."""
    telephone: str | None = None
    """In quotes."""
    roles: list[Role] = Field(default_factory=list)
    """What this person may do."""


class DefaultsBlock(Written):
    """Used where a device, link or service says none."""

    owner: Name | None = None
    """Person who answers for it."""
    duty_officer: Name | None = None
    """Person who watches it."""


class ObjectivesBlock(Written):
    """Objectives where nothing else is said."""

    device: Ratio = 0.95
    """Each device."""
    link: Ratio = 0.95
    """Each link."""
    service: Ratio = 0.95
    """Each service."""
    group: Ratio = 0.95
    """Each group."""
    scheduled_work: Ratio = 0.90
    """Share of scheduled runs done in time."""
