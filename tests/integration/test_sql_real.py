"""The SQL collector on real PostgreSQL and MariaDB servers; the two engines that are not here are asked at closed ports."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from wenyam.collectors.contract import Target
from wenyam.collectors.sql import SqlCollector, SqlOptions
from wenyam.errors import (
    CollectError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    NoAnswerError,
    SecretError,
    UnknownHostError,
)
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential
from wenyam.model.samples import Reading
from wenyam.testing.collecting import make_context, make_credential, value
from wenyam.testing.databases import MariaDb, Postgres

pytestmark = pytest.mark.real
HERE = Target("db", "127.0.0.1")
Server = Postgres | MariaDb
DATABASE = "app"
SLEEP = {"postgresql": "SELECT pg_sleep(20)", "mariadb": "SELECT sleep(20)"}


@pytest.fixture(scope="module", params=[Postgres, MariaDb])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind: type[Server] = request.param
    with kind() as running:
        statements = "CREATE TABLE stock (item varchar(40), amount integer); INSERT INTO stock VALUES ('ข้าว', 7), ('x', 9);"
        utf8 = "" if isinstance(running, Postgres) else " CHARACTER SET utf8mb4"
        running.execute(f"CREATE DATABASE {DATABASE}{utf8}")
        running.execute(statements, DATABASE)
        yield running


def _engine(server: Server) -> str:
    return "postgresql" if isinstance(server, Postgres) else "mariadb"


def _login(folder: Path, server: Server, password: str | None = None) -> Credential:
    return make_credential(folder, "sql", server.superuser, password=password or server.password)


async def _read(server: Server, links: Links, login: Credential, seconds: float = 10.0, **options: object) -> Reading:
    given = {"engine": _engine(server), "database": DATABASE, "port": server.port, **options}
    return await SqlCollector(SqlOptions.model_validate(given)).collect(HERE, make_context(links, seconds, login))


async def test_numbers_and_truth_values_are_read_with_bound_parameters(server: Server, links: Links, tmp_path: Path) -> None:
    queries = {
        "rice": {"text": "SELECT amount FROM stock WHERE item = %s", "parameters": ["ข้าว"]},
        "hostile": {"text": "SELECT count(*) FROM stock WHERE item = %s", "parameters": ["'; DROP TABLE stock; --"]},
        "ratio": {"text": "SELECT 0.25"},
        "yes": {"text": "SELECT true"},
        "all": {"text": "SELECT amount FROM stock ORDER BY amount DESC"},
    }
    reading = await _read(server, links, _login(tmp_path, server), queries=queries)
    assert reading.complete
    values = {name: value(reading, "sql_query_value", {"query": name}) for name in queries}
    assert values == {"rice": 7, "hostile": 0, "ratio": 0.25, "yes": 1, "all": 9}
    assert (value(reading, "sql_connect_seconds") or 0) > 0


async def test_a_broken_empty_or_wordy_query_fails_alone(server: Server, links: Links, tmp_path: Path) -> None:
    queries = {
        "broken": {"text": "SELECT nonsense FROM nowhere"},
        "empty": {"text": "SELECT amount FROM stock WHERE item = 'absent'"},
        "words": {"text": "SELECT '12'"},
        "null": {"text": "SELECT NULL"},
        "good": {"text": "SELECT 1"},
    }
    reading = await _read(server, links, _login(tmp_path, server), queries=queries)
    sentences = " | ".join(failure.sentence for failure in reading.failures)
    for expected in ("'broken'", "'empty' brought no row", "'words' brought text", "'null' brought NULL"):
        assert expected in sentences
    assert len(reading.failures) == 4
    assert value(reading, "sql_query_value", {"query": "good"}) == 1


async def test_a_slow_query_is_cancelled_in_the_server_and_the_next_one_runs(
    server: Server, links: Links, tmp_path: Path
) -> None:
    queries = {"slow": {"text": SLEEP[_engine(server)]}, "good": {"text": "SELECT 1"}}
    begun = time.monotonic()
    reading = await _read(server, links, _login(tmp_path, server), queries=queries, statement_timeout=0.4)
    assert time.monotonic() - begun < 5
    assert "took longer than its limit" in reading.failures[0].sentence
    assert value(reading, "sql_query_value", {"query": "good"}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "WITH gone AS (DELETE FROM stock RETURNING 1) SELECT count(*) FROM gone",
        "SELECT 1 INTO OUTFILE '/tmp/never-written'; DROP TABLE stock",
        "SELECT 1; DROP TABLE stock",
    ],
)
async def test_nothing_can_be_written(server: Server, links: Links, tmp_path: Path, text: str) -> None:
    reading = await _read(server, links, _login(tmp_path, server), queries={"bad": {"text": text}})
    assert len(reading.failures) == 1
    assert server.execute("SELECT count(*) FROM stock", DATABASE) == "2\n"


async def test_the_session_itself_refuses_to_write(server: Server, links: Links, tmp_path: Path) -> None:
    from wenyam.links.sql_drivers.contract import Limits, Login, Query  # noqa: PLC0415  # one test goes below the collector
    from wenyam.settings.secrets import SecretReader  # noqa: PLC0415  # the same

    password = SecretReader({}).of(_login(tmp_path, server), "password")
    login = Login("127.0.0.1", server.port, DATABASE, server.superuser, password, "test-login")
    texts = {
        "create": "CREATE TABLE more (a integer)",
        "drop": "DROP TABLE stock",
        "delete": "DELETE FROM stock",
    }
    engine = "postgresql" if isinstance(server, Postgres) else "mariadb"
    outcome = await links.sql.run(engine, login, {name: Query(text) for name, text in texts.items()}, Limits(5, 5))  # type: ignore[arg-type]  # one of the two names
    assert all(result.failure is not None for result in outcome.results.values())
    assert server.execute("SELECT count(*) FROM stock", DATABASE) == "2\n"


async def test_a_wrong_password_is_the_credentials_own_error_and_shows_no_secret(
    server: Server, links: Links, tmp_path: Path
) -> None:
    with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
        await _read(server, links, _login(tmp_path, server, "canary-wrong"))
    assert "canary" not in str(refused.value) + repr(refused.value) + repr(refused.value.__cause__)
    assert (await _read(server, links, _login(tmp_path, server))).complete


async def test_a_rotated_password_is_refused_until_ours_is_changed_too(server: Server, links: Links, tmp_path: Path) -> None:
    login = _login(tmp_path, server)
    server.set_password(server.superuser, "rotated")
    with pytest.raises(CredentialsRefusedError):
        await _read(server, links, login)
    assert (await _read(server, links, _login(tmp_path, server))).complete


async def test_an_unknown_database_is_named(server: Server, links: Links, tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="nosuch"):
        await _read(server, links, _login(tmp_path, server), database="nosuch")


async def test_a_stopped_server_refuses_and_a_frozen_one_is_silent(server: Server, links: Links, tmp_path: Path) -> None:
    login = _login(tmp_path, server)
    server.stop()
    with pytest.raises(ConnectionRefusedByDeviceError):
        await _read(server, links, login)
    server.start()
    server.freeze()
    begun = time.monotonic()
    with pytest.raises(NoAnswerError):
        await _read(server, links, login, seconds=1.5)
    assert time.monotonic() - begun < 3
    server.thaw()
    assert (await _read(server, links, login)).complete


async def test_the_probe_logs_in_when_it_can_and_else_connects(server: Server, links: Links, tmp_path: Path) -> None:
    options = SqlOptions.model_validate({"engine": _engine(server), "database": DATABASE, "port": server.port})
    collector = SqlCollector(options)
    assert await collector.probe(HERE, make_context(links)) < 5
    assert await collector.probe(HERE, make_context(links, credential=_login(tmp_path, server))) < 5
    with pytest.raises(CredentialsRefusedError):
        await collector.probe(HERE, make_context(links, credential=_login(tmp_path, server, "wrong")))


async def test_a_reading_without_credential_says_so(links: Links) -> None:
    collector = SqlCollector(SqlOptions(engine="postgresql", database="x"))
    with pytest.raises(SecretError, match="needs a credential of kind sql"):
        await collector.collect(HERE, make_context(links))


@pytest.mark.parametrize("engine", ["postgresql", "mariadb", "oracle", "mssql"])
async def test_every_engine_names_a_closed_port(links: Links, tmp_path: Path, engine: str) -> None:
    login = make_credential(tmp_path, "sql", "someone", password="canary-secret")
    collector = SqlCollector(SqlOptions.model_validate({"engine": engine, "database": "x", "port": 1}))
    with pytest.raises(ConnectionRefusedByDeviceError) as refused:
        await collector.collect(HERE, make_context(links, 5.0, login))
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
async def test_an_unknown_host_is_named(links: Links, tmp_path: Path, engine: str) -> None:
    login = make_credential(tmp_path, "sql", "someone", password="x")
    collector = SqlCollector(SqlOptions.model_validate({"engine": engine, "database": "x"}))
    with pytest.raises(UnknownHostError, match=r"nosuch\.invalid"):
        await collector.collect(Target("db", "nosuch.invalid"), make_context(links, 5.0, login))


@pytest.mark.parametrize(("engine", "module", "extra"), [("oracle", "oracledb", "oracle"), ("mssql", "pytds", "mssql")])
def test_a_missing_extra_says_which_to_install(engine: str, module: str, extra: str) -> None:
    program = f"""
import asyncio, sys
sys.modules["{module}"] = None
from wenyam.clock import SystemClock
from wenyam.errors import MissingLibraryError
from wenyam.links.sql import SqlRunner
from wenyam.links.sql_drivers.contract import Limits, Login
async def main():
    runner = SqlRunner(SystemClock())
    try:
        await runner.run("{engine}", Login("127.0.0.1", 1, "x", "u", "p", "c"), {{}}, Limits(5, 5))
    except MissingLibraryError as error:
        print(error)
    await runner.close()
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60, check=True)
    assert f"wenyam[{extra}]" in done.stdout


@pytest.mark.parametrize("text", ["DELETE FROM stock", "", "  update stock set amount = 0", "EXEC sp_who"])
def test_only_reading_statements_are_configured(text: str) -> None:
    with pytest.raises(ValidationError, match="must begin with SELECT"):
        SqlOptions.model_validate({"engine": "mssql", "database": "x", "queries": {"q": {"text": text}}})
