"""A real net-snmp agent in a directory of its own, for tests and the lab."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyam.testing.ports import free_port

AUTHENTICATION = {"md5": "MD5", "sha1": "SHA", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
PRIVACY = {
    "des": "DES",
    "aes128": "AES",
    "aes192": "AES-192",
    "aes256": "AES-256",
    "aes192-cisco": "AES-192-C",
    "aes256-cisco": "AES-256-C",
}
"""Our words for the protocols and Net-SNMP's."""

_STARTS_WITHIN = 10.0
_STOPS_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class SnmpdUser:
    """An SNMP v3 user; the level follows from the protocols given."""

    name: str
    authentication: str | None = None
    authentication_key: str = ""
    privacy: str | None = None
    privacy_key: str = ""

    def lines(self) -> list[str]:
        """Write the user as snmpd.conf wants it."""
        if not self.authentication:
            return [f"createUser {self.name}", f"rouser {self.name} noauth"]
        words = [f"createUser {self.name} {AUTHENTICATION[self.authentication]} {self.authentication_key}"]
        if not self.privacy:
            return [*words, f"rouser {self.name} auth"]
        return [f"{words[0]} {PRIVACY[self.privacy]} {self.privacy_key}", f"rouser {self.name} priv"]


class Snmpd:
    """`with Snmpd() as agent:` runs snmpd until the block ends; `agent.address`, `agent.port` and `agent.community` are ready."""

    def __init__(
        self,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        community: str = "public",
        users: tuple[SnmpdUser, ...] = (),
        settings: tuple[str, ...] = (),
        directory: Path | None = None,
    ) -> None:
        """Take where to listen (port 0: a free one), who may read, and further lines of snmpd.conf."""
        self.address = address
        self.port = port or free_port(address)
        self.community = community
        self._users = users
        self._settings = settings
        self._directory = directory
        self._own_directory: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running agent."""
        if self._process is None:
            raise RuntimeError("snmpd was not started")
        return self._process.pid

    def start(self) -> None:
        """Start snmpd and wait until it answers; RuntimeError with its log when it does not."""
        program = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program is None:
            raise RuntimeError("snmpd is not installed (Debian package snmpd)")
        folder = self._folder()
        configuration = folder / "snmpd.conf"
        configuration.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        configuration.chmod(0o600)
        command = [
            program,
            "-f",
            "-C",
            "-c",
            str(configuration),
            "-Lf",
            str(folder / "snmpd.log"),
            "-I",
            "-smux",
            "-M",
            "",
            "-m",
            "",
        ]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SNMP_PERSISTENT_DIR": str(folder / "state")}
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait(folder / "snmpd.log")

    def _folder(self) -> Path:
        if self._directory is not None:
            self._directory.mkdir(parents=True, exist_ok=True)
            return self._directory
        if self._own_directory is None:
            self._own_directory = tempfile.TemporaryDirectory(prefix="wenyam-snmpd-")
        return Path(self._own_directory.name)

    def _lines(self) -> list[str]:
        lines = [f"agentaddress udp:{self.address}:{self.port}", f"rocommunity {self.community} default"]
        for user in self._users:
            lines += user.lines()
        return [*lines, "sysServices 72", "dontLogTCPWrappersConnects yes", *self._settings]

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN  # a real program starts in real time
        while time.monotonic() < deadline and self.running:
            if answers(self.address, self.port, self.community):
                return
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else "it wrote no log"
        self.stop()
        raise RuntimeError(f"snmpd did not answer on {self.address}:{self.port} within {_STARTS_WITHIN:.0f} s: {said}")

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the agent, by force if it does not listen."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop and remove the directory."""
        self.stop()
        if self._own_directory is not None:
            self._own_directory.cleanup()
            self._own_directory = None


def answers(address: str, port: int, community: str, patience: float = 0.2) -> bool:
    """Ask an agent for sysUpTime over v2c and tell whether any answer came within `patience` seconds."""
    from wenyam.links.snmp import codec, oids, questions  # noqa: PLC0415  # the lab's other servers do not need it
    from wenyam.links.snmp.security import Community  # noqa: PLC0415  # see above

    request = 2**30
    pdu = questions.get([oids.encode("1.3.6.1.2.1.1.3.0")]).pdu(request)
    datagram = Community("2c", community.encode()).seal(request, pdu)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(patience)
        try:
            asker.connect((address, port))
            asker.send(datagram)
            return asker.recv(65_535).startswith(bytes((codec.SEQUENCE,)))
        except TimeoutError:
            return False
        except OSError:
            time.sleep(0.02)  # refused at once: the agent has not bound its port yet
            return False
