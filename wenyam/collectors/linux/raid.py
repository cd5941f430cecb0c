"""Software RAID from /proc/mdstat (md(4))."""

import re
from typing import Final

from wenyam.model.names import STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN

_HEAD: Final = re.compile(r"(md\S+) : (active|inactive)(.*)")
_MEMBERS: Final = re.compile(r"\[(\d+)/(\d+)\] \[([U_]+)\]")
_WITHOUT_SPARE: Final = ("raid0", "linear")


def read_arrays(text: str) -> dict[str, int]:
    """Return the status of each array: degraded while members are missing, failed when it is inactive."""
    found: dict[str, int] = {}
    array = level = ""
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head is not None:
            array = head[1]
            level = next((word for word in head[3].split() if word.startswith("raid") or word == "linear"), "")
            found[array] = _beginning(active=head[2] == "active", level=level, words=head[3])
            continue
        members = _MEMBERS.search(line)
        if array and members is not None and found[array] != STATUS_FAILED:
            found[array] = STATUS_OK if "_" not in members[3] and members[1] == members[2] else STATUS_DEGRADED
    return found


def _beginning(*, active: bool, level: str, words: str) -> int:
    """Return what the first line alone says; arrays without spare have no line of members."""
    if not active:
        return STATUS_FAILED
    if "(F)" in words:
        return STATUS_FAILED if level in _WITHOUT_SPARE else STATUS_DEGRADED
    return STATUS_OK if level in _WITHOUT_SPARE else STATUS_UNKNOWN
