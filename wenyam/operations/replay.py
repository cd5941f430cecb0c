"""A stretch of the past as the watcher told it: every change by the moment it was decided, to be looked at again."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wenyam.errors import UsageError
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, to_iso
from wenyam.model.states import StateChange, StateRecord
from wenyam.operations.dashboard import reading
from wenyam.operations.snapshot import record_data


@dataclass(frozen=True, slots=True)
class Past:
    """What happened until the end of a stretch."""

    period: Period
    changes: tuple[StateChange, ...]
    """By the moment they were written: what people could see then."""
    unmoved: tuple[StateRecord, ...]
    """Subjects of which no change is kept, and which were so before the stretch began."""

    def rows(self, since: Instant | None, until: Instant) -> Iterator[dict[str, Any]]:
        """Yield the states that changed after `since` and by `until`, as a snapshot has them; all of them for None."""
        if since is None:
            yield from map(record_data, self.unmoved)
        first = 0 if since is None else self._place(since)
        for change in self.changes[first : self._place(until)]:
            yield _row(change)

    def events(self, until: Instant) -> tuple[StateChange, ...]:
        """Return the changes of the stretch until a moment, the newest first."""
        return tuple(reversed(self.changes[self._place(Instant(self.period.start - 1)) : self._place(until)]))

    def _place(self, instant: Instant) -> int:
        return bisect_right(self.changes, instant, key=lambda change: change.recorded)


def past(configuration: Configuration, period: Period) -> Past:
    """Read what is kept of a stretch and of how it began; UsageError when nothing of it is."""
    with reading(configuration) as reader:
        held = sorted(reader.changes(Period(Instant(0), period.end)), key=lambda change: (change.recorded, change.sequence))
        known = {change.subject for change in held}
        records = [record for subject, record in reader.states().items() if subject not in known and record.since <= period.start]
    if not held and not records:
        raise UsageError(f"nothing is kept of the time before {to_iso(period.end)}", hint="See: wenyam db info")
    return Past(period, tuple(held), tuple(records))


def _row(change: StateChange) -> dict[str, Any]:
    subject = change.subject
    return {
        "subject": str(subject), "kind": subject.kind.value, "name": subject.name, "check": subject.check,
        "state": change.state.value, "since": to_iso(change.effective), "summary": change.summary, "value": change.value,
        "limit": change.limit, "cause": None if change.cause is None else str(change.cause), "window": change.window,
    }  # fmt: skip
