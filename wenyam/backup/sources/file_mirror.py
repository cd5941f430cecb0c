"""Files of another machine fetched into a mirror on this one: what is unchanged stays, what is gone goes. Blocking."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wenyam.backup.comparison import shown
from wenyam.backup.contract import Workplace
from wenyam.backup.sources.file_walk import Plan, as_name, as_text, explain, special
from wenyam.backup.sources.options import OverSsh
from wenyam.backup.sources.pace import Pace
from wenyam.errors import SourceError
from wenyam.links.sftp import Login, RemoteFile, Sftp, with_sftp

_PART: Final = b"part"
_TRIES: Final = 2
_PRIVATE: Final = 0o700


@dataclass(slots=True)
class Fetched:
    """What cannot be seen in the mirror itself."""

    left_out: dict[str, str] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)
    files: int = 0
    """Files whose content was fetched; the others were there."""


async def fetch(workplace: Workplace, plan: Plan, options: OverSsh) -> Fetched:
    """Bring the mirror in the job's spool up to date; SourceError when anything could not be read there or written here."""
    if workplace.credential is None:
        raise SourceError("files of a device need a credential of kind ssh-key or ssh-password")
    login = Login(workplace.address, options.port, workplace.credential, options.legacy_crypto)
    pace = Pace(workplace, "fetching", SourceError)
    try:
        return await with_sftp(
            workplace.links.ssh,
            login,
            lambda sftp: Mirror(plan, sftp, workplace.spool, pace).run(),
            workplace.deadline,
            clock=workplace.clock,
        )
    finally:
        pace.stop()


class Mirror:
    """One fetching of a plan's paths into `directory/tree`; with `directory/part` for what is on its way."""

    def __init__(self, plan: Plan, sftp: Sftp, directory: Path, pace: Pace) -> None:
        """Take what to fetch, from where and to where."""
        self._plan = plan
        self._sftp = sftp
        self._tree = os.fsencode(directory / "tree")
        self._part = os.path.join(os.fsencode(directory), _PART)  # noqa: PTH118  # a Path cannot hold bytes
        self._pace = pace
        self._fetched = Fetched()
        self._is_root = os.geteuid() == 0
        self._gives_owners = self._is_root and plan.owners

    def run(self) -> Fetched:
        """Bring the mirror up to date; SourceError when anything could not be read there or written here."""
        with _written_here(self._tree):
            os.makedirs(self._tree, _PRIVATE, exist_ok=True)  # noqa: PTH103  # a Path cannot hold bytes
        self._drop_other_paths()
        for path in map(as_name, self._plan.paths):
            found = self._look(path)
            with _written_here(self._tree + path):
                os.makedirs(os.path.dirname(self._tree + path), _PRIVATE, exist_ok=True)  # noqa: PTH103, PTH120  # as above
            self._take(path, found)
        return self._fetched

    def _look(self, path: bytes) -> RemoteFile:
        try:
            found = self._sftp.look(path)
        except OSError as error:
            raise SourceError(f"{shown(as_text(path))} on the device: {explain(error)}") from error
        if found.kind == stat.S_IFLNK:
            raise SourceError(f"{shown(as_text(path))} on the device is a symbolic link; write where it leads")
        return found

    def _drop_other_paths(self) -> None:
        """Remove what an earlier configuration had fetched."""
        wanted = {as_name(path) for path in self._plan.paths}
        above = {path[:end] for path in wanted for end, sign in enumerate(path) if sign == ord("/")}
        waiting = [b""]
        while waiting:
            directory = waiting.pop()
            for name in _names(self._tree + directory):
                path = directory + b"/" + name
                if path in above:
                    waiting.append(path)
                elif path not in wanted:
                    _remove(self._tree + path)

    def _take(self, path: bytes, found: RemoteFile) -> None:
        """Take one name and all below it; it may have gone since it was listed."""
        self._pace.step()
        kind = special(found.mode)
        try:
            if kind:
                self._fetched.left_out[as_text(path)] = kind
                _remove(self._tree + path)
            elif found.kind == stat.S_IFDIR:
                self._directory(path, found)
            elif found.kind == stat.S_IFLNK:
                self._link(path, found)
            else:
                self._file(path, found)
        except FileNotFoundError:
            self._fetched.unsettled[as_text(path)] = "vanished"
            _remove(self._tree + path)
        except OSError as error:
            raise SourceError(f"{shown(as_text(path))} on the device: {explain(error)}") from error

    def _directory(self, path: bytes, found: RemoteFile) -> None:
        here = self._tree + path
        entries = self._sftp.entries(path)
        inside = {path.rstrip(b"/") + b"/" + entry.name: entry for entry in entries if _is_name(entry.name)}
        with _written_here(here):
            if not _is(here, stat.S_IFDIR):
                _remove(here)
                os.mkdir(here, _PRIVATE)  # noqa: PTH102  # a Path cannot hold bytes
            os.chmod(here, _PRIVATE)  # noqa: PTH101  # as above; also one that was fetched with less
            for name in set(_names(here)) - {each.rpartition(b"/")[2] for each in inside}:
                _remove(here + b"/" + name)
        for name, entry in sorted(inside.items()):
            if self._plan.excluded(as_text(name)):
                _remove(self._tree + name)
            else:
                self._take(name, entry)
        self._dress(here, found)

    def _link(self, path: bytes, found: RemoteFile) -> None:
        here, target = self._tree + path, self._sftp.target(path)
        with _written_here(here):
            if not _is(here, stat.S_IFLNK) or os.readlink(here) != target:  # noqa: PTH115  # a Path cannot hold bytes
                _remove(here)
                os.symlink(target, here)  # noqa: PTH211  # as above
            if self._gives_owners:
                os.lchown(here, found.user, found.group)

    def _file(self, path: bytes, found: RemoteFile) -> None:
        here = self._tree + path
        if not _is_same(here, found):
            found = self._fetch(path, found)
            with _written_here(here):
                if _is(here, stat.S_IFDIR):
                    _remove(here)
                os.replace(self._part, here)  # noqa: PTH105  # a Path cannot hold bytes
            self._fetched.files += 1
        self._dress(here, found)

    def _fetch(self, path: bytes, found: RemoteFile) -> RemoteFile:
        """Fetch a file that holds still while it is read, or, after another try, as it is and with a note."""
        for _ in range(_TRIES):
            after, size = self._read(path)
            if (after.size, after.modified, size) == (found.size, found.modified, found.size):
                return after
            found, moved = after, f"size {found.size} to {after.size}, {size} bytes read"
        self._fetched.unsettled[as_text(path)] = moved
        return after

    def _read(self, path: bytes) -> tuple[RemoteFile, int]:
        with _written_here(self._part):
            part = open(self._part, "wb", buffering=0)  # noqa: PTH123, SIM115  # a Path cannot hold bytes; closed below

        def take(chunk: bytes) -> None:
            with _written_here(self._part):
                if part.write(chunk) != len(chunk):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._pace.step(len(chunk))

        with part:
            return self._sftp.read(path, take), part.tell()

    def _dress(self, here: bytes, found: RemoteFile) -> None:
        """Give a name the rights and the time it has there; its owner only when we are root and it is wanted."""
        own = 0 if self._is_root else stat.S_IRUSR | (stat.S_IXUSR if found.kind == stat.S_IFDIR else 0)
        with _written_here(here):
            if self._gives_owners:
                os.chown(here, found.user, found.group)
            os.chmod(here, stat.S_IMODE(found.mode) | own)  # noqa: PTH101  # a Path cannot hold bytes
            os.utime(here, (found.modified, found.modified))


def _is_name(name: bytes) -> bool:
    """Refuse a server's answer that would lead out of the mirror."""
    if not name or b"/" in name or b"\0" in name or name in (b".", b".."):
        raise SourceError(f"the device listed '{shown(as_text(name))}', which is no name of a file")
    return True


def _is(path: bytes, kind: int) -> bool:
    try:
        return stat.S_IFMT(os.lstat(path).st_mode) == kind
    except FileNotFoundError:
        return False


def _is_same(path: bytes, found: RemoteFile) -> bool:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and (status.st_size, int(status.st_mtime)) == (found.size, found.modified)


def _names(directory: bytes) -> list[bytes]:
    with _written_here(directory):
        return os.listdir(directory)  # noqa: PTH208  # a Path cannot hold bytes


def _remove(path: bytes) -> None:
    with _written_here(path), contextlib.suppress(FileNotFoundError):
        if _is(path, stat.S_IFDIR):
            shutil.rmtree(path)
        else:
            os.unlink(path)  # noqa: PTH108  # a Path cannot hold bytes


@contextlib.contextmanager
def _written_here(path: bytes) -> Iterator[None]:
    """Tell an error of our own disk from one of the device."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{shown(as_text(path))} here: {explain(error)}") from error
