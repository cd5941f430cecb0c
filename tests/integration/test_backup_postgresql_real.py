"""PostgreSQL's source on a real server: what comes back is equal, and every way in which it can be less is seen."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, compare, notes
from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources.databases import DatabaseOptions
from wenyam.backup.sources.postgresql import PostgresqlSource
from wenyam.backup.sources.postgresql_restore import RestoredPostgresql
from wenyam.errors import (
    NotTestedError,
    RestoreError,
    SourceError,
)
from wenyam.links.tools import Tools
from wenyam.model.backup import Manifest
from wenyam.testing.database_backups import damaged, database_workplace, fresh_scratch, running, stored, until
from wenyam.testing.databases import Postgres

pytestmark = pytest.mark.real
SCHEMA = Path(__file__).with_name("backup_schemas") / "postgresql.sql"
ODD = 'ฐาน ข้อมูล=x "q" /a%'
BIG = "CREATE TABLE big AS SELECT i AS id, md5(i::text) AS text FROM generate_series(1, {}) i"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as running_server:
        running_server.execute("CREATE DATABASE erp")
        running_server.execute(SCHEMA.read_text(encoding="utf-8"), "erp")
        running_server.execute('CREATE DATABASE "{}"'.format(ODD.replace('"', '""')))
        yield running_server


@pytest.fixture(scope="module")
def kept(server: Postgres) -> Iterator[tuple[Workplace, Dump, Path]]:
    """Give one good dump and where it lies stored; tests that damage a copy of it repair it again."""
    with database_workplace(server) as workplace:
        dump = asyncio.run(_source(server, databases=("erp", ODD), checksums=True).dump(workplace))
        yield workplace, dump, stored(workplace, dump)


def _source(server: Postgres, **options: object) -> PostgresqlSource:
    return PostgresqlSource(DatabaseOptions.model_validate({"port": server.port, **({"databases": ("erp",)} | options)}))


@asynccontextmanager
async def _restored(
    server: Postgres, workplace: Workplace, fetched: Path, manifest: Manifest
) -> AsyncIterator[RestoredPostgresql]:
    fresh_scratch(workplace)
    async with _source(server).restored(workplace, fetched, manifest) as restored:
        assert isinstance(restored, RestoredPostgresql)
        yield restored


async def test_what_comes_back_is_equal_in_every_section(server: Postgres, kept: tuple[Workplace, Dump, Path]) -> None:
    workplace, dump, fetched = kept
    assert {path.name for path in dump.paths} == {path.name for path in workplace.spool.iterdir()}
    assert dump.digests.keys() == set(dump.paths)
    async with _restored(server, workplace, fetched, dump.manifest) as restored:
        again = await restored.manifest()
        assert compare(dump.manifest, again) == ()
        assert await restored.answer("SELECT count(*) FROM sales.customer") == "300"
        assert await restored.answer(f"{ODD}: SELECT current_database()") == ODD
        with pytest.raises(RestoreError, match="read-only"):
            await restored.answer("DELETE FROM sales.customer")
        assert running("postgres", str(workplace.scratch))
        listening = await restored.answer("SELECT current_setting('listen_addresses') || current_setting('cluster_name')")
        assert listening == "wenyam scratch"
    assert running("postgres", str(workplace.scratch)) == []
    sections = dump.manifest.parts
    filled = {"rows", "content", "columns", "constraints", "indexes", "views", "routines", "triggers", "sequences", "grants"}
    assert all(sections[name] for name in filled | {"roles", "settings", "types", "policies", "rules", "event triggers"})
    assert sections["rows"]["erp.sales.customer"] == "300"
    assert dump.manifest.position.startswith("erp 0/")
    assert dump.manifest.tools["server"].startswith("15.")
    assert "clerk's" not in repr(dump.manifest)


@pytest.mark.long
async def test_an_emptied_table_a_dropped_index_and_a_missing_routine_are_each_told(
    server: Postgres, kept: tuple[Workplace, Dump, Path]
) -> None:
    workplace, dump, fetched = kept
    faults = {
        'TRUNCATE public."ใบ สั่ง ""ซื้อ"""': 'rows of erp.public."ใบ สั่ง ""ซื้อ""": 0, at backup time 50',
        "DROP INDEX sales.customer_lower": "indexes: erp.sales.customer_lower is missing",
        "DROP PROCEDURE public.purge": "routines: erp.public.purge(date) is missing",
        "DROP TRIGGER trim_name ON sales.customer": "triggers: erp.sales.customer.trim_name is missing",
        "ALTER TABLE sales.customer DROP CONSTRAINT customer_kind_check": "customer_kind_check is missing",
        "UPDATE public.child SET c = 3": "content of erp.public.child",
        "REVOKE SELECT ON sales.customer FROM clerk": "grants of erp.relation sales.customer",
        "SELECT setval('public.untouched', 3)": "sequences of erp.public.untouched",
    }
    async with _restored(server, workplace, fetched, dump.manifest) as restored:
        psql = Tools()("psql-15")
        for statement in faults:
            await restored.server.run(psql, "-q", "-o", "/dev/null", f"--command={statement}", database="erp")
        told = compare(dump.manifest, await restored.manifest())
    missing = [sentence for sentence in faults.values() if not any(sentence in each for each in told)]
    assert missing == [], told


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut at 60 %": lambda data: data[: len(data) * 6 // 10],
    "one byte flipped": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0x10]) + data[len(data) // 2 + 1 :],
}


@pytest.mark.long
async def test_a_cut_or_flipped_dump_is_told_by_its_hash_and_even_without_it(
    server: Postgres, kept: tuple[Workplace, Dump, Path]
) -> None:
    workplace, dump, fetched = kept
    for damage in DAMAGES.values():
        believed = damaged(fetched, workplace, dump.manifest, "db-erp.dump", damage)
        with pytest.raises(RestoreError, match=r"not what was dumped: db-erp\.dump now sha256="):
            async with _restored(server, workplace, fetched, dump.manifest):
                pass
        with pytest.raises(RestoreError, match="pg_restore failed"):
            async with _restored(server, workplace, fetched, believed):
                pass
        assert running("postgres", str(workplace.scratch)) == []
        stored(workplace, dump)
    async with _restored(server, workplace, fetched, dump.manifest) as restored:
        assert compare(dump.manifest, await restored.manifest()) == ()


async def test_writers_during_the_dump_do_not_part_manifest_and_restore(server: Postgres) -> None:
    """Money moves between two tables and rows come in, all the time; the restored sum is whole and the counts agree."""
    server.execute("CREATE DATABASE busy")
    server.execute("CREATE TABLE one (id bigserial PRIMARY KEY, amount integer)", "busy")
    server.execute("CREATE TABLE two (id bigserial, amount integer)", "busy")
    server.execute("INSERT INTO one (amount) SELECT 1 FROM generate_series(1, 20000)", "busy")
    server.execute(BIG.format(60_000), "busy")
    with database_workplace(server) as workplace, _writing(server) as written:
        source = _source(server, databases=("busy",), checksums=True)
        await until(lambda: written.count > 20)
        before = written.count
        dump = await source.dump(workplace)
        assert written.count > before
        fetched = stored(workplace, dump)
        async with _restored(server, workplace, fetched, dump.manifest) as restored:
            again = await restored.manifest()
            assert compare(dump.manifest, again) == ()
            assert await restored.answer("SELECT (SELECT count(*) FROM one) - (SELECT count(*) FROM two)") == "20000"
        assert int(dump.manifest.parts["rows"]["busy.public.one"]) > 20_000
        assert "sequences of busy.public.one_id_seq" in dump.manifest.parts[UNSETTLED]
        assert any("one_id_seq" in sentence for sentence in notes(dump.manifest, again))


class _Written:
    count = 0


class _writing:  # noqa: N801  # read as a word
    """Writes one row into each of two tables, transaction after transaction, until the block ends."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._stop = threading.Event()
        self._written = _Written()
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        with psycopg.connect(
            host=self._server.address, port=self._server.port, dbname="busy", user="postgres", password=self._server.password
        ) as connection:
            while not self._stop.is_set():
                with connection.transaction():
                    connection.execute("INSERT INTO one (amount) VALUES (1)")
                    connection.execute("INSERT INTO two (amount) VALUES (1)")
                self._written.count += 1

    def __enter__(self) -> _Written:
        self._thread.start()
        return self._written

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)


RIGHTS = """
CREATE ROLE wenyam_backup LOGIN PASSWORD 'backup-test';
GRANT pg_read_all_data TO wenyam_backup;
ALTER ROLE wenyam_backup BYPASSRLS;
ALTER ROLE wenyam_backup SET lo_compat_privileges = on;
"""
"""As docs/reference/backup-sources-databases.md says."""


async def test_an_account_with_exactly_the_documented_rights_is_enough(server: Postgres) -> None:
    server.execute("ALTER TABLE sales.customer FORCE ROW LEVEL SECURITY", "erp")
    server.execute(RIGHTS)
    with database_workplace(server, username="wenyam_backup", password="backup-test") as workplace:
        dump = await _source(server, databases=("erp",)).dump(workplace)
        fetched = stored(workplace, dump)
        assert "passwords of roles" in dump.manifest.parts[LEFT_OUT]
        assert b"SCRAM" not in (workplace.spool / "roles.sql").read_bytes()
        async with _restored(server, workplace, fetched, dump.manifest) as restored:
            assert compare(dump.manifest, await restored.manifest()) == ()
        server.execute("ALTER ROLE wenyam_backup NOBYPASSRLS")
        with pytest.raises(SourceError, match="row-level security"):
            await _source(server).dump(workplace)
        server.execute("ALTER ROLE wenyam_backup BYPASSRLS; REVOKE pg_read_all_data FROM wenyam_backup")
        with pytest.raises(SourceError, match="permission denied"):
            await _source(server).dump(workplace)
        server.execute("GRANT pg_read_all_data TO wenyam_backup")
        assert (await _source(server).dump(workplace)).paths


async def test_another_major_version_is_not_tested(server: Postgres, kept: tuple[Workplace, Dump, Path]) -> None:
    workplace, dump, fetched = kept
    older = replace(dump.manifest, tools={**dump.manifest.tools, "server": "14.9", "pg_dump": "14.9"})
    with pytest.raises(NotTestedError, match=r"wrong major version: this needs initdb of PostgreSQL 14, there is only 15\."):
        async with _restored(server, workplace, fetched, older):
            pass


async def test_a_dump_program_older_than_the_server_is_a_wrong_major_version(server: Postgres, tmp_path: Path) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.2'\n", encoding="ascii")
    old.chmod(0o700)
    words = r"wrong major version: this needs pg_dump of PostgreSQL 15, there is only 14\.2"
    with database_workplace(server, tools=lambda _: str(old)) as workplace, pytest.raises(SourceError, match=words):
        await _source(server).dump(workplace)


@pytest.mark.long
async def test_an_extension_that_is_not_here_is_not_tested(server: Postgres, kept: tuple[Workplace, Dump, Path]) -> None:
    workplace, dump, fetched = kept
    used = replace(dump.manifest, parts={**dump.manifest.parts, "extensions": {"erp.postgis": "schema public"}})
    with pytest.raises(NotTestedError, match="lacks extensions that the source uses: postgis"):
        async with _restored(server, workplace, fetched, used):
            pass


@pytest.mark.long
async def test_a_million_rows_come_back_equal(server: Postgres) -> None:
    server.execute("DROP TABLE IF EXISTS million;" + BIG.format(1_000_000).replace("big", "million"))
    with database_workplace(server) as workplace:
        dump = await _source(server, databases=("postgres",), checksums=True).dump(workplace)
        assert dump.manifest.parts["rows"]["postgres.public.million"] == "1000000"
        async with _restored(server, workplace, stored(workplace, dump), dump.manifest) as restored:
            assert compare(dump.manifest, await restored.manifest()) == ()
    server.execute("DROP TABLE million")
