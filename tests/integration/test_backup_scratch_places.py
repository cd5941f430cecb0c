"""A scratch place that cannot be made: a restore test then leaves NOT TESTED on record, with why and with evidence."""

import hashlib
import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.model.inventory import SecretReference
from wenyam.testing.backup_site import MAIN, BackupSite
from wenyam.testing.repositories import lay_empty

pytestmark = pytest.mark.real
MOUNTED = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
ALONE = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "-m")
FULL, CROWDED, READ_ONLY = "size=1m,mode=0700,nr_inodes=1", "size=1m,mode=0700", "size=1m,mode=0700,ro"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[BackupSite]:
    site = BackupSite(tmp_path)
    lay_empty(site.repositories[MAIN], SecretReference("file", str(site.folder / f"{MAIN}.key")))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "blob").write_bytes(random.Random(1).randbytes(100_000))
    site.job("share", "files", paths=[str(tmp_path / "data")])
    site.configure()
    assert site.call("backup", "run", "share", "--again").returncode == 0
    site.scratch.mkdir(mode=0o700, exist_ok=True)
    yield site
    assert site.chain_problem() == ""


def restore_test_on(site: BackupSite, options: str) -> "subprocess.CompletedProcess[str]":
    """Run the restore test where the scratch directory is a file system of its own."""
    words = [*ALONE, "sh", "-c", MOUNTED, "sh", options, str(site.scratch), *site.command("restore", "test", "share")]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (FULL, "No space left on device"),
        pytest.param(CROWDED, "the restore needs 64 MiB in", marks=pytest.mark.long),
        pytest.param(READ_ONLY, "Read-only file system", marks=pytest.mark.long),
    ],
)
def test_without_a_scratch_place_it_is_not_tested_and_that_is_on_record(site: BackupSite, options: str, why: str) -> None:
    done = restore_test_on(site, options)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "share: NOT TESTED" in done.stdout
    (fact,) = site.facts(facts.TESTED)
    assert fact.fact.body["verdict"] == "not-tested"
    assert "no scratch place: " in str(fact.fact.body["problem"])
    assert why in str(fact.fact.body["problem"])
    (evidence,) = (site.state / "evidence" / "restore-tests").iterdir()
    assert hashlib.sha256(evidence.read_bytes()).hexdigest() == fact.fact.body["evidence"]
    assert json.loads(evidence.read_text(encoding="utf-8"))["verdict"] == "not-tested"
    assert "NOT TESTED" in site.call("backup", "status").stdout.upper().replace("-", " ")
    assert site.call("restore", "test", "share").returncode == 0
    assert [each.fact.body["verdict"] for each in site.facts(facts.TESTED)] == ["not-tested", "pass"]


@pytest.mark.long
def test_a_scratch_place_that_others_may_write_is_refused_on_record(site: BackupSite) -> None:
    site.scratch.chmod(0o777)
    assert site.call("restore", "test", "share").returncode == 3
    assert "must belong to the account that runs backups" in str(site.facts(facts.TESTED)[-1].fact.body["problem"])
    shutil.rmtree(site.scratch)
    assert site.call("restore", "test", "share").returncode == 0
