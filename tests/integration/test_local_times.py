"""What the command line prints for people has the time of the instance's zone, and names the zone once; data has UTC."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.alerts import facts as alert_facts
from wenyam.backup import facts as backup_facts
from wenyam.backup.sources.network_copies import keep
from wenyam.clock import SystemClock
from wenyam.i18n.dates import format_instant
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after, from_iso, to_iso
from wenyam.store.sqlite import open_writer
from wenyam.testing.backup_site import BackupSite

pytestmark = pytest.mark.real

ZONE = "Asia/Kathmandu"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> BackupSite:
    """Make a site with one real backup and a message that was raised."""
    site = BackupSite(tmp_path_factory.mktemp("site"))
    site.content["instance"]["time_zone"] = ZONE
    documents = site.directory / "documents"
    documents.mkdir()
    (documents / "plan.txt").write_text("plan", encoding="ascii")
    site.job("share", "files", paths=[str(documents)])
    site.configure()
    for words in (("backup", "init"), ("backup", "run", "share")):
        done = site.call(*words)
        assert done.returncode == 0, done.stderr
    clock = SystemClock()
    with closing(open_writer(site.state, clock, "dc-main", ballast_bytes=1 << 20)) as writer:
        writer.append(Fact(alert_facts.SILENCED, clock.now(), "somchai", {"what": "device:files-1"}))
    return site


def local(at: Instant) -> str:
    return format_instant(at, ZONE, "en", seconds=True)


def taken(site: BackupSite) -> Instant:
    (fact,) = site.facts(backup_facts.STORED)
    return Instant(int(str(fact.fact.body["taken"])))


def silenced(site: BackupSite) -> Instant:
    (fact,) = site.facts(alert_facts.SILENCED)
    return fact.fact.at


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        (("backup", "list", "share"), taken),
        (("alert", "log"), silenced),
        (("audit", "head"), silenced),
        (("audit", "list", "--kind", alert_facts.SILENCED), silenced),
        (("db", "info"), silenced),
    ],
    ids=["backup-list", "alert-log", "audit-head", "audit-list", "db-info"],
)
def test_people_read_the_time_of_the_instance(
    site: BackupSite, words: tuple[str, ...], moment: Callable[[BackupSite], Instant]
) -> None:
    at = moment(site)
    said = site.call(*words).stdout
    assert local(at) in said
    assert to_iso(at) not in said
    assert said.count(ZONE) == 1


def test_a_plan_of_what_is_removed_names_the_snapshots_by_local_time(site: BackupSite) -> None:
    said = site.call("backup", "prune", "--plan").stdout
    assert "keep" in said
    assert said.count(ZONE) == 1
    assert "Z  " not in said


@pytest.mark.parametrize("way", [["--to", "away"], ["--in-place"]], ids=["beside", "in-place"])
def test_a_plan_to_restore_files_says_when_they_were_as_they_are_in_it(site: BackupSite, way: list[str]) -> None:
    said = site.call("restore", "files", "share", "--plan", *way).stdout
    assert f"{local(taken(site))} ({ZONE})" in said
    assert to_iso(taken(site)) not in said


def test_data_has_utc(site: BackupSite) -> None:
    (backup,) = json.loads(site.call("backup", "list", "share", "--json").stdout)["backups"]
    assert backup["taken"] == to_iso(taken(site))
    assert json.loads(site.call("audit", "head", "--json").stdout)["time"] == to_iso(silenced(site))


def test_without_a_configuration_the_zone_is_that_in_which_times_are_read(site: BackupSite, tmp_path: Path) -> None:
    assert not (tmp_path / "wenyam.yaml").exists()
    said = site.call("audit", "--state", str(site.state), "head").stdout
    assert f"{format_instant(silenced(site), 'Asia/Bangkok', 'en', seconds=True)} (Asia/Bangkok)" in said


def test_copies_of_a_network_device_are_named_by_the_local_date(tmp_path: Path) -> None:
    site = BackupSite(tmp_path)
    site.content["instance"]["time_zone"] = ZONE
    (site.folder / "password").write_text("canary\n", encoding="ascii")
    (site.folder / "password").chmod(0o600)
    site.content["credentials"] = {"switches": {"kind": "ssh-password", "username": "w", "password": "file:password"}}
    site.job("core", "network_config", device="files-1", credential="switches", family="cisco_ios")
    site.configure()
    first, second = (from_iso(f"2026-11-{day}T20:00:00Z") for day in (26, 27))
    for at in (first, second):
        keep(site.state, "core", f"hostname h{at}\n", at)
    said = site.call("backup", "diff", "core").stdout
    assert said.splitlines()[:2] == ["--- core 2026-11-27T01:45:00+05:45", "+++ core 2026-11-28T01:45:00+05:45"]
    assert site.call("backup", "diff", "core", "2026-11-27", "2026-11-28").stdout == said
    assert site.call("backup", "diff", "core", to_iso(first), to_iso(second)).stdout == said
    refused = site.call("backup", "diff", "core", "2026-11-26").stderr
    assert "the newest are: 2026-11-27T01:45:00+05:45, 2026-11-28T01:45:00+05:45" in refused


def test_a_backup_of_a_moment_to_come_is_told_in_local_time(site: BackupSite, tmp_path: Path) -> None:
    (fact,) = site.facts(backup_facts.STORED)
    other, clock = BackupSite(tmp_path), SystemClock()
    other.content["instance"]["time_zone"] = ZONE
    other.job("share", "files", paths=[str(tmp_path)])
    other.configure()
    later = after(clock.now(), 7200)
    with closing(open_writer(other.state, clock, "dc-main", ballast_bytes=1 << 20)) as writer:
        writer.append(Fact(backup_facts.STORED, clock.now(), "wenyam", {**fact.fact.body, "taken": later}))
    (job,) = json.loads(other.call("backup", "status", "--json").stdout)["jobs"]
    assert f"last success of {local(later)} ({ZONE}), which is to come: one of two clocks is wrong" in job["troubles"]
