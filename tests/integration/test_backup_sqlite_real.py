"""SQLite databases copied while somebody writes them, damaged on the way back, and asked questions."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.backup.comparison import LEFT_OUT, compare
from wenyam.backup.contract import Dump
from wenyam.backup.sources.sqlite import SqliteOptions, SqliteSource
from wenyam.errors import RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.testing.backups import Restic, make_workplace, open_folder

pytestmark = pytest.mark.real
HOSTILE = ("DELETE FROM adults", "PRAGMA user_version = 8", "SELECT load_extension('x')", "SELECT nothing FROM adults", "VACUUM")
SCHEMA = """
PRAGMA user_version = 7; PRAGMA application_id = 42;
CREATE TABLE "ลูกค้า" (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE "o""dd
name" (x);
CREATE VIEW adults AS SELECT * FROM "ลูกค้า" WHERE id > 1;
CREATE INDEX by_x ON "o""dd
name" (x);
CREATE TRIGGER t AFTER INSERT ON "ลูกค้า" BEGIN INSERT INTO "o""dd
name" VALUES (new.id); END;
CREATE VIRTUAL TABLE words USING fts5(body);
"""


@pytest.fixture(scope="module")
def restic(tmp_path_factory: pytest.TempPathFactory) -> Restic:
    return Restic(tmp_path_factory.mktemp("restic"))


@pytest.fixture
def public() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def make_database(path: Path, *, wal: bool = True, rows: int = 1000) -> None:
    with closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        connection.executemany('INSERT INTO "ลูกค้า" (name) VALUES (?)', [(f"นาย {number}",) for number in range(rows)])
        connection.execute("INSERT INTO words VALUES ('เวรยาม')")
        connection.commit()


async def dump_of(folder: Path, path: Path, seconds: float = 60.0) -> Dump:
    return await SqliteSource(SqliteOptions(path=str(path))).dump(make_workplace(folder, seconds=seconds))


def fetched_of(folder: Path, dump: Dump) -> tuple[Path, Path]:
    """Lay the dump where a restore would; return the root and the copy."""
    root = folder / "fetched"
    copy = root / str(dump.paths[0]).lstrip("/")
    copy.parent.mkdir(parents=True)
    shutil.copy2(dump.paths[0], copy)
    return root, copy


async def measured(folder: Path, root: Path, manifest: Manifest) -> Manifest:
    async with SqliteSource(SqliteOptions(path="/x")).restored(make_workplace(folder), root, manifest) as restored:
        return await restored.manifest()


@pytest.mark.parametrize("wal", [True, False])
async def test_a_database_comes_back_through_restic_as_it_was(tmp_path: Path, restic: Restic, wal: bool) -> None:  # noqa: FBT001  # a table
    path = tmp_path / "shop & 100%.db"
    make_database(path, wal=wal)
    dump = await dump_of(tmp_path, path)
    parts = dump.manifest.parts
    assert parts["rows"]["ลูกค้า"] == "1000"
    assert parts["rows"]['o"dd\nname'] == "1000"
    assert parts["header"] == {"user_version": "7", "application_id": "42", "encoding": "UTF-8", "page_size": "4096"}
    assert parts["views"]["adults"].startswith("CREATE VIEW adults")
    assert {"by_x", "sqlite_autoindex_ลูกค้า_1"} <= parts["indexes"].keys()
    assert list(parts["triggers"]) == ["t"]
    assert oct(dump.paths[0].stat().st_mode & 0o777) == "0o600"
    assert list(dump.digests) == list(dump.paths)
    restic.store(dump)
    root = restic.fetch(tmp_path / "fetched")
    assert compare(dump.manifest, await measured(tmp_path, root, dump.manifest)) == ()
    async with SqliteSource(SqliteOptions(path="/x")).restored(make_workplace(tmp_path), root, dump.manifest) as restored:
        assert await restored.answer('SELECT name FROM "ลูกค้า" ORDER BY id') == "นาย 0"
        assert await restored.answer("SELECT 1 WHERE 0") == ""
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i+1 FROM n WHERE i<9) SELECT max(i) FROM n"
        assert await restored.answer(numbers) == "9"
        for hostile in (*HOSTILE, f"ATTACH '{tmp_path}/new' AS x"):
            with pytest.raises(RestoreError):
                await restored.answer(hostile)
    assert not (tmp_path / "new").exists()


WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
print("writing", flush=True)
while True:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO pairs VALUES (1)")
    connection.execute("INSERT INTO mirrored VALUES (1)")
    connection.execute("COMMIT")
    time.sleep(0.003)  # leaves the lock to others now and then, as a real program does
"""


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
async def test_a_database_in_use_is_copied_as_of_one_moment(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "busy.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.executescript("CREATE TABLE pairs (x); CREATE TABLE mirrored (x); CREATE TABLE ballast (x)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [("x" * 4000,) for _ in range(12_000)])
        connection.commit()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)  # noqa: ASYNC220  # a test may
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        dump = await dump_of(tmp_path, path)
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    rows = dump.manifest.parts["rows"]
    assert rows["pairs"] == rows["mirrored"]
    root, _ = fetched_of(tmp_path, dump)
    assert compare(dump.manifest, await measured(tmp_path, root, dump.manifest)) == ()


def _sql(*statements: str) -> Callable[[Path], None]:
    def work(copy: Path) -> None:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return work


DAMAGE = {
    "emptied": (_sql('DELETE FROM "ลูกค้า"'), "rows of ลูกค้า: 0, at backup time 1000"),
    "index": (_sql("DROP INDEX by_x"), "indexes: by_x is missing"),
    "trigger": (_sql("DROP TRIGGER t"), "triggers: the whole section is missing, at backup time it had 1 items"),
    "view": (
        _sql("DROP VIEW adults", "CREATE VIEW adults AS SELECT 1"),
        "views of adults: CREATE VIEW adults AS SELECT 1, at backup",
    ),
    "table": (_sql("CREATE TABLE extra (x)"), "rows: extra extra"),
    "version": (_sql("PRAGMA user_version = 8"), "header of user_version: 8, at backup time 7"),
    "value": (_sql("UPDATE words SET body = 'x'"), "file of database.sqlite: "),
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_each_difference_of_the_restored_database_is_its_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "shop.db"
    make_database(path)
    dump = await dump_of(tmp_path, path)
    root, copy = fetched_of(tmp_path, dump)
    damage, sentence = DAMAGE[name]
    damage(copy)
    said = compare(dump.manifest, await measured(tmp_path, root, dump.manifest))
    assert any(each.startswith(sentence) for each in said), said


async def test_a_flipped_or_cut_copy_and_a_missing_one_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    make_database(path)
    dump = await dump_of(tmp_path, path)
    root, copy = fetched_of(tmp_path, dump)
    data = bytearray(copy.read_bytes())
    data[8192:8300] = bytes(108)
    copy.write_bytes(data)
    with pytest.raises(RestoreError, match=r"database\.sqlite( is damaged)?: "):
        await measured(tmp_path, root, dump.manifest)
    copy.write_bytes(dump.paths[0].read_bytes()[:9000])
    with pytest.raises(RestoreError, match=r"database\.sqlite( is damaged)?: "):
        await measured(tmp_path, root, dump.manifest)
    copy.write_bytes(dump.paths[0].read_bytes())
    assert compare(dump.manifest, await measured(tmp_path, root, dump.manifest)) == ()
    copy.unlink()
    with pytest.raises(RestoreError, match="did not come back"):
        await measured(tmp_path, root, dump.manifest)


async def test_a_damaged_source_is_red_and_the_repaired_one_green(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    make_database(path, wal=False)
    good = path.read_bytes()
    data = bytearray(good)
    data[8192:8400] = b"\xff" * 208
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"database\.sqlite"):
        await dump_of(tmp_path, path)
    path.write_bytes(b"this is no database at all" * 1000)
    with pytest.raises(SourceError, match="file is not a database"):
        await dump_of(tmp_path, path)
    path.write_bytes(good)
    assert (await dump_of(tmp_path, path)).manifest.parts["rows"]["ลูกค้า"] == "1000"


async def test_a_missing_database_is_named_and_nothing_is_made_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "absent.db"
    with pytest.raises(SourceError, match=f"{path}: there is no such file"):
        await dump_of(tmp_path, path)
    assert not path.exists()


async def test_a_locked_database_and_a_spent_deadline_are_sentences(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    make_database(path, wal=False)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceError, match=r"locked|not done in time"):
            await dump_of(tmp_path, path, seconds=2.0)
        other.execute("ROLLBACK")
    assert (await dump_of(tmp_path, path)).manifest.items
    with pytest.raises(SourceError, match="not done in time"):
        await dump_of(tmp_path, path, seconds=0.0)


async def test_an_endless_question_ends_at_the_deadline(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    make_database(path)
    dump = await dump_of(tmp_path, path)
    root, _ = fetched_of(tmp_path, dump)
    place = make_workplace(tmp_path, seconds=1.0)
    async with SqliteSource(SqliteOptions(path="/x")).restored(place, root, dump.manifest) as restored:
        with pytest.raises(RestoreError, match="not done in time"):
            await restored.answer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n")


async def test_a_table_that_this_sqlite_cannot_count_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    make_database(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = 'CREATE VIRTUAL TABLE words USING strange(body)' WHERE name = 'words'")
    dump = await dump_of(tmp_path, path)
    assert dump.manifest.parts[LEFT_OUT] == {"rows of words": "a virtual table, and this SQLite has no such module: strange"}


async def test_a_database_of_a_device_is_refused(tmp_path: Path) -> None:
    place = replace(make_workplace(tmp_path), address="127.0.0.1")
    with pytest.raises(SourceError, match="this machine only"):
        await SqliteSource(SqliteOptions(path="/x")).dump(place)


CLEANLY_STOPPED = """
import asyncio, os, sys
from pathlib import Path
from wenyam.backup.sources.sqlite import SqliteOptions, SqliteSource
from wenyam.testing.backups import make_workplace
os.setgroups([]); os.setgid(65534); os.setuid(65534)
async def main():
    dump = await SqliteSource(SqliteOptions(path=sys.argv[1])).dump(make_workplace(Path(sys.argv[2])))
    print(dump.manifest.parts["rows"]["ลูกค้า"])
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_cleanly_stopped_database_is_copied_by_who_may_only_read(public: Path) -> None:
    path, place = public / "shop.db", public / "place"
    make_database(path)
    place.mkdir()
    place.chmod(0o777)
    words = [sys.executable, "-c", CLEANLY_STOPPED, str(path), str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, cwd="/")
    assert (done.stdout, done.stderr) == ("1000\n", "")


async def test_the_copy_goes_on_while_the_loop_does_other_things(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    make_database(path, rows=20_000)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.001)

    beating = asyncio.create_task(beat())
    await dump_of(tmp_path, path)
    beating.cancel()
    assert beats > 5
