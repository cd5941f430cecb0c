"""Two Wenyams and the real SSH server between them: settings are pushed from `main` to a folder that `dr` watches."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wenyam.testing.recovery_plans import write_configuration
from wenyam.testing.sshd import Sshd

SFTP_SERVER = "/usr/lib/openssh/sftp-server"
_UNSHARE, _SHELL, _MOUNT = "/usr/bin/unshare", "/bin/sh", "/usr/bin/mount"
_STEPS = [{"id": "first", "do": "pause", "with": {"for": "10ms"}}]


class SmallDisk(Sshd):
    """An SSH server for which one folder is a disk of its own, of this size; others see it below `/proc/PID/root`."""

    def __init__(self, folder: Path, size: str) -> None:
        """Name the folder; the disk is there as long as the server runs."""
        super().__init__(settings=(f"Subsystem sftp {SFTP_SERVER}",))
        self._folder = folder
        self._size = size

    def command(self) -> Sequence[str]:
        """Run sshd where the disk is mounted."""
        script = f'{_MOUNT} -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
        return [_UNSHARE, "--mount", _SHELL, "-c", script, "sh", self._size, str(self._folder), *super().command()]


class SisterSites:
    """The configurations of both sides."""

    def __init__(self, directory: Path, server: Sshd, folder: Path, *, seen_at: Path | None = None) -> None:
        """Let `main` push into `folder` through this server; `dr` sees the folder at `seen_at`."""
        self.directory = directory
        self.server = server
        self.folder = folder
        self.main = directory / "main"
        self.main_state = directory / "main-state"
        self.key = self.main / "secrets" / "dr-key"
        self.write_main()
        self.trust()
        received = {"folder": str(seen_at or folder), "instances": ["main"]}
        more = {"instance": self._instance("dr"), "dr": {"received": received}}
        self.dr = write_configuration(directory / "dr", _STEPS, more=more)

    def write_main(self, *, title: str = "ERP moves", sister: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Write the settings of `main`; another title is a change."""
        self.main.mkdir(exist_ok=True)
        self.key.parent.mkdir(mode=0o700, exist_ok=True)
        if not self.key.exists():
            self.key.touch(0o600)
            self.key.write_text(self.server.client_key.read_text(encoding="ascii"), encoding="ascii")
        where = {"host": "dr-watch", "port": self.server.port, "credential": "dr-ssh", "folder": str(self.folder)}
        write_configuration(self.main, _STEPS, plan={"title": title}, more={"instance": self._instance("main"), **more})
        path = self.main / "wenyam.yaml"
        written = json.loads(path.read_text(encoding="utf-8"))
        written["dr"]["sister"] = {**where, **(sister or {})}
        written["devices"]["dr-watch"] = {"kind": "other", "address": self.server.address, "site": "dr"}
        login = {"kind": "ssh-key", "username": self.server.username, "key": "file:secrets/dr-key"}
        written.setdefault("credentials", {})["dr-ssh"] = login
        path.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")

    def trust(self) -> None:
        """Record the server's present host key."""
        self.main_state.mkdir(exist_ok=True)
        (self.main_state / "known_hosts").write_text(self.server.host_key_line, encoding="ascii")

    def _instance(self, name: str) -> dict[str, Any]:
        return {
            "name": name, "site": name, "language": "en", "exporter": {"enabled": False}, "ballast": "1MiB",
            "state_directory": str(self.directory / f"{name}-state"), "run_directory": str(self.directory / f"{name}-run"),
        }  # fmt: skip
