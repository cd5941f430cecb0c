"""Disk traffic from /proc/diskstats, and disk health from smartctl."""

import re
from typing import Final

from wenyam.model.names import STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN

_SECTOR: Final = 512
"""Bytes; the kernel counts in this unit whatever the disk's own sectors are (Documentation/admin-guide/iostats.rst)."""
_NO_DISK: Final = re.compile(r"(loop|ram|zram|fd|sr|dm-|md|nbd)\d+")
_ASLEEP: Final = re.compile(r"Device is in (STANDBY|SLEEP)")
"""What smartctl says of a disk that `-n standby` leaves alone."""
_NAME, _READ, _WRITTEN = 2, 5, 9


def read_traffic(text: str, disks: str) -> dict[str, tuple[int, int]]:
    """Return bytes (read, written) since the start by disk; partitions and disks made of other disks are left out."""
    wanted = {name for name in disks.split() if not _NO_DISK.fullmatch(name)}
    found: dict[str, tuple[int, int]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) > _WRITTEN and words[_NAME] in wanted and words[_READ].isdigit() and words[_WRITTEN].isdigit():
            found[words[_NAME]] = (int(words[_READ]) * _SECTOR, int(words[_WRITTEN]) * _SECTOR)
    return found


def read_health(text: str) -> dict[str, int]:
    """Return the status of each disk that smartctl could ask; a sleeping or unreadable disk is left out."""
    found: dict[str, int] = {}
    disk = ""
    for line in text.splitlines():
        if line.startswith("disk "):
            disk = line.removeprefix("disk ").strip()
        elif disk and ("self-assessment test result:" in line or "SMART Health Status:" in line):
            found[disk] = _status(line.rpartition(":")[2].strip())
    return found


def silent(text: str) -> set[str]:
    """Return the disks that were asked and did not give a verdict, although they do not sleep."""
    parts = (part.partition("\n")[::2] for part in f"\n{text}".split("\ndisk ")[1:])
    return {disk.strip() for disk, said in parts if not _ASLEEP.search(said) and not read_health(f"disk {disk}\n{said}")}


def _status(verdict: str) -> int:
    if verdict.upper() in ("PASSED", "OK"):
        return STATUS_OK
    return STATUS_FAILED if verdict.upper().startswith("FAIL") or verdict else STATUS_UNKNOWN
