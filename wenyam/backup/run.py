"""One run of one backup job: dump, store, verify, judge the size, copy. Incomplete runs are made again (R4.1)."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wenyam.backup import copies, facts, manifests, places, size, verify
from wenyam.backup.catalogue import History
from wenyam.backup.contract import Dump, Stored
from wenyam.backup.depot import Depot, new_run
from wenyam.backup.size import UnusualLinesError
from wenyam.backup.timing import Timings
from wenyam.errors import BackupError, WenyamError
from wenyam.links.http_page import Request
from wenyam.model.backup import BackupJob
from wenyam.model.calendar import RunOutcome
from wenyam.model.facts import Fact
from wenyam.store import files
from wenyam.store.locks import DaemonLock

_LOG = logging.getLogger(__name__)

RUN_SECONDS = 11.5 * 3600
"""A run that takes longer has failed; a little less than the calendar's own limit, so that it ends with its own words."""
_PING_SECONDS = 10.0
EXIT_CODES = {RunOutcome.DONE: 0, RunOutcome.FAILED: 1, RunOutcome.INCOMPLETE: 3}


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    job: str
    run: str
    outcome: RunOutcome
    sentence: str
    seconds: float
    parts: tuple[tuple[str, float], ...] = ()
    """What took how many seconds."""
    snapshot: str = ""
    bytes: int = 0

    @property
    def exit_code(self) -> int:
        """Return the exit code of the verb."""
        return EXIT_CODES[self.outcome]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one try came to: a stored backup, and what is wrong with it if anything."""

    stored: Stored
    problem: str
    anomaly: bool
    parts: tuple[tuple[str, float], ...]


async def run_job(depot: Depot, job: BackupJob) -> Result:
    """Make one backup; never raises for what can go wrong with a backup. AlreadyRunningError when the job is under way."""
    with DaemonLock(depot.state_directory, f"backup-{job.name}.lock"):
        await _ping(depot, job, "/start")
        result = await _run(depot, job, new_run(depot.clock))
        await _ping(depot, job, "" if result.outcome is RunOutcome.DONE else "/fail")
    return result


async def _run(depot: Depot, job: BackupJob, run: str) -> Result:
    begun = depot.clock.monotonic()
    try:
        attempt = await _tries(depot, job, run)
    except (WenyamError, OSError) as error:
        lines = error.lines if isinstance(error, UnusualLinesError) else None
        depot.writer.append(facts.failed(job, run, depot.clock.now(), str(error), job.tries, lines=lines))
        return Result(job.name, run, RunOutcome.FAILED, str(error), depot.clock.monotonic() - begun)
    copying = depot.clock.monotonic()
    troubles = await copies.make(depot, job) if not attempt.problem or attempt.anomaly else []
    parts = (*attempt.parts, ("copies", depot.clock.monotonic() - copying))
    problem = "; ".join([*([attempt.problem] if attempt.problem else []), *troubles])
    outcome = RunOutcome.INCOMPLETE if problem else RunOutcome.DONE
    stored = attempt.stored
    sentence = problem or f"complete: {stored.files} files, {size.write(stored.bytes)}, snapshot {stored.snapshot[:8]}"
    return Result(job.name, run, outcome, sentence, depot.clock.monotonic() - begun, parts, stored.snapshot, stored.bytes)


async def _tries(depot: Depot, job: BackupJob, run: str) -> _Attempt:
    """Try until a backup is complete or only its size is unusual; of the last try, a failure is raised, the rest returned."""
    attempt: _Attempt | None = None
    for number in range(1, job.tries + 1):
        try:
            attempt = await _once(depot, job, run)
        except (WenyamError, OSError) as error:
            if number == job.tries or getattr(error, "permanent", False):
                raise
            _LOG.warning("%s: try %d of %d: %s", job.name, number, job.tries, error)
            continue
        if not attempt.problem or attempt.anomaly:
            break
        _LOG.warning("%s: try %d of %d is not complete: %s", job.name, number, job.tries, attempt.problem)
    if attempt is None:
        raise BackupError(f"{job.name}: no try was made")
    return attempt


async def _once(depot: Depot, job: BackupJob, run: str) -> _Attempt:
    clock, begun = depot.clock, depot.clock.monotonic()
    deadline = begun + RUN_SECONDS
    repository = await depot.reach(job.repository)
    history = depot.history(job.name)
    reached = clock.monotonic()
    with places.spool(Path(depot.plan.spool), job.name) as place:
        last = history.last_success
        places.require_room(place, 0 if last is None else last.spooled_bytes, "the dump")
        workplace = replace(depot.workplace(job, deadline, spool=place), accepted_lines=history.accepted_lines)
        dump = await depot.source(job).dump(workplace)
        spooled = places.bytes_in(place)
        dump = with_manifest(dump, place)
        dumped = clock.monotonic()
        stored = await repository.store(dump, job=job.name, run=run, progress=depot.progress, seconds=deadline - dumped)
        kept = clock.monotonic()
        looked = Timings()
        stored, problem = await verify.looked_at(repository, dump, stored, run, deadline=deadline, timings=looked, clock=clock)
    anomaly = "" if problem else _unusual(job, history, stored, dump)
    ended = clock.monotonic()
    fact = facts.stored(
        job, run, stored, dump.manifest, manifests.digest(dump.manifest),
        at=clock.now(), took=ended - begun, problem=problem or anomaly, anomaly=bool(anomaly), spooled=spooled,
    )  # fmt: skip
    depot.writer.append(fact)
    inside = workplace.timings.parts
    dumping = ("dump", dumped - reached - sum(inside.values()))
    parts = (("reach", reached - begun), dumping, *inside.items(), ("store", kept - dumped), *looked.parts.items())
    return _Attempt(stored, problem or _explain(anomaly, job), bool(anomaly), parts)


def _unusual(job: BackupJob, history: History, stored: Stored, dump: Dump) -> str:
    """Return what a person must explain about how much there is; empty when it is as usual."""
    too_small = size.anomaly(stored.bytes, size.normal(history.backups), job.size_band)
    return too_small or size.lost_rows(dump.manifest.rows, size.normal_rows(history.backups))


def _explain(anomaly: str, job: BackupJob) -> str:
    return anomaly and f"{anomaly}; if that is right: wenyam backup accept-size {job.name} --reason TEXT"


def with_manifest(dump: Dump, place: Path) -> Dump:
    """Lay the manifest beside the dump, so that a restore from the repository alone can be judged."""
    content = manifests.to_bytes(dump.manifest)
    path = place / places.MANIFEST
    files.write(path, content, mode=files.PRIVATE_FILE)
    digests = {**dump.digests, path: hashlib.sha256(content).hexdigest()}
    return replace(dump, paths=(*dump.paths, path), digests=digests)


async def _ping(depot: Depot, job: BackupJob, what: str) -> None:
    """Tell a healthchecks-style address; that it cannot be told fails no backup."""
    if job.ping_url is None:
        return
    try:
        page = await depot.links.http.fetch(Request(url=job.ping_url.rstrip("/") + what), _PING_SECONDS)
    except WenyamError as error:
        _LOG.warning("%s: %s", job.name, error)
    else:
        if page.status >= 300:  # noqa: PLR2004  # HTTP: not a success
            _LOG.warning("%s: %s answered %d", job.name, page.url, page.status)


def sentences(results: Sequence[Result]) -> list[str]:
    """Return a line for each run."""
    return [f"{result.job}: {result.outcome.value}: {result.sentence} ({result.seconds:.1f} s)" for result in results]


def accepted(depot: Depot, job: BackupJob, actor: str, reason: str) -> Fact:
    """Record why the size of the newest anomalous backup is right; BackupError when none waits for a reason."""
    history, now = depot.history(job.name), depot.clock.now()
    backup, unread = history.anomaly, history.line_anomaly
    if unread is not None:
        fact = facts.size_accepted(job.name, unread.run, now, actor, reason, lines=unread.lines)
    elif backup is not None:
        fact = facts.size_accepted(job.name, backup.run, now, actor, reason)
    else:
        raise BackupError(f"{job.name}: no size waits for an explanation")
    depot.writer.append(fact)
    return fact
