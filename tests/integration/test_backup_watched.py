"""A real watcher over a store into which another process writes what becomes of backups: red, green, exported, gone."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.clock import SystemClock
from wenyam.links.control import ask
from wenyam.model.backup import Verdict
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after, to_iso
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.backup_facts import JOB, proof, stored
from wenyam.testing.backup_site import BackupSite
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

CLOCK = SystemClock()
DAY = 86_400.0
SOON = 20.0
VERIFY = ("backup", "verify", "main")
PROVEN, LAST, COPY = "job:erp-db/proven", "job:erp-db/last-success", "job:erp-db/copy-dr"


class Watched:
    """A site with one job whose watcher runs, and what others do to it."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.site = BackupSite(directory)
        self.site.content["instance"]["exporter"] = {"listen": f"127.0.0.1:{self.port}"}
        self.site.content["devices"] = {}
        (directory / "papers").mkdir()
        (directory / "papers" / "หนังสือ.txt").write_text("ที่ กษ 0201/1", encoding="utf-8")
        paths = [str(directory / "papers")]
        self.site.job("erp-db", "files", paths=paths, covers=[], copies=["dr"], restore={"maximum_age": "35d"})
        self.site.configure()
        self.watcher = RunningWatcher(self.site.folder, self.site.state, directory / "log")

    def write(self, *written: Fact) -> None:
        """Write facts as a backup process does, beside the watcher, and have it look at once."""
        with closing(open_writer(self.site.state, CLOCK, "dc-main", ballast_bytes=0)) as writer:
            for fact in written:
                writer.append(fact)
        self.look()

    def look(self) -> None:
        ask(self.site.state / "control.sock", {"action": "recheck", "name": "erp-db"})

    def do(self, *words: str) -> None:
        done = self.site.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            text: bytes = answer.read()
        return text.decode()

    def summary(self, subject: str) -> str:
        rows = self.watcher.states() or {}
        return str(rows[subject]["summary"])


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    with made.watcher:
        yield made


def ago(seconds: float) -> Instant:
    return after(CLOCK.now(), -seconds)


def test_a_backup_is_red_until_it_is_proven_and_again_when_the_proof_is_old(watched: Watched) -> None:
    wait = watched.watcher.wait_state
    wait(PROVEN, "crit", SOON)
    assert watched.summary(PROVEN) == "no restore of erp-db was ever proven"
    assert watched.summary(LAST) == "erp-db was never backed up"
    watched.write(stored("r1", ago(40 * DAY)), facts.copied(JOB, "r1", ago(40 * DAY), "dr", "c1"), proof("r1", ago(40 * DAY)))
    watched.watcher.wait_for(
        lambda rows: rows is not None and rows[PROVEN]["summary"] == "restore last proven 40 d ago, limit 35 d", SOON, "too old"
    )
    assert watched.summary(LAST).startswith("backup last success 40 d ago, limit 1 d 4 h")
    watched.write(stored("r2", ago(60)), proof("r2", ago(50), Verdict.NOT_TESTED, "no restore command"))
    wait(LAST, "ok", SOON)
    wait("job:erp-db/restore-test", "unknown", SOON)
    assert watched.summary("job:erp-db/restore-test") == "restore test unknown: NOT TESTED: no restore command"
    assert watched.summary(PROVEN).endswith("last restore test: NOT TESTED: no restore command")
    wait(COPY, "crit", SOON)
    watched.write(facts.copied(JOB, "r2", ago(40), "dr", "c2"), proof("r2", ago(30)))
    for subject in (PROVEN, COPY, "job:erp-db/restore-test"):
        wait(subject, "ok", SOON)


def test_the_exporter_and_the_status_screen_show_the_job(watched: Watched) -> None:
    watched.watcher.wait_state(PROVEN, "crit", SOON)
    assert "wenyam_restore_last_proven" not in watched.metrics()
    watched.write(stored("r1", ago(3 * 3600), size=3 * 2**30), proof("r1", ago(7200)))
    watched.watcher.wait_state(PROVEN, "ok", SOON)
    text = watched.metrics()
    for line in (
        'wenyam_backup_size_bytes{job="erp-db"} 3221225472', 'wenyam_restore_duration_seconds{job="erp-db"} 42.5',
        'wenyam_check_state{job="erp-db",check="proven"} 0', 'wenyam_check_state{job="erp-db",check="copy-dr"} 2',
    ):  # fmt: skip
        assert f"\n{line}\n" in text
    screen = watched.site.run("status", "--language", "en").stdout
    assert "job:erp-db/copy-dr" in screen.split("Problems")[1].split("Backups")[0]
    row = next(line for line in screen.split("Backups")[1].splitlines() if line.startswith("erp-db"))
    for said in ("✖ CRIT", "3 h", "3 GiB", "2 h", "dr never"):
        assert said in row
    found = json.loads(watched.site.run("status", "--json").stdout)
    samples = {row["name"]: row["value"] for job in found["jobs"] if job["name"] == "erp-db" for row in job["samples"]}
    assert (found["version"], samples["backup_size_bytes"]) == (1, 3 * 2**30)
    checked = watched.site.run("check", "job:erp-db", "--live")
    assert (checked.returncode, checked.stdout.startswith("CRITICAL - job:erp-db: copy-dr: no backup of erp-db was")) == (2, True)
    assert watched.site.run("check", "job:erp-db/proven").stdout.startswith("OK - job:erp-db/proven: restore last proven 2 h")
    assert "there is no job 'nobody'" in watched.site.run("check", "job:nobody").stdout
    watched.watcher.stop()
    silent = watched.site.run("status", "--language", "en")
    assert silent.returncode == 1
    assert any(line.startswith("erp-db") and "3 GiB" in line for line in silent.stdout.splitlines())


def test_a_restart_of_the_watcher_keeps_since_when_a_backup_is_red(watched: Watched) -> None:
    watched.watcher.wait_state(PROVEN, "crit", SOON)
    watched.watcher.wait_state("job:envelope/envelope", "crit", SOON)
    before = {name: row["since"] for name, row in (watched.watcher.states() or {}).items() if name.startswith("job:")}
    watched.watcher.stop()
    stopped = to_iso(CLOCK.now())
    watched.watcher.start()
    watched.watcher.wait_for(
        lambda rows: rows is not None and rows["monitor:backups/readable"]["observed"] > stopped, SOON, "looked at again"
    )
    assert {name: row["since"] for name, row in (watched.watcher.states() or {}).items() if name.startswith("job:")} == before


def test_a_job_that_was_deleted_is_gone_with_its_rows_and_series(watched: Watched) -> None:
    watched.write(stored("r1", ago(60)))
    watched.watcher.wait_state(LAST, "ok", SOON)
    watched.site.content["backups"].clear()
    watched.site.content["repositories"].clear()  # while there is one, its key belongs into the envelope
    watched.site.configure()
    os.kill(watched.watcher.pid, signal.SIGHUP)
    watched.watcher.wait_for(
        lambda rows: rows is not None and not any(name.startswith("job:") for name in rows), SOON, "no row of a job"
    )
    assert 'job="erp-db"' not in watched.metrics()
    assert "Backups" not in watched.site.run("status", "--language", "en").stdout
    watched.watcher.stop()
    with closing(open_reader(watched.site.state)) as reader:
        assert not any(subject.kind.value == "job" for subject in reader.states())


@pytest.mark.long
def test_a_real_backup_that_is_really_restored_and_read_back_turns_every_row_green(watched: Watched) -> None:
    watched.watcher.wait_state("job:verify-main/verified", "crit", SOON)
    watched.do("backup", "init")
    watched.site.quicken()
    for words in (("backup", "run", "erp-db"), ("restore", "test", "erp-db"), VERIFY, (*VERIFY[:2], "dr")):
        watched.do(*words)
    watched.look()

    def green(rows: dict[str, dict[str, object]] | None) -> bool:
        jobs = {name: row for name, row in (rows or {}).items() if name.startswith("job:") and "envelope" not in name}
        return len(jobs) == 11 and all(row["state"] == "ok" for row in jobs.values())

    watched.watcher.wait_for(green, SOON, "every row of the job is green")
