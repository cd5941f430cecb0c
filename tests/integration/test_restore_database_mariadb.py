"""A MariaDB database really restored: a copy that touches nothing else, and the present one replaced after it was kept."""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pymysql
import pytest

from wenyam.operations.restore_records import RESTORED
from wenyam.testing.databases import MARIADB_CLIENT, MariaDb
from wenyam.testing.restore_site import RestoreSite, tool

pytestmark = pytest.mark.real
SCHEMA = Path(__file__).with_name("backup_schemas") / "mariadb.sql"
Verb = Callable[[str], tuple[int, str]]
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys", "erp"}


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with MariaDb(settings=("event-scheduler=ON",)) as running:
        running.execute("CREATE DATABASE erp CHARACTER SET utf8mb4 COLLATE utf8mb4_thai_520_w2")
        running.execute(SCHEMA.read_text(encoding="utf-8"), "erp")
        running.execute("CREATE TABLE numbered (id bigint DEFAULT nextval(erp.ticket))", "erp")
        running.execute("CREATE PROCEDURE pointing() DELETE FROM erp.numbered", "erp")
        running.execute("CREATE EVENT beat ON SCHEDULE EVERY 1 SECOND DO INSERT INTO aria_log SELECT 1 LIMIT 0", "erp")
        yield running


@pytest.fixture(scope="module")
def site(server: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestoreSite]:
    site = RestoreSite(tmp_path_factory.mktemp("site"))
    site.configure(server)
    site.back_up()
    yield site
    assert site.site.chain_problem() == ""


@pytest.fixture
def verb(site: RestoreSite, server: MariaDb) -> Iterator[Verb]:
    """Give a way to call `restore database`; afterwards every database but the first is gone."""
    yield site.restore_database
    for name in databases(server):
        server.execute(f"DROP DATABASE `{name}`")


def databases(server: MariaDb) -> list[str]:
    return sorted({*server.execute("SHOW DATABASES").splitlines()} - SYSTEM)


@pytest.mark.long
def test_a_copy_is_made_with_its_events_off_and_says_what_still_uses_the_original(
    site: RestoreSite, server: MariaDb, verb: Verb
) -> None:
    code, said = verb("")
    assert code == 0, said
    (made,) = databases(server)
    assert f"PASS: '{made}' (MariaDB 10.11" in said
    assert f"these still use 'erp' itself: routines procedure `{made}`.`pointing`" in said
    states = "SELECT DISTINCT event_schema, status FROM information_schema.EVENTS ORDER BY 1"
    assert server.execute(states).split() == ["erp", "ENABLED", made, "DISABLED"]
    assert f"nextval(`{made}`.`ticket`)" in server.execute("SHOW CREATE TABLE numbered", made)
    assert server.execute("SELECT count(*) FROM `ลูกค้า one`", made) == server.execute("SELECT count(*) FROM `ลูกค้า one`", "erp")
    assert site.site.facts(RESTORED)[-1].fact.body["name"] == made


def test_in_place_keeps_a_dump_that_brings_the_former_database_back(server: MariaDb, verb: Verb) -> None:
    server.execute("CREATE TABLE late (a int)", "erp")
    user = pymysql.connect(host=server.address, port=server.port, user="root", password=server.password, database="erp")
    code, said = verb("--in-place --confirm erp")
    assert (code, "'erp' is in use: root from 127.0.0.1" in said) == (1, True), said
    user.close()
    used = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = 'erp'"
    server.wait_until(lambda: server.execute(used).strip() == "0")
    code, said = verb("--in-place --confirm erp")
    assert (code, "events run in it until it is dropped" in said) == (0, True), said  # and are nobody who uses it
    assert "late" not in server.execute("SHOW TABLES", "erp").split()
    (back,) = (line.partition("to go back: ")[2] for line in said.splitlines() if "to go back: " in line)
    file = Path(shlex.split(back)[-1])
    assert file.parent.stat().st_mode & 0o777 == 0o700
    login = ["-h", server.address, "-P", str(server.port), "-u", "root", f"-p{server.password}"]
    server.execute("DROP DATABASE erp")
    with file.open("rb") as script:
        subprocess.run([MARIADB_CLIENT, "--no-defaults", "--binary-mode", *login], stdin=script, check=True, timeout=60)
    assert "late" in server.execute("SHOW TABLES", "erp").split()
    server.execute("DROP TABLE late", "erp")


@pytest.mark.long
def test_a_database_that_cannot_be_kept_is_left_as_it_is(site: RestoreSite, server: MariaDb, verb: Verb) -> None:
    place = site.site.state / "before-restore"
    before = sorted(place.glob("*"))
    with tool(site, "mariadb-dump", "echo no room >&2; exit 5"):
        code, said = verb("--in-place --confirm erp")
    assert (code, "cannot be kept, so it is left as it is" in said, "nothing was changed" in said) == (1, True, True), said
    assert server.execute("SELECT count(*) FROM `ลูกค้า one`", "erp").strip() != "0"
    assert sorted(place.glob("*")) == before


@pytest.mark.long
def test_users_are_made_with_rights_in_this_database_alone(server: MariaDb, verb: Verb) -> None:
    with MariaDb(password=server.password) as other:
        code, said = verb(f"--as shop --into {other.address} --port {other.port} --with-roles")
        assert (code, "roles that were made: `clerk`@`%`" in said) == (0, True), said
        rights = other.execute("SHOW GRANTS FOR clerk@'%'")
        assert "ON `shop`.`ลูกค้า one`" in rights
        assert "`mysql`" not in rights
