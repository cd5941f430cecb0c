"""The steps of a restore test and their limits (R5.1-R5.3): what is done, what is due, what is overdue. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.backup.catalogue import Restore
from wenyam.model.backup import Verdict
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, after

NAMES = (
    "prepare a test place, check the database system and its structure",
    "load the backup, test the application",
    "user representatives test and confirm the data",
    "announce, report, keep the evidence",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one restore test."""

    name: str
    limit: float
    """Seconds it may take."""
    began: Instant | None = None
    """None: its turn has not come."""
    ended: Instant | None = None
    is_recorded: bool = True
    """False: nothing tells this program when it ends."""

    @property
    def due(self) -> Instant | None:
        """Return by when it must be over."""
        return None if self.began is None else after(self.began, self.limit)

    def is_overdue(self, now: Instant) -> bool:
        """Tell whether it took, or has already taken, longer than its limit."""
        return self.is_recorded and self.due is not None and (self.ended or now) > self.due


def steps_of(restore: Restore, said: Sequence[ChainedFact], limits: Sequence[float]) -> tuple[Step, ...]:
    """Return the four steps of a test; `said` are its confirmations, oldest first.

    The program itself prepares and loads in one go. What failed or was sent back is loading again from that moment (R5.2).
    """
    begun = after(restore.at, -restore.seconds)
    refused = next((each.fact.at for each in said if not each.fact.body["complete"]), None)
    complete = next((each.fact.at for each in said if each.fact.body["complete"]), None) if refused is None else None
    sent_back = restore.at if restore.verdict is Verdict.FAIL else refused
    prepare, load, confirm, announce = zip(NAMES, limits, strict=True)
    return (
        Step(*prepare, begun, restore.at),
        Step(*load, begun, restore.at) if sent_back is None else Step(*load, sent_back),
        Step(*confirm) if restore.verdict is Verdict.FAIL else Step(*confirm, restore.at, refused or complete),
        Step(*announce, complete, is_recorded=False),
    )
