"""A dump of one PostgreSQL major in a server of another: for a person who asks for it, never for a restore test."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.backup.sources.databases import DatabaseOptions
from wenyam.backup.sources.postgresql import PostgresqlSource
from wenyam.errors import NotTestedError
from wenyam.links.tools import Tools
from wenyam.testing.database_backups import database_workplace, stored
from wenyam.testing.databases import Postgres
from wenyam.testing.other_postgres import VERSIONS, OtherPostgres, programs_of
from wenyam.testing.restore_site import JOB, RestoreSite

pytestmark = [pytest.mark.real, pytest.mark.long]
SCHEMA = Path(__file__).with_name("backup_schemas") / "postgresql.sql"


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[OtherPostgres]:
    native = programs_of(request.param)
    try:
        with OtherPostgres(native, request.param) as running:
            yield running
    finally:
        shutil.rmtree(native.parents[1])


async def test_a_restore_test_into_another_major_version_stays_not_tested(ours: Postgres) -> None:
    """A dump of version 15 with programs of 18 alone: nothing is started, nothing called proven."""
    native = programs_of(18)
    programs = {name: str(native / "bin" / name) for name in ("initdb", "postgres")}
    try:
        with database_workplace(ours) as workplace:
            source = PostgresqlSource(DatabaseOptions(databases=("erp",), port=ours.port))
            dump = await source.dump(workplace)
            newer = replace(workplace, tools=lambda name: programs.get(name.removesuffix("-15")) or Tools()(name))
            with pytest.raises(
                NotTestedError, match=r"wrong major version: this needs initdb of PostgreSQL 15, there is only 18\."
            ):
                async with source.restored(newer, stored(workplace, dump), dump.manifest):
                    pass
    finally:
        shutil.rmtree(native.parents[1])


@pytest.fixture
def ours() -> Iterator[Postgres]:
    """Give a server of our own version with the whole schema."""
    with Postgres() as running:
        running.execute("CREATE DATABASE erp")
        running.execute(SCHEMA.read_text(encoding="utf-8"), "erp")
        yield running


def test_a_person_may_restore_into_another_major_version_and_is_told_so(
    ours: Postgres, server: OtherPostgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = RestoreSite(tmp_path)
    site.configure(ours, checksums=True)
    site.back_up()
    code = site.call(f"restore database {JOB} --as shop --with-roles --into {server.address} --port {server.port}")
    said = capsys.readouterr()
    assert "another major version: the backup is of PostgreSQL 15." in said.err
    assert server.execute("SELECT count(*) FROM sales.customer", "shop").strip() == "300"
    assert (code, f"{JOB}: NOT TESTED: 'shop'" in said.out, "a person has to judge them" in said.out) == (3, True, True)
