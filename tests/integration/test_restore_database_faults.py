"""Faults that real restores of PostgreSQL and MariaDB databases have in common: nothing is lost, and the next restore says so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from wenyam.operations.restore_records import RESTORED
from wenyam.testing.backup_site import kill
from wenyam.testing.databases import MARIADB_CLIENT, Database, MariaDb, Postgres
from wenyam.testing.restore_site import JOB, WRONG, RestoreSite, tool

pytestmark = pytest.mark.real
Verb = Callable[[str], tuple[int, str]]
PG_RESTORE = "/usr/lib/postgresql/15/bin/pg_restore"
PG_NAMES = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname"
MARIADB_NAMES = (
    "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"
    " WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
)


@dataclass(frozen=True)
class Kind:
    """One database system, and how its loading program is made to wait or to lose its server."""

    server: type[Postgres | MariaDb]
    names: str
    quote: str
    program: str
    waiting: str
    """`{mark}` is the file that says that it waits."""
    losing: str
    """`{pid}` is the server's process."""
    too_long: str
    kept: str
    """How the next restore names what was kept."""


KINDS = (
    Kind(
        Postgres, PG_NAMES, '"', "pg_restore-15",
        f'case "$*" in *--list*) touch {{mark}}; exec sleep 60;; esac; exec {PG_RESTORE} "$@"',
        f'case "$*" in *--exit-on-error*) kill -QUIT {{pid}};; esac; exec {PG_RESTORE} "$@"',
        "ก" * 22, "database 'erp_before_",
    ),
    Kind(
        MariaDb, MARIADB_NAMES, "`", "mariadb",
        "touch {mark}; exec sleep 60", f'kill -9 {{pid}}; exec {MARIADB_CLIENT} "$@"',
        "x" * 65, "a dump in /",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A server with one small database, and a site that backed it up."""

    kind: Kind
    server: Database
    site: RestoreSite

    def others(self) -> list[str]:
        """Return every database but the first."""
        return [name for name in self.server.execute(self.kind.names).split() if name != "erp"]

    def letters(self, database: str = "erp") -> str:
        return self.server.execute("SELECT count(*) FROM letter", database).strip()


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.program)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kind: Kind = request.param
    with kind.server() as server:
        server.execute("CREATE DATABASE erp")
        server.execute("CREATE TABLE letter (number int PRIMARY KEY, subject varchar(90) NOT NULL)", "erp")
        server.execute("INSERT INTO letter VALUES (1, 'หนังสือเวียน'), (2, 'บันทึก'), (3, 'คำสั่ง')", "erp")
        site = RestoreSite(tmp_path_factory.mktemp("site"))
        site.configure(server)
        site.back_up()
        yield World(kind, server, site)
        assert site.site.chain_problem() == ""


@pytest.fixture
def verb(world: World) -> Iterator[Verb]:
    """Give a way to call `restore database`; afterwards every database but the first is gone."""
    yield world.site.restore_database
    for name in world.others():
        world.server.execute(f"DROP DATABASE {world.kind.quote}{name}{world.kind.quote}")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("--as erp", 1, "exists and is not empty"),
        ("--in-place", 2, "is replaced only when somebody types its name at a terminal"),
        ("--in-place --confirm ERP", 2, "the name is 'erp', not 'ERP'; nothing was changed"),
        ("--in-place --as other", 2, "--in-place is where the job's own database is"),
        ("--confirm erp", 2, "--confirm belongs to --in-place"),
        (f"--as new --credential {WRONG}", 1, "refused the credentials"),
        ("--as new --credential nosuch", 2, "there is no credential 'nosuch'; of kind sql there are: login"),
        ("--as new --into 127.0.0.1 --port 1", 1, "refused the connection"),
        ("other", 2, "no database 'other'; there are: erp"),
        ("--as {too_long}", 2, "is too long by "),
    ],
)
def test_what_cannot_be_meant_changes_nothing(world: World, verb: Verb, words: str, code: int, sentence: str) -> None:
    found, said = verb(words.format(too_long=world.kind.too_long))
    assert (found, sentence in said) == (code, True), said
    assert (world.others(), world.letters()) == ([], "3")


@pytest.mark.long
def test_a_restore_killed_while_it_loads_is_told_by_the_next_one(world: World, verb: Verb) -> None:
    mark = world.site.site.directory / "waits"
    with tool(world.site, world.kind.program, world.kind.waiting.format(mark=mark)):
        process = world.site.site.start("restore", "database", JOB, "--in-place", "--confirm", "erp")
        try:
            world.server.wait_until(mark.exists, 90)
        finally:
            kill(process)
    assert "erp" not in world.server.execute(world.kind.names).split()
    code, said = verb("--plan")
    assert (code, f"did not end: the former database is kept as {world.kind.kept}" in said) == (0, True), said
    code, said = verb("--in-place --confirm erp")
    assert (code, world.letters()) == (0, "3"), said


@pytest.mark.long
def test_a_server_that_stops_midway_leaves_a_named_database_and_touches_nothing_else(world: World, verb: Verb) -> None:
    with tool(world.site, world.kind.program, world.kind.losing.format(pid=world.server.process_id)):
        code, said = verb("--as halfway")
    world.server.stop()
    world.server.start()
    assert (code, f"{JOB}: FAIL: 'halfway'" in said) == (1, True), said
    assert "what was loaded is left as 'halfway', nothing else was touched; to remove it: DROP DATABASE" in said
    assert set(world.others()) <= {"halfway"}  # a server that lost its memory may have lost the empty database too
    assert world.letters() == "3"
    assert world.site.site.facts(RESTORED)[-1].fact.body["verdict"] == "fail"
