"""What others sent of their own accord: traps, informs and alerts of other monitoring systems, as nouns."""

from dataclasses import dataclass
from enum import StrEnum

from wenyam.model.instants import Instant
from wenyam.model.inventory import SecretReference
from wenyam.model.states import Subject, SubjectKind


class ReceivedKind(StrEnum):
    """How something came in."""

    TRAP = "trap"
    INFORM = "inform"
    """A trap that the sender wants answered."""
    WEBHOOK = "webhook"
    SUMMARY = "summary"
    """Stands for what one source sent beyond its share within a minute; it was counted, not read."""


@dataclass(frozen=True, slots=True)
class Received:
    """One row of what came in, as it was understood; every text in it is clean."""

    at: Instant
    source: str
    """Address it came from; evidence, never a proof of who sent it."""
    device: str | None
    """Device of the inventory it is about, when that is known."""
    kind: ReceivedKind
    name: str
    """Name of the trap or alert; its OID when no profile knows it."""
    text: str
    count: int = 1
    """How many this row stands for."""


TRAP_CHECK, ALERT_CHECK = "trap:", "alert:"
"""What the check names of received states begin with; no name in the configuration holds a colon, so none can be meant."""


def is_received(subject: Subject) -> bool:
    """Tell whether a state was told to us: nobody looks at it again, so it stays until somebody speaks or it expires."""
    return subject.kind is SubjectKind.EXTERNAL or subject.check.startswith((TRAP_CHECK, ALERT_CHECK))


@dataclass(frozen=True, slots=True)
class Share:
    """What one source may send: `rate` a second in the long run, `burst` at once."""

    rate: float = 10.0
    burst: int = 100


@dataclass(frozen=True, slots=True)
class TrapPlan:
    """Where SNMP traps and informs are heard, and by which credentials."""

    credentials: tuple[str, ...]
    """Names of snmp-community and snmp-v3 credentials; a trap that proves none of them is counted, never read."""
    host: str = "127.0.0.1"
    port: int = 162
    share: Share = Share()
    decode_rate: float = 200.0
    """Datagrams read a second, all sources together: each costs some milliseconds of CPU."""


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """Where alerts of Prometheus, Alertmanager and Grafana are heard."""

    token: SecretReference
    host: str = "127.0.0.1"
    port: int = 9711
    web_config: str | None = None
    device_labels: tuple[str, ...] = ("device", "instance")
    """Labels that may name a device of the inventory or one of its addresses; the first that does counts."""
    severity_label: str = "severity"
    critical: tuple[str, ...] = ("critical", "crit", "error", "page", "emergency", "disaster")
    """Values of the severity label that mean CRIT; any other, and none, means WARN."""
    ignored: tuple[str, ...] = ("none", "info")
    """Values of the severity label that are rows only, such as that of a Watchdog which always fires."""
    stale_after: float = 6 * 3600.0
    """An alert that nobody repeats for so long is unknown, in seconds."""
    share: Share = Share(10.0, 100)
    largest: int = 1 << 20
    """Bytes of one request."""


@dataclass(frozen=True, slots=True)
class ReceivePlan:
    """What others may tell us; nothing at all unless it is configured."""

    traps: TrapPlan | None = None
    webhook: WebhookPlan | None = None
    state_limit: int = 1000
    """States that others may give us; beyond that they are rows only, and that is itself a fault."""
    keep_ok: float = 86_400.0
    """Seconds after which a received state that is good goes."""
