"""What the exporter asks of the engine: the present pieces, immutable, cheap to hand over. A scrape never polls a device."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wenyam.model.instants import Instant
from wenyam.model.samples import Collection, Family, Labels


@dataclass(frozen=True, slots=True)
class Exposed:
    """One subject with all that is to be shown of it now."""

    name: str
    """What `/device?name=` asks for: the device's name, or the subject's text for others (`service:erp`). Unique."""
    labels: Labels
    """In front of every series: site, device, kind for a device; service or job for the others."""
    collections: Mapping[str, Collection] = field(default_factory=dict)
    """The last run by job; a failed one shows no series."""
    families: tuple[Family, ...] = ()
    """What the engine adds: up, device_state, check_state, collect_errors_total …
    The same Family object while nothing changed, so that its text is kept."""
    expires: Mapping[str, Instant] = field(default_factory=dict)
    """When a job's collection stops being true (two intervals and the time-out after it was made); absent: never."""


class SnapshotSource(Protocol):
    """The engine, as the exporter sees it. All calls come from the event loop and must return at once."""

    def subjects(self) -> Iterable[Exposed]:
        """Return everything that is watched now; what is watched no more is simply not there."""

    def subject(self, name: str) -> Exposed | None:
        """Return one subject by name, or None."""

    def heartbeat_age(self) -> float:
        """Return the seconds since the work loop last showed life."""

    def not_ready(self) -> str:
        """Say in a sentence why the figures are not complete yet; empty when configuration and first round are done."""
