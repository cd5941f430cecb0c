"""The lab itself: up, down, faults and status, as scripts/lab and the tests use it."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from types import TracebackType
from typing import Self

from wenyam.testing.lab import faults, ground, record
from wenyam.testing.lab.breaking import Broken
from wenyam.testing.lab.building import Builder
from wenyam.testing.lab.errors import LabDownError, LabError
from wenyam.testing.lab.lasting import Switched, alone
from wenyam.testing.lab.plan import LabDevice
from wenyam.testing.lab.processes import MARK, ProcessMark, end, spawn, started_for
from wenyam.testing.lab.record import LabRecord

_INSIDE = "WENYAM_LAB_INSIDE"
_NETWORK_SECONDS = 5.0
_POLL_SECONDS = 0.02
_TAIL_LINES = 12


class Lab:
    """A small data centre of real servers on this machine, in one directory."""

    def __init__(
        self, directory: Path, *, own_network: bool | None = None, say: Callable[[str], None] = lambda _line: None
    ) -> None:
        """Take the lab's directory; its own network when asked or when we are not root; `say` is told what goes on."""
        self.directory = directory.absolute()
        self._own_network = (not ground.is_root()) if own_network is None else own_network
        self._say = say

    @property
    def configuration(self) -> Path:
        """The folder for `wenyam --config`."""
        return self.directory / "etc"

    @property
    def record(self) -> LabRecord:
        """What the lab wrote down; LabDownError when it is not up."""
        found = record.load(self.directory)
        if found is None or not found.keeper.alive:
            raise LabDownError(f"nothing runs in {self.directory}")
        return found

    @property
    def inside(self) -> bool:
        """True for the part of a command that runs inside the lab's own network."""
        return _INSIDE in os.environ

    def command(self, *words: str) -> list[str]:
        """Return the words that run a program where the lab's addresses are."""
        found = self.record
        return [*words] if self._is_here(found) else [*ground.enter_command(found.keeper_pid), *words]

    def fault(self, name: str, device: str | None = None) -> "ChosenFault":
        """Choose a fault and the device it hits; UnknownFaultError when there is no such pair."""
        return ChosenFault(self, *faults.find(name, device))

    def up(self) -> None:
        """Start everything that does not run yet and wait until all of it answers; what fails takes the rest down."""
        found = record.load(self.directory)
        fresh = found is None or not found.keeper.alive
        if found is not None and fresh:
            self._say("a lab that crashed here is cleared away first")
            self.down()
        found = self._open() if found is None or fresh else found
        try:
            if not self._delegated(found, "up"):
                with alone(self.directory):
                    Builder(self.directory, found, self._say).build()
        except BaseException:
            if fresh:
                self.down()
            raise

    def down(self) -> None:
        """End what this lab started, by process id and start time, and take its rules away; harmless when there is none."""
        found = record.load(self.directory)
        if found is None:
            return
        marks = [(process.mark, Signals(process.stop_signal)) for process in found.processes.values() if process.pid]
        end(marks)
        end([(mark, SIGKILL) for mark in started_for(found.id)])
        if not found.own_network:
            ground.Rules(found.id).remove()
        end([(found.keeper, SIGTERM)])
        for mount in found.mounts:
            ground.unmount(Path(mount))
        for path in (*map(Path, found.outside), self.directory / "servers"):
            shutil.rmtree(path, ignore_errors=True)
        record.forget(self.directory)

    def set_fault(self, fault: faults.Fault, device: LabDevice, *, on: bool) -> None:
        """Cause or repair a fault; a second time is harmless."""
        found = self.record
        if self._delegated(found, "fault", fault.name, device.name, "on" if on else "off"):
            return
        with alone(self.directory):
            self._switch(f"{fault.name} {device.name}", fault, device, on=on)

    def _switch(self, entry: str, fault: faults.Fault, device: LabDevice, *, on: bool) -> None:
        found = self.record
        if (entry in found.faults) == on:
            return
        broken = Broken(device, Builder(self.directory, found, self._say))
        self._note(found, entry, on=on)
        try:
            (fault.cause if on else fault.repair)(broken)
        except BaseException:
            if on:  # half a fault is worse than none
                with contextlib.suppress(LabError):
                    fault.repair(broken)
                self._note(found, entry, on=False)
            raise

    def _note(self, found: LabRecord, entry: str, *, on: bool) -> None:
        found.faults = [*found.faults, entry] if on else [each for each in found.faults if each != entry]
        record.save(self.directory, found)
        ground.Rules(found.id).drop(faults.silenced(found.faults))

    def _open(self) -> LabRecord:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        # Loopback has room for one lab; a network of its own disturbs nobody.
        lock = None if self._own_network else record.take_machine_lock(self.directory)
        try:
            words = ground.keeper_command(own_network=self._own_network)
            keeper = spawn(words, self.directory, self.directory / "keeper.log", {}, keep_open=lock)
        finally:
            if lock is not None:
                os.close(lock)
        try:
            found = LabRecord(record.lab_id(self.directory), self._own_network, keeper.pid, keeper.ticks)
            record.save(self.directory, found)
            if self._own_network:
                self._await_network(keeper)
        except BaseException:
            end([(keeper, SIGTERM)])
            raise
        return found

    def _await_network(self, keeper: ProcessMark) -> None:
        deadline = time.monotonic() + _NETWORK_SECONDS
        while not ground.has_own_network(keeper.pid):
            if time.monotonic() > deadline or not keeper.alive:
                words = (self.directory / "keeper.log").read_text(encoding="utf-8")
                raise LabError(f"no network of its own: {words.strip()}", hint="Run scripts/lab as root instead.")
            time.sleep(_POLL_SECONDS)

    def _is_here(self, found: LabRecord) -> bool:
        return not found.own_network or os.environ.get(_INSIDE) == found.id

    def _delegated(self, found: LabRecord, *verb: str) -> bool:
        """Run a verb inside the lab's own network when we are outside it; False when we are where it can be done."""
        if self._is_here(found):
            return False
        # Whoever kills us kills the half of us that is inside, too.
        fate = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"]
        words = [*ground.enter_command(found.keeper_pid), *fate, sys.executable, "-m", "wenyam.testing.lab"]
        environment = {**os.environ, _INSIDE: found.id, MARK: found.id}
        with subprocess.Popen(
            [*words, "--directory", str(self.directory), *verb], stderr=subprocess.PIPE, encoding="utf-8", env=environment
        ) as inside:
            said = []
            for line in inside.stderr or ():
                said.append(line.rstrip())
                self._say(said[-1])
        if inside.returncode:
            raise LabError("inside its own network:\n" + "\n".join(said[-_TAIL_LINES:]))
        return True

    def __enter__(self) -> Self:
        """Bring it up."""
        self.up()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take it down."""
        self.down()


@dataclass(frozen=True, slots=True)
class ChosenFault(Switched):
    """A fault and the device it hits, to be switched; as a context it lasts for the block."""

    lab: Lab
    fault: faults.Fault
    device: LabDevice

    def on(self) -> None:
        """Cause it."""
        self.lab.set_fault(self.fault, self.device, on=True)

    def off(self) -> None:
        """Repair it."""
        self.lab.set_fault(self.fault, self.device, on=False)
