"""The truth table that proposes why a link to the outside is down or loses packets. Pure; a person confirms or corrects it.

| near | provider | far | before | proposed cause |
|---|---|---|---|---|
| answers or not | answers or not | answers | | none: the link works, whoever ignores ping |
| silent | any | silent | | own network equipment |
| answers | answers | silent | | provider equipment (its network behind that point, or the far end) |
| answers | silent | silent | flapped, or packets got lost | provider equipment |
| answers | silent | silent | was steady | fibre cut |
| answers | not configured | silent | flapped, or packets got lost | provider equipment |
| answers | not configured | silent | was steady | unknown: nothing stands between to tell |

A link that answers but loses packets gets the cause of the first segment that loses them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from wenyam.model.causes import CauseCode

FLAPS: Final = 3
"""Changes between answering and silence in the remembered readings that make a link unsteady."""
LOSS: Final = 0.1
"""Share of pings lost in a reading that makes it lossy."""


@dataclass(frozen=True, slots=True)
class Path:
    """The share of pings lost to each segment in one reading; None where there is no such segment."""

    near: float
    provider: float | None
    far: float

    @property
    def up(self) -> bool:
        """True when the far end answers at all."""
        return self.far < 1


@dataclass(frozen=True, slots=True)
class Proposal:
    """A cause, and the sentence that explains it."""

    cause: CauseCode | None
    words: str


def propose(path: Path, before: Sequence[Path]) -> Proposal:
    """Propose a cause for this reading, `before` being the last readings, oldest first."""
    if path.up:
        return _of_a_working_link(path)
    if path.near >= 1:
        return Proposal(CauseCode.OWN_NETWORK, "our own equipment at the near end does not answer")
    if path.provider is not None and path.provider < 1:
        words = "the provider's equipment answers, the far end does not: the provider's network behind it, or the far end"
        return Proposal(CauseCode.PROVIDER, words)
    if unsteady(before):
        return Proposal(CauseCode.PROVIDER, "silent behind our equipment after flapping or losing packets")
    if path.provider is None:
        return Proposal(
            CauseCode.UNKNOWN, "silent behind our equipment; no address of the provider is configured that could tell more"
        )
    return Proposal(CauseCode.FIBRE_CUT, "silent from our equipment on, at one moment after steady service")


def _of_a_working_link(path: Path) -> Proposal:
    if path.far < LOSS:
        return Proposal(None, "")
    if path.near >= LOSS and path.near < 1:
        return Proposal(CauseCode.OWN_NETWORK, "packets get lost at our own equipment already")
    return Proposal(CauseCode.PROVIDER, "packets get lost behind our own equipment")


def unsteady(before: Sequence[Path]) -> bool:
    """Tell whether the link flapped or lost packets in the readings before its silence."""
    flaps = sum(first.up != second.up for first, second in pairwise(before))
    lossy = sum(path.up and path.far >= LOSS for path in before)
    return flaps >= FLAPS or lossy >= FLAPS
