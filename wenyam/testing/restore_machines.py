"""A prepared test machine over a real sshd, with a real database server of its own, and the site whose backups it restores."""

import contextlib
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.backup import facts
from wenyam.backup.depot import Depot, opened_depot
from wenyam.backup.restore_test import Proof, prove
from wenyam.backup.run import run_job
from wenyam.clock import SystemClock
from wenyam.model.backup import Verdict
from wenyam.model.calendar import RunOutcome
from wenyam.model.inventory import SecretReference
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_writer
from wenyam.testing.backup_site import MAIN, BackupSite
from wenyam.testing.databases import Database, MariaDb, Postgres
from wenyam.testing.repositories import NAMES, lay_empty
from wenyam.testing.sshd import Sshd

VM = "127.0.0.2"
CLOCK = SystemClock()
SMALL_DISK = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
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
        """Where restored files go."""
        return self.directory / "restores"

    def command(self) -> Sequence[str]:
        """Return the words that start sshd, in a view of the file systems of its own where there is a `disk`."""
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
        """Record the machine's key, as a person does after comparing it."""
        (self.site.state / "known_hosts").write_text(self.vm.host_key_line, encoding="ascii")

    def machine(self, **more: Any) -> dict[str, Any]:
        """Describe the machine as the configuration does."""
        return {
            "host": VM, "port": self.vm.port, "credential": "vm", "folder": str(self.vm.folder), "command_timeout": "20s", **more,
        }  # fmt: skip

    def on(self, machine: dict[str, Any], **restore: Any) -> None:
        """Say on which machine the job's backups are restored."""
        self.site.content["backups"][self.job]["restore"] = {"machine": machine, **restore}
        self.site.configure()

    @contextlib.asynccontextmanager
    async def depot(self) -> AsyncIterator[Depot]:
        """Open everything that backups need."""
        configuration = load(self.site.folder)
        writer = open_writer(self.site.state, CLOCK, "dc-main", ballast_bytes=0)
        try:
            async with opened_depot(configuration, CLOCK, writer) as depot:
                yield depot
        finally:
            writer.close()

    async def back_up(self) -> None:
        """Make a backup that is complete."""
        async with self.depot() as depot:
            done = await run_job(depot, depot.job(self.job))
        _require(done.outcome is RunOutcome.DONE, done.sentence)

    async def prove(self) -> Proof:
        """Test a restore; whatever it came to is on record, and nothing of it stays here."""
        async with self.depot() as depot:
            proof = await prove(depot, depot.job(self.job), "anong", repository=MAIN)
        _require(self.site.facts(facts.TESTED)[-1].fact.body["verdict"] == proof.verdict.value, proof)
        _require(not list(self.site.scratch.iterdir()), "something stayed in the scratch place")
        return proof

    async def passes(self) -> None:
        """Require that a restore test passes."""
        proof = await self.prove()
        _require(proof.verdict is Verdict.PASS, proof.problems)

    async def is_not_tested(self, *words: str) -> None:
        """Require that a restore test says NOT TESTED, in these words."""
        proof = await self.prove()
        _require(proof.verdict is Verdict.NOT_TESTED, proof.problems)
        _require(all(word in proof.problems[0] for word in words), proof.problems)


def _require(true: bool, otherwise: object) -> None:  # noqa: FBT001  # as assert takes it
    if not true:
        raise AssertionError(otherwise)


def make_site(folder: Path, vm: Machine) -> BackupSite:
    """Make a site that knows how to log in to the machine."""
    folder.chmod(0o755)
    site = BackupSite(folder)
    lay_empty(site.repositories[MAIN], SecretReference("file", str(site.folder / f"{MAIN}.key")))
    site.content["credentials"] = {"vm": {"kind": "ssh-key", "username": vm.username, "key": f"file:{vm.client_key}"}}
    site.scratch.mkdir(mode=0o700)
    return site


def sending_machine() -> Machine:
    """Return a machine that takes files."""
    return Machine(VM, settings=("Subsystem sftp internal-sftp",))


def share_world(folder: Path, vm: Machine) -> World:
    """Make a site with a job over files with odd names."""
    data = folder / "data"
    (data / "ชั้น หนึ่ง" / "empty").mkdir(parents=True)
    for name in NAMES:
        (data / os.fsdecode(name)).write_bytes(name * 1000)
    (data / "large").write_bytes(random.Random(1).randbytes(1_500_000))  # noqa: S311  # data to back up, no secret
    (data / "second name").hardlink_to(data / "large")
    (data / "link").symlink_to("ชั้น หนึ่ง")
    (data / "private").touch(mode=0o400)
    site = make_site(folder, vm)
    site.job("share", "files", paths=[str(data)])
    world = World(site, vm)
    world.record_host_key()
    return world


@dataclass
class Pair:
    """Production and the test machine's own server."""

    world: World
    production: Database
    there: Database

    def databases(self) -> set[str]:
        """Return the databases of the machine's server."""
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


@contextlib.contextmanager
def pair_of(kind: type[Postgres | MariaDb], folder: Path, vm: Machine) -> Iterator[Pair]:
    """Start production and the machine's own server of one kind, and make a site with a job over a small database."""
    with kind() as production, kind(VM, password="another") as there:  # noqa: S106  # of a server that ends with the test
        production.execute("CREATE DATABASE erp")
        production.execute("CREATE TABLE letter (number int PRIMARY KEY, subject varchar(90) NOT NULL)", "erp")
        production.execute("INSERT INTO letter VALUES (1, 'หนังสือเวียน'), (2, 'บันทึก'), (3, 'คำสั่ง')", "erp")
        site = make_site(folder, vm)
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
