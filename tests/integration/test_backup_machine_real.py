"""A prepared test machine over a real sshd, with a real server of its own: restored there, compared there, nothing left there."""

import contextlib
import json
import os
import random
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wenyam.backup import facts
from wenyam.backup.depot import Depot, opened_depot
from wenyam.backup.restore_test import Proof, prove
from wenyam.backup.run import run_job
from wenyam.clock import SystemClock
from wenyam.errors import RestoreError
from wenyam.model.backup import Verdict
from wenyam.model.calendar import RunOutcome
from wenyam.model.inventory import SecretReference
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_writer
from wenyam.testing.backup_site import MAIN, BackupSite
from wenyam.testing.databases import Database, MariaDb, Postgres
from wenyam.testing.other_postgres import OtherPostgres, programs_of
from wenyam.testing.repositories import NAMES, lay_empty
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
VM = "127.0.0.2"
CLOCK = SystemClock()
SMALL_DISK = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
SCHEMAS = Path(__file__).with_name("backup_schemas")
ASKING = """#!/bin/sh
case "$1" in
  postgres) PGPASSWORD="$3" exec psql -XAtq -h 127.0.0.2 -p "$2" -U postgres -d "$4" -c "$5" ;;
  mariadb) MYSQL_PWD="$3" exec mariadb -N -h 127.0.0.2 -P "$2" -u root "$4" -e "$5" ;;
esac
"""


class Machine(Sshd):
    """A test machine; with `disk` its folder is a file system of its own, seen by nobody else."""

    disk = ""

    @property
    def folder(self) -> Path:
        return self.directory / "restores"

    def command(self) -> Sequence[str]:
        self.folder.mkdir(exist_ok=True)
        words = super().command()
        alone = ("/usr/bin/unshare", "-m", "/bin/sh", "-c", SMALL_DISK, "sh", self.disk, str(self.folder))
        return [*alone, *words] if self.disk else words


@dataclass
class World:
    """A site with one job, and the machine on which its backups are restored."""

    site: BackupSite
    vm: Machine
    job: str = "share"

    def record_host_key(self) -> None:
        (self.site.state / "known_hosts").write_text(self.vm.host_key_line, encoding="ascii")

    def machine(self, **more: Any) -> dict[str, Any]:
        return {
            "host": VM, "port": self.vm.port, "credential": "vm", "folder": str(self.vm.folder), "command_timeout": "20s", **more,
        }  # fmt: skip

    def on(self, machine: dict[str, Any], **restore: Any) -> None:
        """Say on which machine the job's backups are restored."""
        self.site.content["backups"][self.job]["restore"] = {"machine": machine, **restore}
        self.site.configure()

    @contextlib.asynccontextmanager
    async def depot(self) -> AsyncIterator[Depot]:
        configuration = load(self.site.folder)
        writer = open_writer(self.site.state, CLOCK, "dc-main", ballast_bytes=0)
        try:
            async with opened_depot(configuration, CLOCK, writer) as depot:
                yield depot
        finally:
            writer.close()

    async def back_up(self) -> None:
        async with self.depot() as depot:
            done = await run_job(depot, depot.job(self.job))
        assert done.outcome is RunOutcome.DONE, done.sentence

    async def prove(self) -> Proof:
        async with self.depot() as depot:
            proof = await prove(depot, depot.job(self.job), "anong", repository=MAIN)
        assert self.site.facts(facts.TESTED)[-1].fact.body["verdict"] == proof.verdict.value
        assert not list(self.site.scratch.iterdir())
        return proof

    async def passes(self) -> None:
        proof = await self.prove()
        assert proof.verdict is Verdict.PASS, proof.problems

    async def is_not_tested(self, *words: str) -> None:
        proof = await self.prove()
        assert proof.verdict is Verdict.NOT_TESTED, proof.problems
        assert [word for word in words if word not in proof.problems[0]] == [], proof.problems


def make_site(folder: Path, vm: Machine) -> BackupSite:
    folder.chmod(0o755)
    site = BackupSite(folder)
    lay_empty(site.repositories[MAIN], SecretReference("file", str(site.folder / f"{MAIN}.key")))
    site.content["credentials"] = {"vm": {"kind": "ssh-key", "username": vm.username, "key": f"file:{vm.client_key}"}}
    site.scratch.mkdir(mode=0o700)
    return site


@pytest.fixture
def vm() -> Iterator[Machine]:
    with Machine(VM, settings=("Subsystem sftp internal-sftp",)) as server:
        yield server


@pytest.fixture
def share(tmp_path: Path, vm: Machine) -> World:
    data = tmp_path / "data"
    (data / "ชั้น หนึ่ง" / "empty").mkdir(parents=True)
    for name in NAMES:
        (data / os.fsdecode(name)).write_bytes(name * 1000)
    (data / "large").write_bytes(random.Random(1).randbytes(1_500_000))
    (data / "second name").hardlink_to(data / "large")
    (data / "link").symlink_to("ชั้น หนึ่ง")
    (data / "private").touch(mode=0o400)
    site = make_site(tmp_path, vm)
    site.job("share", "files", paths=[str(data)])
    world = World(site, vm)
    world.record_host_key()
    return world


async def test_files_are_sent_measured_asked_and_removed(share: World) -> None:
    plain = share.site.directory / "data" / "plain"
    (share.vm.directory / "seen").mkdir()
    looking = ["cp", "-a", "{folder}", f"{share.vm.directory}/seen"]
    checks = [["test", "-f", f"{{folder}}{plain}"], ["grep", "-q", "plain", f"{{folder}}{plain}"], looking]
    share.on(share.machine(commands=checks), questions=[{"ask": str(plain)}, {"ask": f"sha256 {plain}"}])
    await share.back_up()
    proof = await share.prove()
    assert (proof.verdict, proof.problems) == (Verdict.PASS, ())
    assert {"fetch", "load", "compare", "questions", "commands"} == dict(proof.parts).keys()
    evidence = json.loads(proof.evidence.read_text(encoding="utf-8"))
    assert (evidence["machine"], [each["exit_code"] for each in evidence["commands"]]) == (VM, [0, 0, 0])
    assert any("on the test machine too" in note for note in evidence["notes"])
    assert list(share.vm.folder.iterdir()) == []
    (copied,) = (share.vm.directory / "seen").iterdir()
    assert copied.name.startswith("wenyam-share-")
    there = Path(f"{copied}{share.site.directory}/data")
    here = share.site.directory / "data"
    assert sorted(os.listdir(os.fsencode(there))) == sorted(os.listdir(os.fsencode(here)))  # noqa: PTH208  # names as bytes
    assert (there / "second name").read_bytes() == (here / "large").read_bytes()


async def test_a_check_of_the_application_that_fails_is_a_failure_with_its_words(share: World) -> None:
    failing = ["sh", "-c", "echo the index is empty >&2; exit 4"]
    share.on(share.machine(commands=[["true"], failing]))
    await share.back_up()
    proof = await share.prove()
    assert proof.verdict is Verdict.FAIL
    assert proof.problems[0].endswith("on the test machine ended with exit code 4: the index is empty")
    share.on(share.machine(commands=[["sleep", "60"]], command_timeout="1s"))
    assert "did not end" in (await share.prove()).problems[0]
    share.on(share.machine(commands=[["true"]]))
    await share.passes()
    assert list(share.vm.folder.iterdir()) == []


@pytest.mark.long
async def test_what_is_wrong_with_the_machine_says_nothing_against_the_backup(share: World) -> None:
    share.on(share.machine())
    await share.back_up()
    share.vm.rotate_host_key()
    await share.is_not_tested("the test machine cannot be used", "SSH host key is not the one on record")
    share.record_host_key()
    await share.passes()
    share.vm.stop()
    await share.is_not_tested("the test machine cannot be used", "refused the connection")
    share.vm.start()
    share.on(share.machine(folder="/nonexistent"))
    await share.is_not_tested("/nonexistent/wenyam-share-", "on the test machine cannot be made: no such file")
    share.on(share.machine())
    await share.passes()
    (share.vm.directory / "authorized_keys").rename(share.vm.directory / "away")
    await share.is_not_tested("refused the credentials")
    (share.vm.directory / "away").rename(share.vm.directory / "authorized_keys")
    await share.passes()


@pytest.mark.long
@pytest.mark.parametrize(
    ("disk", "words"),
    [
        ("size=8m", "MiB are free, the restore needs"),
        ("size=90m,nr_inodes=6", "cannot be written on the test machine"),
        ("size=90m,ro", "on the test machine cannot be made"),
    ],
)
async def test_a_full_machine_is_not_tested_and_with_room_it_passes(share: World, disk: str, words: str) -> None:
    share.on(share.machine())
    await share.back_up()
    share.vm.stop()
    share.vm.disk = disk
    share.vm.start()
    await share.is_not_tested(words)
    share.vm.stop()
    share.vm.disk = "size=90m"
    share.vm.start()
    await share.passes()


async def test_damage_in_the_repository_is_a_failure_here_already(share: World) -> None:
    share.on(share.machine())
    await share.back_up()
    pack = share.site.packs(MAIN)[0]
    good = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(good[:1000] + bytes([good[1000] ^ 1]) + good[1001:])
    assert (await share.prove()).verdict is Verdict.FAIL
    pack.write_bytes(good)
    await share.passes()


@dataclass
class Pair:
    """Production and the test machine's own server."""

    world: World
    production: Database
    there: Database

    def databases(self) -> set[str]:
        asked = {"postgres": "SELECT datname FROM pg_database", "mariadb": "SHOW DATABASES"}[self.there.name]
        return set(self.there.execute(asked).split())

    def machine(self, port: int = 0, query: str = "SELECT count(*) FROM letter", **more: Any) -> dict[str, Any]:
        """Describe the machine; its one command asks a table of the application."""
        asking = self.world.vm.directory / "asking"
        asking.write_text(ASKING, encoding="ascii")
        asking.chmod(0o700)
        words = [str(asking), self.there.name, str(self.there.port), self.there.password, "{database}", query]
        database = {"credential": "sql-vm", "port": port or self.there.port, **more}
        return self.world.machine(database=database, commands=[words])


@pytest.fixture(params=[Postgres, MariaDb])
def pair(request: pytest.FixtureRequest, tmp_path: Path, vm: Machine) -> Iterator[Pair]:
    kind: type[Postgres | MariaDb] = request.param
    with kind() as production, kind(VM, password="another") as there:
        production.execute("CREATE DATABASE erp")
        production.execute("CREATE TABLE letter (number int PRIMARY KEY, subject varchar(90) NOT NULL)", "erp")
        production.execute("INSERT INTO letter VALUES (1, 'หนังสือเวียน'), (2, 'บันทึก'), (3, 'คำสั่ง')", "erp")
        site = make_site(tmp_path, vm)
        for name, server in (("sql", production), ("sql-vm", there)):
            secret = site.folder / f"{name}.key"
            secret.write_text(server.password, encoding="ascii")
            secret.chmod(0o600)
            site.content["credentials"][name] = {"kind": "sql", "username": server.superuser, "password": f"file:{name}.key"}
        source = {"postgres": "postgresql"}.get(production.name, production.name)
        site.job("erp-db", source, databases=["erp"], port=production.port, credential="sql")
        world = World(site, vm, "erp-db")
        world.record_host_key()
        yield Pair(world, production, there)


async def test_a_database_is_loaded_into_the_machine_s_own_server_compared_asked_and_dropped(pair: Pair) -> None:
    world, before = pair.world, pair.databases()
    questions = [{"ask": "SELECT subject FROM letter WHERE number = 1", "expect": "หนังสือเวียน"}]
    world.on(pair.machine(), questions=questions)
    await world.back_up()
    proof = await world.prove()
    assert (proof.verdict, proof.problems) == (Verdict.PASS, ())
    assert proof.items > 3
    assert pair.databases() == before
    evidence = json.loads(proof.evidence.read_text(encoding="utf-8"))
    assert [(each["exit_code"], each["said"]) for each in evidence["commands"]] == [(0, "3")]
    assert pair.there.password not in str(world.site.facts(facts.TESTED)[-1].fact.body)
    world.on(pair.machine(query="SELECT * FROM gone"))
    proof = await world.prove()
    assert (proof.verdict, "ended with exit code 1" in proof.problems[0]) == (Verdict.FAIL, True)
    assert pair.databases() == before


@pytest.mark.long
async def test_production_is_refused_and_a_server_that_is_off_is_not_tested(pair: Pair) -> None:
    world = pair.world
    world.on(pair.machine())
    await world.back_up()
    at_home = {**pair.machine(pair.production.port), "host": "127.0.0.1"}
    at_home["database"]["credential"] = "sql"
    world.on(at_home)
    proof = await world.prove()
    assert (proof.verdict, "the target is the server that was backed up" in proof.problems[0]) == (Verdict.FAIL, True)
    assert "_wenyam_" not in pair.production.execute(
        {"postgres": "SELECT datname FROM pg_database", "mariadb": "SHOW DATABASES"}[pair.there.name]
    )
    world.on(pair.machine())
    pair.there.stop()
    await world.is_not_tested("the test machine cannot be used", "refused the connection")
    pair.there.start()
    await world.passes()
    world.vm.rotate_host_key()
    await world.is_not_tested("the test machine cannot be used", "SSH host key is not the one on record")
    world.record_host_key()
    await world.passes()


@pytest.mark.long
@pytest.mark.parametrize("pair", [Postgres], indirect=True)
async def test_missing_roles_and_another_major_version_are_not_tested(pair: Pair) -> None:
    world = pair.world
    pair.production.execute("CREATE ROLE clerk; ALTER TABLE letter OWNER TO clerk", "erp")
    world.on(pair.machine())
    await world.back_up()
    await world.is_not_tested("the test machine lacks the roles clerk", "owners: false")
    world.on(pair.machine(owners=False))
    await world.passes()
    world.on(pair.machine())
    pair.there.execute("CREATE ROLE clerk")
    await world.passes()
    native = programs_of(18)
    try:
        with OtherPostgres(native, 18, VM) as newer:
            secret = world.site.folder / "sql-vm.key"
            secret.write_text(newer.password, encoding="ascii")
            world.on(pair.machine(newer.port))
            await world.is_not_tested("wrong major version on the test machine: the backup is of PostgreSQL 15", "PostgreSQL 18")
    finally:
        shutil.rmtree(native.parents[1])


@pytest.mark.long
@pytest.mark.parametrize("pair", [Postgres], indirect=True)
async def test_what_stays_on_the_machine_is_told(pair: Pair) -> None:
    world = pair.world
    running = pair.there.data / "postmaster.pid"
    stop = ["sh", "-c", f"kill -INT {pair.there.process_id}; while [ -e {running} ]; do sleep 0.05; done"]
    machine = pair.machine()
    world.on({**machine, "commands": [stop]})
    await world.back_up()
    with pytest.raises(RestoreError, match=r"databases stayed on the test machine, remove them by hand: 'erp_wenyam_"):
        await world.prove()
    assert world.site.facts(facts.TESTED)[-1].fact.body["verdict"] == "pass"
    pair.there.start()
    world.on(machine)
    await world.passes()
