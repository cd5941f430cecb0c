"""What was really brought back in one period: data taken out, files and databases restored, and restores that never ended."""

from dataclasses import dataclass

from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, Period
from wenyam.operations.reports import Inquiry
from wenyam.operations.restore_records import BEGUN, FETCHED, RESTORED

NOT_ENDED, NOT_COMPARED = "not_ended", "not_compared"
"""Results beside the verdicts: it began and has no end on record; it was laid somewhere and nobody compared it."""


@dataclass(frozen=True, slots=True)
class RealRestore:
    """One restore by a person."""

    at: Instant
    job: str
    kind: str
    """files or database, `_beside` what is in use or `_in_place`."""
    name: str
    """Of the new database, or the directory; empty: their own places."""
    target: str
    """The server; empty: this machine."""
    repository: str
    snapshot: str
    result: str
    actor: str
    problem: str


def real_restores(inquiry: Inquiry) -> list[RealRestore]:
    """Return those of the period, oldest first; one that began in it and ended later is told with its end."""
    past, until_now = inquiry.past, Period(inquiry.past.start, max(inquiry.past.end, Instant(inquiry.account.now + 1)))
    ended = {each.fact.body.get("begun"): each.fact for each in inquiry.reader.facts(until_now, RESTORED)}
    found = [_taken_out(each.fact) for each in inquiry.reader.facts(past, FETCHED)]
    found += [_restored(each.fact, ended.get(each.sequence)) for each in inquiry.reader.facts(past, BEGUN)]
    return sorted(found, key=lambda each: (each.at, each.job))


def _taken_out(fact: Fact) -> RealRestore:
    return _restore(fact, "files_beside", (str(fact.body["target"]), ""), (NOT_COMPARED, ""))


def _restored(begun: Fact, ended: Fact | None) -> RealRestore:
    database, in_place = begun.body["database"], begun.body["in_place"]
    kind = f"{'database' if database else 'files'}_{'in_place' if in_place else 'beside'}"
    end = (NOT_ENDED, "") if ended is None else (str(ended.body["verdict"]), str(ended.body["problem"]))
    return _restore(begun, kind, (str(begun.body["name"]), str(begun.body["target"])) if database else ("", ""), end)


def _restore(fact: Fact, kind: str, where: tuple[str, str], end: tuple[str, str]) -> RealRestore:
    job, repository, snapshot = (str(fact.body[key]) for key in ("job", "repository", "snapshot"))
    return RealRestore(fact.at, job, kind, *where, repository, snapshot, end[0], fact.actor, end[1])
