"""Programs that outlive the command that started them, known by process id *and* start time so that no stranger is ever ended."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARK = "WENYAM_LAB_STARTED"
"""Environment variable that says for which lab a process was started."""
_POLL_SECONDS = 0.02
_SESSION_FIELD, _PARENT_FIELD, _STATE_FIELD, _START_FIELD = 3, 1, 0, 19
"""Fields of /proc/PID/stat after the closing bracket of the name (proc(5))."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process for all time: its id and the clock tick it began at."""

    pid: int
    ticks: int

    @property
    def alive(self) -> bool:
        """True while exactly this process lives; a zombie is dead."""
        fields = _stat(self.pid)
        return fields is not None and fields[_STATE_FIELD] not in "ZX" and int(fields[_START_FIELD]) == self.ticks

    @property
    def frozen(self) -> bool:
        """True while it is stopped by SIGSTOP."""
        fields = _stat(self.pid)
        return self.alive and fields is not None and fields[_STATE_FIELD] in "Tt"

    def kill(self) -> None:
        """End it as a crash would, if it still is the one we know."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)


def spawn(
    argv: Sequence[str], directory: Path, log: Path, environment: Mapping[str, str], keep_open: int | None = None
) -> ProcessMark:
    """Start a program in a session of its own, detached from this one; `keep_open` is a descriptor it inherits."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    if keep_open is not None:
        actions.append((os.POSIX_SPAWN_DUP2, keep_open, 3))
    words = ["/usr/bin/env", f"--chdir={directory}", *argv]
    pid = os.posix_spawn(words[0], words, dict(environment), file_actions=actions, setsid=True, setsigdef=[signal.SIGPIPE])
    fields = _stat(pid)
    return ProcessMark(pid, int(fields[_START_FIELD]) if fields else -1)


def send(mark: ProcessMark, what: signal.Signals) -> None:
    """Send a signal to the process and all it started, if it still is the one we know."""
    for pid in _family(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)


def end(marks: Sequence[tuple[ProcessMark, signal.Signals]], seconds: float = 8.0) -> None:
    """Ask each politely, all at once, then kill what is left of it and of what it started."""
    families = {pid for mark, _ in marks for pid in _family(mark)}
    known = {pid: mark for pid in families if (mark := mark_of(pid)) is not None}
    for mark, how in marks:
        if mark.alive:
            with contextlib.suppress(ProcessLookupError):  # it may end by itself at this very moment
                os.kill(mark.pid, how)
                os.kill(mark.pid, signal.SIGCONT)
    _wait_gone([mark for mark, _ in marks], seconds)
    for left in known.values():
        if left.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(left.pid, signal.SIGKILL)
    _wait_gone(list(known.values()), seconds)


def started_for(lab_id: str) -> list[ProcessMark]:
    """Return the processes that carry a lab's mark in their environment: what was started but not yet written down."""
    mark = f"{MARK}={lab_id}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(mark_of(int(entry.name)))
    return [process for process in found if process is not None]


def mark_of(pid: int) -> ProcessMark | None:
    """Return the mark of a process that lives now."""
    fields = _stat(pid)
    return None if fields is None else ProcessMark(pid, int(fields[_START_FIELD]))


def _wait_gone(marks: Sequence[ProcessMark], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for mark in marks:
            _reap(mark.pid)
        if not any(mark.alive for mark in marks):
            return
        time.sleep(_POLL_SECONDS)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _family(mark: ProcessMark) -> list[int]:
    """Return the process, its session and its descendants; nothing that is older than itself."""
    table = {
        int(entry.name): fields
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and (fields := _stat(int(entry.name)))
    }
    leader = table.get(mark.pid)
    if leader is not None and int(leader[_START_FIELD]) != mark.ticks:
        return []
    found = {mark.pid} if leader else set()
    grown = True
    while grown:
        before = len(found)
        for pid, fields in table.items():
            ours = int(fields[_SESSION_FIELD]) == mark.pid or int(fields[_PARENT_FIELD]) in found
            if ours and int(fields[_START_FIELD]) >= mark.ticks:
                found.add(pid)
        grown = len(found) > before
    return sorted(found)


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
