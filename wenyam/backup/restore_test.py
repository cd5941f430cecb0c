"""Proving a backup: fetch it, load it into a scratch place, compare it with the manifest of backup time, ask it questions."""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wenyam.backup import facts, manifests, places
from wenyam.backup.comparison import compare, notes
from wenyam.backup.contract import Repository, Restored
from wenyam.backup.depot import Depot, new_run
from wenyam.backup.machine import RestoredThere, Told
from wenyam.backup.machine_place import restored_there
from wenyam.backup.proofs import data_age
from wenyam.backup.restore_choice import Chosen, choose
from wenyam.errors import NotTestedError, RestoreError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.backup import BackupJob, Manifest, Question, Verdict
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import to_iso
from wenyam.store import files

TEST_SECONDS = 11.5 * 3600
_SENTENCE = 500
_SHOWN = 20
_ROOM = "Make room there, or name another directory of this account's own: backup.scratch."
EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.NOT_TESTED: 3}


@dataclass(frozen=True, slots=True)
class Proof:
    """What one restore test came to."""

    job: str
    chosen: Chosen
    verdict: Verdict
    problems: tuple[str, ...]
    items: int
    """Things compared."""
    questions: int
    """Questions answered as expected."""
    seconds: float
    """Recovery time: fetch, load, compare, questions."""
    parts: tuple[tuple[str, float], ...]
    data_age: float
    """Recovery point: age of the newest data when the test began, in seconds."""
    evidence: Path
    fact: ChainedFact
    notes: tuple[str, ...] = ()
    """What does not speak against the backup, but should be known."""

    @property
    def exit_code(self) -> int:
        """Return the exit code of the verb."""
        return EXIT_CODES[self.verdict]


@dataclass(slots=True)
class _Course:
    """What happened so far in one test, so that evidence can be written wherever it stopped."""

    until_on_record: contextlib.AsyncExitStack
    """Takes what may go only once the evidence is written."""
    problems: list[str] = field(default_factory=list)
    items: int = 0
    questions: int = 0
    parts: list[tuple[str, float]] = field(default_factory=list)
    tools: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What does not speak against the backup, but should be known: files that changed while they were read."""
    told: Sequence[Told] = ()
    """How the application's own checks on a test machine ended."""
    verdict: Verdict = Verdict.NOT_TESTED
    seconds: float = 0.0


async def prove(depot: Depot, job: BackupJob, actor: str, *, snapshot: str = "", repository: str = "") -> Proof:
    """Restore one backup and judge it; what goes wrong is a verdict on record, not an exception."""
    history = depot.history(job.name)
    begun, at = depot.clock.monotonic(), depot.clock.now()
    chosen = choose(job, history, secrets.choice, at, snapshot=snapshot, repository=repository)
    async with contextlib.AsyncExitStack() as until_on_record:
        course = _Course(until_on_record)
        try:
            place = until_on_record.enter_context(_scratch(depot, job, chosen))
            await _restore(depot, job, chosen, place, course)
            course.verdict = Verdict.FAIL if course.problems else Verdict.PASS
        except NotTestedError as error:
            course.verdict = Verdict.FAIL if course.problems else Verdict.NOT_TESTED
            course.problems.append(str(error))
        except (WenyamError, OSError) as error:
            course.verdict, course.problems = Verdict.FAIL, [*course.problems, str(error)]
        course.seconds = depot.clock.monotonic() - begun
        evidence, digest = _write_evidence(depot, job, chosen, course)
        age = data_age(at, chosen.backup)
        problem = clean(course.problems[0], _SENTENCE) if course.problems else ""
        fact = depot.writer.append(
            facts.tested(
                job.name, chosen.backup.run, depot.clock.now(), actor, repository=chosen.repository, snapshot=chosen.snapshot,
                verdict=course.verdict, seconds=course.seconds, data_age=age, problem=problem, evidence=digest,
                picked_older=chosen.picked_older,
            )
        )  # fmt: skip
    return Proof(
        job.name, chosen, course.verdict, tuple(course.problems), course.items, course.questions, course.seconds,
        tuple(course.parts), age, evidence, fact, course.notes,
    )  # fmt: skip


@contextlib.contextmanager
def _scratch(depot: Depot, job: BackupJob, chosen: Chosen) -> Iterator[Path]:
    """Give a scratch place with room for the restore; NotTestedError without one, which says nothing against the backup."""
    passable = depot.plan.scratch_user is not None
    with contextlib.ExitStack() as kept:
        try:
            made = places.scratch(Path(depot.plan.scratch), f"{job.name}-{new_run(depot.clock)}", passable=passable)
            place = kept.enter_context(made)
            places.require_room(place, 2 * chosen.backup.bytes, "the restore")
        except (WenyamError, OSError) as error:
            why = error.sentence if isinstance(error, WenyamError) else str(error)
            raise NotTestedError(f"no scratch place: {why}", hint=_ROOM) from error
        yield place


async def _restore(depot: Depot, job: BackupJob, chosen: Chosen, place: Path, course: _Course) -> None:
    clock, parts = depot.clock, course.parts
    begun = clock.monotonic()
    fetched, scratch = place / "fetched", place / "restored"
    for directory in (fetched, scratch):
        directory.mkdir(mode=places.PRIVATE)
    repository = await depot.reach(chosen.repository)
    await repository.fetch(chosen.snapshot, fetched, seconds=TEST_SECONDS)
    parts.append(("fetch", clock.monotonic() - begun))
    spool = await spool_of(repository, job, chosen)
    manifest = recorded_manifest(fetched, spool / places.MANIFEST, chosen)
    workplace = depot.workplace(job, begun + TEST_SECONDS, spool=spool, scratch=scratch)
    loading = clock.monotonic()
    async with contextlib.AsyncExitStack() as until_asked:
        source = depot.source(job)
        if job.restore.machine is None:
            restored = await until_asked.enter_async_context(source.restored(workplace, fetched, manifest))
        else:
            # What is on the machine stays until the evidence is written.
            credentials = depot.configuration.inventory.credentials
            made = restored_there(workplace, source, fetched, manifest, credentials)
            restored = await course.until_on_record.enter_async_context(made)
        parts.append(("load", clock.monotonic() - loading))
        await _judge(depot, job, restored, manifest, course)


async def _judge(depot: Depot, job: BackupJob, restored: Restored, manifest: Manifest, course: _Course) -> None:
    """Compare what came back with the manifest of backup time, then ask it."""
    clock, begun = depot.clock, depot.clock.monotonic()
    there = restored if isinstance(restored, RestoredThere) else None
    expected = manifest if there is None else there.expected
    found = await restored.manifest()
    course.items, course.tools = expected.items, dict(found.tools)
    course.problems += compare(expected, found)
    course.notes = (*notes(expected, found), *(() if there is None else there.notes))
    compared = clock.monotonic()
    course.parts.append(("compare", compared - begun))
    for question in job.restore.questions:
        course.problems += await _ask(restored, question)
    course.questions = len(job.restore.questions)
    asked = clock.monotonic()
    course.parts.append(("questions", asked - compared))
    if there is not None:
        course.problems += await there.run()
        course.told = there.told
        course.parts.append(("commands", clock.monotonic() - asked))


async def spool_of(repository: Repository, job: BackupJob, chosen: Chosen) -> Path:
    """Return where the dump lay at backup time, as the snapshot remembers it; the setting may have changed since."""
    for snapshot in await repository.snapshots(job.name):
        if snapshot.id == chosen.snapshot:
            found = (Path(path) for path in snapshot.paths)
            manifest = next((path for path in found if path.parts[-2:] == (job.name, places.MANIFEST)), None)
            if manifest is not None:
                return manifest.parent
    raise RestoreError(f"'{chosen.repository}' has no snapshot {chosen.snapshot[:8]} with a manifest of {job.name}")


def recorded_manifest(fetched: Path, stored_at: Path, chosen: Chosen) -> Manifest:
    """Return the manifest that lay beside the dump; RestoreError when it is not the one that was recorded at backup time."""
    path = fetched / stored_at.relative_to("/")
    try:
        manifest = manifests.from_bytes(path.read_bytes())
    except OSError as error:
        raise RestoreError(f"the snapshot holds no manifest at {stored_at}: {error.strerror}") from error
    digest = manifests.digest(manifest)
    if chosen.backup.manifest != digest:
        recorded = chosen.backup.manifest
        raise RestoreError(
            f"the manifest in the snapshot ({digest[:12]}…) is not the one recorded at backup time ({recorded[:12]}…)"
        )
    return manifest


async def _ask(restored: Restored, question: Question) -> list[str]:
    try:
        answer = await restored.answer(question.ask)
    except WenyamError as error:
        return [f"the question '{question.ask}' could not be answered: {error}"]
    if question.expect is not None and answer != question.expect:
        return [f"the question '{question.ask}' was answered '{clean(answer, 80)}', expected '{question.expect}'"]
    return [] if answer else [f"the question '{question.ask}' has an empty answer"]


def _write_evidence(depot: Depot, job: BackupJob, chosen: Chosen, course: _Course) -> tuple[Path, str]:
    """Write what was seen before the scratch goes; return the file and its SHA-256."""
    directory = depot.state_directory / "evidence"
    files.share_directory(directory)
    files.share_directory(directory / "restore-tests")
    data = {
        "version": 1,
        "instance": depot.configuration.instance.name,
        "job": job.name,
        "at": to_iso(depot.clock.now()),
        "repository": chosen.repository,
        "snapshot": chosen.snapshot,
        "run": chosen.backup.run,
        "why": chosen.why,
        "picked_older": chosen.picked_older,
        "manifest": chosen.backup.manifest,
        "verdict": course.verdict.value,
        "seconds": round(course.seconds, 3),
        "parts": {name: round(took, 3) for name, took in course.parts},
        "items_compared": course.items,
        "questions": [{"ask": each.ask, "expect": each.expect} for each in job.restore.questions],
        "machine": None if job.restore.machine is None else job.restore.machine.host,
        "commands": [{"command": each.command, "exit_code": each.status, "said": each.said} for each in course.told],
        "problems": [clean(problem, _SENTENCE) for problem in course.problems[:_SHOWN]],
        "further_problems": max(0, len(course.problems) - _SHOWN),
        "notes": [clean(note, _SENTENCE) for note in course.notes],
        "tools": course.tools,
    }
    content = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    path = directory / "restore-tests" / f"{job.name}-{new_run(depot.clock)}.json"
    files.write(path, content)
    return path, hashlib.sha256(content).hexdigest()
