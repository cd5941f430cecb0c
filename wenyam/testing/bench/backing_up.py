"""`scripts/bench backup`: what a backup by Wenyam costs beside the bare tools, in one run and on the same data."""

import json
import os
import platform
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenyam.testing.backup_site import MAIN, SECRETS, BackupSite
from wenyam.testing.databases import Postgres

RESTIC = "/usr/bin/restic"
_MEBIBYTE = 2**20
_FILE_BYTES = 4 * _MEBIBYTE
_ROW_BYTES = 1000
_SECONDS = 3600.0


class BackupBenchError(RuntimeError):
    """A part failed; what it printed is the message."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured act and what it is compared with."""

    act: str
    seconds: float
    bare: float | None = None
    """Seconds of the bare tool for the same work."""
    parts: tuple[tuple[str, float], ...] = ()

    @property
    def ratio(self) -> float | None:
        """Times the bare tool's."""
        return None if not self.bare else self.seconds / self.bare


def measure(mebibytes: int, folder: Path, talk: Callable[[str], None]) -> list[Row]:
    """Make the data, back it up by the bare tools and by Wenyam, each into a repository of its own; prove it by a restore."""
    folder.chmod(0o711)  # the private server of the restore test runs as another account
    site = BackupSite(folder)
    data = folder / "data"
    talk(f"making {mebibytes} MiB of files")
    make_files(data, mebibytes)
    with Postgres() as server:
        talk(f"making {mebibytes // 4} MiB of rows")
        make_rows(server, mebibytes // 4)
        _configure(site, data, server)
        for name in ("bare-files", "bare-dump"):
            _restic(folder / name, "init")
        _wenyam(site, "backup", "init", MAIN)
        _read_all(data)
        return [*_files(site, data, talk), *_database(site, server, talk)]


def _files(site: BackupSite, data: Path, talk: Callable[[str], None]) -> Iterator[Row]:
    talk("files by bare restic")
    bare = _timed(lambda: _restic(site.directory / "bare-files", "backup", str(data)))
    yield Row("files: restic alone", bare)
    talk("files by wenyam")
    yield from _ours(site, "share", bare, bare)


def _database(site: BackupSite, server: Postgres, talk: Callable[[str], None]) -> Iterator[Row]:
    talk("database by bare pg_dump and restic")
    dump = site.directory / "bare.dump"
    words = ["/usr/bin/pg_dump", "-Fc", f"--file={dump}", "-h", server.address, "-p", str(server.port), "-U", "postgres", "bench"]
    dumping = _timed(lambda: _run(words, {"PGPASSWORD": server.password}))
    storing = _timed(lambda: _restic(site.directory / "bare-dump", "backup", str(dump)))
    yield Row("database: pg_dump alone", dumping)
    yield Row("database: pg_dump and restic alone", dumping + storing)
    talk("database by wenyam")
    yield from _ours(site, "database", dumping + storing, storing)


def _ours(site: BackupSite, job: str, bare: float, bare_store: float) -> Iterator[Row]:
    begun = time.perf_counter()
    done = _wenyam(site, "backup", "run", job, "--again", "--json")
    whole = time.perf_counter() - begun
    made = json.loads(done)["runs"][0]
    parts = tuple(made["parts"].items())
    stored = dict(parts)["store"]
    yield Row(f"{job}: wenyam's driver storing", stored, bare_store)
    yield Row(f"{job}: wenyam backup run, everything", whole, bare, parts)
    begun = time.perf_counter()
    proof = json.loads(_wenyam(site, "restore", "test", job, "--json"))["tests"][0]
    yield Row(
        f"{job}: wenyam restore test ({proof['verdict']})", time.perf_counter() - begun, None, tuple(proof["parts"].items())
    )


def make_files(folder: Path, mebibytes: int) -> None:
    """Write files of 4 MiB each, half of it chance and half of it text, with a seed, so that every run has the same."""
    chance = random.Random(1)  # noqa: S311  # data to back up, no secret
    text = ("กระทรวง กรม กอง ฝ่าย " * 100).encode()
    half = _FILE_BYTES // 2
    for number in range(mebibytes * _MEBIBYTE // _FILE_BYTES):
        place = folder / f"{number % 20:02}"
        place.mkdir(parents=True, exist_ok=True)
        repeated = (text + str(number).encode()) * (half // len(text) + 1)
        (place / f"แฟ้ม-{number}.bin").write_bytes(chance.randbytes(half) + repeated[:half])


def make_rows(server: Postgres, mebibytes: int) -> None:
    """Fill a table with rows of about a kilobyte."""
    server.execute("CREATE DATABASE bench")
    rows = mebibytes * _MEBIBYTE // _ROW_BYTES
    server.execute("CREATE TABLE letter (number bigint PRIMARY KEY, subject text NOT NULL, body text NOT NULL)", "bench")
    body = "(SELECT string_agg(md5(n::text || m::text), ' ') FROM generate_series(1, 30) AS m)"
    filling = f"INSERT INTO letter SELECT n, 'หนังสือเวียน ' || n, {body} FROM generate_series(1, {rows}) AS n"  # noqa: S608  # numbers of our own
    server.execute(filling, "bench")
    server.execute("CREATE INDEX letter_subject ON letter (subject)", "bench")


def _configure(site: BackupSite, data: Path, server: Postgres) -> None:
    secret = site.folder / "sql.key"
    secret.write_text(server.password + "\n", encoding="ascii")
    secret.chmod(0o600)
    site.content["credentials"] = {"sql": {"kind": "sql", "username": "postgres", "password": "file:sql.key"}}
    if os.geteuid() == 0:
        site.content["backup"]["scratch_user"] = "postgres"
    site.job("share", "files", paths=[str(data)])
    site.job("database", "postgresql", databases=["bench"], port=server.port, credential="sql")
    site.configure()


def _read_all(folder: Path) -> None:
    """Read every file once, so that whoever comes first does not pay for the disk."""
    for path in folder.rglob("*.bin"):
        path.read_bytes()


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


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def as_data(mebibytes: int, rows: Sequence[Row]) -> dict[str, Any]:
    """Write the measurement as versioned data."""
    written = [{**asdict(row), "parts": dict(row.parts), "ratio": row.ratio} for row in rows]
    return {"version": 1, "mebibytes": mebibytes, "machine": machine(), "rows": written}


def machine() -> str:
    """Return what this was measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def table(rows: Sequence[Row]) -> str:
    """Write the measurement for people."""
    width = max(len(row.act) for row in rows)
    lines = [machine(), "", f"{'act':{width}}  seconds  ratio  parts"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        parts = ", ".join(f"{name} {took:.1f}" for name, took in row.parts)
        lines.append(f"{row.act:{width}}  {row.seconds:7.1f}  {ratio:>5}  {parts}")
    return "\n".join(lines)
