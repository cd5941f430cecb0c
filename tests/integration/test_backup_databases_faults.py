"""Faults that PostgreSQL's and MariaDB's sources have in common, caused on both: what is not whole is never handed over."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from wenyam import plugins
from wenyam.backup.contract import Source
from wenyam.backup.sources.loading import refuse_production
from wenyam.errors import ConnectionRefusedByDeviceError, CredentialsRefusedError, RestoreError, SourceError
from wenyam.links.tools import Tools
from wenyam.testing.database_backups import database_workplace, fresh_scratch, kill_when_writing, stored
from wenyam.testing.databases import Database, MariaDb, Postgres

pytestmark = pytest.mark.real
ROWS = 120_000


@dataclass(frozen=True)
class Kind:
    """One database system, and the names that things have in it."""

    server: type[Postgres | MariaDb]
    source: str
    tool: str
    """Name under which the source asks for its dump program."""
    program: str
    dump: str
    """What the file of a database is called, and below the file that is dumped beside it."""
    beside: str
    option: str
    """How the program is told its file."""
    big: str
    counted: str
    """Name of the large table in the manifest."""
    shortened: str
    """What is said of a dump that is too short, and below of one that is not there."""
    absent: str


KINDS = (
    Kind(
        Postgres, "postgresql", "pg_dump-15", "pg_dump", "db-erp.dump", "roles.sql", "--file=",
        "CREATE TABLE big AS SELECT i, md5(i::text) FROM generate_series(1, {}) i", "erp.public.big",
        "pg_restore failed", "pg_restore failed",
    ),
    Kind(
        MariaDb, "mariadb", "mariadb-dump", "mariadb-dump", "db-erp.sql", "users.sql", "--result-file=",
        "CREATE TABLE big AS SELECT seq AS i, md5(seq) AS t FROM seq_1_to_{}", "`erp`.`big`",
        "does not end with '-- Dump completed'", "No such file",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A server with one small database, and its source."""

    kind: Kind
    server: Database

    def source(self, **options: object) -> Source:
        load: Any = plugins.load(plugins.SOURCES, self.kind.source)
        made: Source = load(load.Config.model_validate({"port": self.server.port, "databases": ("erp",), **options}))
        return made

    def tools(self, folder: Path, body: str) -> Callable[[str], str]:
        """Return tools whose dump program is a script around the real one, `$REAL`; `$FILE` is what it writes."""
        real, path, option = Tools()(self.kind.tool), folder / self.kind.program, self.kind.option
        head = f'REAL={real}\n[ "$1" = --version ] && exec $REAL --version\n'
        file = f'for w in "$@"; do case $w in {option}*) FILE=${{w#{option}}};; esac; done'
        path.write_text(f"#!/bin/sh\n{head}{file}\n{body}\n", encoding="utf-8")
        path.chmod(0o700)
        return lambda name: str(path) if name == self.kind.tool else Tools()(name)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.source)
def there(request: pytest.FixtureRequest) -> Iterator[Running]:
    kind: Kind = request.param
    with kind.server() as server:
        server.execute("CREATE DATABASE erp")
        server.execute("CREATE TABLE letter (number int PRIMARY KEY, subject varchar(90) NOT NULL)", "erp")
        server.execute("INSERT INTO letter VALUES (1, 'หนังสือเวียน'), (2, 'บันทึก')", "erp")
        yield Running(kind, server)


@pytest.mark.parametrize("body", ['$REAL "$@"; truncate -s -400 "$FILE"', '$REAL "$@"; exit 2', "exit 0"])
async def test_a_dump_that_only_looks_whole_is_never_handed_over(there: Running, tmp_path: Path, body: str) -> None:
    kind = there.kind
    words = {"exit 0": kind.absent, '$REAL "$@"; exit 2': rf"{kind.program} failed \(status 2\)"}.get(body, kind.shortened)
    with database_workplace(there.server, tools=there.tools(tmp_path, body)) as workplace:
        with pytest.raises(SourceError, match=words):
            await there.source().dump(workplace)
        assert [path.name for path in workplace.spool.iterdir() if path.name.startswith(".")] == []
        assert (await there.source().dump(replace(workplace, tools=Tools()))).manifest.items


@pytest.mark.long
async def test_a_dump_program_killed_midway_leaves_no_dump_and_no_lock(there: Running) -> None:
    there.server.execute(there.kind.big.format(ROWS), "erp")
    try:
        with database_workplace(there.server) as workplace:
            killing = asyncio.create_task(kill_when_writing(there.kind.program, workplace.spool / there.kind.dump))
            with pytest.raises(SourceError, match=f"{there.kind.program} was ended by signal 9"):
                await there.source().dump(workplace)
            assert await killing
            there.server.execute("INSERT INTO big VALUES (0, 'x')", "erp")
            dump = await there.source().dump(workplace)
            assert dump.manifest.parts["rows"][there.kind.counted] == str(ROWS + 1)
    finally:
        there.server.execute("DROP TABLE big", "erp")


async def test_a_wrong_password_is_the_credentials_own_error(there: Running) -> None:
    with database_workplace(there.server, password="canary-wrong") as workplace:
        with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
            await there.source().dump(workplace)
        assert list(workplace.spool.iterdir()) == []
    assert "canary" not in str(refused.value) + repr(refused.value.__cause__)


async def test_a_stopped_server_refuses_and_a_started_one_is_dumped(there: Running) -> None:
    with database_workplace(there.server) as workplace:
        there.server.stop()
        with pytest.raises(ConnectionRefusedByDeviceError):
            await there.source().dump(workplace)
        there.server.start()
        assert (await there.source().dump(workplace)).paths


async def test_an_absent_database_is_named(there: Running) -> None:
    with database_workplace(there.server) as workplace, pytest.raises(Exception, match="nosuch"):
        await there.source(databases=("erp", "nosuch")).dump(workplace)


async def test_a_lost_dump_file_is_named_and_production_itself_is_refused_as_target(there: Running) -> None:
    with database_workplace(there.server) as workplace:
        dump = await there.source().dump(workplace)
        fetched = stored(workplace, dump)
        (fetched / workplace.spool.relative_to("/") / there.kind.beside).unlink()
        fresh_scratch(workplace)
        with pytest.raises(RestoreError, match=f"lacks {there.kind.beside}"):
            async with there.source().restored(workplace, fetched, dump.manifest):
                pass
    with pytest.raises(RestoreError, match="nothing was loaded"):
        refuse_production(dump.manifest.tools["identity"], dump.manifest)
    refuse_production("another", dump.manifest)
