"""A restore on an empty place from the envelope alone: its text, one private key, stock restic and age, nothing else."""

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wenyam.backup import escrow, escrow_contents, places
from wenyam.backup.contract import Snapshot
from wenyam.backup.escrow import Envelope, SealedJob
from wenyam.backup.escrow_lines import EnvelopeError
from wenyam.backup.repositories.complaints import Said, failure
from wenyam.backup.repositories.reading import snapshots_of
from wenyam.clock import Clock
from wenyam.errors import RestoreError
from wenyam.links.age import unseal
from wenyam.links.programs import run_program
from wenyam.store.files import explained

SECONDS = 6 * 3600.0
_LIST_SECONDS = 600.0
_LIST_LIMIT = 256 << 20
_CHUNK = 1 << 20
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")
"""Paths that neither restic's splitting of a command nor ssh reads as anything but themselves."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came back."""

    envelope: Envelope
    digest: str
    """SHA-256 of the envelope's text."""
    job: str
    repository: str
    snapshot: Snapshot
    files: int
    bytes: int
    hashed: Path
    """The file that was hashed: the manifest of backup time, where there is one."""
    sha256: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Opened:
    """One repository's environment, only in memory."""

    place: str
    values: Mapping[str, str] = field(repr=False)
    words: tuple[str, ...]
    """Words that come before restic's command."""

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if name not in escrow_contents.FILES}


async def rehearse(
    text: str,
    identity: Path,
    workdir: Path,
    *,
    tools: Callable[[str], str],
    clock: Clock,
    job: str = "",
    repository: str = "",
    seconds: float = SECONDS,
) -> Rehearsal:
    """Decrypt, list, restore a job's newest snapshot into the empty `workdir`, hash what came back.

    EnvelopeError, SealError or a BackupError says what does not work; what was restored is left for people to look at.
    """
    begun = clock.monotonic()
    envelope, digest = escrow.read(text), escrow.digest(text)
    wanted, name = _chosen(envelope, job, repository)
    _make_empty(workdir)
    values = escrow_contents.from_text(await unseal(envelope.repositories[name].sealed, identity, age=tools("age")))
    with _files(workdir, values) as folder:
        opened = _Opened(envelope.repositories[name].place, values, _words(values, folder, tools))
        restic = tools("restic")
        listed = await _restic(
            restic, opened, ["snapshots", "--json", "--host", envelope.instance, "--tag", wanted.tag], min(seconds, _LIST_SECONDS)
        )
        snapshots = snapshots_of(listed)
        if not snapshots:
            raise RestoreError(f"{opened.place} holds no snapshot of '{wanted.name}' (tag {wanted.tag})")
        await _restic(restic, opened, ["restore", snapshots[-1].id, "--target", str(workdir)], seconds)
    found = [path for path in _walk(workdir) if path.is_file() and not path.is_symlink()]
    hashed = _to_hash(workdir, wanted, found)
    return Rehearsal(
        envelope, digest, wanted.name, name, snapshots[-1], len(found), sum(path.stat().st_size for path in found),
        hashed, _sha256(hashed), clock.monotonic() - begun,
    )  # fmt: skip


def _chosen(envelope: Envelope, job: str, repository: str) -> tuple[SealedJob, str]:
    wanted = envelope.jobs.get(job) if job else next(iter(envelope.jobs.values()), None)
    if wanted is None:
        raise EnvelopeError(f"it knows no job '{job}'; there are: {', '.join(envelope.jobs) or 'none'}")
    name = repository or wanted.repository
    if name not in (wanted.repository, *wanted.copies) or name not in envelope.repositories:
        raise EnvelopeError(f"'{wanted.name}' is not in '{name}'; it is in: {', '.join((wanted.repository, *wanted.copies))}")
    return wanted, name


def _make_empty(workdir: Path) -> None:
    with explained(workdir):
        workdir.mkdir(mode=places.PRIVATE, exist_ok=True)
        if any(workdir.iterdir()):
            raise EnvelopeError(f"{workdir} is not empty; name a new directory, so that nothing but the envelope can help")


@contextlib.contextmanager
def _files(workdir: Path, values: Mapping[str, str]) -> Iterator[Path]:
    """Give a directory with what ssh and TLS take only from files; the repository's own key is never among them."""
    folder = workdir / ".login"
    written = {file: values[name] for name, file in escrow_contents.FILES.items() if name in values}
    if not written:
        yield folder
        return
    with explained(folder):
        folder.mkdir(mode=places.PRIVATE)
    try:
        for file, value in written.items():
            with os.fdopen(os.open(folder / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
                opened.write(f"{value}\n")
        yield folder
    finally:
        for file in written:
            (folder / file).unlink(missing_ok=True)
        folder.rmdir()


def _words(values: Mapping[str, str], folder: Path, tools: Callable[[str], str]) -> tuple[str, ...]:
    words: list[str] = []
    if escrow_contents.LOGIN_KEY in values:
        if _PLAIN.fullmatch(str(folder)) is None:
            raise EnvelopeError(f"ssh would misread '{folder}'; name a directory of letters, digits and ._-/")
        options = escrow_contents.SSH_OPTIONS.format(folder=folder)
        words += ["-o", f"sftp.command={tools('ssh')} {options} {values[escrow_contents.SERVER]} -s sftp"]
    if escrow_contents.AUTHORITY in values:
        words += ["--cacert", str(folder / escrow_contents.FILES[escrow_contents.AUTHORITY])]
    return tuple(words)


async def _restic(restic: str, opened: _Opened, command: Sequence[str], seconds: float) -> bytes:
    """Run stock restic as the page says; anything it complains of is an error."""
    words = [restic, "--no-lock", "--no-cache", *opened.words, *command]
    done = await run_program(words, timeout=seconds, environment=opened.environment, output_limit=_LIST_LIMIT)
    said = escrow_contents.struck(done.stderr.decode("utf-8", "replace"), opened.values)
    error = failure(opened.place, Said(command[0], done.exit_status, said))
    if error is not None:
        raise error
    return done.stdout


def _walk(folder: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(folder):
        for name in names:
            yield Path(directory) / name


def _to_hash(workdir: Path, job: SealedJob, found: Sequence[Path]) -> Path:
    manifest = workdir / Path(job.files).relative_to("/") / places.MANIFEST
    if manifest in found:
        return manifest
    if not found:
        raise RestoreError(f"nothing came back of '{job.name}'")
    return min(found)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with explained(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
