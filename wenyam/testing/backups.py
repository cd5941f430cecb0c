"""What the tests of backup sources share: a workplace with a spool and a scratch place, and the stock restic."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wenyam.backup.contract import Dump, Workplace
from wenyam.clock import Clock, SystemClock
from wenyam.links.pools import Links
from wenyam.model.backup import BackupJob
from wenyam.model.calendar import Schedule
from wenyam.model.inventory import Credential, SecretReference
from wenyam.settings.secrets import SecretReader
from wenyam.testing.sshd import Sshd

RESTIC = "/usr/bin/restic"
CLOCK = SystemClock()


def make_workplace(folder: Path, server: Sshd | None = None, *, seconds: float = 60.0, clock: Clock = CLOCK) -> Workplace:
    """Make a workplace below a folder; with a server its job reads that device."""
    spool, scratch = folder / "spool" / "job", folder / "scratch"
    for place in (spool, scratch):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    known_hosts = folder / "known_hosts" if server is None else server.known_hosts
    plain = Workplace(
        job=BackupJob("job", "files", None, "somebody", Schedule("every day 01:30"), "main"),
        clock=clock,
        links=Links(clock, SecretReader({}), str(known_hosts)),
        tools=lambda name: f"/usr/bin/{name}",
        spool=spool,
        scratch=scratch,
        state_directory=known_hosts.parent,
        deadline=clock.monotonic() + seconds,
    )
    if server is None:
        return plain
    key = {"key": SecretReference("file", str(server.client_key))}
    return replace(plain, address=server.address, credential=Credential("key", "ssh-key", {"username": server.username}, key))


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that other accounts may look into, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="wenyam-open-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Restic:
    """A repository made, filled and read by the program itself, with no code of ours in between."""

    def __init__(self, folder: Path) -> None:
        """Make a repository in the folder."""
        self._words = [RESTIC, "--repo", str(folder / "repository"), "--password-file", str(folder / "password"), "--no-cache"]
        folder.mkdir(exist_ok=True)
        (folder / "password").write_text("p", encoding="ascii")
        self._run("init")

    def store(self, dump: Dump) -> None:
        """Store a dump as a repository is asked to."""
        excludes = [f"--exclude={pattern}" for pattern in dump.excludes]
        one = ["--one-file-system"] if dump.one_file_system else []
        self._run("backup", *excludes, *one, "--", *map(str, dump.paths))

    def fetch(self, target: Path) -> Path:
        """Restore the newest snapshot."""
        target.mkdir()
        self._run("restore", "latest", "--target", str(target))
        return target

    def listing(self) -> bytes:
        """List the newest snapshot, one JSON object a line."""
        return self._run("ls", "--json", "latest")

    def _run(self, *words: str) -> bytes:
        done = subprocess.run([*self._words, *words], capture_output=True, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(f"restic {words[0]}: {done.stderr.decode('utf-8', 'replace')}")
        return done.stdout
