"""The private directories of backups: a fixed spool for each job, a scratch place with a generated name for each restore."""

import contextlib
import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from wenyam.errors import BackupError, NoRoomError
from wenyam.store.files import explained

PRIVATE = 0o700
PASSABLE = 0o711
"""Somebody who knows a name may pass through, nobody may look: for the account of private servers below a scratch place."""
MANIFEST = "manifest.json"
MIRROR = "tree"
"""The one entry of a spool that stays from run to run: what was fetched from a device, so that only changes are fetched again."""
SPARE_BYTES = 64 * 1024 * 1024
_GROWTH = 1.1
_GENERATED = re.compile(r".+-\d{8}t\d{6}-[0-9a-f]{6}")
"""Names of scratch places: a job and the id of a run."""
_LOOKING = stat.S_IRWXG | stat.S_IRWXO


class UnsafePlaceError(BackupError):
    """This directory must belong to the account that runs backups, and to nobody else."""

    hint = "Run: chown to that account, chmod 0700."
    permanent = True


@contextlib.contextmanager
def spool(root: Path, job: str) -> Iterator[Path]:
    """Give the job's own directory, empty but for its mirror; the rest is removed at the end, and at the start after a crash."""
    place = private_root(root) / job
    if place.is_symlink() or not place.is_dir():
        _clear(place)
    with explained(place):
        place.mkdir(mode=PRIVATE, exist_ok=True)
    _empty(place)
    try:
        yield place
    finally:
        _empty(place)
        if not any(place.iterdir()):
            place.rmdir()


@contextlib.contextmanager
def scratch(root: Path, name: str, *, passable: bool = False) -> Iterator[Path]:
    """Give a new directory for one restore, removed at the end, or by the next one when a kill prevented that.

    One that exists is somebody else's and refused.
    `passable` lets another account through to what is given to it further down: private servers that refuse root need that.
    """
    mode = PASSABLE if passable else PRIVATE
    root = private_root(root, mode)
    place = root / name
    with contextlib.ExitStack() as held:
        with _held(root):  # so that nobody takes a new one for one that was left
            _clear_left(root)
            with explained(place):
                place.mkdir(mode=mode)
                place.chmod(mode)
            held.enter_context(_held(place))
        try:
            yield place
        finally:
            _clear(place)


@contextlib.contextmanager
def _held(place: Path) -> Iterator[None]:
    """Hold a directory; the hold ends with the process, however that ends."""
    with explained(place):
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _clear_left(root: Path) -> None:
    """Remove what killed restores left: whole copies of production that nobody holds."""
    with explained(root):
        for place in root.iterdir():
            if _GENERATED.fullmatch(place.name) and place.is_dir() and not place.is_symlink() and not _is_held(place):
                _clear(place)


def _is_held(place: Path) -> bool:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def require_room(place: Path, expected: int, what: str) -> None:
    """Raise NoRoomError unless so many bytes, a tenth more and a spare fit."""
    needed = round(expected * _GROWTH) + SPARE_BYTES
    free = free_bytes(place)
    if free < needed:
        raise NoRoomError(f"{what} needs {needed // 2**20} MiB in {place}, {free // 2**20} MiB are free")


def free_bytes(place: Path) -> int:
    """Return the free space of the file system a path lies on, or would lie on."""
    while not place.exists():
        place = place.parent
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def bytes_in(place: Path) -> int:
    """Return the bytes of all files below a directory."""
    return sum(path.lstat().st_size for path in place.rglob("*") if path.is_file() and not path.is_symlink())


def private_root(root: Path, mode: int = PRIVATE) -> Path:
    """Return the root of spools or scratch places, made private when it is new, refused when others may look into it."""
    with explained(root):
        root.mkdir(mode=mode, parents=True, exist_ok=True)
        found = root.stat()
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == PRIVATE != mode:
            root.chmod(mode)
    if found.st_uid != os.geteuid() or found.st_mode & _LOOKING & ~mode:
        raise UnsafePlaceError(f"{root} (mode {stat.S_IMODE(found.st_mode):04o}, owner {found.st_uid})")
    return root


def _empty(place: Path) -> None:
    with explained(place):
        for entry in place.iterdir():
            if entry.name != MIRROR:
                _clear(entry)


def _clear(place: Path) -> None:
    with explained(place):
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.exists():
            _open_up(place)
            shutil.rmtree(place)


def _open_up(place: Path) -> None:
    """Let ourselves into directories that were restored without rights, so that they can be removed."""
    for directory, names, _ in os.walk(place):
        for name in names:
            path = Path(directory) / name
            if not path.is_symlink():
                path.chmod(PRIVATE)
