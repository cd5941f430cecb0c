"""A PostgreSQL database really restored: into a new one, over the present one, and every way in which that goes wrong."""

import os
import pwd
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from wenyam.operations.restore_records import BEGUN, RESTORED
from wenyam.testing.backup_site import kill
from wenyam.testing.databases import Postgres
from wenyam.testing.restore_site import JOB, RestoreSite, tool

pytestmark = pytest.mark.real
SCHEMA = Path(__file__).with_name("backup_schemas") / "postgresql.sql"
REAL = "/usr/lib/postgresql/15/bin/pg_restore"
Verb = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as running:
        running.execute("CREATE DATABASE erp CONNECTION LIMIT 40")
        running.execute(SCHEMA.read_text(encoding="utf-8"), "erp")
        running.execute("ALTER DATABASE erp SET work_mem = '9MB'; ALTER ROLE clerk IN DATABASE erp SET work_mem = '8MB'")
        running.execute(
            "GRANT CONNECT ON DATABASE erp TO clerk; COMMENT ON DATABASE erp IS E'the \\\\connect one\\nof two lines'"
        )
        yield running


@pytest.fixture(scope="module")
def site(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestoreSite]:
    site = RestoreSite(tmp_path_factory.mktemp("site"))
    site.configure(server, checksums=True)
    site.back_up()
    yield site
    assert site.site.chain_problem() == ""


@pytest.fixture
def verb(site: RestoreSite, server: Postgres) -> Iterator[Verb]:
    """Give a way to call `restore database`; afterwards every database but the first is gone."""
    yield site.restore_database
    for name in databases(server):
        server.execute(f'DROP DATABASE "{name}"')


def databases(server: Postgres) -> list[str]:
    listed = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', 'erp') ORDER BY datname"
    return server.execute(listed).split()


def test_a_new_database_is_made_measured_and_on_record(site: RestoreSite, server: Postgres, verb: Verb) -> None:
    code, said = verb("--plan")
    assert (code, databases(server), site.site.facts(BEGUN)) == (0, [], [])
    assert "goes into 'erp_restored_2" in said
    code, said = verb("")
    assert code == 0, said
    (made,) = databases(server)
    assert f"{JOB}: PASS: '{made}' (PostgreSQL 15." in said
    assert server.execute("SELECT count(*) FROM sales.customer", made).strip() == "300"
    remark = server.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname ~ 'restored'")
    assert remark == "the \\connect one\nof two lines\n"
    body = site.site.facts(RESTORED)[-1].fact.body
    assert (body["verdict"], body["name"], body["in_place"], body["kept"]) == ("pass", made, False, False)


@pytest.mark.long
def test_a_name_that_is_taken_is_refused_and_an_empty_database_is_taken(server: Postgres, verb: Verb) -> None:
    code, said = verb("--as erp")
    assert (code, "'erp' (PostgreSQL" in said, "exists and is not empty" in said) == (1, True, True)
    odd = 'ฐาน=x "q" a'
    server.execute('CREATE DATABASE "{}" TEMPLATE template0'.format(odd.replace('"', '""')))
    code, said = verb(f"--as {shlex.quote(odd)}")
    assert (code, f"PASS: '{odd}'" in said) == (0, True), said
    server.execute('DROP DATABASE "{}"'.format(odd.replace('"', '""')))


def test_in_place_keeps_the_former_database_and_says_how_to_go_back(server: Postgres, verb: Verb) -> None:
    server.execute("UPDATE public.child SET c = 77; DROP TABLE IF EXISTS late; CREATE TABLE late (a int)", "erp")
    with psycopg.connect(host=server.address, port=server.port, dbname="erp", user="postgres", password=server.password):
        code, said = verb("--in-place --confirm erp")
        assert (code, "'erp' is in use: postgres from 127.0.0.1" in said, databases(server)) == (1, True, [])
    code, said = verb("--in-place --confirm erp")
    assert code == 0, said
    (kept,) = databases(server)
    assert f"the former database is kept as database '{kept}'" in said
    assert server.execute("SELECT to_regclass('late')", "erp").strip() == ""
    assert server.execute("SELECT DISTINCT c FROM public.child", kept).strip() == "77"
    (back,) = (line.partition("to go back: ")[2] for line in said.splitlines() if "to go back: " in line)
    for statement in back.split("; "):
        server.execute(statement)
    assert server.execute("SELECT DISTINCT c FROM public.child", "erp").strip() == "77"
    assert verb("--in-place --confirm erp")[0] == 0


@pytest.mark.long
def test_an_account_that_may_make_no_database_is_refused_before_anything(site: RestoreSite, server: Postgres, verb: Verb) -> None:
    server.execute("CREATE ROLE reader LOGIN PASSWORD 'reader-test'")
    secret = site.site.folder / "other.password"
    secret.write_text("reader-test", encoding="utf-8")
    site.site.content["credentials"]["other"]["username"] = "reader"
    site.site.configure()
    code, said = verb("--as new --credential other")
    assert (code, "'reader' may not create databases at PostgreSQL" in said) == (1, True), said


@pytest.mark.long
def test_roles_that_are_missing_are_told_and_made_only_when_asked(server: Postgres, verb: Verb) -> None:
    with Postgres(password=server.password) as other:
        there = f"--as erp --into {other.address} --port {other.port}"
        code, said = verb(there)
        assert (code, 'roles are missing: "ฝ่าย บัญชี", clerk; --with-roles makes them' in said) == (1, True), said
        code, said = verb(f"{there} --with-roles")
        assert (code, 'roles that were made: clerk, "ฝ่าย บัญชี"' in said) == (0, True), said
        other.execute("DROP DATABASE erp")
        for role in ("clerk", '"ฝ่าย บัญชี"'):
            other.execute(f"DROP ROLE {role}")
        code, said = verb(f"{there} --without-owners")
        assert (code, "owners, rights and row policies were left out" in said) == (0, True), said


def test_a_restore_killed_between_renaming_and_loading_is_told_by_the_next_one(
    site: RestoreSite, server: Postgres, verb: Verb
) -> None:
    wait = f'case "$*" in *--list*) touch {site.site.directory}/waits; exec sleep 60;; esac; exec {REAL} "$@"'
    with tool(site, "pg_restore-15", wait):
        process = site.site.start("restore", "database", JOB, "--in-place", "--confirm", "erp")
        try:
            server.wait_until((site.site.directory / "waits").exists, 90)
        finally:
            kill(process)
    (kept,) = databases(server)
    assert kept.startswith("erp_before_")
    assert "erp" not in server.execute("SELECT datname FROM pg_database").split()
    code, said = verb("--plan")
    assert code == 0
    assert f"did not end: the former database is kept as database '{kept}'" in said
    assert f'To go back: DROP DATABASE IF EXISTS "erp"; ALTER DATABASE "{kept}" RENAME TO "erp";' in said
    code, said = verb("--in-place --confirm erp")
    assert (code, kept in said) == (0, True), said
    assert server.execute("SELECT count(*) FROM sales.customer", "erp").strip() == "300"
    assert server.execute("SELECT count(*) FROM sales.customer", kept).strip() == "300"
    server.execute(f'DROP DATABASE "{kept}"')
    assert "did not end" not in verb("--plan")[1]


class _Small(Postgres):
    """A server whose tables go to a file system of 64 KiB."""

    def command(self) -> Sequence[str]:
        place = self.directory / "small"
        place.mkdir(exist_ok=True)
        uid = pwd.getpwnam(self.account).pw_uid
        mount = f"mount -t tmpfs -o size=64k,uid={uid},mode=0700 tmpfs {place}"
        alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
        return [*alone, "sh", "-c", f'{mount} && exec "$@"', "sh", *super().command()]


@pytest.mark.long
def test_a_full_disk_of_the_target_is_told_and_what_is_there_is_named(site: RestoreSite, server: Postgres, verb: Verb) -> None:
    with _Small(password=server.password) as small:
        small.execute(f"CREATE TABLESPACE small LOCATION '{small.directory}/small'")
        small.execute("ALTER SYSTEM SET default_tablespace = 'small'; SELECT pg_reload_conf()")
        code, said = verb(f"--as erp --into {small.address} --port {small.port} --without-owners")
        assert (code, "No space left on device" in said) == (1, True), said
        assert "what was loaded is left as 'erp', nothing else was touched" in said


@pytest.mark.long
def test_a_person_at_a_terminal_types_the_name(site: RestoreSite, server: Postgres, verb: Verb) -> None:
    command = site.site.command("restore", "database", JOB, "--in-place")
    for typed, code in (("erb", 2), ("erp", 0)):
        words = ["script", "--quiet", "--return", "--command", shlex.join(command), "/dev/null"]
        done = subprocess.run(words, input=f"{typed}\n", capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, "type its name (erp):" in done.stdout) == (code, True), done.stdout
        assert len(databases(server)) == (code == 0)
