"""What backups stand on: each fault is caused for real, seen as FAIL, put right and seen as PASS."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.backup.contract import Stored
from wenyam.model.backup import BackupJob, Manifest
from wenyam.model.calendar import Schedule
from wenyam.model.inventory import Credential, SecretReference
from wenyam.operations import doctor, doctor_backups, doctor_configuration, doctor_servers
from wenyam.operations.doctor_configuration import of_backups_only
from wenyam.operations.findings import Examination, Finding, Verdict
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.databases import MariaDb, Postgres

pytestmark = pytest.mark.real

DAEMON = 1
"""Another user of every Debian."""
CANARY = "canary-51bd-secret"
CONFIGURATION = """
instance: {{name: watch-1, site: office, state_directory: {folder}/state, run_directory: {folder}/run}}
sites: {{office: , dr: }}
people: {{somchai: {{name: Somchai}}}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices:
  db: {{kind: database, address: 127.0.0.1}}
credentials:
  dump: {{kind: sql, username: {user}, password: "file:{folder}/password"}}
backup: {{spool: {folder}/spool, scratch: {folder}/scratch}}
repositories:
  main: {{kind: local, path: {folder}/main, key: "file:{folder}/main.key"}}
  dr: {{kind: local, path: {folder}/dr, key: "file:{folder}/dr.key", site: dr}}
backups:
  erp:
    source: {source}
    all: true
    port: {port}
    device: db
    credential: dump
    covers: [db]
    schedule: every day 01:30
    repository: main
    copies: [dr]
"""


class Place:
    """A configuration with one database backup and everything in order, to be put out of order."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs, self.clock = folder, programs, FakeClock()
        self.file = folder / "etc" / "wenyam.yaml"
        self.file.parent.mkdir(mode=0o755)
        for name, text in (("main.key", CANARY), ("dr.key", f"{CANARY}-dr"), ("password", CANARY)):
            self.secret(name, text)
        self.write()

    def secret(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def write(self, source: str = "postgresql", user: str = "postgres", port: int = 5432, tools: str = "") -> None:
        text = CONFIGURATION.format(folder=self.folder, source=source, user=user, port=port)
        self.file.write_text(f"{text}tools: {{{tools}}}\n", encoding="utf-8")

    def program(self, name: str, says: str) -> Path:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def look(self, examination: Examination, *, probe: bool = False) -> dict[str, Finding]:
        around = doctor.surroundings(self.clock, self.file.parent, root=self.folder, reach_devices=probe)
        assert around.configuration is not None
        found = {finding.about: finding for finding in doctor.examine(around, [examination])}
        assert CANARY not in str(found)
        return found

    def failures(self, examination: Examination, *, probe: bool = False) -> dict[str, str]:
        found = self.look(examination, probe=probe)
        return {about: finding.sentence for about, finding in found.items() if finding.verdict is Verdict.FAIL}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    # Not below the usual place of temporary files: everybody may write there, and not everywhere is it sticky.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as programs:
        yield Place(tmp_path, Path(programs))


def test_a_restic_too_old_absent_or_of_another_name_fails(place: Place) -> None:
    finding = place.look(doctor_backups.restic)["restic"]
    assert finding.verdict is Verdict.PASS
    assert "is restic 0." in finding.sentence
    old = place.program("old", "restic 0.12.1 compiled with go1.18 on linux/amd64")
    place.write(tools=f"restic: {old}")
    assert "restic 0.12.1 is too old, 0.14.0 is the oldest that serves" in place.failures(doctor_backups.restic)["restic"]
    place.write(tools=f"restic: {place.program('other', 'borg 1.2')}")
    assert "this program is no restic: 'borg 1.2'" in place.failures(doctor_backups.restic)["restic"]
    place.write(tools=f"restic: {place.programs}/absent")
    assert "tools.restic: " in place.failures(doctor_backups.restic)["restic"]
    place.write(tools=f"restic: {place.program('serves', 'restic 0.14.0 compiled with go1.19.8 on linux/amd64')}")
    finding = place.look(doctor_backups.restic)["restic"]
    assert (finding.verdict, finding.advice) == (
        Verdict.PASS,
        "It serves; 0.18.0 or newer tells its errors apart and checks faster.",
    )
    place.write(tools=f"restic: {place.program('new', 'restic 0.18.1 compiled with go1.25 on linux/amd64')}")
    assert place.look(doctor_backups.restic)["restic"].advice == ""


@pytest.mark.parametrize(
    ("source", "dump", "restore"), [("postgresql", "pg_dump", "initdb"), ("mariadb", "mariadb-dump", "mariadbd")]
)
def test_a_program_that_a_source_needs_is_missed_and_found_again(place: Place, source: str, dump: str, restore: str) -> None:
    place.write(source)
    assert place.failures(doctor_backups.backup_programs) == {}
    place.write(source, tools=f"{dump}: {place.programs}/gone, {restore}: {place.programs}/gone, age: {place.programs}/gone")
    found = place.failures(doctor_backups.backup_programs)
    assert set(found) == {f"program {dump}", f"program {restore}", "program age"}
    assert found[f"program {dump}"].endswith(f"; source '{source}' makes no backup without it")
    assert found[f"program {restore}"].endswith(f"; backups of source '{source}' are never proven without it")
    place.write(source)
    assert place.failures(doctor_backups.backup_programs) == {}


def test_spool_and_scratch_must_be_there_private_and_roomy(place: Place) -> None:
    assert {finding.verdict for finding in place.look(doctor_backups.backup_places).values()} == {Verdict.NOT_TESTED}
    spool, scratch = (place.folder / name for name in ("spool", "scratch"))
    for path in (spool, scratch):
        path.mkdir(mode=0o700)
    assert {finding.verdict for finding in place.look(doctor_backups.backup_places).values()} == {Verdict.PASS}
    spool.chmod(0o750)
    assert place.failures(doctor_backups.backup_places) == {"spool": f"{spool} has mode 0750, open to others"}
    spool.chmod(0o700)
    scratch.chmod(0o711)
    assert place.failures(doctor_backups.backup_places) == {"scratch": f"{scratch} has mode 0711, open to others"}
    text = place.file.read_text(encoding="utf-8")
    place.file.write_text(text.replace("backup: {", "backup: {scratch_user: daemon, "), encoding="utf-8")
    assert place.failures(doctor_backups.backup_places) == {}, "private servers of that account pass through"
    os.chown(scratch, DAEMON, -1)
    assert place.failures(doctor_backups.backup_places) == {
        "scratch": f"{scratch} belongs to user {DAEMON}, not to {os.geteuid()}"
    }
    os.chown(scratch, os.geteuid(), -1)
    assert place.failures(doctor_backups.backup_places) == {}


def test_spool_and_scratch_belong_to_the_account_that_makes_backups(place: Place) -> None:
    for name in ("spool", "scratch"):
        (place.folder / name).mkdir(mode=0o700)
    (place.folder / "etc/passwd").write_text(f"root:x:0:0::/:\nwenyam-backup:x:{DAEMON}:{DAEMON}::/:\n", encoding="ascii")
    assert set(place.failures(doctor_backups.backup_places)) == {"spool", "scratch"}
    assert set(place.failures(doctor_backups.repository_keys)) == {"key of main", "key of dr"}
    for name in ("spool", "scratch", "main.key", "dr.key"):
        os.chown(place.folder / name, DAEMON, DAEMON)
    assert place.failures(doctor_backups.backup_places) == {}
    assert place.failures(doctor_backups.repository_keys) == {}


def test_what_only_the_backup_account_may_see_is_not_tested_for_another(place: Place) -> None:
    place.programs.chmod(0o711)
    (place.programs / "closed").mkdir(mode=0o700)
    text = place.file.read_text(encoding="utf-8").replace(f"{place.folder}/state", f"{place.programs}/state")
    place.file.write_text(text.replace(str(place.folder), f"{place.programs}/closed"), encoding="utf-8")
    around = doctor.surroundings(place.clock, place.file.parent)
    os.seteuid(DAEMON)
    try:
        found = doctor.examine(around, [doctor_backups.backup_places, doctor_backups.repository_keys])
    finally:
        os.seteuid(0)
    assert [finding.about for finding in found] == ["spool", "scratch", "key of main", "key of dr", "keys apart"]
    assert {finding.verdict for finding in found} == {Verdict.NOT_TESTED}
    assert found[0].advice == "Run it as the account that makes backups: sudo -u wenyam-backup wenyam doctor"


def test_the_largest_dump_on_record_must_fit(place: Place) -> None:
    for name in ("spool", "scratch", "state"):
        (place.folder / name).mkdir(mode=0o700)
    (place.folder / "state").chmod(0o2770)
    job = BackupJob("erp", "postgresql", None, "somchai", Schedule("every day 01:30"), "main")
    now = place.clock.now()
    manifest = Manifest("postgresql", now, {})
    with closing(open_writer(place.folder / "state", place.clock, "watch-1")) as writer:
        for run, spooled in (("a", 1000), ("b", 2**60)):
            kept = Stored(f"snapshot-{run}", 1, 2000, 1, 1.0)
            writer.append(facts.stored(job, run, kept, manifest, "0" * 64, at=now, took=1.0, problem="", spooled=spooled))
            said = place.failures(doctor_backups.backup_places)
            assert set(said) == (set() if run == "a" else {"spool"})
    assert f"at least {(2**60 + 2**60 // 10) // 2**20} MiB are needed" in said["spool"]


def test_a_repository_key_must_be_there_narrow_and_its_own(place: Place) -> None:
    assert place.failures(doctor_backups.repository_keys) == {}
    key = place.folder / "main.key"
    key.chmod(0o644)
    assert "mode 0644 lets others read it" in place.failures(doctor_backups.repository_keys)["key of main"]
    key.unlink()
    assert "No such file" in place.failures(doctor_backups.repository_keys)["key of main"]
    place.secret("main.key", "")
    assert "the file is empty" in place.failures(doctor_backups.repository_keys)["key of main"]
    place.secret("main.key", f"{CANARY}-dr")
    assert place.failures(doctor_backups.repository_keys) == {"keys apart": "'dr' of job 'erp' has the key of 'main'"}
    place.secret("main.key", CANARY)
    assert place.look(doctor_backups.repository_keys)["keys apart"].verdict is Verdict.PASS


@pytest.mark.long
@pytest.mark.parametrize(("kind", "major"), [(Postgres, "postgres-15"), (MariaDb, "mariadbd")])
def test_a_server_without_programs_of_its_version_fails_until_they_are_there(
    place: Place, kind: type[Postgres | MariaDb], major: str
) -> None:
    source = {"postgres": "postgresql"}.get(kind.name, kind.name)
    finding = place.look(doctor_servers.database_servers)["database servers"]
    assert (finding.verdict, finding.sentence) == (Verdict.NOT_TESTED, "1 database server not asked for the version")
    with kind() as server:
        place.secret("password", server.password)
        place.write(source, server.superuser, server.port)
        good = place.look(doctor_servers.database_servers, probe=True)["server of erp"]
        assert good.verdict is Verdict.PASS, good.sentence
        assert "to restore into are here" in good.sentence
        other = place.program("other", "postgres (PostgreSQL) 14.2" if source == "postgresql" else "mariadbd  Ver 10.3.1-MariaDB")
        place.write(source, server.superuser, server.port, f"{major}: {other}, postgres: {other}")
        wrong = place.look(doctor_servers.database_servers, probe=True)["server of erp"]
        assert wrong.verdict is not Verdict.PASS
        assert "14.2" in wrong.sentence or "10.3" in wrong.sentence
        place.secret("password", f"{CANARY}-wrong")
        place.write(source, server.superuser, server.port)
        assert set(place.failures(doctor_servers.database_servers, probe=True)) == {"server of erp"}


def test_the_secrets_of_backups_are_known_to_be_for_their_account(place: Place) -> None:
    around = doctor.surroundings(place.clock, place.file.parent, root=place.folder)
    assert around.configuration is not None
    assert of_backups_only(around.configuration) == {"dump"}
    assert place.failures(doctor_configuration.secrets) == {}
    with place.file.open("a", encoding="utf-8") as file:
        file.write("services:\n  erp: {label: ERP, probes: {q: {collector: sql, engine: postgresql, database: a, ")
        file.write("address: 127.0.0.1, credential: dump}}}\n")
    around = doctor.surroundings(place.clock, place.file.parent, root=place.folder)
    assert around.configuration is not None
    assert of_backups_only(around.configuration) == frozenset()


def test_a_secret_of_another_account_is_not_tested_and_one_of_our_own_fails(place: Place) -> None:
    path = place.programs / "password"
    path.write_text(CANARY, encoding="utf-8")
    path.chmod(0o600)
    place.programs.chmod(0o711)
    credential = Credential("dump", "sql", {}, {"password": SecretReference("file", str(path))})
    os.seteuid(DAEMON)
    try:
        theirs = doctor_configuration._secret(SecretReader(), credential, "password", "root")
        ours = doctor_configuration._secret(SecretReader(), credential, "password", "daemon")
    finally:
        os.seteuid(0)
    assert (theirs.verdict, theirs.advice) == (Verdict.NOT_TESTED, "Run: sudo -u root wenyam doctor")
    assert ours.verdict is Verdict.FAIL


def test_nothing_is_said_where_no_backup_is_configured(place: Place) -> None:
    text = place.file.read_text(encoding="utf-8")
    place.file.write_text(text[: text.index("backup:")], encoding="utf-8")
    for examination in (doctor_backups.backup_programs, doctor_backups.backup_places, doctor_backups.repository_keys):
        assert place.look(examination) == {}
    assert place.look(doctor_servers.database_servers) == {}
    assert place.look(doctor_backups.restic)["backups"].sentence == "no backup is configured"
