"""Rows for what was counted and not read. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from wenyam.alerts.receive_told import Addresses
from wenyam.links.traps_share import OTHERS
from wenyam.model.instants import Instant
from wenyam.model.receiving import Received, ReceivedKind

ROWS = 200
"""Rows of one minute; forged sources could be as many as the sender likes, so what is beyond is one row a reason."""


def summaries(counts: Iterable[Mapping[tuple[str, str], int]], now: Instant, addresses: Addresses) -> list[Received]:
    """Return one row for each source and reason, the largest first; the rest together."""
    total: Counter[tuple[str, str]] = Counter()
    for count in counts:
        total.update(count)
    largest = total.most_common()
    rest: Counter[tuple[str, str]] = Counter()
    for (_, reason), number in largest[ROWS:]:
        rest[OTHERS, reason] += number
    return [_row(source, reason, number, now, addresses) for (source, reason), number in [*largest[:ROWS], *rest.most_common()]]


def _row(source: str, reason: str, number: int, now: Instant, addresses: Addresses) -> Received:
    device = addresses.at(source)
    text = f"{source}: {number:,} further were not read: {reason}"
    return Received(now, source, None if device is None else device.name, ReceivedKind.SUMMARY, reason, text, number)
