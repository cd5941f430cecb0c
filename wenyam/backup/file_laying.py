"""Laying restored files into their own places: what is there is put aside, never overwritten. Blocking; names are text."""

import contextlib
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.backup.comparison import shown
from wenyam.backup.sources.file_walk import as_name, explain, word
from wenyam.backup.sources.pace import Pace
from wenyam.errors import RestoreError

_DIRECTORY: Final = "type=directory"
_HARD_LINK: Final = " hardlink="
_PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies in the places of restored files now, against what was backed up."""

    changed: tuple[str, ...]
    """Paths where another file, link or kind of thing is now: these are put aside."""
    missing: tuple[str, ...]
    rights: tuple[str, ...]
    """Directories with other rights or another owner."""
    same: int

    @property
    def nothing(self) -> bool:
        """True when all of it is as it was backed up."""
        return not (self.changed or self.missing or self.rights)


def difference(then: Mapping[str, str], now: Mapping[str, str], others: Collection[str]) -> Difference:
    """Compare; `others` are paths where something is that holds no data, such as a pipe. Pure."""
    changed = {path for path in then if path in others or now.get(path, then[path]) != then[path]}
    rights = {path for path in changed if _both_directories(then[path], now.get(path, ""))}
    missing = {path for path in then if path not in now and path not in others}
    linked = _linked(then, (changed - rights) | missing)
    changed |= {path for path in linked if path in now}
    return Difference(
        tuple(sorted(changed - rights)), tuple(sorted(missing)), tuple(sorted(rights)), len(then) - len(changed | missing)
    )


def _both_directories(then: str, now: str) -> bool:
    return then.startswith(_DIRECTORY) and now.startswith(_DIRECTORY)


def _linked(then: Mapping[str, str], wanted: Collection[str]) -> set[str]:
    """Return all names of the files of which one is wanted: the names of one file come back together."""
    firsts = {path: text.partition(_HARD_LINK)[2] for path, text in then.items() if _HARD_LINK in text}
    wanted_firsts = {firsts.get(path, word(path)) for path in wanted}
    named = {first for first in firsts.values() if first in wanted_firsts}
    return {path for path in then if firsts.get(path, word(path)) in named}


def tops(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the paths that lie below no other of them. Pure."""
    known = set(paths)
    return tuple(path for path in paths if path == "/" or (path.rpartition("/")[0] or "/") not in known)


@dataclass(frozen=True, slots=True)
class Laying:
    """One restore of what lies below one path."""

    top: str
    stage: str
    """Directory in the same file system below which the restored files lie under their own paths."""
    aside: str
    """Path that takes what is in the way, under the same names below the top."""
    then: Mapping[str, str]

    def run(self, wanted: Collection[str], pace: Pace) -> int:
        """Lay what is wanted and return how many things were put aside; RestoreError names what stopped it."""
        kept = 0
        directories = []
        for path in sorted(path for path in self.then if path == self.top or path.startswith(self.top.rstrip("/") + "/")):
            pace.step()
            with _explained(path):
                if self.then[path].startswith(_DIRECTORY):
                    kept += self._directory(path)
                    directories.append(path)
                elif path in wanted:
                    kept += self._other(path)
        for path in reversed(directories):
            with _explained(path):
                _same_rights(self._staged(path), as_name(path), owner=" owner=" in self.then[path])
        return kept

    def _directory(self, path: str) -> int:
        name = as_name(path)
        if os.path.isdir(name) and not os.path.islink(name):  # noqa: PTH112, PTH114  # a Path cannot hold bytes
            return 0
        kept = self._move_aside(path)
        os.makedirs(name, _PRIVATE, exist_ok=True)  # noqa: PTH103  # as above
        return kept

    def _other(self, path: str) -> int:
        """Put a file or link into its place; the place is empty at no moment, unless a directory was there."""
        name, staged = as_name(path), self._staged(path)
        if not os.path.lexists(staged):
            raise RestoreError(f"{shown(path)} did not come back")
        if not os.path.lexists(name):
            os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120  # as above
            kept = 0
        elif stat.S_ISDIR(os.lstat(name).st_mode):
            kept = self._move_aside(path)
        else:
            os.link(name, self._place_aside(path), follow_symlinks=False)
            kept = 1
        os.replace(staged, name)  # noqa: PTH105  # as above
        return kept

    def _move_aside(self, path: str) -> int:
        if not os.path.lexists(as_name(path)):
            return 0
        os.rename(as_name(path), self._place_aside(path))  # noqa: PTH104  # as above
        return 1

    def _place_aside(self, path: str) -> bytes:
        place = as_name(self.aside + path.removeprefix(self.top.rstrip("/")))
        os.makedirs(os.path.dirname(place), _PRIVATE, exist_ok=True)  # noqa: PTH103, PTH120  # as above
        return place

    def _staged(self, path: str) -> bytes:
        return as_name(self.stage + path)


def _same_rights(source: bytes, target: bytes, *, owner: bool) -> None:
    """Give a directory rights, owner and times of the restored one."""
    found = os.lstat(source)
    present = os.lstat(target)
    if owner and (found.st_uid, found.st_gid) != (present.st_uid, present.st_gid):
        os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
    os.chmod(target, stat.S_IMODE(found.st_mode))  # noqa: PTH101  # as above
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RestoreError(f"{shown(path)}: {explain(error)}") from error


def remove_stage(stage: Path) -> None:
    """Remove what is left of a directory of restored files."""
    if stage.is_dir() and not stage.is_symlink():
        for folder, names, _ in os.walk(stage):
            for name in names:
                path = Path(folder) / name
                if not path.is_symlink():
                    path.chmod(_PRIVATE)
        shutil.rmtree(stage)
