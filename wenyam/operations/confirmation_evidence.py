"""Evidence of confirmations: the test's own file found by its hash, and what people signed kept beside it."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wenyam.backup.catalogue import Restore
from wenyam.errors import UsageError, WenyamError
from wenyam.store import files

TESTS, CONFIRMATIONS = "restore-tests", "confirmations"
LARGEST_SCAN = 64 << 20
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


class EvidenceGoneError(WenyamError):
    """The evidence of the restore test is not there as it was written, so there is nothing to confirm."""

    hint = "Restore it from a backup of the state directory, or test again: wenyam restore test JOB."
    permanent = True


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned paper."""

    content: bytes
    suffix: str
    digest: str
    """SHA-256 (hex)."""


def files_of_tests(state: Path, job: str = "") -> Iterator[tuple[str, Path]]:
    """Yield the files that restore tests left, of one job or of all, each behind its SHA-256; the newest of a job first."""
    directory = state / "evidence" / TESTS
    with files.explained(directory):
        for path in sorted(directory.glob(f"{job}-*.json" if job else "*"), reverse=True):
            if path.is_file():
                yield hashlib.sha256(path.read_bytes()).hexdigest(), path


def of_test(state: Path, restore: Restore) -> Path:
    """Return the evidence file whose hash is on record; EvidenceGoneError when there is none such."""
    for digest, path in files_of_tests(state, restore.job):
        if digest == restore.evidence:
            return path
    directory, digest = state / "evidence" / TESTS, restore.evidence[:16]
    raise EvidenceGoneError(f"{directory}: no file of {restore.job} has the SHA-256 {digest}… of test {restore.sequence}")


def read(path: Path, limit: int = LARGEST_SCAN) -> bytes:
    """Return what a file holds; UsageError when it is empty or larger than the limit."""
    with files.explained(path), path.open("rb") as file:
        content = file.read(limit + 1)
    if not content or len(content) > limit:
        raise UsageError(f"{path} is empty or larger than {limit >> 10} KiB")
    return content


def read_scan(path: Path) -> Scan:
    """Read a scanned paper."""
    content = read(path)
    suffix = path.suffix.lower()
    return Scan(content, suffix if _SUFFIX.fullmatch(suffix) else "", hashlib.sha256(content).hexdigest())


def keep(state: Path, name: str, content: bytes) -> Path:
    """Keep what was signed; returns where."""
    directory = state / "evidence"
    files.share_directory(directory)
    files.share_directory(directory / CONFIRMATIONS)
    path = directory / CONFIRMATIONS / name
    files.write(path, content)
    return path
