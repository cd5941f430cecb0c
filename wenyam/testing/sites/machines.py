"""The machines of one lab: their places on this machine's disk, switched on and off, asked and told."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import SIGKILL

from wenyam.testing.lab.errors import LabDownError, LabError
from wenyam.testing.lab.processes import end
from wenyam.testing.sites import namespaces, record
from wenyam.testing.sites.plan import Node
from wenyam.testing.sites.record import SitesRecord
from wenyam.testing.sites.services import Service, log_of

READY_SECONDS = 30.0
_POLL_SECONDS = 0.05
_TAIL = 1500
_SERVICE = "/usr/sbin/service"


class Machines:
    """All machines of the lab in one directory."""

    def __init__(self, directory: Path, found: SitesRecord) -> None:
        """Take the lab's directory and record."""
        self.directory = directory
        self.record = found
        self._writing = threading.Lock()

    def place(self, node: Node) -> Path:
        """Return where a machine is kept on this machine's disk."""
        return self.directory / "machines" / node.name

    def disk(self, node: Node) -> Path:
        """Return a machine's disk, which it sees at /srv."""
        return self.place(node) / "disk"

    def process_of(self, node: Node) -> int:
        """Return the first process of a machine; LabDownError when it is off."""
        mark = self.record.machine(node.name)
        if mark is None:
            raise LabDownError(f"{node.name} is switched off", hint="Switch it on again: scripts/lab fault … off.")
        return mark.pid

    def is_on(self, node: Node) -> bool:
        """Tell whether a machine is switched on."""
        return self.record.machine(node.name) is not None

    def switch_on(self, node: Node) -> None:
        """Switch a machine on and plug it in; harmless when it is on."""
        if self.is_on(node):
            return
        mark = namespaces.switch_on(self.place(node), node, self.record.id)
        with self._writing:
            self.record.machines[node.name] = (mark.pid, mark.ticks)
            self.save()
        namespaces.plug_in(self.record.fabric.pid, mark.pid, node)

    def switch_off(self, *nodes: Node) -> None:
        """Take the power away: every process on these machines ends at once, and so do their cables."""
        marks = [mark for node in nodes if (mark := self.record.machine(node.name)) is not None]
        end([(mark, SIGKILL) for mark in marks])
        namespaces.unplug(self.record.fabric.pid, nodes)
        with self._writing:
            for node in nodes:
                self.record.machines.pop(node.name, None)
            self.save()

    def run(self, node: Node, *words: str, text: str | None = None, seconds: float = 60.0) -> str:
        """Run a program on a machine and return what it prints; LabError when it fails."""
        return namespaces.on_machine(self.process_of(node), words, text=text, seconds=seconds)

    def command(self, node: Node, *words: str) -> list[str]:
        """Return the words that run a program on a machine, with our own environment."""
        return [*namespaces.enter(self.process_of(node)), *words]

    def service(self, node: Node, name: str, verb: str) -> str:
        """Start, stop or ask a service of a machine."""
        return self.run(node, _SERVICE, name, verb)

    def process_of_service(self, node: Node, name: str) -> int:
        """Return the process of a running service as this machine's kernel counts it; LabError when there is none."""
        inside = self.run(node, "/usr/bin/cat", f"/run/lab/{name}.pid").strip()
        for child in _descendants(self.process_of(node)):
            status = Path(f"/proc/{child}/status").read_text(encoding="ascii", errors="replace")
            numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
            if numbers[-1] == inside:
                return child
        raise LabError(f"{node.name}: {name} does not run")

    def start(self, node: Node, services: Sequence[Service]) -> None:
        """Start services in their order and wait until each has opened its port."""
        for service in services:
            self.service(node, service.name, "start")
        self.wait(f"{node.name}: {', '.join(each.name for each in services)}", lambda: self.open(node, services))

    def open(self, node: Node, services: Sequence[Service]) -> bool:
        """Tell whether all of these services hold their ports."""
        listening = _listeners(self.process_of(node))
        for service in services:
            if not service.undo and not self._lives(node, service):
                raise LabError(f"{node.name}: {service.name} ended: {self.words(node, service.name)}")
        return all(service.port in listening for service in services if service.port)

    def words(self, node: Node, service: str) -> str:
        """Return the end of what a service wrote."""
        path = self.disk(node) / Path(log_of(service)).relative_to(namespaces.DISK)
        return path.read_text(encoding="utf-8", errors="replace")[-_TAIL:].strip() if path.exists() else "(it wrote nothing)"

    def wait(self, what: str, question: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Poll until the question is answered with yes; LabError when time is up."""
        deadline = time.monotonic() + seconds
        while not question():
            if time.monotonic() > deadline:
                raise LabError(f"not ready within {seconds:g} s: {what}")
            time.sleep(_POLL_SECONDS)

    def save(self) -> None:
        """Write the record down."""
        record.save(self.directory, self.record)

    def _lives(self, node: Node, service: Service) -> bool:
        try:
            self.service(node, service.name, "status")
        except LabError:
            return False
        return True


def _listeners(process: int) -> set[int]:
    """Return the TCP ports that are listened on in the network of a process (proc(5), net/tcp)."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{process}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    return {int(fields[1].rpartition(":")[2], 16) for fields in lines if fields[3] == "0A"}


def _descendants(process: int) -> list[int]:
    """Return what a machine's first process has started or taken in (proc(5), task/children)."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return [each for child in map(int, listed) for each in (child, *_descendants(child))]
