"""Files and directories of this machine, stored where they lie, or of a device, fetched over SFTP into a mirror first."""

import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, shown
from wenyam.backup.contract import Dump, Restored, Workplace
from wenyam.backup.sources.file_patterns import check_pattern, matcher
from wenyam.backup.sources.file_walk import Found, Plan, Walk, as_name, explain, refuse_link
from wenyam.backup.sources.options import AbsolutePath, OverSsh
from wenyam.backup.sources.pace import Pace, in_thread
from wenyam.backup.timing import MEASURE
from wenyam.errors import NotTestedError, RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant, Period, after

_MIRROR: Final = "tree"
_SECTION: Final = "files"
_SHA256: Final = "sha256 "
_DIRECTORY: Final = "type=directory "
_COARSE: Final = 1.0
"""Seconds by which the time of a file may lag behind the clock."""
_ANSWER: Final = 4096
"""Bytes of a restored file in which its first line must end."""


class FilesOptions(OverSsh):
    """What is backed up, and what of it is not."""

    paths: Annotated[tuple[AbsolutePath, ...], Field(min_length=1)]
    """Absolute files or directories."""
    exclude: tuple[Annotated[str, AfterValidator(check_pattern)], ...] = ()
    """Patterns of paths that stay out: `*` and `?`, see the reference."""
    one_file_system: bool = False
    """Stay out of other file systems mounted below the paths."""
    checksums: bool = True
    """Read every file and note its SHA-256; without it only names, sizes, times and rights prove anything."""
    may_be_empty: bool = False
    """A path with no file in it is right; otherwise it is an error, because a file system that is not mounted looks like that."""
    owners: bool = True
    """Note owner and group; false where the account that restores is not root and cannot set them."""


class FilesSource:
    """Measures each file just before it is stored, and each restored file in the same way."""

    Config: ClassVar[type[FilesOptions]] = FilesOptions

    def __init__(self, config: FilesOptions) -> None:
        """Take validated options."""
        self._config = config
        self._excluded = matcher(config.exclude)
        self._plan = Plan(config.paths, self._excluded, config.one_file_system, config.checksums, config.owners)

    async def dump(self, workplace: Workplace) -> Dump:
        """Measure the files; those of a device are fetched first. SourceError names what is missing or cannot be read."""
        self._refuse_excluded_paths()
        dump = await (self._remote(workplace) if workplace.address else self._local(workplace))
        gone = [path for path in self._config.paths if path not in dump.manifest.parts.get(_SECTION, {})]
        if gone:
            raise SourceError(f"{shown(gone[0])} vanished while it was measured")
        self._refuse_emptiness(dump.manifest.parts.get(_SECTION, {}))
        return dump

    @contextlib.asynccontextmanager
    async def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AsyncIterator[Restored]:
        """Take the fetched tree itself as the restored system: nothing is moved."""
        mirror = fetched / (workplace.spool / _MIRROR).relative_to("/")
        root = mirror if mirror.is_dir() else fetched
        if not root.is_dir():
            raise RestoreError(f"{shown(str(root))}: nothing was fetched there")
        # Nobody but us writes the mirror of a device, so nothing in it can have moved while it was stored.
        storing = None if root is mirror else _storing(manifest.taken, root)
        yield RestoredFiles(workplace, plan_of(manifest, storing), root, manifest)

    def _refuse_excluded_paths(self) -> None:
        inside = [path for path in self._config.paths if self._excluded(path)]
        if inside:
            raise SourceError(f"{shown(inside[0])} is excluded by a pattern of its own job, so nothing of it would be stored")

    def _refuse_emptiness(self, files: Mapping[str, str]) -> None:
        """Refuse a path with nothing in it but directories: a green backup of a file system that was not mounted is none."""
        bare = [path for path in self._config.paths if not self._config.may_be_empty and not _holds_files(path, files)]
        if bare:
            hint = "Is its file system mounted? Where this is right, write 'may_be_empty: true' in the job."
            raise SourceError(f"{shown(bare[0])}: there is no file in it", hint=hint)

    async def _local(self, workplace: Workplace) -> Dump:
        for path in self._config.paths:
            refuse_link(path)
        taken = workplace.clock.now()
        with workplace.timings.part(workplace.clock, MEASURE):
            found = await in_thread(workplace, "measuring", lambda pace: Walk(self._plan, pace).run())
        manifest = _manifest(taken, found)
        paths = tuple(Path(path) for path in self._config.paths)
        config = self._config
        return Dump(paths, manifest, listed=_listed(manifest), excludes=config.exclude, one_file_system=config.one_file_system)

    async def _remote(self, workplace: Workplace) -> Dump:
        from wenyam.backup.sources.file_mirror import fetch  # noqa: PLC0415  # paramiko takes long to import, and most jobs are local

        if self._config.one_file_system:
            raise SourceError(
                "one_file_system: SFTP does not tell file systems apart; name the paths, or exclude what is mounted"
            )
        taken = workplace.clock.now()
        fetched = await fetch(workplace, self._plan, self._config)
        mirror = workplace.spool / _MIRROR
        plan = replace(self._plan, one_file_system=False)
        with workplace.timings.part(workplace.clock, MEASURE):
            found = await in_thread(workplace, "measuring", lambda pace: Walk(plan, pace, str(mirror)).run())
        found.left_out |= fetched.left_out
        found.unsettled |= fetched.unsettled
        manifest = _manifest(taken, found)
        return Dump((mirror,), manifest, listed=_listed(manifest, str(mirror)))


class RestoredFiles:
    """A tree that came back."""

    def __init__(self, workplace: Workplace, plan: Plan, root: Path, then: Manifest) -> None:
        """Take the root below which the paths of the plan lie again, and the manifest of backup time."""
        self._workplace = workplace
        self._plan = plan
        self._root = root
        self._then = then

    @property
    def root(self) -> Path:
        """The directory below which the paths lie again."""
        return self._root

    async def manifest(self) -> Manifest:
        """Measure it as it was measured at backup time; RestoreError when something of it cannot be read."""

        def work(pace: Pace) -> Found:
            return Walk(self._plan, pace, str(self._root), RestoreError).run()

        found = await in_thread(self._workplace, "measuring the restored files", work, RestoreError)
        then = self._then.parts.get(_SECTION, {})
        # The same time and another content is damage; a later time than the measured one is a file that moved on.
        found.unsettled = {
            path: f"written at {when}" for path, when in found.late.items() if f" mtime={when}" not in then.get(path, "")
        }
        _require_firm({**self._then.parts.get(UNSETTLED, {}), **found.unsettled}, then, found.files)
        return _manifest(self._then.taken, found)

    async def answer(self, question: str) -> str:
        """Answer `PATH` with the first line of a restored file, `sha256 PATH` with the SHA-256 of its content."""
        hashes = question.startswith(_SHA256)

        def work(pace: Pace) -> str:
            return _answer(os.fsencode(self._root), question.removeprefix(_SHA256), pace, hashes=hashes)

        return await in_thread(self._workplace, "reading a restored file", work, RestoreError)


def _require_firm(moved: Mapping[str, str], then: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise NotTestedError where every file moved while it was stored: a torn disk image or database must not look proven."""
    files = [path for path, what in then.items() if not what.startswith(_DIRECTORY)]
    if files and all(path in moved and path in now for path in files):
        hint = "Stop what writes to them, or back them up by the program that does: a database by its own source."
        raise NotTestedError(f"all {len(files):,} files changed while they were backed up, so none of them is proven", hint=hint)


def _answer(root: bytes, name: str, pace: Pace, *, hashes: bool) -> str:
    place = root + as_name(name)
    if not name.startswith("/") or os.path.realpath(place) != os.path.realpath(root) + as_name(name):
        raise RestoreError(f"{shown(name)} of the restored files: a path to a file is expected, with no link or '..' in it")
    try:
        with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not hashes:
                return file.readline(_ANSWER).decode("utf-8", "replace").strip()
            hashed = hashlib.sha256()
            while chunk := file.read(1 << 20):
                hashed.update(chunk)
                pace.step(len(chunk))
            return hashed.hexdigest()
    except OSError as error:
        raise RestoreError(f"{shown(name)} of the restored files: {explain(error)}") from error


def plan_of(manifest: Manifest, storing: Period | None) -> Plan:
    """Return how a manifest was measured; the job's options may have changed since."""
    files = manifest.parts.get(_SECTION, {})
    tops = tuple(path for path in files if path == "/" or (path.rpartition("/")[0] or "/") not in files)
    checksums, owners = (any(f" {field}=" in value for value in files.values()) for field in ("sha256", "owner"))
    return Plan(tops, matcher(()), checksums=checksums, owners=owners, storing=storing)


def _storing(taken: Instant, root: Path) -> Period:
    """Return the time in which a file can only have been written between its measuring and its storing.

    It ends when the first names were made below the root of the restore: whatever is written into the restored files later
    is damage.
    """
    return Period(after(taken, -_COARSE), max(taken, Instant(root.lstat().st_mtime_ns // 10**6)))


def _manifest(taken: Instant, found: Found) -> Manifest:
    parts = {_SECTION: found.files, LEFT_OUT: found.left_out, UNSETTLED: found.unsettled}
    newest = min(Instant(found.newest // 10**6), taken) if found.newest else None
    return Manifest("files", taken, {name: items for name, items in parts.items() if items}, newest_data=newest)


def _listed(manifest: Manifest, root: str = "") -> frozenset[str]:
    """Return what a listing of the snapshot must hold: what holds still and has a name that JSON can carry."""
    loose = manifest.parts.get(UNSETTLED, {})
    return frozenset(root + path for path in manifest.parts.get(_SECTION, {}) if path not in loose and _is_utf8(path))


def _holds_files(top: str, files: Mapping[str, str]) -> bool:
    inside = top.rstrip("/") + "/"
    return any((path == top or path.startswith(inside)) and not what.startswith(_DIRECTORY) for path, what in files.items())


def _is_utf8(path: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in path)
