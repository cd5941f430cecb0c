"""What a lab writes down about itself, so that any later command can find, judge and end exactly what it started."""

import fcntl
import hashlib
import json
import os
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wenyam.testing.lab.errors import LabBusyError, LabError
from wenyam.testing.lab.private_files import write_private
from wenyam.testing.lab.processes import ProcessMark

FILE_NAME = "lab.json"
_VERSION = 1


@dataclass(slots=True)
class ProcessRecord:
    """One server: how it is started, and which process it is while it runs."""

    argv: list[str]
    directory: str
    environment: dict[str, str] = field(default_factory=dict)
    endpoints: list[tuple[str, int]] = field(default_factory=list)
    """Address and port of every socket it must hold before it counts as started."""
    stop_signal: int = int(signal.SIGTERM)
    files: list[str] = field(default_factory=list)
    """Paths that must exist too."""
    instead: list[str] = field(default_factory=list)
    """What a fault runs in place of `argv`."""
    wanted: bool = True
    """False while a fault keeps it stopped."""
    pid: int = 0
    ticks: int = 0

    @property
    def mark(self) -> ProcessMark:
        """The process it is, or last was."""
        return ProcessMark(self.pid, self.ticks)

    @property
    def alive(self) -> bool:
        """True while that very process lives."""
        return self.pid > 0 and self.mark.alive


@dataclass(slots=True)
class LabRecord:
    """The whole lab; `processes` by "device/server", `faults` as "fault device" in the order they were caused."""

    id: str
    own_network: bool
    keeper_pid: int
    keeper_ticks: int
    ports: dict[str, int] = field(default_factory=dict)
    exporter_port: int = 0
    complete: bool = False
    """True once every server has answered."""
    processes: dict[str, ProcessRecord] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)
    """Mounts of ours in this machine's own mount namespace."""
    outside: list[str] = field(default_factory=list)
    """Directories of ours outside the lab's own, removed on the way down."""

    @property
    def keeper(self) -> ProcessMark:
        """The process that holds the lock and the network."""
        return ProcessMark(self.keeper_pid, self.keeper_ticks)


def lab_id(directory: Path) -> str:
    """Return the short name of the lab in this directory, the same every time."""
    return hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:8]


def read(path: Path, version: int) -> dict[str, Any] | None:
    """Read what `write` wrote; None when there is nothing."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LabError(f"{path} is damaged: {error}") from error
    if content.pop("version", None) != version:
        raise LabError(f"{path} was written by another version of the lab")
    return content


def write(path: Path, version: int, content: dict[str, Any]) -> None:
    """Write so that a crash leaves the old one or the new one, never half."""
    write_private(path, json.dumps({"version": version, **content}, ensure_ascii=False, indent=1))


def load(directory: Path) -> LabRecord | None:
    """Read the record; None when no lab was started here."""
    content = read(directory / FILE_NAME, _VERSION)
    if content is None:
        return None
    processes = {name: ProcessRecord(**entry) for name, entry in content.pop("processes").items()}
    for process in processes.values():
        process.endpoints = [(address, port) for address, port in process.endpoints]
    return LabRecord(**content, processes=processes)


def save(directory: Path, record: LabRecord) -> None:
    """Write the record."""
    write(directory / FILE_NAME, _VERSION, asdict(record))


def forget(directory: Path) -> None:
    """Remove the record of a lab that is gone."""
    (directory / FILE_NAME).unlink(missing_ok=True)


def take_machine_lock(directory: Path) -> int:
    """Return an open descriptor that holds the one-lab lock of this machine and user; LabBusyError names who has it."""
    place = Path("/run/lock") if os.access("/run/lock", os.W_OK) else Path("/tmp")  # noqa: S108  # O_NOFOLLOW below
    path = place / f"wenyam-lab-{os.geteuid()}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 4096).decode("utf-8", "replace").strip()
        os.close(descriptor)
        raise LabBusyError(f"it lives in {holder}", hint=f"Take it down first: scripts/lab --directory {holder} down") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{directory}\n".encode(), 0)
    return descriptor
