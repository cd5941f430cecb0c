"""Bringing the lab up: files, rules, servers, and the wait until every one of them answers."""

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.lab import configuration, ground, record
from wenyam.testing.lab.contents import lay_documents
from wenyam.testing.lab.errors import LabServerError
from wenyam.testing.lab.plan import DEVICES, LabDevice, all_addresses
from wenyam.testing.lab.processes import MARK, spawn
from wenyam.testing.lab.record import LabRecord, ProcessRecord
from wenyam.testing.lab.router import make_network
from wenyam.testing.lab.secrets import LabSecrets
from wenyam.testing.lab.servers import prepare
from wenyam.testing.lab.shells import record_host_keys
from wenyam.testing.lab.site import Prepared, Site, listens
from wenyam.testing.servers import ServerFailedError

READY_SECONDS = 60.0
"""How long all servers together may take before the lab gives up; usually it takes under 20."""
EXPORTER_PORT = 9710
_POLL_SECONDS = 0.05
_SAY_SECONDS = 3.0
_TAIL = 1500
_OTHERS_MAY_PASS = 0o001
_LONGEST = 36
"""Characters of a directory in which the Unix sockets of servers and of restore tests still fit their 107 (unix(7))."""


class Builder:
    """Builds or completes one lab; its caller holds the lab's lock and stands in its network."""

    def __init__(self, directory: Path, lab: LabRecord, say: Callable[[str], None]) -> None:
        """Take the lab's directory and record; `say` is told what goes on."""
        self._directory = directory
        self.record = lab
        self._say = say
        self._writing = threading.Lock()

    def build(self) -> None:
        """Start what does not run and wait until everything answers."""
        started = time.monotonic()
        if not self.record.ports:
            self._survey()
            shutil.rmtree(self._directory / "log", ignore_errors=True)
        site = self.site
        rules = ground.Rules(self.record.id)
        if not rules.present():
            rules.install()
        for name in ("log", "state", "run"):
            (self._directory / name).mkdir(exist_ok=True, mode=0o750)
        site.kept.mkdir(exist_ok=True, mode=0o700)
        lay_documents(site.documents)
        site.secrets.make()
        TestAuthority(site.authority)
        configuration.write(site, self._directory / "etc", self.record.exporter_port)
        mount = make_network(site)
        self.record.mounts = [] if site.own_network else [str(mount)]
        self.save()
        self._raise_servers(site)
        record_host_keys(site, self._directory / "state" / "known_hosts")
        self.record.complete = True
        self.save()
        self._say(f"{len(DEVICES)} devices answer after {time.monotonic() - started:.1f} s")

    def start_again(self, name: str) -> None:
        """Start one server from its record and wait until it listens."""
        process = self.record.processes[name]
        process.wanted = True
        self._start(name, process)
        self._wait({name: lambda: listens(process)})

    def _survey(self) -> None:
        if self.record.own_network:
            ground.furnish_own_network()
        self.record.ports = ground.choose_ports()
        ground.refuse_strangers(all_addresses())
        taken = {port for _, port in ground.listeners()}
        self.record.exporter_port = next(port for port in range(EXPORTER_PORT, EXPORTER_PORT + 100) if port not in taken)
        if not _passable(self._directory) or len(str(self._directory)) > _LONGEST:
            self.record.outside = [mkdtemp(prefix="wenyam-lab-", dir="/var/tmp")]  # mkdtemp draws the name
            Path(self.record.outside[0]).chmod(0o711)
        self.save()

    @property
    def site(self) -> Site:
        """Directories, ports and secrets of this lab."""
        data = Path(self.record.outside[0]) if self.record.outside else self._directory
        return Site(self._directory, data, self.record.ports, LabSecrets(self._directory / "etc"), self.record.own_network)

    def _raise_servers(self, site: Site) -> None:
        wanted = [(device, server) for device in DEVICES.values() for server in device.servers]
        missing = [(device, server) for device, server in wanted if not self._stands(f"{device.name}/{server}")]
        self._say(f"preparing {len(missing)} servers of {len(DEVICES)} devices")
        with ThreadPoolExecutor(4) as pool:
            prepared = dict(pool.map(lambda pair: self._prepare_one(site, *pair), missing))
        self._wait({name: one.ready for name, one in prepared.items()})
        for name, one in prepared.items():
            try:
                one.after()
            except ServerFailedError as error:
                raise LabServerError(f"{name}: {error}") from error

    def _stands(self, name: str) -> bool:
        process = self.record.processes.get(name)
        return process is not None and (process.alive or not process.wanted)

    def _prepare_one(self, site: Site, device: LabDevice, server: str) -> tuple[str, Prepared]:
        name = f"{device.name}/{server}"
        try:
            one = prepare(site, device, server)
        except (ServerFailedError, OSError) as error:
            raise LabServerError(f"{name}: {error}") from error
        self._start(name, one.process)
        return name, one

    def _start(self, name: str, process: ProcessRecord) -> None:
        environment = {**process.environment, MARK: self.record.id}
        mark = spawn(process.instead or process.argv, Path(process.directory), self._log(name), environment)
        with self._writing:
            process.pid, process.ticks = mark.pid, mark.ticks
            self.record.processes[name] = process
            self.save()

    def _wait(self, questions: dict[str, Callable[[], bool]]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        waiting, said = dict(questions), time.monotonic()
        while waiting:
            waiting = {name: ready for name, ready in waiting.items() if not ready()}
            for name in waiting:
                if not self.record.processes[name].alive:
                    raise LabServerError(f"{name} ended: {self._words(name)}")
            if time.monotonic() > deadline:
                raise LabServerError(f"{', '.join(waiting)} silent for {READY_SECONDS:.0f} s: {self._words(next(iter(waiting)))}")
            if waiting and time.monotonic() - said > _SAY_SECONDS:
                said = time.monotonic()
                self._say(f"{len(questions) - len(waiting)} of {len(questions)} servers answer; waiting for {', '.join(waiting)}")
            time.sleep(_POLL_SECONDS)

    def _words(self, name: str) -> str:
        path = self._log(name)
        return path.read_text(encoding="utf-8", errors="replace")[-_TAIL:].strip() if path.exists() else "(it wrote nothing)"

    def _log(self, name: str) -> Path:
        return self._directory / "log" / f"{name.replace('/', '-')}.log"

    def save(self) -> None:
        """Write the record down."""
        record.save(self._directory, self.record)


def _passable(directory: Path) -> bool:
    return all(path.stat().st_mode & _OTHERS_MAY_PASS for path in (directory, *directory.parents))
