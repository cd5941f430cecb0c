"""Restores for people and for the calendar: prove backups, get data back into a new place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.backup import restore_test, size
from wenyam.backup.depot import Depot
from wenyam.backup.restore_test import Proof
from wenyam.errors import NotTestedError, UsageError, WenyamError
from wenyam.i18n.dates import format_with_zone
from wenyam.model.backup import Verdict
from wenyam.model.facts import Fact, FactBody
from wenyam.operations.restore_records import FETCHED, chosen_for
from wenyam.store.files import explained

VERSION = 1
FETCH_SECONDS = 11.5 * 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """One job's restore test; without a proof nothing could even be chosen."""

    job: str
    verdict: Verdict
    problem: str = ""
    proof: Proof | None = None


async def prove_all(depot: Depot, names: Sequence[str], actor: str, *, snapshot: str, repository: str) -> list[Outcome]:
    """Prove jobs one after the other; a failed one stops no other."""
    return [await _prove(depot, name, actor, snapshot, repository) for name in names]


async def _prove(depot: Depot, name: str, actor: str, snapshot: str, repository: str) -> Outcome:
    try:
        proof = await restore_test.prove(depot, depot.job(name), actor, snapshot=snapshot, repository=repository)
    except UsageError:
        raise
    except NotTestedError as error:
        return Outcome(name, Verdict.NOT_TESTED, str(error))
    except WenyamError as error:
        return Outcome(name, Verdict.FAIL, str(error))
    return Outcome(name, proof.verdict, proof.problems[0] if proof.problems else "", proof)


def worst(outcomes: Sequence[Outcome]) -> int:
    """Return the exit code over all: 1 when any failed, 3 when any is NOT TESTED, else 0."""
    verdicts = {outcome.verdict for outcome in outcomes}
    if Verdict.FAIL in verdicts:
        return 1
    return restore_test.EXIT_CODES[Verdict.NOT_TESTED] if Verdict.NOT_TESTED in verdicts else 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was taken out of a repository."""

    target: Path
    files: int
    taken: str


async def fetch(
    depot: Depot, name: str, target: Path, actor: str, *, snapshot: str, repository: str, include: Sequence[str]
) -> Fetched:
    """Restore into a new or empty directory; UsageError when something is there already. Who took what goes on record."""
    job = depot.job(name)
    chosen = chosen_for(depot, job, snapshot, repository)
    place = empty_directory(target)
    source = await depot.reach(chosen.repository)
    await source.fetch(chosen.snapshot, place, include=include, seconds=FETCH_SECONDS)
    count = sum(path.is_file() or path.is_symlink() for path in place.rglob("*"))
    if not count:
        raise UsageError(f"{name}: nothing in snapshot {chosen.snapshot[:8]} is named {', '.join(include) or 'anything'}")
    body: FactBody = {
        "job": name,
        "repository": chosen.repository,
        "snapshot": chosen.snapshot,
        "target": str(place),
        "files": count,
    }
    depot.writer.append(Fact(FETCHED, depot.clock.now(), actor, body))
    return Fetched(place, count, format_with_zone(chosen.backup.taken, depot.configuration.instance.availability.time_zone))


async def fetch_plan(depot: Depot, name: str, target: Path, *, snapshot: str, repository: str, include: Sequence[str]) -> str:
    """Say what would be fetched; nothing is changed."""
    job = depot.job(name)
    chosen = chosen_for(depot, job, snapshot, repository)
    place = free_place(target)
    source = await depot.reach(chosen.repository)
    listing = await source.listing(chosen.snapshot)
    entries = [entry for entry in listing.entries if entry.kind != "dir" and _is_meant(entry.path, include)]
    taken = format_with_zone(chosen.backup.taken, depot.configuration.instance.availability.time_zone)
    what = f"{len(entries)} files ({size.write(sum(entry.size for entry in entries))}) as they were {taken}"
    return f"{name}: {what} would be laid into {place}: snapshot {chosen.snapshot[:8]} of '{chosen.repository}'"


def _is_meant(path: str, include: Sequence[str]) -> bool:
    return not include or any(path == each or path.startswith(each.rstrip("/") + "/") for each in include)


def free_place(target: Path) -> Path:
    """Return the path of a directory that is empty or not there; UsageError when anything is in it."""
    place = target.absolute()
    with explained(place):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise UsageError(f"{place} is not empty; name a new directory, what is there is never overwritten")
    return place


def empty_directory(target: Path) -> Path:
    """Return the directory, made when it is not there; UsageError when anything is in it."""
    place = free_place(target)
    with explained(place):
        place.mkdir(mode=0o700, exist_ok=True)
    return place


def data(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Write restore tests as versioned data."""
    return {"version": VERSION, "tests": [_data(outcome) for outcome in outcomes]}


def _data(outcome: Outcome) -> dict[str, Any]:
    shown: dict[str, Any] = {"job": outcome.job, "verdict": outcome.verdict.value, "problem": outcome.problem}
    proof = outcome.proof
    if proof is not None:
        shown |= {
            "test": proof.fact.sequence, "repository": proof.chosen.repository, "snapshot": proof.chosen.snapshot,
            "why": proof.chosen.why, "picked_older": proof.chosen.picked_older, "problems": [*proof.problems],
            "items": proof.items, "questions": proof.questions,
            "seconds": round(proof.seconds, 3), "parts": {part: round(took, 3) for part, took in proof.parts},
            "data_age": round(proof.data_age, 3), "evidence": str(proof.evidence),
        }  # fmt: skip
    return shown
