"""The whole flow of a backup through the real command and the real restic: red and green."""

import json
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.backup import facts
from wenyam.clock import SystemClock
from wenyam.engine.calendar import CLOCK_STEPPED, changed_schedules
from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.model.instants import after
from wenyam.settings.loader import load
from wenyam.store.files import write
from wenyam.store.sqlite import open_writer
from wenyam.testing.backup_site import MAIN, SECOND, SECRETS, BackupSite, kill
from wenyam.testing.clock import FakeClock

pytestmark = pytest.mark.real
KILLS = int(os.environ.get("WENYAM_KILLS", "20"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make the repositories once, by the verb; then their keys open quickly, which they do not by default, on purpose."""
    site = BackupSite(tmp_path_factory.mktemp("made"))
    site.configure()
    done = site.call("backup", "init")
    assert (done.returncode, done.stdout) == (0, "main: made\ndr: made\n")
    again = site.call("backup", "init", MAIN)
    assert (again.returncode, again.stdout) == (0, "main: was there already, and its key opens it\n")
    site.quicken()
    return site.repositories


@pytest.fixture
def site(tmp_path: Path, made: dict[str, Path]) -> Iterator[BackupSite]:
    """Make a site with one job over a few files and empty repositories."""
    site = BackupSite(tmp_path)
    site.bring(made)
    data = tmp_path / "data"
    data.mkdir()
    (data / "ทะเบียน.txt").write_text("ข้าวสาร\n" * 1000, encoding="utf-8")
    (data / "blob").write_bytes(random.Random(1).randbytes(300_000))
    site.job("share", "files", paths=[str(data)])
    site.configure()
    yield site
    assert site.chain_problem() == ""


def data(site: BackupSite) -> Path:
    return site.directory / "data"


def with_copy(site: BackupSite) -> None:
    site.job("share", "files", paths=[str(data(site))], copies=[SECOND])
    site.configure()


def last(site: BackupSite, kind: str) -> dict[str, object]:
    return dict(site.facts(kind)[-1].fact.body)


def test_a_backup_is_stored_copied_proven_and_green(site: BackupSite) -> None:
    with_copy(site)
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 0, done.stderr
    assert "share: done: complete: 3 files" in done.stderr
    body = last(site, facts.STORED)
    assert (body["complete"], body["problem"], body["items"], body["repository"]) == (True, "", body["items"], MAIN)
    assert last(site, facts.COPIED)["repository"] == SECOND

    status = site.call("backup", "status")
    assert status.returncode == 1
    assert "✖ share: never proven by a restore" in status.stdout

    tested = site.call("restore", "test", "share")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert tested.stdout.startswith("share: PASS: snapshot ")
    proof = last(site, facts.TESTED)
    assert (proof["verdict"], proof["problem"], proof["run"]) == ("pass", "", body["run"])
    evidence = next((site.state / "evidence" / "restore-tests").iterdir())
    assert json.loads(evidence.read_text(encoding="utf-8"))["verdict"] == "pass"
    assert list(site.scratch.iterdir()) == []

    status = site.call("backup", "status")
    assert status.returncode == 0, status.stdout
    assert "● green" in status.stdout


@pytest.mark.long
def test_a_repository_for_copies_cuts_files_like_the_first_one(tmp_path: Path) -> None:
    site = BackupSite(tmp_path)
    site.job("share", "files", paths=[str(tmp_path)], copies=[SECOND])
    site.configure()
    assert site.call("backup", "init").returncode == 0
    cuts = {json.loads(site.restic(name, "cat", "config").stdout)["chunker_polynomial"] for name in (MAIN, SECOND)}
    assert len(cuts) == 1


@pytest.mark.long
def test_the_repository_is_readable_by_the_stock_restic_alone(site: BackupSite, tmp_path: Path) -> None:
    with_copy(site)
    assert site.call("backup", "run", "share", "--again").returncode == 0
    for name in (MAIN, SECOND):
        target = tmp_path / f"by-hand-{name}"
        assert site.restic(name, "restore", "latest", "--target", str(target)).returncode == 0
        assert (target / str(data(site)).lstrip("/") / "blob").read_bytes() == (data(site) / "blob").read_bytes()
        assert (target / str(site.spool).lstrip("/") / "share" / "manifest.json").exists()


@pytest.mark.long
def test_the_due_run_is_made_once_between_cron_the_calendar_and_a_person(site: BackupSite) -> None:
    site.content["instance"]["time_zone"] = _zone_where_it_is_past_four()
    site.job("share", "files", paths=[str(data(site))], schedule="every day 03:30", window="4h")
    site.configure()
    _owe_since_yesterday(site)
    by_cron = site.call("backup", "run", "--all")
    assert (by_cron.returncode, "share: done: complete" in by_cron.stderr) == (0, True), by_cron.stderr
    by_calendar = site.call("jobs", "run", "backup-share")
    assert by_calendar.returncode == 0
    assert "and is done" in by_calendar.stderr
    by_hand = site.call("backup", "run", "share")
    assert (by_hand.returncode, "nothing to do: backup-share, due" in by_hand.stderr) == (0, True)
    assert "--again makes another" in by_hand.stderr
    assert len(site.facts(facts.STORED)) == 1
    assert site.call("backup", "run", "share", "--again").returncode == 0
    assert len(site.facts(facts.STORED)) == 2


def test_a_due_run_that_failed_is_made_again_when_somebody_asks_for_it(site: BackupSite) -> None:
    site.content["instance"]["time_zone"] = _zone_where_it_is_past_four()
    site.job("share", "files", paths=[str(data(site))], schedule="every day 03:30", window="4h")
    site.configure()
    _owe_since_yesterday(site)
    repository = site.repositories[MAIN]
    repository.rename(away := repository.with_name("away"))
    by_cron = site.call("backup", "run", "share")
    assert (by_cron.returncode, "There is no repository at this place" in by_cron.stderr) == (1, True)
    still = site.call("backup", "run", "share")
    assert still.returncode == 1, still.stderr
    away.rename(repository)
    mended = site.call("backup", "run", "share")
    assert (mended.returncode, "share: done: complete" in mended.stderr) == (0, True), mended.stderr
    after_that = site.call("backup", "run", "share")
    assert (after_that.returncode, "nothing to do: a backup was made since backup-share, due" in after_that.stderr) == (0, True)
    assert len(site.facts(facts.STORED)) == 1


def _zone_where_it_is_past_four() -> str:
    zones = [f"Etc/GMT{offset:+d}" for offset in range(-14, 13)]
    now = datetime.now(UTC)
    return next(zone for zone in zones if now.astimezone(ZoneInfo(zone)).hour == 4)


def _owe_since_yesterday(site: BackupSite) -> None:
    yesterday = FakeClock(after(SystemClock().now(), -86_400.0))
    with closing(open_writer(site.state, yesterday, "dc-main", ballast_bytes=0)) as writer:
        jobs = calendar_jobs(load(site.folder))
        writer.apply([], facts=changed_schedules(jobs, [], yesterday.now()))


def test_a_missing_path_is_red_names_it_and_is_green_when_repaired(site: BackupSite) -> None:
    shutil.move(data(site), data(site).with_name("gone"))
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 1
    assert str(data(site)) in done.stderr
    assert last(site, facts.FAILED)["job"] == "share"
    assert not site.facts(facts.STORED)
    shutil.move(data(site).with_name("gone"), data(site))
    assert site.call("backup", "run", "share", "--again").returncode == 0


@pytest.mark.long
def test_a_wrong_key_is_its_own_sentence_and_shows_no_key(site: BackupSite) -> None:
    write(site.folder / "main.key", b"canary-wrong-key\n", mode=0o600)
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 1
    assert "The repository's key does not open it" in done.stderr
    assert "canary" not in done.stderr + done.stdout
    write(site.folder / "main.key", SECRETS[MAIN].encode() + b"\n", mode=0o600)
    assert site.call("backup", "run", "share", "--again").returncode == 0


@pytest.mark.long
def test_a_repository_that_is_not_there_says_how_to_make_one(site: BackupSite) -> None:
    shutil.rmtree(site.repositories[MAIN])
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 1
    assert "There is no repository at this place" in done.stderr
    assert "wenyam backup init" in done.stderr
    assert site.call("backup", "init", MAIN).returncode == 0
    assert site.call("backup", "run", "share", "--again").returncode == 0


@pytest.mark.long
def test_a_source_shrunk_by_half_waits_for_a_reason_and_the_reason_sets_the_new_normal(site: BackupSite) -> None:
    site.job("share", "files", paths=[str(data(site))], size_band={"minimum": "10KiB"})
    site.configure()
    assert site.call("backup", "run", "share", "--again").returncode == 0
    (data(site) / "blob").write_bytes(b"x" * 100_000)
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 3
    assert "share: incomplete: size -" in done.stderr
    assert "wenyam backup accept-size share --reason TEXT" in done.stderr
    assert "size -" in site.call("backup", "status").stdout
    accepted = site.call("backup", "accept-size", "share", "--reason", "old scans moved to the archive")
    assert accepted.returncode == 0, accepted.stderr
    assert site.call("backup", "run", "share", "--again").returncode == 0
    refused = site.call("backup", "accept-size", "share", "--reason", "once more")
    assert (refused.returncode, "no size waits for an explanation" in refused.stderr) == (1, True)


@pytest.mark.long
def test_a_copy_that_cannot_be_made_is_incomplete_and_caught_up_later(site: BackupSite) -> None:
    with_copy(site)
    away = site.repositories[SECOND].with_name("away")
    shutil.move(site.repositories[SECOND], away)
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 3
    assert "no copy in 'dr'" in done.stderr
    assert "the newest backup is not in 'dr'" in site.call("backup", "status").stdout
    shutil.move(away, site.repositories[SECOND])
    assert site.call("backup", "run", "share", "--again").returncode == 0
    copied = [each.fact.body["run"] for each in site.facts(facts.COPIED)]
    assert copied == [each.fact.body["run"] for each in site.facts(facts.STORED)]
    assert "is not in 'dr'" not in site.call("backup", "status").stdout


@pytest.mark.long
def test_restores_take_turns_and_the_copy_is_proven_too(site: BackupSite) -> None:
    with_copy(site)
    for _ in range(2):
        assert site.call("backup", "run", "share", "--again").returncode == 0
    for _ in range(3):
        assert site.call("restore", "test", "share").returncode == 0
    assert [each.fact.body["repository"] for each in site.facts(facts.TESTED)] == [MAIN, MAIN, SECOND]


@pytest.mark.long
def test_a_flipped_byte_in_a_pack_is_found_by_reading_and_by_restoring(site: BackupSite) -> None:
    assert site.call("backup", "run", "share", "--again").returncode == 0
    pack = site.packs(MAIN)[0]
    good = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(good[:1000] + bytes([good[1000] ^ 1]) + good[1001:])
    assert site.call("backup", "verify", MAIN, "--structure-only").returncode == 0  # restic's own default sees nothing
    found = site.call("backup", "verify", MAIN, "--parts", "1")
    assert (found.returncode, "main: FAIL (part 1 of 1 of the data)" in found.stdout) == (1, True)
    tested = site.call("restore", "test", "share")
    assert tested.returncode == 1
    assert "share: FAIL" in tested.stdout
    assert "never proven by a restore (last: fail" in site.call("backup", "status").stdout
    pruned = site.call("backup", "prune", "share")
    assert "nothing goes: the last restore test failed" in pruned.stdout
    pack.write_bytes(good)
    assert site.call("backup", "verify", MAIN, "--parts", "1").returncode == 0
    assert site.call("restore", "test", "share").returncode == 0


@pytest.mark.long
def test_a_lock_left_by_a_killed_backup_is_removed_and_put_on_record(site: BackupSite) -> None:
    (data(site) / "large").write_bytes(os.urandom(60_000_000))
    process = site.start("backup", "run", "share", "--again")
    locks = site.repositories[MAIN] / "locks"
    end = time.monotonic() + 30
    while not (locks.is_dir() and any(locks.iterdir())):
        assert time.monotonic() < end, "no lock was taken"
        time.sleep(0.002)
    kill(process)
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 0, done.stderr
    verified = site.call("backup", "verify", MAIN, "--parts", "1")
    assert verified.returncode == 0, verified.stdout
    assert list(site.spool.glob("share")) == []


def is_locked(path: Path) -> bool:
    """Tell whether some process holds a lock on a file, as proc_locks(5) lists them."""
    if not path.exists():
        return False
    inode = path.stat().st_ino
    return any(line.split()[5].endswith(f":{inode}") for line in Path("/proc/locks").read_text().splitlines() if "->" not in line)


@pytest.mark.long
def test_two_runs_at_once_are_one(site: BackupSite) -> None:
    (data(site) / "large").write_bytes(os.urandom(60_000_000))
    first = site.start("backup", "run", "share", "--again")
    end = time.monotonic() + 30
    while not is_locked(site.state / "backup-share.lock"):
        assert time.monotonic() < end, "the first run never began"
        time.sleep(0.002)
    # It stands still meanwhile: how fast either of them is decides nothing.
    os.kill(first.pid, signal.SIGSTOP)
    try:
        second = site.call("backup", "run", "share", "--again")
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert second.returncode == 1
    assert "this job is under way" in second.stderr
    assert first.wait(60) == 0
    assert len(site.facts(facts.STORED)) == 1


@pytest.mark.long
def test_nothing_is_removed_after_a_clock_step_and_never_under_the_floor(site: BackupSite, moved_clock: Path) -> None:
    site.job("share", "files", paths=[str(data(site))], keep={"last": 1, "daily": 0, "weekly": 0, "monthly": 0, "floor": 2})
    site.configure()
    for _ in range(4):
        assert site.call("backup", "run", "share", "--again").returncode == 0
    _watch_a_step(site, moved_clock, "+10d")
    planned = site.run("backup", "prune", "--plan")
    assert "nothing goes: the clock was stepped" in planned.stdout, planned.stderr
    done = site.run("backup", "prune")
    assert (done.returncode, len(_snapshots(site))) == (0, 4), done.stderr
    moved_clock.write_text("+13d", encoding="ascii")  # three days without another step
    planned = site.run("backup", "prune", "--plan")
    assert (planned.stdout.count("REMOVE"), planned.stdout.count("keep")) == (2, 2)
    assert len(_snapshots(site)) == 4
    done = site.run("backup", "prune")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "2 snapshots removed")
    assert len(_snapshots(site)) == 2
    assert last(site, facts.PRUNED)["snapshots"] == 2


@pytest.fixture
def moved_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every program started from now on a wall clock that is off by what this file says; the monotonic clock stays true."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    offset = tmp_path / "clock"
    offset.write_text("+0", encoding="ascii")
    settings = {"FAKETIME_TIMESTAMP_FILE": offset, "FAKETIME_NO_CACHE": 1, "DONT_FAKE_MONOTONIC": 1, "NO_FAKE_STAT": 1}
    for name, value in {"LD_PRELOAD": library, **settings}.items():
        monkeypatch.setenv(name, str(value))
    return offset


def _watch_a_step(site: BackupSite, clock: Path, offset: str) -> None:
    """Let a real watcher see the wall clock jump."""
    watcher = site.start("run")
    try:
        _wait_for(lambda: bool(site.facts("configuration-loaded")))
        clock.write_text(offset, encoding="ascii")
        _wait_for(lambda: bool(site.facts(CLOCK_STEPPED)))
    finally:
        watcher.terminate()
        assert watcher.wait(30) == 0


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def _snapshots(site: BackupSite) -> list[object]:
    found: list[object] = json.loads(site.restic(MAIN, "snapshots", "--json").stdout)
    return found


@pytest.mark.long
def test_what_was_restored_for_real_never_overwrites(site: BackupSite, tmp_path: Path) -> None:
    assert site.call("backup", "run", "share", "--again").returncode == 0
    target = tmp_path / "back"
    done = site.call("restore", "files", "share", "--to", str(target), "--include", str(data(site) / "ทะเบียน.txt"))
    assert done.returncode == 0, done.stderr
    restored = [path for path in target.rglob("*") if path.is_file()]
    assert [path.name for path in restored] == ["ทะเบียน.txt"]
    again = site.call("restore", "files", "share", "--to", str(target))
    assert again.returncode == 2
    assert "is not empty; name a new directory" in again.stderr


@pytest.mark.long
def test_a_job_that_fails_stops_no_other_and_the_worst_code_is_given(site: BackupSite, tmp_path: Path) -> None:
    database = tmp_path / "register.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO person (name) VALUES (?)", [(f"คน {number}",) for number in range(500)])
    connection.close()
    site.job("absent", "files", paths=[str(tmp_path / "not-there")])
    site.job("register", "sqlite", path=str(database))
    site.configure()
    done = site.call("backup", "run", "--all", "--again", "--json")
    assert done.returncode == 1
    outcomes = {row["job"]: row["outcome"] for row in json.loads(done.stdout)["runs"]}
    assert outcomes == {"share": "done", "absent": "failed", "register": "done"}
    tested = site.call("restore", "test", "register", "--json")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert json.loads(tested.stdout)["tests"][0]["verdict"] == "pass"


@pytest.mark.long
def test_bad_input_is_a_sentence(site: BackupSite) -> None:
    for words, sentence in (
        (("backup", "run"), "name a job or say --all; there are: share"),
        (("backup", "run", "moon"), "there is no backup job 'moon'; there are: share"),
        (("backup", "run", "share", "--all"), "name jobs or say --all, not both"),
        (("backup", "verify", "moon"), "there is no repository 'moon'; there are: main, dr"),
        (("restore", "test", "share", "--snapshot", "ffff"), "has no snapshot 'ffff' in 'main' on record"),
        (("restore", "test", "share", "--from-copy", "moon"), "is not kept in 'moon'; it is in: main"),
    ):
        done = site.call(*words)
        assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr
    nothing = site.call("restore", "test", "share")
    assert nothing.returncode == 3
    assert (
        "share: NOT TESTED: This cannot be proven here, so it is NOT TESTED: share has no complete backup yet" in nothing.stdout
    )


@pytest.mark.long
def test_killed_at_random_moments_a_job_loses_nothing_and_the_next_run_is_good(site: BackupSite) -> None:
    (data(site) / "large").write_bytes(random.Random(2).randbytes(8_000_000))
    chance = random.Random(20261126)
    assert site.call("backup", "run", "share", "--again").returncode == 0
    for _ in range(max(5, KILLS // 10)):  # a restore's worth of work each time; the store's own kill loops do the counting
        process = site.start("backup", "run", "share", "--again")
        time.sleep(chance.random() * 2.5)
        kill(process)
        assert site.chain_problem() == ""
    done = site.call("backup", "run", "share", "--again")
    assert done.returncode == 0, done.stderr
    recorded = {str(each.fact.body["snapshot"]) for each in site.facts(facts.STORED)}
    there = {row["id"] for row in json.loads(site.restic(MAIN, "snapshots", "--json").stdout)}
    assert recorded <= there
    assert site.call("restore", "test", "share").returncode == 0
    assert site.call("backup", "verify", MAIN, "--parts", "1").returncode == 0
