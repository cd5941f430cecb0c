"""What the two-site lab writes down about itself, so that a later command ends exactly what an earlier one started."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from wenyam.testing.lab.processes import ProcessMark
from wenyam.testing.lab.record import read, write
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
    content = read(directory / FILE_NAME, _VERSION)
    if content is None:
        return None
    machines = {name: (pid, ticks) for name, (pid, ticks) in content.pop("machines").items()}
    services = {name: [Service.read(row) for row in rows] for name, rows in content.pop("services").items()}
    return SitesRecord(**content, machines=machines, services=services)


def save(directory: Path, record: SitesRecord) -> None:
    """Write the record."""
    write(directory / FILE_NAME, _VERSION, asdict(record))


def forget(directory: Path) -> None:
    """Remove the record of a lab that is gone."""
    (directory / FILE_NAME).unlink(missing_ok=True)
