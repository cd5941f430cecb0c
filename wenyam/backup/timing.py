"""How long the parts of one backup took, so that what verifying costs is seen and not guessed."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from wenyam.clock import Clock

MEASURE, CHECK, LIST, READ_BACK = "measure", "check", "list", "read-back"
"""Measuring what is backed up; checking the dump; looking what was stored; reading it back."""


@dataclass(slots=True)
class Timings:
    """Seconds by part; a part that comes more than once is added up."""

    parts: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def part(self, clock: Clock, name: str) -> Iterator[None]:
        """Count what the block takes, however it ends."""
        begun = clock.monotonic()
        try:
            yield
        finally:
            self.parts[name] = self.parts.get(name, 0.0) + clock.monotonic() - begun
