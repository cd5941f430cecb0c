"""What a backup must never be green about: each situation is caused for real, with the real command and the real restic."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.clock import SystemClock
from wenyam.model.instants import after
from wenyam.operations import backup_status
from wenyam.settings.loader import load
from wenyam.testing.backup_site import MAIN, SECOND, BackupSite

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make empty repositories once; their keys open quickly, which they do not by default, on purpose."""
    site = BackupSite(tmp_path_factory.mktemp("made"))
    site.configure()
    assert site.call("backup", "init").returncode == 0
    site.quicken()
    return site.repositories


@pytest.fixture
def site(tmp_path: Path, made: dict[str, Path]) -> Iterator[BackupSite]:
    """Make a site with one job over a few small files, as most systems of an office are."""
    site = BackupSite(tmp_path)
    site.bring(made)
    data = tmp_path / "data"
    data.mkdir()
    for number in range(20):
        (data / f"หนังสือ-{number}.txt").write_text("ที่ กษ 0201/1\n" * 100, encoding="utf-8")
    job(site)
    yield site
    assert site.chain_problem() == ""


def job(site: BackupSite, **options: object) -> None:
    site.job("share", "files", **{"paths": [str(data(site))], **options})
    site.configure()


def data(site: BackupSite) -> Path:
    return site.directory / "data"


def back_up(site: BackupSite) -> tuple[int, str]:
    done = site.call("backup", "run", "share", "--again")
    return done.returncode, done.stderr


def prove(site: BackupSite, *words: str) -> tuple[int, str]:
    done = site.call("restore", "test", "share", *words)
    return done.returncode, done.stdout


def is_green(site: BackupSite) -> bool:
    return site.call("backup", "status").returncode == 0


def kept(site: BackupSite, repository: str = MAIN) -> set[str]:
    return {each["id"] for each in json.loads(site.restic(repository, "snapshots", "--json").stdout)}


def newest(site: BackupSite) -> str:
    return str(site.facts(facts.STORED)[-1].fact.body["snapshot"])


def empty(site: BackupSite) -> None:
    for path in data(site).iterdir():
        path.unlink()


def test_a_file_system_that_is_not_mounted_is_no_backup_and_an_empty_folder_only_where_the_job_says_so(site: BackupSite) -> None:
    (site.directory / "scans").mkdir()
    job(site, paths=[str(data(site)), str(site.directory / "scans")])
    code, said = back_up(site)
    assert (code, "scans: there is no file in it" in said, "Is its file system mounted?" in said) == (1, True, True), said
    (site.directory / "scans" / "1.pdf").write_bytes(b"%PDF")
    assert back_up(site)[0] == 0
    (site.directory / "scans" / "1.pdf").unlink()
    assert back_up(site)[0] == 1
    job(site, paths=[str(data(site)), str(site.directory / "scans")], may_be_empty=True)
    assert back_up(site)[0] == 0


def test_a_small_source_that_lost_nearly_everything_waits_for_a_reason(site: BackupSite) -> None:
    assert back_up(site)[0] == 0
    for path in list(data(site).iterdir())[1:]:
        path.unlink()
    code, said = back_up(site)
    assert (code, "share: incomplete: size -9" in said) == (3, True), said
    assert not is_green(site)
    accepted = site.call("backup", "accept-size", "share", "--reason", "the letters are in the archive now")
    assert accepted.returncode == 0, accepted.stderr
    assert back_up(site)[0] == 0


def test_tables_that_were_emptied_wait_for_a_reason_though_the_database_is_as_large_as_ever(site: BackupSite) -> None:
    path = site.directory / "register.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE letters (subject TEXT)")
        database.executemany("INSERT INTO letters VALUES (?)", [("ข้าวสาร",)] * 500)
    site.job("share", "sqlite", path=str(path))
    site.configure()
    assert back_up(site)[0] == 0
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DELETE FROM letters")
    code, said = back_up(site)
    assert (code, "rows -100%: 0 in all tables, normal 500" in said) == (3, True), said


def test_a_good_backup_makes_no_room_for_those_that_nobody_has_explained(site: BackupSite) -> None:
    job(site, keep={"last": 2, "daily": 0, "weekly": 0, "monthly": 0, "floor": 2}, size_band={"minimum": "1KiB"})
    for _ in range(3):
        assert back_up(site)[0] == 0
    good = [str(each.fact.body["snapshot"]) for each in site.facts(facts.STORED)]
    for path in list(data(site).iterdir())[3:]:
        path.unlink()
    for _ in range(3):
        assert back_up(site)[0] == 3
    planned = site.call("backup", "prune", "--plan")
    assert "last of those that are no success" in planned.stdout
    assert site.call("backup", "prune").returncode == 0
    assert {*good[1:], newest(site)} < kept(site)
    assert len(kept(site)) == 4


def test_what_failed_runs_left_in_the_repository_pushes_no_good_backup_out(site: BackupSite) -> None:
    job(site, keep={"last": 2, "daily": 0, "weekly": 0, "monthly": 0, "floor": 1})
    assert back_up(site)[0] == 0
    good, complaining = newest(site), site.directory / "restic"
    complain = "echo error: a strange thing was seen >&2"
    complaining.write_text(f'#!/bin/sh\ncase " $* " in *" backup "*) {complain} ;; esac\nexec /usr/bin/restic "$@"\n', "ascii")
    complaining.chmod(0o700)
    site.content["tools"] = {"restic": str(complaining)}
    site.configure()
    for _ in range(3):
        assert back_up(site)[0] == 1
    assert (len(kept(site)), len(site.facts(facts.STORED))) == (4, 1), "restic stored what the run did not trust"
    assert site.call("backup", "prune").returncode == 0
    assert good in kept(site)


def test_an_older_backup_that_can_be_restored_makes_no_good_of_the_newest_that_cannot(site: BackupSite) -> None:
    for _ in range(2):
        assert back_up(site)[0] == 0
    assert site.restic(MAIN, "forget", newest(site)).returncode == 0
    older = str(site.facts(facts.STORED)[0].fact.body["snapshot"])
    assert prove(site)[0] == 1
    assert prove(site, "--snapshot", older)[0] == 0
    status = site.call("backup", "status")
    assert (status.returncode, "never proven by a restore (last: fail" in status.stdout) == (1, True), status.stdout
    assert "nothing goes: the last restore test failed (" in site.call("backup", "prune", "--plan").stdout
    code, said = prove(site)
    assert (code, "again, because the last one failed" in said) == (1, True), said
    assert back_up(site)[0] == 0
    assert prove(site)[0] == 0
    assert is_green(site)


def test_a_repository_that_was_exchanged_for_an_empty_one_is_found_by_checking_it(
    site: BackupSite, made: dict[str, Path]
) -> None:
    job(site, copies=[SECOND])
    for _ in range(2):
        assert back_up(site)[0] == 0
    shutil.rmtree(site.repositories[SECOND])
    shutil.copytree(made[SECOND], site.repositories[SECOND])
    checked = site.call("backup", "verify", SECOND, "--parts", "1")
    assert (checked.returncode, "2 backups on record are not in 'dr' any more: share of " in checked.stdout) == (1, True), (
        checked.stdout
    )
    assert site.call("backup", "verify", MAIN, "--parts", "1").returncode == 0
    explained = site.call("backup", "verify", SECOND, "--parts", "1", "--gone", "the disk died; a new one is in its place")
    assert explained.returncode == 0, explained.stdout
    assert dict(site.facts(facts.PRUNED)[-1].fact.body)["reason"] == "the disk died; a new one is in its place"
    status = site.call("backup", "status")
    assert (status.returncode, "the newest backup is not in 'dr'" in status.stdout) == (1, True), "a copy that is gone is none"


def test_what_the_rules_removed_is_neither_missed_nor_tested_nor_copied_again(site: BackupSite) -> None:
    job(site, copies=[SECOND], keep={"last": 1, "daily": 0, "weekly": 0, "monthly": 0, "floor": 1})
    for _ in range(3):
        assert back_up(site)[0] == 0
    assert site.call("backup", "prune").returncode == 0
    assert (len(kept(site)), len(kept(site, SECOND))) == (1, 1)
    for name in (MAIN, SECOND):
        checked = site.call("backup", "verify", name, "--parts", "1")
        assert checked.returncode == 0, checked.stdout
    for _ in range(3):
        assert prove(site)[0] == 0
    assert back_up(site)[0] == 0
    assert (len(kept(site)), len(kept(site, SECOND))) == (2, 2)


def test_where_every_file_was_written_to_while_it_was_stored_nothing_is_proven(site: BackupSite) -> None:
    for path in data(site).iterdir():
        path.unlink()
    image = data(site) / "disk.img"
    image.write_bytes(b"0" * 1000)
    rewriting = "import sys\nwhile True:\n    with open(sys.argv[1], 'r+b') as file: file.write(b'1')"
    writer = subprocess.Popen([sys.executable, "-c", rewriting, str(image)])
    try:
        assert back_up(site)[0] == 0
    finally:
        writer.kill()
        writer.wait()
    code, said = prove(site)
    assert (code, "all 1 files changed while they were backed up" in said) == (3, True), said
    assert not is_green(site)


def test_a_repository_that_failed_its_check_makes_its_jobs_red_until_it_is_seen_whole(site: BackupSite) -> None:
    assert back_up(site)[0] == 0
    assert prove(site)[0] == 0
    assert is_green(site)
    packs = {path: path.read_bytes() for path in (site.repositories[MAIN] / "data").glob("*/*")}
    for path, whole in packs.items():
        path.chmod(0o600)
        path.write_bytes(whole[:50] + b"damaged" + whole[57:])
    assert site.call("backup", "verify", MAIN, "--parts", "1").returncode == 1
    status = site.call("backup", "status")
    assert (status.returncode, "share: 'main' failed its last check: The repository is damaged" in status.stdout) == (1, True)
    for path, whole in packs.items():
        path.write_bytes(whole)
    assert site.call("backup", "verify", MAIN, "--parts", "1").returncode == 0
    assert is_green(site)


def test_how_much_was_read_back_is_on_record_and_a_part_that_holds_nothing_is_followed_by_the_next(site: BackupSite) -> None:
    assert back_up(site)[0] == 0
    groups = dict.fromkeys(range(1, 8), 0)
    for pack in site.packs(MAIN):
        groups[int(pack.name[:2], 16) % 7 + 1] += 1
    packs = sum(groups.values())
    assert 0 in groups.values(), "so few packs that some part of seven holds none"
    for _ in range(7):
        checked = site.call("backup", "verify", MAIN)
        assert checked.returncode == 0
        assert f" 0 of {packs} packs" not in checked.stdout
    found = [each.fact.body for each in site.facts(facts.VERIFIED)]
    assert [(each["part"], each["packs_read"], each["packs"]) for each in found[:7]] == [
        (number, read, packs) for number, read in groups.items()
    ]
    assert site.call("backup", "verify", MAIN, "--structure-only").returncode == 0
    assert site.facts(facts.VERIFIED)[-1].fact.body["packs"] is None
    with_too_many = site.call("backup", "verify", MAIN, "--parts", "257")
    assert (with_too_many.returncode, "'257' is not a number from 1 to 256" in with_too_many.stderr) == (2, True)


def test_a_repository_whose_data_nobody_reads_back_makes_its_jobs_red(site: BackupSite) -> None:
    assert back_up(site)[0] == 0
    assert prove(site)[0] == 0
    assert is_green(site)

    def troubles(days: float) -> list[str]:
        view = backup_status.present(load(site.folder), after(SystemClock().now(), days * 86_400.0))
        return [words for words in view.lines[0].troubles if "read back" in words]

    assert troubles(7.5) == []
    assert troubles(8) == ["the data in 'main' was never read back, limit 7 d 18 h"]
    assert site.call("backup", "verify", MAIN, "--parts", "256").returncode == 0
    assert troubles(8) == ["the data in 'main' was never read back, limit 7 d 18 h"]
    assert site.call("backup", "verify", MAIN).returncode == 0
    assert (troubles(7.5), len(troubles(8))) == ([], 1)
    assert len(troubles(-2)) == 1, "it was read back in the future, so nobody knows when"


def test_an_older_backup_that_a_person_chose_proves_nothing_of_the_newest(site: BackupSite) -> None:
    assert back_up(site)[0] == 0
    older = newest(site)
    (data(site) / "ใหม่.txt").write_text("ที่ กษ 0201/2\n", encoding="utf-8")
    assert back_up(site)[0] == 0
    code, said = prove(site, "--snapshot", older)
    assert (code, "wenyam restore test share" in said) == (0, True), said
    assert not is_green(site), "the newest backup was never restored"
    code, said = prove(site)
    assert (code, "(the newest)" in said) == (0, True), f"a test chosen by hand took a turn: {said}"
    assert is_green(site)
    proven = json.loads(site.call("backup", "status", "--json").stdout)["jobs"][0]["last_proven"]
    assert prove(site, "--snapshot", older)[0] == 0
    assert json.loads(site.call("backup", "status", "--json").stdout)["jobs"][0]["last_proven"] == proven


def test_the_newest_backup_is_proven_also_when_a_person_chose_it(site: BackupSite) -> None:
    assert back_up(site)[0] == 0
    assert prove(site, "--snapshot", newest(site))[0] == 0
    assert is_green(site)
