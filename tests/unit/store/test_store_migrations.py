"""schema.sql equals all migrations, and a migration is whole or did not happen."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from wenyam.errors import StoreError
from wenyam.model.instants import Instant
from wenyam.store import queries
from wenyam.store.locks import write_lock
from wenyam.store.migrations import STEPS, migrate, statements
from wenyam.store.opening import APPLICATION, SCHEMA_VERSION, connect_writer
from wenyam.store.sqlite import open_reader


@pytest.fixture
def empty() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return {
        (kind, name, " ".join(line for row in sql.splitlines() for line in row.partition("--")[0].split()))
        for kind, name, sql in rows
    }


def test_schema_sql_equals_all_migrations(empty: sqlite3.Connection) -> None:
    migrate(empty, 0)
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(queries.read("schema.sql"))
        assert schema(empty) == schema(fresh)
    assert empty.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,) == (len(STEPS),)


def test_every_named_query_is_valid_sql(empty: sqlite3.Connection) -> None:
    migrate(empty, 0)
    for name in queries.names():
        text = queries.query(name)
        numbered = set(re.findall(r"\?\d", text))
        values = [None] * (len(numbered) or text.count("?"))
        assert empty.execute(f"EXPLAIN {text}", values).fetchall(), name


def test_statements_keep_their_triggers_whole() -> None:
    found = statements(queries.read("schema.sql"))
    assert sum("CREATE TRIGGER" in statement for statement in found) == 8
    assert all(sqlite3.complete_statement(statement) for statement in found)


def _add_remark(connection: sqlite3.Connection) -> None:
    Database(connection).table("run").add_column("remark", str)


def _break(connection: sqlite3.Connection) -> None:
    _add_remark(connection)
    connection.execute("INSERT INTO timeline VALUES (77, 1, 'up', 1, 0, 0, 0)")


def test_an_older_database_is_migrated_step_by_step(empty: sqlite3.Connection) -> None:
    migrate(empty, 0)
    migrate(empty, SCHEMA_VERSION, (*STEPS, _add_remark))
    assert empty.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
    assert "remark" in [column[1] for column in empty.execute("PRAGMA table_info(run)")]


def test_a_migration_that_fails_leaves_the_old_schema(empty: sqlite3.Connection) -> None:
    migrate(empty, 0)
    before = schema(empty)
    with pytest.raises(
        sqlite3.IntegrityError, match=f"migration {SCHEMA_VERSION + 1} would leave 1 rows without what they refer to"
    ):
        migrate(empty, SCHEMA_VERSION, (*STEPS, _break))
    assert schema(empty) == before
    assert empty.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_database_of_the_first_version_keeps_its_rows_and_gains_the_new_tables(empty: sqlite3.Connection) -> None:
    migrate(empty, 0, STEPS[:1])
    empty.execute("INSERT INTO instance VALUES (1, 'lab', 0)")
    migrate(empty, 1)
    assert empty.execute("SELECT name FROM instance").fetchone() == ("lab",)
    assert [Database(empty)[name].count for name in ("cursor", "received")] == [0, 0]


def test_a_database_of_the_second_version_gains_the_running_totals_a_writer_would_have_made(empty: sqlite3.Connection) -> None:
    rows = [(1, 100, "up", 3), (1, 150, "down", 4), (1, 175, "unknown", 5), (1, 200, "unreachable", 6), (1, 230, "up", 7)]
    migrate(empty, 0, STEPS[:2])
    empty.execute("INSERT INTO subject VALUES (1, 'device', 'web', 'alive'), (2, 'device', 'core', 'alive')")
    empty.executemany("INSERT INTO timeline VALUES (?, ?, ?, ?)", [*rows, (2, 90, "down", 2)])
    migrate(empty, 2)
    kept = empty.execute("SELECT * FROM timeline ORDER BY subject, effective").fetchall()
    assert [row[4:] for row in kept] == [(0, 0, 0), (50, 0, 0), (50, 25, 0), (50, 25, 0), (50, 25, 30), (0, 0, 0)]
    empty.execute("DELETE FROM timeline")
    for row in [*rows, (2, 90, "down", 2)]:
        empty.execute(queries.query("insert_timeline"), row)
    assert empty.execute("SELECT * FROM timeline ORDER BY subject, effective").fetchall() == kept


def test_an_older_database_is_migrated_at_start_and_refused_by_a_reader_before(directory: Path) -> None:
    directory.mkdir()
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        connection.executescript(
            f"PRAGMA application_id = {APPLICATION}; CREATE TABLE keepsake (id INTEGER); PRAGMA user_version = 0"
        )
    with pytest.raises(StoreError, match=r"has the older schema 0\. Start 'wenyam run' of this version once; it migrates\."):
        open_reader(directory)
    with write_lock(directory), closing(connect_writer(directory, "lab", Instant(0))) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("SELECT count(*) FROM keepsake").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM fact").fetchone() == (0,)
