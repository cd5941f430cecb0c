"""Whether the files of evidence beside the database still are what the chain of facts recorded of them."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyam.backup.facts import TESTED
from wenyam.dr import evidence
from wenyam.dr.facts import DECIDED, STEP_ENDED, UNDONE
from wenyam.errors import WenyamError
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period, to_iso
from wenyam.operations.confirmation_evidence import TESTS, files_of_tests
from wenyam.store.interface import Reader

_ALWAYS = Period(Instant(-(2**53)), Instant(2**53))


@dataclass(frozen=True, slots=True)
class EvidenceVerdict:
    """What a look at every file came to."""

    files: int
    """How many the chain knows."""
    faults: Sequence[str] = ()
    """A sentence for each that is gone or another one."""
    untested: str = ""
    """Why nothing could be told of some; empty when all were read."""


def look(reader: Reader, state: Path) -> EvidenceVerdict:
    """Read every file of evidence of restore tests and of runs of DR plans, and compare it with its hash in the chain."""
    tests = [fact for fact in reader.facts(_ALWAYS, TESTED) if fact.fact.body.get("evidence")]
    runs = _of_runs([fact for kind in (STEP_ENDED, UNDONE, DECIDED) for fact in reader.facts(_ALWAYS, kind)])
    count = len(tests) + sum(map(len, runs.values()))
    folders = [folder for folder, known in ((state / "evidence" / TESTS, tests), (state / evidence.FOLDER, runs)) if known]
    if closed := [folder for folder in folders if not os.access(folder, os.R_OK | os.X_OK)]:
        why = "is not there, or not for this account; a copy of the database alone has no files"
        return EvidenceVerdict(count, untested=f"{closed[0]} {why}")
    try:
        return EvidenceVerdict(count, (*_test_faults(tests, state), *_run_faults(runs, state)))
    except WenyamError as error:
        return EvidenceVerdict(count, untested=str(error))


def _of_runs(ended: Sequence[ChainedFact]) -> dict[str, dict[str, str]]:
    """Return the files of each run with their hashes; what was written again is what was written last."""
    found: dict[str, dict[str, str]] = {}
    for chained in sorted(ended, key=lambda each: each.sequence):
        body = chained.fact.body
        known = json.loads(str(body.get("evidence") or body.get("files") or "{}"))
        if known:
            found.setdefault(str(body["run"]), {}).update(known)
    return found


def _test_faults(tests: Sequence[ChainedFact], state: Path) -> Iterator[str]:
    folder = state / "evidence" / TESTS
    there = {digest for digest, _ in files_of_tests(state)} if tests else set()
    for chained in tests:
        body = chained.fact.body
        if body["evidence"] not in there:
            yield (
                f"{folder}: no file is what the restore test of {body['job']} at {to_iso(chained.fact.at)} "
                f"(fact {chained.sequence}) wrote"
            )


def _run_faults(runs: dict[str, dict[str, str]], state: Path) -> Iterator[str]:
    for run, known in runs.items():
        yield from evidence.faults(evidence.folder_of(state, run), known)
