"""The lab of two sites: up, down and what tests and people ask of it."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from types import TracebackType
from typing import Self

from wenyam.testing.lab.errors import LabDownError, LabError
from wenyam.testing.lab.lasting import Switched, alone
from wenyam.testing.lab.processes import end, started_for
from wenyam.testing.lab.record import lab_id
from wenyam.testing.sites import faults, namespaces, record
from wenyam.testing.sites.building import Builder
from wenyam.testing.sites.faults import Broken, Fault
from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.plan import NODES
from wenyam.testing.sites.record import SitesRecord

_OURS = ("machines", "secrets", "authority", "etc", "fabric.log")


class TwoSites:
    """Two data centres of real servers on this machine, in one directory and in networks of their own."""

    def __init__(self, directory: Path, *, say: Callable[[str], None] = lambda _line: None) -> None:
        """Take the lab's directory; `say` is told what goes on."""
        self.directory = directory.absolute()
        self._say = say

    @property
    def record(self) -> SitesRecord:
        """What the lab wrote down; LabDownError when it is not up."""
        found = record.load(self.directory)
        if found is None or not found.fabric.alive:
            raise LabDownError(f"nothing runs in {self.directory}", hint="Start it with: scripts/lab up --two-sites.")
        return found

    @property
    def machines(self) -> Machines:
        """The machines of a lab that is up."""
        return Machines(self.directory, self.record)

    def command(self, name: str, *words: str) -> list[str]:
        """Return the words that run a program on a machine."""
        return self.machines.command(NODES[name], *words)

    def fault(self, name: str, target: str | None = None) -> "ChosenFault":
        """Choose a fault and what it hits; UnknownFaultError when there is no such pair."""
        return ChosenFault(self, *faults.find(name, target))

    def set_fault(self, fault: Fault, target: str, *, on: bool) -> None:
        """Cause or repair a fault; a second time is harmless."""
        with alone(self.directory):
            found = self.record
            entry = f"{fault.name} {target}"
            if (entry in found.faults) == on:
                return
            broken = Broken(Builder(Machines(self.directory, found), self._say), target)
            (fault.cause if on else fault.repair)(broken)
            found.faults = [*found.faults, entry] if on else [each for each in found.faults if each != entry]
            record.save(self.directory, found)

    def up(self) -> None:
        """Start everything and wait until users are served; a lab that stands already is left as it is."""
        if os.geteuid() != 0:
            raise LabError("the lab of two sites makes networks and machines of its own", hint="Run it as root.")
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        with alone(self.directory):
            found = record.load(self.directory)
            if found is not None and found.fabric.alive and found.complete:
                return
            self._clear()
            try:
                self._build()
            except BaseException:
                self._clear()
                raise

    def down(self) -> None:
        """End everything this lab started, by process id and start time; harmless when there is none."""
        if not self.directory.exists():
            return
        with alone(self.directory):
            self._clear()
        (self.directory / "busy.lock").unlink(missing_ok=True)

    def _build(self) -> None:
        own = lab_id(self.directory)
        fabric = namespaces.make_fabric(self.directory, own)
        found = SitesRecord(own, fabric.pid, fabric.ticks)
        record.save(self.directory, found)
        builder = Builder(Machines(self.directory, found), self._say)
        builder.build()
        found.complete = True
        record.save(self.directory, found)

    def _clear(self) -> None:
        found = record.load(self.directory)
        if found is not None:
            first = [mark for name in found.machines if (mark := found.machine(name)) is not None]
            end([(mark, SIGKILL) for mark in (*first, found.fabric)])
        end([(mark, SIGKILL) for mark in started_for(lab_id(self.directory))])
        for name in _OURS:
            path = self.directory / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        record.forget(self.directory)

    def __enter__(self) -> Self:
        """Bring it up."""
        self.up()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take it down."""
        self.down()


@dataclass(frozen=True, slots=True)
class ChosenFault(Switched):
    """A fault and what it hits, to be switched; as a context it lasts for the block."""

    lab: TwoSites
    fault: Fault
    target: str

    def on(self) -> None:
        """Cause it."""
        self.lab.set_fault(self.fault, self.target, on=True)

    def off(self) -> None:
        """Repair it."""
        self.lab.set_fault(self.fault, self.target, on=False)
