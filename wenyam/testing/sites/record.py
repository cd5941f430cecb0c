"""What the two-site lab writes down about itself, so that a later command ends exactly what an earlier one started."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wenyam.testing.lab.errors import LabError
from wenyam.testing.lab.private_files import write_private
from wenyam.testing.lab.processes import ProcessMark
from wenyam.testing.sites.services import Service

FILE_NAME = "two-sites.json"
_VERSION = 1


@dataclass(slots=True)
class SitesRecord:
    """The whole lab: the fabric, the first process of every machine that is on, and the faults."""

    id: str
    fabric_pid: int
    fabric_ticks: int
    machines: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name -> (process id, clock tick it began at)."""
    services: dict[str, list[Service]] = field(default_factory=dict)
    """What each machine runs."""
    faults: list[str] = field(default_factory=list)
    """As "fault target", in the order they were caused."""
    complete: bool = False
    """True once everything has answered."""

    @property
    def fabric(self) -> ProcessMark:
        """The process that holds the cables."""
        return ProcessMark(self.fabric_pid, self.fabric_ticks)

    def machine(self, name: str) -> ProcessMark | None:
        """Return the first process of a machine; None while it is off."""
        entry = self.machines.get(name)
        mark = ProcessMark(*entry) if entry else None
        return mark if mark is not None and mark.alive else None


def load(directory: Path) -> SitesRecord | None:
    """Read the record; None when no lab was started here."""
    path = directory / FILE_NAME
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LabError(f"{path} is damaged: {error}") from error
    if content.pop("version", None) != _VERSION:
        raise LabError(f"{path} was written by another version of the lab")
    machines = {name: (pid, ticks) for name, (pid, ticks) in content.pop("machines").items()}
    services = {name: [Service.read(row) for row in rows] for name, rows in content.pop("services").items()}
    return SitesRecord(**content, machines=machines, services=services)


def save(directory: Path, record: SitesRecord) -> None:
    """Write the record so that a crash leaves the old one or the new one, never half."""
    write_private(directory / FILE_NAME, json.dumps({"version": _VERSION, **asdict(record)}, ensure_ascii=False, indent=1))


def forget(directory: Path) -> None:
    """Remove the record of a lab that is gone."""
    (directory / FILE_NAME).unlink(missing_ok=True)
