"""Who claimed a run, as `host:pid:start`: tells a living owner from a dead one, and from a later process of the same number."""

import os
import socket
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_START_FIELD = 19
"""starttime in proc_pid_stat(5), counted after the command's closing bracket."""


def this_process() -> str:
    """Return the owner text of the calling process."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Tell whether the owner is certainly gone; False for another host, whose processes cannot be seen from here."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    start = owner.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdecimal():
        return False
    if start.partition(".")[0] != _boot():
        return True
    known = _start(int(rest))
    if known.endswith(".?"):
        return not _exists(int(rest))
    return known != start


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip().replace("-", "")[:12]
    except OSError:
        return "?"


def _start(pid: int) -> str:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # gone, or hidden from this user
        return f"{_boot()}.?"
    # A zombie has ended; only its parent has not asked yet.
    return f"{_boot()}.ended" if fields[0] == "Z" else f"{_boot()}.{fields[_START_FIELD]}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
