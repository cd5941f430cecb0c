"""The facts backups leave in the chain: their kinds, and their bodies in one place. The catalogue reads what is written here."""

from collections.abc import Sequence

from wenyam.backup.contract import ReadBack, Stored
from wenyam.model.backup import BackupJob, Manifest, Verdict
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant

STORED = "backup-stored"
"""A backup was stored and verified, or stored with something wrong (`complete` is false)."""
FAILED = "backup-failed"
"""A run ended with no snapshot that counts."""
COPIED = "backup-copied"
COPY_FAILED = "backup-copy-failed"
SIZE_ACCEPTED = "backup-size-accepted"
"""A person gave the reason of a size anomaly, which sets the new normal."""
VERIFIED = "repository-verified"
UNLOCKED = "repository-unlocked"
PRUNED = "backup-pruned"
TESTED = "restore-tested"
CONFIRMED = "restore-confirmed"
"""A user representative looked at restored data and said whether it is complete."""
LEFTOVER_REMOVED = "restore-leftover-removed"
"""A person removed what a killed restore test left on a test machine."""
KINDS = (STORED, FAILED, COPIED, COPY_FAILED, SIZE_ACCEPTED, VERIFIED, UNLOCKED, PRUNED, TESTED, CONFIRMED)

TOOL = "wenyam"
"""The actor when the program acts by itself."""


def stored(
    job: BackupJob,
    run: str,
    stored: Stored,
    manifest: Manifest,
    digest: str,
    *,
    at: Instant,
    took: float,
    problem: str,
    anomaly: bool = False,
    spooled: int = 0,
) -> Fact:
    """Build the fact of a stored backup; it is complete when there is no problem. An anomaly of size waits for a person."""
    return Fact(
        STORED,
        at,
        TOOL,
        {
            "job": job.name, "run": run, "repository": job.repository, "snapshot": stored.snapshot, "source": job.source,
            "taken": manifest.taken, "newest_data": manifest.newest_data, "files": stored.files, "bytes": stored.bytes,
            "added_bytes": stored.added_bytes, "seconds": round(took, 3), "manifest": digest, "items": manifest.items,
            "rows": manifest.rows, "position": manifest.position, "complete": not problem, "problem": problem,
            "anomaly": anomaly, "spooled_bytes": spooled,
        },
    )  # fmt: skip


def failed(job: BackupJob, run: str, at: Instant, problem: str, tries: int, *, lines: int | None = None) -> Fact:
    """Build the fact of a run without a backup that counts; `lines` were too many or too few, and wait for a reason."""
    waiting = {} if lines is None else {"lines": lines}
    return Fact(FAILED, at, TOOL, {"job": job.name, "run": run, "problem": problem, "tries": tries, **waiting})


def copied(job: BackupJob, run: str, at: Instant, repository: str, snapshot: str) -> Fact:
    """Build the fact that a run's snapshot is in another repository too, under an id of its own."""
    return Fact(COPIED, at, TOOL, {"job": job.name, "run": run, "repository": repository, "snapshot": snapshot})


def copy_failed(job: BackupJob, run: str, at: Instant, repository: str, problem: str) -> Fact:
    """Build the fact that a copy could not be made."""
    return Fact(COPY_FAILED, at, TOOL, {"job": job.name, "run": run, "repository": repository, "problem": problem})


def size_accepted(job: str, run: str, at: Instant, actor: str, reason: str, *, lines: int | None = None) -> Fact:
    """Build the fact that a person explained a size anomaly; `lines` are those of a text that was not stored because of them."""
    accepted = {} if lines is None else {"lines": lines}
    return Fact(SIZE_ACCEPTED, at, actor, {"job": job, "run": run, "reason": reason, **accepted})


def verified(
    repository: str,
    at: Instant,
    part: tuple[int, int] | None,
    seconds: float,
    problem: str,
    *,
    read: ReadBack | None = None,
) -> Fact:
    """Build the fact that a repository was checked: its structure, and for a part (n of t) the data itself, so much of it."""
    number, parts = part or (0, 0)
    packs_read, packs = (None, None) if read is None else (read.packs, read.of)
    verdict = Verdict.FAIL if problem else Verdict.PASS
    return Fact(
        VERIFIED,
        at,
        TOOL,
        {
            "repository": repository, "part": number, "parts": parts, "verdict": verdict.value, "problem": problem,
            "seconds": round(seconds, 3), "packs_read": packs_read, "packs": packs,
        },
    )  # fmt: skip


def unlocked(repository: str, at: Instant, lock: str) -> Fact:
    """Build the fact that the lock of a dead process was removed."""
    return Fact(UNLOCKED, at, TOOL, {"repository": repository, "lock": lock})


def pruned(repository: str, at: Instant, job: str, ids: Sequence[str], reason: str, *, actor: str = TOOL) -> Fact:
    """Build the fact that snapshots were removed by the rules, or that a person knows why they are gone."""
    what = {"repository": repository, "job": job, "ids": " ".join(ids), "reason": reason}
    return Fact(PRUNED, at, actor, {**what, "snapshots": len(ids)})


def leftover_removed(job: str, at: Instant, actor: str, machine: str, name: str) -> Fact:
    """Build the fact that a person removed what a killed restore test left on a test machine."""
    return Fact(LEFTOVER_REMOVED, at, actor, {"job": job, "machine": machine, "name": name})


def tested(
    job: str,
    run: str,
    at: Instant,
    actor: str,
    *,
    repository: str,
    snapshot: str,
    verdict: Verdict,
    seconds: float,
    data_age: float,
    problem: str,
    evidence: str,
    picked_older: bool,
) -> Fact:
    """Build the fact of a restore test; `evidence` is the SHA-256 of its evidence file, which a user representative signs.

    `picked_older`: a person chose a snapshot that was not the newest of the job in that place when the test began.
    """
    return Fact(
        TESTED,
        at,
        actor,
        {
            "job": job, "run": run, "repository": repository, "snapshot": snapshot, "verdict": verdict.value,
            "seconds": round(seconds, 3), "data_age": round(data_age, 3), "problem": problem, "evidence": evidence,
            "picked_older": picked_older,
        },
    )  # fmt: skip


def confirmed(
    job: str,
    test: int,
    at: Instant,
    actor: str,
    *,
    person: str,
    complete: bool,
    method: str,
    reason: str,
    result: str,
    text: str = "",
    nonce: str = "",
    key: str = "",
    witness: str = "",
    scan: str = "",
) -> Fact:
    """Build the fact that a person called the result of a restore test complete or not, by `signature` or on `paper`.

    `result` is the SHA-256 of the test's evidence, `text` and `scan` those of what was signed; `nonce` makes it serve once; `key`
    is the fingerprint of whoever signed: the person, or on paper the witness.
    """
    return Fact(
        CONFIRMED,
        at,
        actor,
        {
            "job": job, "test": test, "person": person, "complete": complete, "method": method, "reason": reason,
            "result": result, "text": text, "nonce": nonce, "key": key, "witness": witness, "scan": scan,
        },
    )  # fmt: skip
