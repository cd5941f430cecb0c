"""Facts: append-only evidence in one hash chain per instance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wenyam.model.instants import Instant

FactBody = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, as evidence: who, what, when. `personal` fields enter the chain only as salted digests."""

    kind: str
    at: Instant
    actor: str
    """Person id, or `wenyam` for the program itself."""
    body: FactBody
    personal: FactBody = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainedFact:
    """A fact in its place in the chain."""

    sequence: int
    fact: Fact
    text: str
    """Canonical JSON that was hashed."""
    digest: str
    """SHA-256 hex over the previous digest and `text`."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain; kept outside the machine, it proves that nothing before it was cut or rewritten."""

    instance: str
    sequence: int
    digest: str
    at: Instant
