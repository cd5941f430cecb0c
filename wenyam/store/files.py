"""The one way files are written: a temporary file beside the target, fsync, rename, fsync of the directory."""

import contextlib
import errno
import grp
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from wenyam.errors import DiskFullError, FileError, StoreError, UsageError

GROUP_FILE = 0o660
"""Both service accounts write it."""
PRIVATE_FILE = 0o600
FULL = (errno.ENOSPC, errno.EDQUOT)
GROUP = "wenyam"
"""Group of both service accounts."""
INSTALL_HINT = "Correct instance.state_directory, or make the directory (scripts/install does)."
_DIRECTORY_MODE = 0o2770
_IN_PLACE = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


def write(path: Path, data: bytes, *, mode: int = GROUP_FILE) -> None:
    """Replace a file as a whole: a crash leaves the old or the new one, never a torn one."""
    with replacing(path, mode=mode) as file:
        file.write(data)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that everybody may read; UsageError when there is one, which may be signed already and is left."""
    with explained(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError as error:
            raise UsageError(f"{path} exists and is left as it is; name a new file") from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = GROUP_FILE) -> Iterator[IO[bytes]]:
    """Give a file that takes the path's place when the block ends well, and vanishes when it does not."""
    with explained(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), mode)
                yield file
                file.flush()
                os.fsync(file.fileno())
            publish(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def publish(temporary: Path, path: Path) -> None:
    """Rename a finished file into its place and make the name durable."""
    temporary.replace(path)
    flush_directory(path.parent)


def flush(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    flush(directory)


def open_shared(path: Path) -> int:
    """Open a small file that both service accounts write in place (locks, heartbeat, ballast); make it if need be."""
    with explained(path):
        try:
            return os.open(path, _IN_PLACE)
        except FileNotFoundError:
            _make_shared(path)
            return os.open(path, _IN_PLACE)


def _make_shared(path: Path) -> None:
    """Make an empty file that has the group's rights, whatever the umask, from the first moment it has its name."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        os.fchmod(descriptor, GROUP_FILE)
        with contextlib.suppress(FileExistsError):  # another process was quicker
            os.link(temporary, path)
    finally:
        os.close(descriptor)
        Path(temporary).unlink()


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError into a sentence with the path."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFullError(f"{path}: {error.strerror}") from error
        raise FileError(f"{path}: {error.strerror or error}") from error


def prepare_directory(directory: Path) -> None:
    """Make the state directory (2770, group `wenyam` if there is one) unless it exists; its parent must exist."""
    try:
        # Looked for first: where systemd forbids the set-group-id bit (RestrictSUIDSGID=), even a needless try is refused.
        if directory.is_dir():
            return
        os.mkdir(directory, _DIRECTORY_MODE)  # noqa: PTH102  # the mode belongs to the moment of making
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(f"cannot make the state directory {directory}: {error.strerror}", hint=INSTALL_HINT) from error
    with contextlib.suppress(KeyError, PermissionError):  # no such group, or not a member of it
        os.chown(directory, -1, grp.getgrnam(GROUP).gr_gid)
    directory.chmod(_DIRECTORY_MODE)


def share_directory(directory: Path) -> None:
    """Make a directory below the state directory unless it exists; the kernel adds its parent's group and set-group-id bit."""
    with explained(directory):
        if not directory.is_dir():
            directory.mkdir(mode=_DIRECTORY_MODE & 0o777, exist_ok=True)
