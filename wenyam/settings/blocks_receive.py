"""The blocks of receiving: traps of devices, alerts of other monitoring systems. Nothing is heard unless it is written here."""

from typing import Annotated

from pydantic import AfterValidator, Field

from wenyam.settings.blocks import Written
from wenyam.settings.blocks_instance import listen_address
from wenyam.settings.values import Duration, Line, Name, Secret, Size

Listen = Annotated[str, AfterValidator(listen_address)]
CRITICAL = ("critical", "crit", "error", "page", "emergency", "disaster")
Words = Annotated[list[Line], Field(max_length=50)]


class ShareBlock(Written):
    """What one source may send; the rest is counted, and one row a minute says how much it was."""

    per_second: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 10.0
    """In the long run."""
    burst: Annotated[int, Field(ge=1, le=10_000)] = 100
    """At once."""


class TrapsBlock(Written):
    """SNMP traps and informs."""

    listen: Listen = "127.0.0.1:162"
    """Address and UDP port; ports below 1024 need the right CAP_NET_BIND_SERVICE."""
    credentials: Annotated[list[Name], Field(min_length=1)]
    """Credentials of kind `snmp-community` or `snmp-v3`; who proves none of them is counted and not read."""
    share: ShareBlock = ShareBlock()
    """What one source may send."""
    decode_per_second: Annotated[int, Field(ge=1, le=1000)] = 200
    """Datagrams read a second, all sources together; each costs two to four milliseconds of a processor."""


class WebhookBlock(Written):
    """Alerts of Alertmanager (webhook), Grafana (webhook) and Prometheus (as to an Alertmanager)."""

    listen: Listen = "127.0.0.1:9711"
    """Address and port."""
    token: Secret
    """Where the token is kept that every request must bring (`Authorization: Bearer …`)."""
    web_config: str | None = None
    """Prometheus web-config file with TLS, relative to the configuration folder."""
    device_labels: Words = Field(default_factory=lambda: ["device", "instance"])
    """Labels that may name a device of the inventory or its address (`device`, then `instance`); the first that does counts."""
    severity_label: Line = "severity"
    """Label that says how bad it is."""
    critical: Words = Field(default_factory=lambda: list(CRITICAL))
    """Its values that are critical (critical, crit, error, page, emergency, disaster); any other is a warning."""
    ignored: Words = Field(default_factory=lambda: ["none", "info"])
    """Its values that move no state (none, info)."""
    stale_after: Duration = 6 * 3600.0
    """An alert that nobody repeats for so long is unknown; longer than Alertmanager's `repeat_interval`."""
    share: ShareBlock = ShareBlock()
    """Requests of one source."""
    largest: Size = 1024 * 1024
    """Size of one request."""


class ReceiveBlock(Written):
    """What others may tell us."""

    traps: TrapsBlock | None = None
    """SNMP traps and informs; not heard when absent."""
    webhook: WebhookBlock | None = None
    """Alerts of other monitoring systems; not heard when absent."""
    state_limit: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """States that others may give us; beyond that they are rows only, and that is a fault."""
    keep_ok: Duration = 86_400.0
    """A state that others gave us goes when it was good for so long."""
