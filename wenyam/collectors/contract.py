"""The contract of a collector: reads one device once; owns no schedule, no retry across polls and no state of the device."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from wenyam.clock import Clock
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential
from wenyam.model.samples import Reading


@dataclass(frozen=True, slots=True)
class Target:
    """What is read: a device (or service) by name, at one address."""

    name: str
    address: str
    profile: str = "auto"


@dataclass(slots=True)
class Context:
    """What a reading may use. `memory` is this job's own, kept between polls (chosen profile, row names), and may be lost."""

    clock: Clock
    links: Links
    deadline: float
    """Monotonic second by which the reading must be over."""
    credential: Credential | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.deadline - self.clock.monotonic())


class Collector(Protocol):
    """One way of reading a device. Registered under `wenyam.collectors`."""

    Config: ClassVar[type[BaseModel]]
    """Strict model (extra forbidden, frozen) of the options the configuration may give."""

    def __init__(self, config: Any) -> None:
        """Take validated options; no I/O."""

    async def collect(self, target: Target, context: Context) -> Reading:
        """Read once. Raises a CollectError when nothing could be read; a part that failed is in `Reading.failures`."""

    async def probe(self, target: Target, context: Context) -> float:
        """Ask for the least that proves life; return the seconds it took, raise a CollectError otherwise."""
