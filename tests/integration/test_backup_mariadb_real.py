"""MariaDB's source on a real server: what comes back is equal, and every way in which it can be less is seen."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import pymysql
import pytest

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, compare, notes
from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources.databases import DatabaseOptions
from wenyam.backup.sources.mariadb import GLOBAL_LOCK, NO_LOCK, TABLE_LOCKS, MariaDbSource
from wenyam.backup.sources.mariadb_restore import RestoredMariaDb
from wenyam.errors import NotTestedError, RestoreError, SourceError
from wenyam.links.tools import Tools
from wenyam.model.backup import Manifest
from wenyam.testing.database_backups import damaged, database_workplace, fresh_scratch, running, stored, until
from wenyam.testing.databases import MariaDb

pytestmark = pytest.mark.real
SCHEMA = Path(__file__).with_name("backup_schemas") / "mariadb.sql"
ODD = 'ฐาน ข้อมูล=x "q" /a%'
TRAILER = b"-- Dump completed\n"


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with MariaDb(settings=("log-bin=bin", "server-id=7")) as running_server:
        running_server.execute("CREATE DATABASE erp CHARACTER SET utf8mb4 COLLATE utf8mb4_thai_520_w2")
        running_server.execute(SCHEMA.read_text(encoding="utf-8"), "erp")
        running_server.execute(f"CREATE DATABASE `{ODD}`; CREATE DATABASE busy")
        yield running_server


@pytest.fixture(scope="module")
def kept(server: MariaDb) -> Iterator[tuple[Workplace, Dump, Path]]:
    """Give one good dump and where it lies stored; tests that damage a copy of it repair it again."""
    with database_workplace(server) as workplace:
        dump = asyncio.run(_source(server, databases=("erp", ODD), checksums=True).dump(workplace))
        yield workplace, dump, stored(workplace, dump)


def _source(server: MariaDb, **options: object) -> MariaDbSource:
    return MariaDbSource(DatabaseOptions.model_validate({"port": server.port, **({"databases": ("erp",)} | options)}))


@asynccontextmanager
async def _restored(server: MariaDb, workplace: Workplace, fetched: Path, manifest: Manifest) -> AsyncIterator[RestoredMariaDb]:
    fresh_scratch(workplace)
    async with _source(server).restored(workplace, fetched, manifest) as restored:
        assert isinstance(restored, RestoredMariaDb)
        yield restored


def _script(folder: Path, body: str) -> Callable[[str], str]:
    """Return tools whose mariadb-dump is a script around the real one, `$REAL`; `$FILE` is what it writes."""
    path = folder / "mariadb-dump"
    head = 'REAL=/usr/bin/mariadb-dump\nfor w in "$@"; do case $w in --result-file=*) FILE=${w#--result-file=};; esac; done'
    path.write_text(f"#!/bin/sh\n{head}\n{body}\n", encoding="utf-8")
    path.chmod(0o700)
    return lambda name: str(path) if name == "mariadb-dump" else Tools()(name)


def _change(server: MariaDb, statement: str) -> str:
    """Return shell words that run a statement on the server."""
    client = f"/usr/bin/mariadb --no-defaults -h {server.address} -P {server.port} -u root -p{server.password}"
    return f'{client} -e "{statement}"'


def _execute(restored: RestoredMariaDb, statement: str) -> None:
    with pymysql.connect(unix_socket=restored.login.address, user=restored.login.username, database="erp") as connection:
        connection.cursor().execute(statement)
        connection.commit()


async def test_what_comes_back_is_equal_in_every_section(server: MariaDb, kept: tuple[Workplace, Dump, Path]) -> None:
    workplace, dump, fetched = kept
    assert {path.name for path in dump.paths} == {path.name for path in workplace.spool.iterdir()}
    assert dump.digests.keys() == set(dump.paths)
    async with _restored(server, workplace, fetched, dump.manifest) as restored:
        again = await restored.manifest()
        assert compare(dump.manifest, again) == ()
        assert again.tools["identity"] != dump.manifest.tools["identity"]
        assert await restored.answer("SELECT count(*) FROM totals") == "50"
        assert await restored.answer(f"{ODD}: SELECT database()") == ODD
        with pytest.raises(RestoreError, match="READ ONLY"):
            await restored.answer("DELETE FROM entry")
        assert running("mariadbd", str(workplace.scratch))
        assert await restored.answer("SELECT concat(@@skip_networking, @@event_scheduler)") == "ONOFF"
    assert running("mariadbd", str(workplace.scratch)) == []
    sections = dump.manifest.parts
    filled = {"rows", "content", "columns", "constraints", "indexes", "views", "routines", "triggers", "sequences", "grants"}
    assert all(sections[name] for name in filled | {"roles", "settings", "events", "tables"})
    assert sections["rows"]["`erp`.`kept`"] == "3"
    tools = dump.manifest.tools
    assert (tools["lock for `erp`"], tools["not transactional in `erp`"]) == (GLOBAL_LOCK, "`aria_log`, `old_log`")
    assert "0-7-" in dump.manifest.position
    assert "bin.0" in dump.manifest.position
    shown = repr(dump.manifest)
    assert "secret" not in shown
    assert server.execute("SELECT Password FROM mysql.user WHERE User = 'clerk'").strip() not in shown


@pytest.mark.long
async def test_an_emptied_table_a_dropped_index_and_a_missing_routine_are_each_told(
    server: MariaDb, kept: tuple[Workplace, Dump, Path]
) -> None:
    workplace, dump, fetched = kept
    faults = {
        'DELETE FROM `ord``er "x"`': 'rows of `erp`.`ord``er "x"`: 0, at backup time 50',
        "DROP INDEX `ยอด` ON `ลูกค้า one`": "indexes: `erp`.`ลูกค้า one`.`ยอด` is missing",
        "DROP PROCEDURE `ลบ old`": "routines: procedure `erp`.`ลบ old` is missing",
        "DROP TRIGGER second_of": "triggers: `erp`.`second_of` is missing",
        "DROP EVENT nightly": "events: the whole section is missing",
        'ALTER TABLE `ord``er "x"` DROP CONSTRAINT positive': "`positive` is missing",
        "UPDATE old_log SET t = 'x'": "content of `erp`.`old_log`",
        "REVOKE UPDATE (credit) ON `ลูกค้า one` FROM clerk@'%'": "grants of `clerk`@`%`",
        "SELECT setval(ticket, 900)": "sequences of `erp`.`ticket`",
        "DELETE HISTORY FROM kept": "rows of `erp`.`kept`: 1, at backup time 3",
    }
    async with _restored(server, workplace, fetched, dump.manifest) as restored:
        for statement in faults:
            _execute(restored, statement)
        told = compare(dump.manifest, await restored.manifest())
    missing = [sentence for sentence in faults.values() if not any(sentence in each for each in told)]
    assert missing == [], told


def _at_statement_boundary(data: bytes) -> bytes:
    """Cut after the first table's rows, as if the rest had never been written, and put the trailer back."""
    return data[: data.index(b";\n", data.index(b"INSERT INTO `ord``er")) + 2] + TRAILER


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut at 60 %": (lambda data: data[: len(data) * 6 // 10], "does not end with '-- Dump completed'"),
    "cut at a statement boundary": (lambda data: _at_statement_boundary(data).removesuffix(TRAILER), "does not end with"),
}


@pytest.mark.long
async def test_a_cut_dump_is_told_by_its_hash_by_its_trailer_and_by_what_came_back(
    server: MariaDb, kept: tuple[Workplace, Dump, Path]
) -> None:
    workplace, dump, fetched = kept
    for damage, words in DAMAGES.values():
        believed = damaged(fetched, workplace, dump.manifest, "db-erp.sql", damage)
        with pytest.raises(RestoreError, match=r"not what was dumped: db-erp\.sql now sha256="):
            async with _restored(server, workplace, fetched, dump.manifest):
                pass
        with pytest.raises(RestoreError, match=words):
            async with _restored(server, workplace, fetched, believed):
                pass
        stored(workplace, dump)
    believed = damaged(fetched, workplace, dump.manifest, "db-erp.sql", _at_statement_boundary)
    async with _restored(server, workplace, fetched, believed) as restored:
        told = compare(believed, await restored.manifest())
    assert any(sentence.startswith("rows: `erp`.`ลูกค้า one` is missing") for sentence in told), told
    assert any(sentence.startswith("routines: the whole section is missing") for sentence in told), told
    stored(workplace, dump)


@pytest.mark.long
async def test_a_flipped_byte_is_told_by_the_hash_and_by_the_content(server: MariaDb, kept: tuple[Workplace, Dump, Path]) -> None:
    workplace, dump, fetched = kept
    believed = damaged(fetched, workplace, dump.manifest, "db-erp.sql", lambda data: data.replace(b"line\\r", b"lyne\\r", 1))
    with pytest.raises(RestoreError, match=r"not what was dumped"):
        async with _restored(server, workplace, fetched, dump.manifest):
            pass
    async with _restored(server, workplace, fetched, believed) as restored:
        told = compare(believed, await restored.manifest())
    assert [sentence.partition(":")[0] for sentence in told] == ['content of `erp`.`ord``er "x"`']
    stored(workplace, dump)
    async with _restored(server, workplace, fetched, dump.manifest) as restored:
        assert compare(dump.manifest, await restored.manifest()) == ()


async def test_a_definition_that_changes_during_the_dump_is_no_dump(server: MariaDb, tmp_path: Path) -> None:
    change = _change(server, "CREATE TABLE erp.late (a int)")
    with database_workplace(server, tools=_script(tmp_path, f'$REAL "$@" || exit; {change}')) as workplace:
        with pytest.raises(SourceError, match=r"definitions changed while they were dumped: columns `erp`\.`late`"):
            await _source(server).dump(workplace)
        server.execute("DROP TABLE late", "erp")
        assert (await _source(server).dump(replace(workplace, tools=Tools()))).paths


@pytest.mark.long
async def test_writers_during_the_dump_do_not_part_manifest_and_restore(server: MariaDb) -> None:
    """Rows come into two tables in one transaction, all the time; what is restored has as many of both, and the counts agree."""
    server.execute(
        "CREATE TABLE one (id bigint AUTO_INCREMENT PRIMARY KEY, amount int); CREATE TABLE two LIKE one;"
        "CREATE SEQUENCE numbers NOCACHE; INSERT INTO one (amount) SELECT 1 FROM seq_1_to_20000;"
        "CREATE TABLE filler AS SELECT seq AS id, md5(seq) AS text FROM seq_1_to_60000",
        "busy",
    )
    with database_workplace(server) as workplace, _Writing(server) as writing:
        source = _source(server, databases=("busy",), checksums=True)
        await until(lambda: writing.count > 20)
        before = writing.count
        dump = await source.dump(workplace)
        assert writing.count > before
        assert dump.manifest.tools["lock for `busy`"] == GLOBAL_LOCK
        async with _restored(server, workplace, stored(workplace, dump), dump.manifest) as restored:
            again = await restored.manifest()
            assert compare(dump.manifest, again) == ()
            assert await restored.answer("SELECT (SELECT count(*) FROM one) - (SELECT count(*) FROM two)") == "20000"
        assert int(dump.manifest.parts["rows"]["`busy`.`one`"]) > 20_000
        assert list(dump.manifest.parts[UNSETTLED]) == ["sequences of `busy`.`numbers`"]
        assert any("numbers" in sentence for sentence in notes(dump.manifest, again))


class _Writing:
    """Writes one row into each of two tables, transaction after transaction, until the block ends."""

    def __init__(self, server: MariaDb) -> None:
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.count = 0

    def _work(self) -> None:
        with pymysql.connect(
            host=self._server.address, port=self._server.port, database="busy", user="root", password=self._server.password
        ) as connection:
            cursor = connection.cursor()
            while not self._stop.is_set():
                for statement in ("INSERT INTO one (amount) VALUES (1)", "INSERT INTO two (amount) VALUES (1)"):
                    cursor.execute(statement)
                cursor.execute("SELECT nextval(numbers)")
                connection.commit()
                self.count += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)


@pytest.mark.long
async def test_without_any_lock_counts_that_moved_are_told_and_prove_nothing(server: MariaDb, tmp_path: Path) -> None:
    server.execute("CREATE DATABASE free; CREATE TABLE free.t (a int) ENGINE=InnoDB; INSERT INTO free.t VALUES (1)")
    _account(server, "free", "SELECT, SHOW VIEW, TRIGGER, EVENT")
    insert = _change(server, "INSERT INTO free.t VALUES (2)")
    body = f'case "$*" in *--databases*) {insert};; esac; exec $REAL "$@"'
    with database_workplace(server, username="keeper", password="keeper-test", tools=_script(tmp_path, body)) as workplace:
        source = _source(server, databases=("free",))
        dump = await source.dump(workplace)
        assert dump.manifest.tools["lock for `free`"] == NO_LOCK
        assert dump.manifest.parts[UNSETTLED] == {"rows of `free`.`t`": "1 before the dump, 2 after it"}
        async with _restored(server, workplace, stored(workplace, dump), dump.manifest) as restored:
            assert compare(dump.manifest, await restored.manifest()) == ()
        quiet = await source.dump(replace(workplace, tools=Tools()))
        assert UNSETTLED not in quiet.manifest.parts


def _account(server: MariaDb, database: str, rights: str, everywhere: str = "") -> None:
    """Make an account with exactly these rights."""
    server.execute("DROP USER IF EXISTS keeper@'%'; CREATE USER keeper@'%' IDENTIFIED BY 'keeper-test'")
    server.execute(f"GRANT {rights} ON `{database}`.* TO keeper@'%'; GRANT SELECT ON mysql.* TO keeper@'%'")
    if everywhere:
        server.execute(f"GRANT {everywhere} ON *.* TO keeper@'%'")


async def test_an_account_with_exactly_the_documented_rights_is_enough(server: MariaDb) -> None:
    needed = "SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES"
    with database_workplace(server, username="keeper", password="keeper-test") as workplace:
        _account(server, "erp", needed)
        dump = await _source(server, checksums=True).dump(workplace)
        assert dump.manifest.tools["lock for `erp`"] == TABLE_LOCKS
        assert UNSETTLED not in dump.manifest.parts
        # Since the restart in a test above, MariaDB has lost a grant that it wrote down wrongly; it cannot come back.
        assert all("on routines that are not there" in why for why in dump.manifest.parts.get(LEFT_OUT, {}).values())
        async with _restored(server, workplace, stored(workplace, dump), dump.manifest) as restored:
            assert compare(dump.manifest, await restored.manifest()) == ()
        _account(server, "erp", needed, everywhere="RELOAD, BINLOG MONITOR")
        better = await _source(server).dump(workplace)
        assert better.manifest.tools["lock for `erp`"] == GLOBAL_LOCK
        assert "bin.0" in better.manifest.position
        for right in ("SHOW VIEW", "TRIGGER", "EVENT"):
            _account(server, "erp", ", ".join(each for each in needed.split(", ") if each != right))
            with pytest.raises(SourceError, match=f"may not {right} in `erp`"):
                await _source(server).dump(workplace)
        _account(server, "erp", needed)
        server.execute("REVOKE SELECT ON mysql.* FROM keeper@'%'")
        with pytest.raises(SourceError, match="may not read the definitions of routines"):
            await _source(server).dump(workplace)


async def test_another_series_is_not_tested(server: MariaDb, kept: tuple[Workplace, Dump, Path]) -> None:
    workplace, dump, fetched = kept
    for version, words in {
        "10.6.3-MariaDB": "wrong major version: the source is MariaDB 10.6",
        "8.0.33": "private MySQL 8.0",
    }.items():
        other = replace(dump.manifest, tools={**dump.manifest.tools, "server": version})
        with pytest.raises(NotTestedError, match=words):
            async with _restored(server, workplace, fetched, other):
                pass


@pytest.mark.long
async def test_a_million_rows_come_back_equal(server: MariaDb) -> None:
    server.execute("CREATE DATABASE million")
    server.execute("CREATE TABLE t AS SELECT seq AS id, md5(seq) AS t FROM seq_1_to_1000000", "million")
    with database_workplace(server) as workplace:
        dump = await _source(server, databases=("million",)).dump(workplace)
        assert dump.manifest.parts["rows"]["`million`.`t`"] == "1000000"
        async with _restored(server, workplace, stored(workplace, dump), dump.manifest) as restored:
            assert compare(dump.manifest, await restored.manifest()) == ()
    server.execute("DROP DATABASE million")
