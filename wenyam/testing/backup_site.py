"""A site with backup jobs in one directory, driven by the real `wenyam` command: for tests and the benchmark."""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from wenyam.cli.main import main
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period
from wenyam.store.sqlite import open_reader
from wenyam.testing.quick_key import make_quick

WENYAM = Path(sys.executable).parent / "wenyam"
SECONDS = 120.0
EVER = Period(Instant(0), Instant(2**47))
MAIN, SECOND = "main", "dr"
SECRETS = {MAIN: "canary-key-of-the-main-repository", SECOND: "canary-key-of-the-second-repository"}


class BackupSite:
    """A configuration folder with two local repositories, and what a person would do with it."""

    def __init__(self, directory: Path) -> None:
        """Lay everything below this directory; `configure` writes the configuration."""
        self.directory = directory
        self.folder = directory / "etc"
        self.state = directory / "state"
        self.spool = directory / "spool"
        self.scratch = directory / "scratch"
        self.repositories = {name: directory / f"repository-{name}" for name in SECRETS}
        self.folder.mkdir(mode=0o755)
        self.state.mkdir()
        for name, secret in SECRETS.items():
            key = self.folder / f"{name}.key"
            key.write_text(secret + "\n", encoding="ascii")
            key.chmod(0o600)
        self.content = self._content()

    def _content(self) -> dict[str, Any]:
        repositories = {
            name: {"kind": "local", "path": str(path), "key": f"file:{name}.key", "site": name, "minimum_free": "1MiB"}
            for name, path in self.repositories.items()
        }
        return {
            "instance": {
                "name": "dc-main", "site": "main", "language": "en", "exporter": {"enabled": False},
                "state_directory": str(self.state), "run_directory": str(self.state), "ballast": "1MiB",
            },
            "sites": {"main": None, "dr": None},
            "people": {"somchai": {"name": "Somchai Jaidee", "roles": ["operator"]}},
            "defaults": {"owner": "somchai", "duty_officer": "somchai"},
            "devices": {"files-1": {"kind": "server", "address": "127.0.0.1"}},
            "backup": {"spool": str(self.spool), "scratch": str(self.scratch)},
            "repositories": repositories,
            "backups": {},
        }  # fmt: skip

    def quicken(self) -> None:
        """Let the keys of the repositories that were made open at once, which they do not by default, on purpose."""
        for name, path in self.repositories.items():
            make_quick(path, SECRETS[name])

    def bring(self, made: Mapping[str, Path]) -> None:
        """Begin with copies of repositories that another site made."""
        for name, path in made.items():
            shutil.copytree(path, self.repositories[name])

    def job(self, name: str, source: str, **options: Any) -> None:
        """Add or replace a job; with no copy unless `copies` says otherwise."""
        usual = {"schedule": "every day 01:30", "repository": MAIN, "covers": ["files-1"], "tries": 1}
        self.content["backups"][name] = {**usual, "source": source, **options}

    def configure(self) -> None:
        """Write the configuration."""
        writer = YAML(typ="safe", pure=True)
        writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the library types it by its default
        with (self.folder / "wenyam.yaml").open("w", encoding="utf-8") as file:
            writer.dump(self.content, file)

    def command(self, *words: str) -> list[str]:
        """Return the words of one command."""
        return [str(WENYAM), "--config", str(self.folder), *words]

    def run(self, *words: str, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Call one verb in this process: what it says is the same, and nothing is imported anew."""
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                code = main(self.command(*words)[1:])
            except SystemExit as end:  # argparse's own
                code = int(end.code or 0)
        return subprocess.CompletedProcess([*words], code, out.getvalue(), errors.getvalue())

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start one command as a process group of its own."""
        return subprocess.Popen(
            self.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def facts(self, kind: str) -> list[ChainedFact]:
        """Return the facts of a kind, oldest first."""
        with closing(open_reader(self.state)) as reader:
            return reader.facts(EVER, kind)

    def chain_problem(self) -> str:
        """Return what is wrong with the chain of facts; empty when it is whole."""
        with closing(open_reader(self.state)) as reader:
            return reader.verify().problem

    def restic(self, repository: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the stock restic on a repository."""
        environment = {**os.environ, "RESTIC_PASSWORD": SECRETS[repository]}
        return subprocess.run(
            ["/usr/bin/restic", "--no-cache", "--repo", str(self.repositories[repository]), *words],
            capture_output=True, text=True, env=environment, timeout=SECONDS, check=False,
        )  # fmt: skip

    def packs(self, repository: str) -> Sequence[Path]:
        """Return the pack files of a repository, largest first."""
        found = (path for path in (self.repositories[repository] / "data").rglob("*") if path.is_file())
        return sorted(found, key=lambda path: path.stat().st_size, reverse=True)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a started command and everything it started, as a crash would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
