"""Writing files of another machine over SFTP: only ever below a directory that was made for it."""

from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Final

from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, SFTPError

from wenyam.links.sftp import Sftp

_CHUNK: Final = 1 << 15
"""The largest piece that every server takes in one request."""
_STATVFS: Final = "statvfs@openssh.com"


class WritingSftp(Sftp):
    """An SFTP session that also makes and removes; nothing that is there is overwritten but by `replace`."""

    def make_directory(self, path: bytes) -> None:
        """Make a directory that only the account there may enter; an OSError when something has this name."""
        self._ask(lambda: self._client.mkdir(path, 0o700))

    def write(self, path: bytes, source: BinaryIO, step: Callable[[int], object]) -> None:
        """Write a new file piece by piece; `step` is told of each. An OSError when not all of it was taken."""
        file = self._ask(lambda: self._client.open(path, "wx"))
        written = 0
        try:
            file.set_pipelined(True)
            while chunk := source.read(_CHUNK):
                self._ask(partial(file.write, chunk))
                step(len(chunk))
                written += len(chunk)
        finally:
            self._ask(file.close)
        # The library drops what the server says to the last pieces that were sent ahead.
        size = self.look(path).size
        if size != written:
            raise OSError(f"the server took only {size} of {written} bytes")

    def link(self, path: bytes, target: bytes) -> None:
        """Make a symbolic link."""
        self._ask(lambda: self._client.symlink(target, path))

    def replace(self, path: bytes, new: bytes) -> None:
        """Put a file or link in the place of another, in one step; an OSError where the server cannot."""
        self._ask(lambda: self._client.posix_rename(new, path))

    def remove(self, path: bytes) -> None:
        """Remove a file or a link."""
        self._ask(lambda: self._client.remove(path))

    def remove_directory(self, path: bytes) -> None:
        """Remove an empty directory."""
        self._ask(lambda: self._client.rmdir(path))

    def free_bytes(self, path: bytes) -> int | None:
        """Return the free space there; None where the server does not tell."""
        try:
            kind, message = self._ask(lambda: self._client._request(CMD_EXTENDED, _STATVFS, path))  # type: ignore[attr-defined]  # noqa: SLF001  # no public way
        except (OSError, SFTPError):
            return None
        if kind != CMD_EXTENDED_REPLY:
            return None
        _block, fragment, _blocks, _free, available = (message.get_int64() for _ in range(5))
        return int(fragment) * int(available)
