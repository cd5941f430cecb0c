"""Retention: a month of facts is sealed by a fact of its own before its rows go; rollups go by age.

The chain stays verifiable across the gap: the seal keeps the digest of the last fact removed, and the sealing fact, itself in the
chain, says the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.model.facts import Fact
from wenyam.model.instance import Retention
from wenyam.model.instants import Instant, after, to_datetime
from wenyam.store.transaction import Transaction
from wenyam.store.transitions import PROGRAM

SEALED = "month-sealed"
PART = 100_000
"""Facts sealed in one transaction, about a second under the write lock; a larger month has several seals."""
RECEIVED_ROWS = 1_000_000
"""Rows of `received` that stay at most, whatever their age: others decide how many there are."""
_YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """The newest sealed month: everything in the chain up to `last` is gone."""

    last: int
    chain_digest: str
    fact: int
    month: str


def month_of(instant: Instant) -> str:
    """Return the UTC month as `2026-11`."""
    return to_datetime(instant).strftime("%Y-%m")


def month_after(instant: Instant) -> Instant:
    """Return the first instant of the UTC month after this one."""
    moment = to_datetime(instant)
    year, month = divmod(moment.year * _YEAR_MONTHS + moment.month, _YEAR_MONTHS)
    start = moment.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return Instant(round(start.timestamp()) * 1000)


def is_past(month_end: Instant, now: Instant, keep: float) -> bool:
    """Tell whether a whole month is older than the seconds its facts are kept."""
    return after(month_end, keep) <= now


def digest_of(digests: Iterable[bytes]) -> str:
    """Return one digest over the digests of the rows removed."""
    whole = hashlib.sha256()
    for digest in digests:
        whole.update(digest)
    return whole.hexdigest()


def timeline_digest(rows: Iterable[tuple[int, int, str]]) -> str:
    """Return one digest over what the timeline keeps of sealed months: each subject's last state."""
    whole = hashlib.sha256()
    for subject, effective, state in rows:
        whole.update(f"{subject} {effective} {state}\n".encode())
    return whole.hexdigest()


def seal_oldest_month(transaction: Transaction, now: Instant, keep: float, part: int = PART) -> str:
    """Seal and remove the oldest month (at most `part` facts of it) if it is past its retention; return it, or nothing."""
    oldest = transaction.execute("oldest_fact").fetchone()
    if oldest is None:
        return ""
    end = month_after(Instant(oldest[1]))
    first_kept = transaction.execute("first_fact_from", (end,)).fetchone()[0]
    if not is_past(end, now, keep) or first_kept is None or first_kept <= oldest[0]:
        return ""
    month = month_of(Instant(oldest[1]))
    _seal(transaction, month, oldest[0], min(first_kept, oldest[0] + part) - 1, now)
    return month


def _seal(transaction: Transaction, month: str, first: int, last: int, now: Instant) -> None:
    facts = transaction.execute("facts_to_seal", (last,)).fetchall()
    changes = transaction.execute("count_changes_to_seal", (last,)).fetchone()[0]
    transaction.execute("remove_sealed_timeline", (last,))
    kept = timeline_digest(transaction.execute("sealed_timeline", (last,)))
    body = {
        "month": month, "first": first, "last": last, "facts": len(facts), "changes": changes,
        "digest": digest_of(row[1] for row in facts), "chain_digest": facts[-1][1].hex(), "timeline": kept,
    }  # fmt: skip
    fact = transaction.append(Fact(SEALED, now, PROGRAM, body))
    transaction.execute("insert_seal", (last, first, month, now, facts[-1][1], fact.sequence))
    for name in ("remove_sealed_changes", "remove_sealed_personal", "remove_sealed_runs", "remove_sealed_facts"):
        transaction.execute(name, (last,))


def newest_seal(row: tuple[int, int, str, int, bytes, int] | None) -> Seal | None:
    """Build the newest seal from its row."""
    if row is None:
        return None
    last, _, month, _, digest, fact = row
    return Seal(last, digest.hex(), fact, month)


def sentence(months: list[str], hours: int, rows: int, rules: Retention) -> str:
    """Say what was done."""
    days = round(rules.rollups / 86_400)
    sealed = f"sealed and removed {', '.join(dict.fromkeys(months))}" if months else "no month is past its retention"
    received = f", and {rows} rows of traps and alerts received" if rows else ""
    return f"{sealed}; dropped {hours} hours of rollups older than {days} days{received}"
