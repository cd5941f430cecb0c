"""A small data centre on loopback for a real watcher: recorded switch, UPS, room and power strip, a web server, a line."""

import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from wenyam.backup import facts
from wenyam.clock import SystemClock
from wenyam.model.instants import after
from wenyam.store.sqlite import open_writer
from wenyam.testing.backup_facts import JOB, proof, stored
from wenyam.testing.backup_site import BackupSite
from wenyam.testing.nginx import Nginx
from wenyam.testing.ports import free_port
from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.recording import package_path
from wenyam.testing.snmpd import Snmpd
from wenyam.testing.watcher import RunningWatcher

RECORDED = {
    "core-1": ("switch", "127.31.7.1", "network/switch/cisco-c3750.snmprec.bz2"),
    "ups-1": ("ups", "127.31.7.2", "UPS/eaton-93e-80.snmprec.bz2"),
    "room-1": ("sensor", "127.31.7.3", "iot/geist-temperature-sensor.snmprec"),
    "strip-1": ("pdu", "127.31.7.4", "UPS/apc-8932.snmprec"),
}
"""Kind, address and recording of what is played."""
COMMUNITY = "small-site-canary"
HOST = "web-1"
_OFTEN = {"interval": "1s", "timeout": "900ms"}


class SmallSite:
    """`with SmallSite(directory) as site`: everything runs but the watcher; `site.watcher` is ready to be started."""

    def __init__(self, directory: Path) -> None:
        """Lay everything below this directory."""
        directory.mkdir(parents=True, exist_ok=True)
        self.site = BackupSite(directory)
        self.exporter_port = free_port()
        self.watcher = RunningWatcher(self.site.folder, self.site.state, directory / "log")
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start the servers and write configuration and facts."""
        try:
            self._start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop everything."""
        self.watcher.stop()
        self._running.close()

    def _start(self) -> None:
        port = free_port(RECORDED["core-1"][1])
        for _, address, recording in RECORDED.values():
            self._running.enter_context(_player(address, port, recording))
        agent = self._running.enter_context(Snmpd(community=COMMUNITY))
        web = self._running.enter_context(Nginx(directory=self.site.directory / "nginx"))
        hook = self._running.enter_context(HttpReceiver())
        self.site.content |= self._content(port, agent.port, web, hook.url)
        self.site.content["instance"]["exporter"] = {"listen": f"127.0.0.1:{self.exporter_port}"}
        papers = self.site.directory / "papers"
        papers.mkdir()
        self.site.job("erp-db", "files", paths=[str(papers)], covers=[], copies=["dr"])
        self.site.configure()
        self._write_backups()

    def _content(self, port: int, agent_port: int, web: Nginx, hook: str) -> dict[str, Any]:
        alive = {"interval": "1s", "timeout": "500ms"}
        played = {
            name: {
                "kind": kind, "address": address, "alive": alive, "credentials": {"snmp": "read"},
                "reads": {"snmp": {"collector": "snmp", "port": port, **_OFTEN}, "ping": {"collector": "icmp", **_OFTEN}},
            }
            for name, (kind, address, _) in RECORDED.items()
        }  # fmt: skip
        trusted = {"authority": str(web.authority), **_OFTEN}
        page = {"collector": "http", "url": f"{web.https_url}/", "expect_text": "Login", **trusted}
        host = {
            "kind": "server", "address": "127.0.0.1", "alive": alive, "credentials": {"snmp": "read"},
            "reads": {
                "snmp": {"collector": "snmp", "port": agent_port, **_OFTEN}, "page": page,
                "certificate": {"collector": "tls", "port": web.https_port, **trusted},
                "door": {"collector": "tcp", "port": web.http_port, **_OFTEN},
                "wall": {"collector": "tcp", "port": free_port(), **_OFTEN},
            },
        }  # fmt: skip
        secret = self.site.folder / "community"
        secret.write_text(COMMUNITY, encoding="ascii")
        secret.chmod(0o600)
        provider, far = (RECORDED[name][1] for name in ("ups-1", "room-1"))
        return {
            "credentials": {"read": {"kind": "snmp-community", "community": "file:community"}},
            "devices": {**played, HOST: host},
            "links": {
                "isp-1": {"label": "Internet", "site": "main", "near": {"device": "core-1"}, "provider": provider, "far": far}
            },
            "services": {"erp": {"label": "ERP", "members": [HOST], "probes": {"page": page}}},
            "peers": {"mirror": {"url": f"http://127.0.0.1:{self.exporter_port}", "every": "2s", "timeout": "1s"}},
            "channels": {"hook": {"kind": "webhook", "url": hook, "self_test": "every sun 01:00"}},
        }

    def _write_backups(self) -> None:
        """Write facts of a backup, its copy, its proof and a verification, as the jobs would."""
        clock = SystemClock()
        at = after(clock.now(), -3600)
        with closing(open_writer(self.site.state, clock, "dc-main", ballast_bytes=0)) as writer:
            copied, verified = facts.copied(JOB, "r1", at, "dr", "c1"), facts.verified("main", at, (1, 1), 2.0, "")
            for fact in (stored("r1", at), copied, proof("r1", at), verified):
                writer.append(fact)


class _player:  # noqa: N801  # used like a function
    """A recorded agent as a process."""

    def __init__(self, address: str, port: int, recording: str) -> None:
        self._words = [
            sys.executable, "-m", "wenyam.testing.recorded_agent", "--recording", str(package_path(recording)),
            "--address", address, "--port", str(port), "--community", COMMUNITY,
        ]  # fmt: skip

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, text=True)
        if self._process.stdout is None or not self._process.stdout.readline().startswith("serving"):
            raise RuntimeError("the recorded agent did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
