"""Who notices when Wenyam itself is silent, and how a person may answer by mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wenyam.model.inventory import SecretReference


@dataclass(frozen=True, slots=True)
class DeadManPlan:
    """An address that must be told regularly that all is well; whoever keeps it pages when the telling stops."""

    url: SecretReference
    """Where the address is kept: whoever knows it can pretend that we live."""
    every: float = 60.0
    """Seconds between two pings."""
    timeout: float = 10.0
    """Seconds one ping may take."""
    alerts_late: float = 600.0
    """An alert that has waited longer (seconds) to be delivered is stuck."""
    authority: str | None = None
    """File of the only authorities to trust; the system's when None."""


@dataclass(frozen=True, slots=True)
class PeerPlan:
    """Another Wenyam that is watched by this one."""

    name: str
    url: str
    """Its exporter, without a path."""
    credential: str | None = None
    authority: str | None = None
    every: float = 15.0
    timeout: float = 5.0
    heartbeat_late: float = 15.0
    """Seconds its work loop may be silent."""
    alerts_late: float = 600.0
    """Seconds its oldest alert may wait."""
    clock_skew: float = 5.0
    """Seconds its clock and ours may differ."""


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """The mailbox in which people acknowledge incidents by answering our mails."""

    host: str
    username: str
    password: SecretReference
    port: int = 993
    security: str = "tls"
    """`tls` from the first byte, or `starttls`."""
    folder: str = "INBOX"
    taken: str | None = None
    """Folder into which a mail that was dealt with is moved; it is only marked as seen when None."""
    every: float = 30.0
    timeout: float = 20.0
    authority: str | None = None
    authserv_id: str | None = None
    """The name under which the receiving server says in Authentication-Results what it checked (RFC 8601)."""
    require_authentication: bool = True
    wrong_codes: int = 5
    """Wrong codes of one address in an hour; then it is refused for an hour."""


@dataclass(frozen=True, slots=True)
class GuardPlan:
    """Everything the configuration says about guarding the guard."""

    deadman: DeadManPlan | None = None
    peers: Mapping[str, PeerPlan] = field(default_factory=dict)
    replies: ReplyPlan | None = None
