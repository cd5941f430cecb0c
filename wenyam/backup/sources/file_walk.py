"""A tree of files, measured: what each name is, and what is in it. Blocking; names are bytes on disk and UTF-8 text outside."""

import os
import re
import stat
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from wenyam.backup.comparison import shown
from wenyam.backup.sources.file_digests import LARGE, Digests, Hashed
from wenyam.backup.sources.pace import Pace
from wenyam.errors import BackupError, SourceError
from wenyam.model.instants import Instant, Period

_AHEAD: Final = 64
"""Large files that may wait for their digest while the walk goes on."""
_NO_WORD: Final = re.compile(r"[\s%\x00-\x20\x7f\udc80-\udcff]")
_TO_SECONDS: Final = len("2026-11-26T00:00:00")
_NAMED: Final = 3
"""Problems that a sentence names one by one."""
_SPECIAL: Final = {
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how closely."""

    paths: tuple[str, ...]
    excluded: Callable[[str], bool]
    one_file_system: bool = False
    checksums: bool = True
    owners: bool = True
    storing: Period | None = None
    """Of restored files: when they were being stored."""


@dataclass(slots=True)
class Found:
    """What was found, by path."""

    files: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    """Files last written in the time of the plan's `storing`, and when."""
    newest: int = 0
    """Modification time of the newest file, nanoseconds."""


def as_text(name: bytes) -> str:
    """Return a name as text; bytes that are no UTF-8 come back by `as_name`."""
    return name.decode("utf-8", "surrogateescape")


def as_name(text: str) -> bytes:
    """Return the name on disk."""
    return text.encode("utf-8", "surrogateescape")


def word(text: str) -> str:
    """Return text as one word: spaces, control characters, percent signs and bytes that are no UTF-8 as `%XX`."""
    return _NO_WORD.sub(lambda found: "".join(f"%{byte:02X}" for byte in as_name(found[0])), text)


def explain(error: OSError) -> str:
    """Say an error of the operating system, or of a server that gave only words, in lower case."""
    return os.strerror(error.errno).lower() if error.errno else shown(str(error)).lower()


def refuse_link(path: str) -> None:
    """Refuse a path that a symbolic link is part of: restic would store the link and nothing of what it leads to."""
    real = as_text(os.path.realpath(as_name(path)))
    if real != path and os.path.lexists(as_name(path)):
        raise SourceError(f"{shown(path)} is, or is reached through, a symbolic link; write {shown(real)}")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that is measured but for its digest."""

    path: str
    status: os.stat_result
    digest: "Future[Hashed]"


class Walk:
    """One walk over the paths of a plan below a root; `complain` says what kind of error a problem is."""

    def __init__(self, plan: Plan, pace: Pace, root: str = "", complain: type[BackupError] = SourceError) -> None:
        """Take the plan and where its paths lie: below `root`, which is empty for the machine's own."""
        self._plan = plan
        self._pace = pace
        self._root = as_name(root)
        self._complain = complain
        self._found = Found()
        self._problems: list[str] = []
        self._first_of: dict[tuple[int, int], str] = {}
        self._digests = Digests(pace)
        self._waiting: deque[_Waiting] = deque()

    def run(self) -> Found:
        """Measure everything; an error names what could not be read, and then nothing is returned."""
        try:
            for path in self._plan.paths:
                status = self._top(path)
                if status is not None:
                    self._visit_all(as_name(path), status)
            self._settle(ahead=0)
        finally:
            self._digests.close()
        if self._problems:
            more = len(self._problems) - _NAMED
            raise self._complain("; ".join(self._problems[:_NAMED]) + (f"; and {more:,} more" if more > 0 else ""))
        return self._found

    def _top(self, path: str) -> os.stat_result | None:
        name = as_name(path)
        real = os.path.realpath(self._root + os.path.dirname(name))  # noqa: PTH120  # a Path cannot hold bytes
        if self._root and real.rstrip(b"/") != (os.path.realpath(self._root) + os.path.dirname(name)).rstrip(b"/"):  # noqa: PTH120  # as above
            # Below a root a link could lead back to the files that the restored ones are compared with.
            self._problems.append(f"{shown(path)} is reached through a symbolic link now")
            return None
        try:
            return os.lstat(self._root + as_name(path))
        except OSError as error:
            if not self._root:  # below a root a missing path is for the comparison to tell
                self._problems.append(f"{shown(path)}: {explain(error)}")
            return None

    def _visit_all(self, top: bytes, status: os.stat_result) -> None:
        """Visit a name and all below it, in the order of the bytes of the names."""
        device = status.st_dev
        waiting = [(top, status)]
        while waiting:
            name, status = waiting.pop()
            self._pace.step()
            self._visit(name, status)
            if stat.S_ISDIR(status.st_mode) and (status.st_dev == device or not self._plan.one_file_system):
                waiting += sorted(self._entries(name, device), reverse=True)

    def _entries(self, directory: bytes, device: int) -> list[tuple[bytes, os.stat_result]]:
        found: list[tuple[bytes, os.stat_result]] = []
        try:
            with os.scandir(self._root + directory) as entries:
                for entry in entries:
                    name = directory.rstrip(b"/") + b"/" + entry.name
                    if not self._plan.excluded(as_text(name)):
                        self._add(found, name, entry, device)
        except OSError as error:
            self._failed(as_text(directory), error)
        return found

    def _add(self, found: list[tuple[bytes, os.stat_result]], name: bytes, entry: "os.DirEntry[bytes]", device: int) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._failed(as_text(name), error)
            return
        # As restic does it: of another file system only the directory stays on which it is mounted.
        if not self._plan.one_file_system or status.st_dev == device or stat.S_ISDIR(status.st_mode):
            found.append((name, status))

    def _failed(self, path: str, error: OSError) -> None:
        """Keep a problem; a name that went away since it was listed is none, but it is told."""
        if isinstance(error, FileNotFoundError) and not self._root:
            self._found.files.pop(path, None)
            self._found.unsettled[path] = "vanished"
        else:
            self._problems.append(f"{shown(path)}: {explain(error)}")

    def _visit(self, name: bytes, status: os.stat_result) -> None:
        path, kind = as_text(name), stat.S_IFMT(status.st_mode)
        try:
            if special(kind):
                self._found.left_out[path] = special(kind)
            elif kind == stat.S_IFDIR:
                self._found.files[path] = f"type=directory mode={mode_of(status.st_mode)}{self._owner(status)}"
            elif kind == stat.S_IFLNK:
                target = word(as_text(os.readlink(self._root + name)))  # noqa: PTH115  # a Path cannot hold bytes
                self._found.files[path] = f"type=link{self._owner(status)} target={target}"
            else:
                self._file(path, name, status)
        except OSError as error:
            self._failed(path, error)

    def _owner(self, status: os.stat_result) -> str:
        return f" owner={status.st_uid}:{status.st_gid}" if self._plan.owners else ""

    def _file(self, path: str, name: bytes, status: os.stat_result) -> None:
        if status.st_nlink > 1:
            first = self._first_of.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                self._found.files[path] = f"type=file hardlink={word(first)}"
                return
        storing = self._plan.storing
        if storing is not None and storing.contains(Instant(status.st_mtime_ns // 10**6)):
            self._found.late[path] = _written(status.st_mtime_ns)
        self._found.newest = max(self._found.newest, status.st_mtime_ns)
        self._found.files[path] = (
            f"type=file mode={mode_of(status.st_mode)}{self._owner(status)} size={status.st_size}"
            f" mtime={_written(status.st_mtime_ns)}"
        )
        if self._plan.checksums and status.st_size < LARGE:
            self._put(path, status, self._digests.now(self._root + name, status.st_size))
        elif self._plan.checksums:
            self._waiting.append(_Waiting(path, status, self._digests.beside(self._root + name)))
            self._settle(ahead=_AHEAD)

    def _settle(self, ahead: int) -> None:
        """Put digests to their files until no more than `ahead` are waited for."""
        while len(self._waiting) > ahead or (self._waiting and self._waiting[0].digest.done()):
            waiting = self._waiting.popleft()
            try:
                self._put(waiting.path, waiting.status, waiting.digest.result())
            except OSError as error:
                self._failed(waiting.path, error)

    def _put(self, path: str, status: os.stat_result, hashed: Hashed) -> None:
        """Note a digest; when the file is another one after reading than it was before, say so."""
        self._found.files[path] += f" sha256={hashed.digest}"
        if _look(hashed.after) != _look(status):
            self._found.unsettled[path] = _movement(status, hashed.after)


def special(mode: int) -> str:
    """Say what kind of thing that holds no data this is; empty for a file, directory or link."""
    return _SPECIAL.get(stat.S_IFMT(mode), "")


def mode_of(mode: int) -> str:
    """Write permission bits, set-id and sticky bits included, as `0644`."""
    return f"{stat.S_IMODE(mode):04o}"


def _look(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _movement(before: os.stat_result, after: os.stat_result) -> str:
    if before.st_size != after.st_size:
        return f"size {before.st_size} to {after.st_size}"
    return "written while it was read" if before.st_mtime_ns != after.st_mtime_ns else "touched while it was read"


def _written(nanoseconds: int) -> str:
    """Write a modification time with all its digits; file systems keep nanoseconds, and so does restic."""
    seconds, rest = divmod(nanoseconds, 10**9)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:_TO_SECONDS]}.{rest:09}Z"
    except (ValueError, OverflowError):  # a year that no calendar knows
        return f"{seconds}.{rest:09}"
