"""File systems from `df -PTl -B1` and `df -PTli` (GNU coreutils)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Source and mount point may hold spaces, so the five columns between them are what a line is known by.
_LINE: Final = re.compile(
    r"(?P<source>.*?\S)\s+(?P<type>\S+)\s+(?P<size>\d+)\s+(?P<used>\d+)\s+(?P<free>-?\d+)\s+(?:\d+%|-)\s+(?P<mount>/.*)"
)
_NOT_STORAGE: Final = frozenset({
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "erofs",
    "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.snapfuse", "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay", "proc",
    "pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs", "sysfs", "tmpfs", "tracefs", "udf",
})  # fmt: skip
"""Memory, views of other file systems, and media that are full by nature."""


@dataclass(frozen=True, slots=True)
class Filesystem:
    """One mounted file system, in bytes."""

    mount: str
    size: int
    used: int
    available: int
    """For others than root."""

    @property
    def utilization(self) -> float:
        """Used share of what others than root may use, as df prints it."""
        return self.used / (self.used + max(0, self.available))


def read_filesystems(text: str) -> list[Filesystem]:
    """Return the file systems that store something."""
    return [
        Filesystem(found["mount"], int(found["size"]), int(found["used"]), int(found["free"]))
        for found in _storage(text)
        if int(found["size"]) > 0 and int(found["used"]) + max(0, int(found["free"])) > 0
    ]


def read_inodes(text: str) -> dict[str, float]:
    """Return the used share of inodes by mount point; none for file systems that make inodes as they need them."""
    return {found["mount"]: int(found["used"]) / int(found["size"]) for found in _storage(text) if int(found["size"]) > 0}


def _storage(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None and match["type"] not in _NOT_STORAGE:
            yield match.groupdict()
