"""What others sent of their own accord: traps, informs and alerts of other monitoring systems, as nouns."""

from dataclasses import dataclass
from enum import StrEnum

from wenyam.model.instants import Instant


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
