"""Wenyam's own database, configuration and host keys: copied the way `wenyam db backup` does, proven by its own verification."""

import contextlib
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar, Final

from wenyam.backup.comparison import LEFT_OUT, shown
from wenyam.backup.contract import Dump, Restored, Workplace
from wenyam.backup.sources.options import AbsolutePath, Options
from wenyam.backup.sources.pace import Pace, in_thread
from wenyam.backup.sources.sqlite_measures import ask, described, digest, measure, opened
from wenyam.errors import BackupError, RestoreError, SourceError, WenyamError
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant
from wenyam.settings.problems import BrokenConfigurationError
from wenyam.store import files
from wenyam.store.copies import back_up
from wenyam.store.inspection import problems
from wenyam.store.opening import DATABASE
from wenyam.store.sqlite import open_reader

_STATE, _CONFIGURATION, _SECRETS, _KNOWN_HOSTS = "state", "configuration", "secrets", "known_hosts"
_PLACES: Final = (_STATE, _CONFIGURATION, _SECRETS, _KNOWN_HOSTS)
_READ_BY_LOADER: Final = ("*.yaml", "*.yml", "devices*.csv")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PROBLEMS: Final = 3
_LARGEST: Final = 64 << 20


class OwnOptions(Options):
    """Where this installation keeps what is its own."""

    state_directory: AbsolutePath | None = None
    """Another instance's; this instance's own when absent."""
    configuration: AbsolutePath | None = None
    """Another instance's configuration folder; this instance's own when absent."""
    include_secrets: bool = False
    """Also store what credentials refer to by `file:`; then whoever opens the repository holds every password of it."""


class OwnSource:
    """Copies database, configuration and known hosts; without `include_secrets` no secret is inside."""

    Config: ClassVar[type[OwnOptions]] = OwnOptions

    def __init__(self, config: OwnOptions) -> None:
        """Take validated options."""
        self._config = config

    async def dump(self, workplace: Workplace) -> Dump:
        """Copy everything into the spool; the copy of the database is verified to its last fact, or there is none."""
        taken = workplace.clock.now()
        return await in_thread(workplace, "copying Wenyam's own data", lambda pace: self._dump(workplace, taken, pace))

    @contextlib.asynccontextmanager
    async def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AsyncIterator[Restored]:
        """Take the fetched copies as the restored system; they are only read."""
        root = fetched / workplace.spool.relative_to("/")
        if not (root / _STATE / DATABASE).is_file():
            raise RestoreError(f"{shown(str(root / _STATE / DATABASE))}: Wenyam's database did not come back")
        yield RestoredOwn(workplace, root, manifest)

    def _dump(self, workplace: Workplace, taken: Instant, pace: Pace) -> Dump:
        place = workplace.spool
        with _as(SourceError):
            _back_up(Path(self._config.state_directory or workplace.state_directory), place / _STATE)
            folder = Path(self._config.configuration or workplace.configuration_folder)
            left_out = self._copy_configuration(folder, place, pace)
            known_hosts = Path(workplace.links.known_hosts)
            if known_hosts.exists():
                _copy(known_hosts, place / _KNOWN_HOSTS)
            parts = _measured(place, pace, SourceError)
        if left_out:
            parts[LEFT_OUT] = left_out
        database = place / _STATE / DATABASE
        paths = tuple(place / name for name in _PLACES if (place / name).exists())
        manifest = Manifest("own", taken, parts, {"sqlite": sqlite3.sqlite_version})
        listed = frozenset(str(place / name) for name in parts["files"])
        return Dump(paths, manifest, digests={database: digest(database, pace.step)}, listed=listed)

    def _copy_configuration(self, folder: Path, place: Path, pace: Pace) -> dict[str, str]:
        """Copy what the loader reads and what everybody may read; what only its owner may read could be a secret."""
        left_out: dict[str, str] = {}
        secrets = _secret_files(folder)
        for path in sorted(_files_below(folder)):
            pace.step()
            name = path.relative_to(folder)
            why = "" if self._config.include_secrets else _why_left_out(folder, name, secrets)
            if why:
                left_out[f"{_CONFIGURATION}/{name}"] = why
            else:
                _copy(path, place / _CONFIGURATION / name)
        if self._config.include_secrets:
            for path in sorted(secrets):
                _copy(path, place / _SECRETS / path.relative_to("/"))
        return left_out


class RestoredOwn:
    """Wenyam's own data that came back."""

    def __init__(self, workplace: Workplace, root: Path, then: Manifest) -> None:
        """Take the directory that the copies lie in."""
        self._workplace = workplace
        self._root = root
        self._then = then

    async def manifest(self) -> Manifest:
        """Verify the fact chain and the file, load the configuration, and measure all as at backup time."""
        return await in_thread(self._workplace, "verifying Wenyam's own data", self._verified, RestoreError)

    async def answer(self, question: str) -> str:
        """Answer a query on the restored database; it may read and do nothing else."""

        def work(pace: Pace) -> str:
            with opened(self._root / _STATE / DATABASE, pace.check, RestoreError) as connection:
                return ask(connection, question)

        return await in_thread(self._workplace, "asking the restored database", work, RestoreError)

    def _verified(self, pace: Pace) -> Manifest:
        with _as(RestoreError):
            parts = _measured(self._root, pace, RestoreError)
            _check_configuration(self._root / _CONFIGURATION)
        return Manifest("own", self._then.taken, parts, {"sqlite": sqlite3.sqlite_version})


def _back_up(state: Path, target: Path) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    (target / DATABASE).unlink(missing_ok=True)
    reader = open_reader(state)
    try:
        back_up(reader, target / DATABASE)
    finally:
        reader.close()


def _measured(root: Path, pace: Pace, complain: type[BackupError]) -> dict[str, Mapping[str, str]]:
    """Measure what lies in the spool or came back; a broken chain or a damaged file is an error, not a difference."""
    reader = open_reader(root / _STATE)
    try:
        wrong, verdict = problems(reader), reader.verify()
    finally:
        reader.close()
    if wrong or verdict.problem:
        raise complain(f"the database is not sound: {'; '.join([*wrong[:3], verdict.problem]).rstrip('; ')}")
    head = verdict.head
    chain = {"instance": head.instance, "facts": str(head.sequence), "head": head.digest}
    with opened(root / _STATE / DATABASE, pace.check, complain) as connection:
        parts: dict[str, Mapping[str, str]] = {**measure(connection), "chain": chain}
    return {**parts, "files": _digests(root, pace)}


def _digests(root: Path, pace: Pace) -> dict[str, str]:
    paths = (path for name in _PLACES for path in ((root / name,) if (root / name).is_file() else _files_below(root / name)))
    return {str(path.relative_to(root)): described(path, digest(path, pace.step)) for path in sorted(paths)}


def _check_configuration(folder: Path) -> None:
    from wenyam.settings.loader import load  # noqa: PLC0415  # only a restore needs it

    load(folder)


def _secret_files(folder: Path) -> frozenset[Path]:
    """Return every file that a credential of the configuration refers to."""
    from wenyam.settings.loader import load  # noqa: PLC0415  # slow to import

    credentials = load(folder).inventory.credentials.values()
    references = (reference for credential in credentials for reference in credential.secrets.values())
    return frozenset(Path(reference.location) for reference in references if reference.scheme == "file")


def _why_left_out(folder: Path, name: Path, secrets: frozenset[Path]) -> str:
    if folder / name in secrets:
        return "a secret"
    if len(name.parts) == 1 and any(fnmatchcase(name.name, pattern) for pattern in _READ_BY_LOADER):
        return ""
    inside = (folder / name, *(folder / above for above in name.parents if above.parts))
    return "" if all(path.stat().st_mode & _OTHERS for path in inside) else "may be a secret: only its owner may read it"


def _files_below(folder: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(folder):
        yield from (Path(directory, name) for name in names if Path(directory, name).is_file())


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise SourceError(f"{shown(str(path))} is larger than {_LARGEST // 2**20} MiB; that is no configuration")
    files.write(target, content, mode=files.PRIVATE_FILE)


@contextlib.contextmanager
def _as(complain: type[BackupError]) -> Iterator[None]:
    """Say errors of the store, of the configuration and of the disk as errors of this backup or restore."""
    try:
        yield
    except BackupError:
        raise
    except BrokenConfigurationError as error:
        raise complain("; ".join([error.sentence, *map(str, error.problems[:_PROBLEMS])])) from error
    except WenyamError as error:
        raise complain(error.sentence) from error
    except OSError as error:
        raise complain(f"{shown(str(error.filename))}: {error.strerror}") from error
