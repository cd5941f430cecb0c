"""Settings of one Wenyam: where it keeps things, what it listens on, how it counts."""

from dataclasses import dataclass, field

from wenyam.model.alerting import AlertPlan
from wenyam.model.backup import BackupPlan
from wenyam.model.guarding import GuardPlan
from wenyam.model.incidents import IncidentRules
from wenyam.model.inventory import Inventory
from wenyam.model.oncall import OnCallPlan
from wenyam.model.receiving import ReceivePlan
from wenyam.model.recovery import RecoveryPlans
from wenyam.model.status_page import StatusPagePlan

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class AvailabilityRules:
    """What the manuals leave open (R2.2); printed beside every figure."""

    count_unreachable: bool = True
    """Unreachable seconds are in the denominator."""
    exclude_planned: bool = True
    """Planned seconds are left out of the denominator; else they count as down."""
    minimum_coverage: float = 0.95
    """Under this share of observed time a figure says "insufficient data"."""
    time_zone: str = "Asia/Bangkok"


@dataclass(frozen=True, slots=True)
class ExporterSettings:
    """The only TCP port there is."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 9710
    web_config: str | None = None
    """Path of a Prometheus web-config file with TLS and basic auth."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows stay, in seconds; a month is sealed before its rows go."""

    rollups: float = 400 * DAY
    facts: float = 10 * 365 * DAY


@dataclass(frozen=True, slots=True)
class Instance:
    """One running Wenyam."""

    name: str
    site: str
    state_directory: str = "/var/lib/wenyam"
    run_directory: str = "/run/wenyam"
    language: str = "th"
    exporter: ExporterSettings = ExporterSettings()
    availability: AvailabilityRules = AvailabilityRules()
    retention: Retention = Retention()
    ballast_bytes: int = 32 * 1024 * 1024
    heartbeat: float = 1.0
    """Seconds between heartbeats of the work loop."""
    heartbeat_gap: float = 3.0
    """A silence of the work loop longer than this makes everything unknown."""
    parallel_reads: int = 256
    credential_retry: float = 300.0
    """Seconds before a refused credential is tried again (lock-out)."""
    operators_group: str = "wenyam"
    """Members may use the control socket."""
    approve_own_windows: bool = False
    """Whoever enters planned work at run time may approve it too."""
    corrected_by: tuple[str, ...] = ("superior", "dr_committee")
    """Roles whose signature corrects availability afterwards."""
    on_time_objective: float = 0.90
    """Share of scheduled runs that should be done in time (R2.3)."""
    tools: dict[str, str] = field(default_factory=dict)
    """Absolute paths of programs Wenyam may start."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that one configuration folder says."""

    instance: Instance
    inventory: Inventory
    folder: str
    digest: str = ""
    """SHA-256 over the files read, recorded as a fact at each load."""
    backup: BackupPlan = field(default_factory=BackupPlan)
    incidents: IncidentRules = field(default_factory=IncidentRules)
    alerts: AlertPlan = field(default_factory=AlertPlan)
    guarding: GuardPlan = field(default_factory=GuardPlan)
    oncall: OnCallPlan = field(default_factory=OnCallPlan)
    receive: ReceivePlan = field(default_factory=ReceivePlan)
    status_page: StatusPagePlan | None = None
    recovery: RecoveryPlans = field(default_factory=RecoveryPlans)
