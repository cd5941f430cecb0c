"""`scripts/bench backup`: what a backup by Wenyam costs beside the bare tools, on the same data, in rounds of swapped order."""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wenyam.backup.contract import Dump, no_progress
from wenyam.clock import SystemClock
from wenyam.model.backup import Manifest
from wenyam.operations import backups
from wenyam.settings.loader import load
from wenyam.testing.backup_site import MAIN, SECOND, SECRETS, BackupSite
from wenyam.testing.bench.backup_data import make_files, make_rows, read_all
from wenyam.testing.bench.backup_figures import Cost, Measure
from wenyam.testing.databases import Postgres

RESTIC = "/usr/bin/restic"
START = "start"
"""The part that is left over: interpreter, imports, configuration, opening the database, ending."""
_SECONDS = 3600.0
Talk = Callable[[str], None]


class BackupBenchError(RuntimeError):
    """A part failed; what it printed is the message."""


def measure(mebibytes: int, folder: Path, talk: Talk, rounds: int = 4) -> list[Measure]:
    """Make the data once; in each round back it up into fresh repositories by the bare tools and by Wenyam.

    Every second round begins with Wenyam, so that neither always finds the disk as the other left it. The first round proves
    what Wenyam made by a restore.
    """
    folder.chmod(0o711)  # the private server of the restore test runs as another account
    data = folder / "data"
    talk(f"making {mebibytes} MiB of files")
    make_files(data, mebibytes)
    with Postgres() as server:
        talk(f"making {mebibytes // 4} MiB of rows")
        make_rows(server, mebibytes // 4)
        read_all(data)
        return [found for number in range(rounds) for found in _round(number, folder / f"round-{number}", data, server, talk)]


def _round(number: int, folder: Path, data: Path, server: Postgres, talk: Talk) -> list[Measure]:
    folder.mkdir(mode=0o711)
    site = _site(folder, data, server)
    try:
        found: list[Measure] = []
        for bench in (_Files(site, data), _Database(site, server)):
            talk(f"round {number + 1}: {bench.job}, {'Wenyam' if number % 2 else 'the bare tools'} first")
            found += bench.measures(ours_first=number % 2 == 1, proving=number == 0)
        return found
    finally:
        shutil.rmtree(folder)


def _site(folder: Path, data: Path, server: Postgres) -> BackupSite:
    site = BackupSite(folder)
    secret = site.folder / "sql.key"
    secret.write_text(server.password + "\n", encoding="ascii")
    secret.chmod(0o600)
    site.content["credentials"] = {"sql": {"kind": "sql", "username": "postgres", "password": "file:sql.key"}}
    if os.geteuid() == 0:
        site.content["backup"]["scratch_user"] = "postgres"
    site.job("share", "files", paths=[str(data)])
    site.job("database", "postgresql", databases=["bench"], port=server.port, credential="sql")
    site.configure()
    _wenyam(site, "backup", "init")
    return site


class _Bench:
    """One job: the bare tools' work, the driver's storing alone, and the whole run."""

    job: str

    def __init__(self, site: BackupSite) -> None:
        self.site = site

    def dump(self) -> Cost | None:
        """Make what is stored by the bare dump tool; None when it lies there already."""
        return None

    def stored(self) -> Path:
        """Return what restic stores."""
        raise NotImplementedError

    def measures(self, *, ours_first: bool, proving: bool) -> Iterator[Measure]:
        """Measure every act once, in the order asked for."""
        whole = self._whole() if ours_first else None
        dump = self.dump()
        driver = self._driver() if ours_first else None
        storing = _cost(self._bare)
        driver = driver or self._driver()
        cost, parts = whole or self._whole()
        bare = storing if dump is None else dump + storing
        if dump is not None:
            yield Measure(f"{self.job}: dump tool alone", dump)
        yield Measure(f"{self.job}: restic alone", storing)
        yield Measure(f"{self.job}: wenyam's driver storing", driver, storing, ours_first=ours_first)
        yield Measure(f"{self.job}: wenyam backup run, everything", cost, bare, parts, ours_first)
        if proving:
            yield self._proof()

    def _bare(self) -> None:
        _restic(self.site.directory / f"bare-{self.job}", "backup", str(self.stored()))

    def _driver(self) -> Cost:
        return asyncio.run(_store(self.site, self.stored()))

    def _whole(self) -> tuple[Cost, dict[str, float]]:
        said: list[str] = []
        cost = _cost(lambda: said.append(_wenyam(self.site, "backup", "run", self.job, "--again", "--json")))
        parts: dict[str, float] = json.loads(said[0])["runs"][0]["parts"]
        return cost, {START: cost.seconds - sum(parts.values()), **parts}

    def _proof(self) -> Measure:
        said: list[str] = []
        cost = _cost(lambda: said.append(_wenyam(self.site, "restore", "test", self.job, "--json")))
        proof = json.loads(said[0])["tests"][0]
        parts = {START: cost.seconds - sum(proof["parts"].values()), **proof["parts"]}
        return Measure(f"{self.job}: wenyam restore test ({proof['verdict']})", cost, None, parts)


class _Files(_Bench):
    job = "share"

    def __init__(self, site: BackupSite, data: Path) -> None:
        super().__init__(site)
        self._data = data
        _restic(site.directory / "bare-share", "init")

    def stored(self) -> Path:
        return self._data


class _Database(_Bench):
    job = "database"

    def __init__(self, site: BackupSite, server: Postgres) -> None:
        super().__init__(site)
        self._server = server
        _restic(site.directory / "bare-database", "init")

    def dump(self) -> Cost:
        server = self._server
        words = ["/usr/bin/pg_dump", "-Fc", f"--file={self.stored()}", "-h", server.address, "-p", str(server.port)]
        return _cost(lambda: _run([*words, "-U", "postgres", "bench"], {"PGPASSWORD": server.password}))

    def stored(self) -> Path:
        return self.site.directory / "bare.dump"


async def _store(site: BackupSite, path: Path) -> Cost:
    """Store by our driver alone, into the second repository."""
    clock = SystemClock()
    async with backups.opened(load(site.folder), clock) as depot:
        dump = Dump((path,), Manifest("files", clock.now(), {}))
        repository = depot.repository(SECOND)
        spent, begun = _marks()
        await repository.store(dump, job="bench", run="bench", progress=no_progress, seconds=_SECONDS)
        return _since(spent, begun)


def _wenyam(site: BackupSite, *words: str) -> str:
    done = site.run(*words, seconds=_SECONDS)
    if done.returncode:
        raise BackupBenchError(f"wenyam {' '.join(words)}: {done.stderr.strip()} {done.stdout.strip()}")
    return done.stdout


def _restic(repository: Path, *words: str) -> None:
    _run([RESTIC, "--no-cache", "--repo", str(repository), *words], {"RESTIC_PASSWORD": SECRETS[MAIN]})


def _run(words: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*words], env={**os.environ, **environment}, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        raise BackupBenchError(f"{words[0]}: {done.stderr.strip()}")


def _cost(work: Callable[[], object]) -> Cost:
    """Return what some work costs, once nothing is left to be written of what was before."""
    spent, begun = _marks()
    work()
    return _since(spent, begun)


def _marks() -> tuple[float, float]:
    os.sync()
    return _spent(), time.perf_counter()


def _since(spent: float, begun: float) -> Cost:
    return Cost(time.perf_counter() - begun, _spent() - spent)


def _spent() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
