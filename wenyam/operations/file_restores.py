"""Files restored into their own places: what is there now is put aside in a named folder beside it."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from wenyam.backup import places
from wenyam.backup.comparison import compare, shown
from wenyam.backup.contract import Workplace
from wenyam.backup.depot import Depot, new_run
from wenyam.backup.file_laying import Difference, Laying, difference, remove_stage, tops
from wenyam.backup.restore_choice import Chosen
from wenyam.backup.sources.file_walk import Found, Plan, Walk, as_name, as_text, refuse_link, word
from wenyam.backup.sources.files import plan_of
from wenyam.backup.sources.pace import Pace, in_thread
from wenyam.errors import AlreadyRunningError, RestoreError, UsageError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_with_zone
from wenyam.model.backup import BackupJob, Manifest, Verdict
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import to_datetime
from wenyam.operations.restore_bench import RESTORE_SECONDS, manifest_of
from wenyam.operations.restore_records import BEGUN, RESTORED, chosen_for, unfinished
from wenyam.store.locks import DaemonLock

_SECTION: Final = "files"
_SENTENCE: Final = 500


@dataclass(frozen=True, slots=True)
class FilesRequest:
    """Which files of which backup."""

    job: str
    include: tuple[str, ...] = ()
    snapshot: str = ""
    repository: str = ""


@dataclass(frozen=True, slots=True)
class FilesIntention:
    """What would be done; nothing was changed to find out."""

    request: FilesRequest
    chosen: Chosen
    taken: str
    difference: Difference
    layings: tuple[Laying, ...]
    then: Manifest
    """Of the files that are meant."""
    notes: tuple[str, ...]

    @property
    def asides(self) -> tuple[str, ...]:
        """Return the places that take what is in the way, one for each path of the job."""
        return tuple(each.aside for each in self.layings)


@dataclass(frozen=True, slots=True)
class FilesRestored:
    """What a restore came to."""

    verdict: Verdict
    problems: tuple[str, ...]
    kept: int
    """Things that were put aside."""
    asides: tuple[str, ...]
    """Where they are."""
    items: int
    fact: int


async def plan(depot: Depot, request: FilesRequest) -> FilesIntention:
    """Compare what is there now with the backup."""
    job = _job(depot, request)
    chosen = chosen_for(depot, job, request.snapshot, request.repository)
    async with manifest_of(depot, job, chosen, new_run(depot.clock)) as (_, _, manifest):
        then = _meant(manifest, request.include)
    depot.progress("compare with what is there now", 0, None)
    now = await _walk(_workplace(depot, job), then)
    decided = replace(request, snapshot=chosen.snapshot, repository=chosen.repository)
    ending = f"{to_datetime(depot.clock.now()):%Y%m%dt%H%M%S}"
    files = then.parts[_SECTION]
    layings = tuple(_laying(top, ending, files) for top in tops(tuple(files)))
    await asyncio.to_thread(_refuse_mounts, files)
    taken = format_with_zone(chosen.backup.taken, _zone(depot))
    return FilesIntention(
        decided, chosen, taken, difference(files, now.files, now.left_out), layings, then,
        tuple(_left_over(depot, job)),
    )  # fmt: skip


def _job(depot: Depot, request: FilesRequest) -> BackupJob:
    job = depot.job(request.job)
    if job.source != "files" or job.device is not None:
        where = f"is of device {job.device}" if job.device is not None else f"holds no files but a dump ({job.source})"
        raise UsageError(f"{job.name} {where}, so it has no place on this machine; restore it --to DIRECTORY")
    return job


def _workplace(depot: Depot, job: BackupJob) -> Workplace:
    return depot.workplace(job, depot.clock.monotonic() + RESTORE_SECONDS)


def _meant(manifest: Manifest, include: Sequence[str]) -> Manifest:
    """Return the manifest of the files that are meant, with the directories they lie in; UsageError when there are none."""
    files = manifest.parts.get(_SECTION, {})
    wanted = [path.rstrip("/") or "/" for path in include]
    meant = {path: text for path, text in files.items() if not wanted or any(_within(path, each) for each in wanted)}
    if not meant:
        raise UsageError(f"nothing in the backup is named {', '.join(wanted) or 'anything'}")
    return replace(manifest, parts={_SECTION: meant})


def _within(path: str, top: str) -> bool:
    return path == top or path.startswith(top.rstrip("/") + "/")


def _laying(top: str, ending: str, files: Mapping[str, str]) -> Laying:
    folder, _, name = top.rpartition("/")
    return Laying(top, f"{folder}/.{name}-restoring-{ending}", f"{top.rstrip('/')}-before-{ending}", files)


def _refuse_mounts(files: Mapping[str, str]) -> None:
    """Refuse what is a file system of its own now: nothing could be renamed into it."""
    for path, text in files.items():
        if text.startswith("type=directory") and os.path.ismount(as_name(path)):
            raise UsageError(f"a file system is mounted at {shown(path)}; restore it --to DIRECTORY and move it by hand")


async def _walk(workplace: Workplace, then: Manifest) -> Found:
    """Measure what lies in the places now, as it was measured at backup time."""
    measured: Plan = plan_of(then, None)
    files = then.parts[_SECTION]
    for top in measured.paths:
        refuse_link(top.rpartition("/")[0] or "/")
    there = tuple(top for top in measured.paths if _is_there(top))
    around = replace(measured, paths=there, excluded=lambda path: path not in files)
    return await in_thread(workplace, "measuring", lambda pace: Walk(around, pace, complain=RestoreError).run(), RestoreError)


def _zone(depot: Depot) -> str:
    return depot.configuration.instance.availability.time_zone


def _left_over(depot: Depot, job: BackupJob) -> list[str]:
    """Tell of restores that began and did not end, as long as what they put aside or left is there."""
    found = []
    for each in unfinished(depot, job.name):
        then = (as_text(unquote_to_bytes(place)) for place in f"{each.aside} {each.name}".split())
        left = [shown(place) for place in then if _is_there(place)]
        if left:
            begun = f"a restore that {each.actor} began {format_with_zone(each.at, _zone(depot))} did not end"
            found.append(f"{begun}; it left: {', '.join(left)}")
    return found


async def carry_out(depot: Depot, intention: FilesIntention, actor: str) -> FilesRestored:
    """Lay the files; what goes wrong once something may have changed is a verdict on record, not an exception."""
    job = depot.job(intention.request.job)
    try:
        with DaemonLock(depot.state_directory, f"backup-{job.name}.lock"):
            try:
                for laying in intention.layings:
                    await _fetch(depot, intention, laying)
                return await _carry_out(depot, job, intention, actor)
            finally:
                for laying in intention.layings:
                    await asyncio.to_thread(remove_stage, Path(laying.stage))
    except AlreadyRunningError as error:
        raise RestoreError(f"a backup or restore of {job.name} is under way: {error.what}") from error


async def _fetch(depot: Depot, intention: FilesIntention, laying: Laying) -> None:
    """Fetch what lies below one path into the same file system, out of sight."""
    stage = Path(laying.stage)
    try:
        await asyncio.to_thread(_make, stage)
    except OSError as error:
        raise RestoreError(f"{stage}: {error.strerror}") from error
    places.require_room(stage, intention.chosen.backup.bytes, "the restore")
    depot.progress(f"fetch {laying.top} from '{intention.chosen.repository}'", 0, None)
    repository = await depot.reach(intention.chosen.repository)
    await repository.fetch(intention.chosen.snapshot, stage, include=[laying.top], seconds=RESTORE_SECONDS)


def _make(stage: Path) -> None:
    stage.parent.mkdir(parents=True, exist_ok=True)
    stage.mkdir(mode=places.PRIVATE)


async def _carry_out(depot: Depot, job: BackupJob, intention: FilesIntention, actor: str) -> FilesRestored:
    chosen = intention.chosen
    body: FactBody = {
        "job": job.name, "repository": chosen.repository, "snapshot": chosen.snapshot, "target": "this machine",
        "database": "", "name": " ".join(word(each.stage) for each in intention.layings), "in_place": True,
        "aside": " ".join(map(word, intention.asides)),
    }  # fmt: skip
    begun = depot.writer.append(Fact(BEGUN, depot.clock.now(), actor, body)).sequence
    kept = 0
    problems: tuple[str, ...] = ()
    try:
        kept = await _lay(depot, job, intention)
        problems = await _problems(depot, job, intention.then)
    except (WenyamError, OSError) as error:
        problems = (str(error),)
    verdict = Verdict.FAIL if problems else Verdict.PASS
    problem = clean(problems[0], _SENTENCE) if problems else ""
    ended: FactBody = {
        **body,
        "begun": begun,
        "verdict": verdict.value,
        "problem": problem,
        "items": intention.then.items,
        "kept": kept,
    }
    fact = depot.writer.append(Fact(RESTORED, depot.clock.now(), actor, ended)).sequence
    there = tuple(aside for aside in intention.asides if _is_there(aside))
    return FilesRestored(verdict, problems, kept, there, intention.then.items, fact)


async def _lay(depot: Depot, job: BackupJob, intention: FilesIntention) -> int:
    wanted = {*intention.difference.changed, *intention.difference.missing}

    def work(pace: Pace) -> int:
        return sum(laying.run(wanted, pace) for laying in intention.layings)

    return await in_thread(_workplace(depot, job), "laying the files", work, RestoreError)


async def _problems(depot: Depot, job: BackupJob, then: Manifest) -> tuple[str, ...]:
    """Measure what was laid, and nothing that lies beside it."""
    found = await _walk(_workplace(depot, job), then)
    return compare(then, replace(then, parts={_SECTION: found.files}))


def _is_there(path: str) -> bool:
    return os.path.lexists(as_name(path))
