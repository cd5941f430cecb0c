"""When a figure can change no more. Pure."""

from collections.abc import Iterable

from wenyam.model.instants import Instant, after
from wenyam.model.states import StateRecord


def is_final(end: Instant, now: Instant, patience: float, records: Iterable[StateRecord]) -> bool:
    """Tell whether a period that ends at `end` is decided: over, and no soft state can still become hard inside it.

    `patience` is how many seconds after the end an observation begun before it may still arrive or grow stale: the longest
    validity of the inventory. A run of failures that began after the end is no matter of this period.
    """
    if now < after(end, patience):
        return False
    return all(_decided(record, end) for record in records)


def _decided(record: StateRecord, end: Instant) -> bool:
    if record.settled or record.failing_since is None:
        return True
    return record.failing_since >= end
