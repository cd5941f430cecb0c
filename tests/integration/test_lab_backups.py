"""The lab's backup jobs: stored in three places, proven by restores; each of their faults said as it should be, red and green."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from wenyam.model.inventory import SecretReference
from wenyam.testing.lab import Lab
from wenyam.testing.lab.backups import REPOSITORIES, VAULT
from wenyam.testing.lab.first_round import WENYAM
from wenyam.testing.lab.plan import DEVICES
from wenyam.testing.rclone import USER
from wenyam.testing.repositories import RESTIC, lay_empty

pytestmark = pytest.mark.real

SECONDS = 120
INCOMPLETE = 3
NOT_WHOLE = "the answer of 127.20.0.3 is no whole configuration: "
JOBS = ("esaraban", "erp", "hr-documents", "router-config", "wenyam-itself")
Done = subprocess.CompletedProcess[str]


class Keeper:
    """Who makes the lab's backups."""

    def __init__(self, lab: Lab) -> None:
        """Lay empty repositories: that restic makes them is proven elsewhere, and it takes seconds for each."""
        self.lab = lab
        for name in REPOSITORIES:
            place = lab.directory / "backups" / name
            key = SecretReference("file", str(lab.configuration / "secrets" / f"repository-{name}"))
            lay_empty(place / "wenyam" if name == "vault" else place, key)

    def run(self, *words: str) -> Done:
        """Run `wenyam` where the lab is."""
        return _run(self.lab.command(str(WENYAM), "--config", str(self.lab.configuration), *words))

    def backup(self, *jobs: str) -> Done:
        """Run jobs now, whether they are due or not."""
        return self.run("backup", "run", *jobs, "--again")

    def troubles(self, job: str) -> list[str]:
        """Return what keeps a job from being green."""
        shown = self.run("backup", "status", "--json").stdout
        found = json.loads(shown)["jobs"] if shown else [{"name": job, "troubles": ["nothing is on record yet"]}]
        return [trouble for row in found if row["name"] == job for trouble in row["troubles"]]

    def run_troubles(self, job: str) -> list[str]:
        """Return what is wrong with the runs of a job; whether a restore was proven is another matter."""
        return [trouble for trouble in self.troubles(job) if "never proven" not in trouble]

    def make_green(self, job: str) -> None:
        """Run a job unless its last run was good."""
        if self.run_troubles(job):
            assert self.backup(job).returncode == 0

    def backups(self, job: str) -> list[Any]:
        """Return the backups of a job on record, newest first."""
        found: list[Any] = json.loads(self.run("backup", "list", job, "--json").stdout)["backups"]
        return [row["snapshot"] for row in found]

    def restic(self, *words: str) -> Done:
        """Run the stock restic on the vault, with every secret a thief would find here."""
        secrets, address = self.lab.configuration / "secrets", DEVICES[VAULT].address
        login = f"{USER}:{(secrets / 'vault-login').read_text(encoding='ascii').strip()}"
        where = f"rest:https://{login}@{address}:{self.lab.record.ports['vault']}/wenyam/"
        settings = [f"RESTIC_REPOSITORY={where}", f"RESTIC_PASSWORD_FILE={secrets / 'repository-vault'}"]
        trust = ["--no-cache", "--cacert", str(self.lab.directory / "authority" / "authority.pem")]
        # Restic tries a refused call again for a quarter of an hour.
        return _run(self.lab.command("/usr/bin/env", *settings, "/usr/bin/timeout", "8", RESTIC, *trust, *words))

    def snapshots(self) -> list[Any]:
        """Return the snapshots in the vault."""
        found: list[Any] = json.loads(self.restic("snapshots", "--no-lock", "--json").stdout)
        return found


def _run(words: Sequence[str]) -> Done:
    return subprocess.run(words, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False)


@pytest.fixture(scope="module")
def keeper(lab: Lab) -> Keeper:
    return Keeper(lab)


def test_the_routers_configuration_is_kept_in_three_places_and_loaded_by_a_scratch_router(keeper: Keeper) -> None:
    done = keeper.backup("router-config")
    assert done.returncode == 0, done.stderr
    assert keeper.troubles("router-config") == ["never proven by a restore"]
    proven = keeper.run("restore", "test", "router-config")
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert keeper.troubles("router-config") == []


@pytest.mark.long
def test_every_job_is_stored_copied_read_back_and_proven(keeper: Keeper) -> None:
    done = keeper.run("backup", "run", "--all", "--again")
    assert done.returncode == 0, done.stderr
    for name in REPOSITORIES:
        assert keeper.run("backup", "verify", name, "--parts", "1").returncode == 0
    proven = keeper.run("restore", "test", "--all")
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert [line.split(": ")[:2] for line in proven.stdout.splitlines() if " compared, " in line] == [
        [job, "PASS"] for job in JOBS
    ]
    status = keeper.run("backup", "status", "--json")
    assert status.returncode == 0, status.stdout


@pytest.mark.long
def test_without_a_second_place_a_backup_is_incomplete_and_the_next_run_brings_the_copy_there(keeper: Keeper) -> None:
    with keeper.lab.fault("sshd-stopped"):
        done = keeper.backup("router-config")
        _said(done, INCOMPLETE, "no copy in 'dr': The repository does not answer: sftp://127.30.2.11")
        assert "'vault'" not in done.stderr
        assert [trouble for trouble in keeper.run_troubles("router-config") if "the newest backup is not in 'dr'" in trouble]
    with keeper.lab.fault("vault-stopped"):
        done = keeper.backup("router-config")
        _said(done, INCOMPLETE, "no copy in 'vault': The repository does not answer: https://127.20.1.1")
        assert "'dr'" not in done.stderr, "the copy that was missing there is made up for"
        assert [trouble for trouble in keeper.run_troubles("router-config") if "the newest backup is not in 'vault'" in trouble]
    assert keeper.backup("router-config").returncode == 0
    assert keeper.run_troubles("router-config") == []


@pytest.mark.long
def test_a_source_that_cannot_be_copied_whole_fails_and_the_last_good_backup_stays(keeper: Keeper) -> None:
    for job in ("router-config", "esaraban"):
        keeper.make_green(job)
    before = [keeper.backups(job) for job in ("router-config", "esaraban")]
    with keeper.lab.fault("configuration-cut"):
        _said(keeper.backup("router-config"), 1, f"{NOT_WHOLE}it does not end as a whole configuration does")
    with keeper.lab.fault("configuration-paged"):
        _said(keeper.backup("router-config"), 1, NOT_WHOLE)
    with keeper.lab.fault("database-stopped"):
        _said(keeper.backup("esaraban"), 1, "The device refused the connection: database esaraban at 127.20.2.11")
    assert [keeper.backups(job) for job in ("router-config", "esaraban")] == before
    assert NOT_WHOLE in "; ".join(keeper.run_troubles("router-config"))
    assert keeper.run("backup", "run", "router-config", "esaraban", "--again").returncode == 0
    assert keeper.run_troubles("router-config") + keeper.run_troubles("esaraban") == []


def _said(done: Done, code: int, sentence: str) -> None:
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr


@pytest.mark.long
def test_through_the_vaults_door_nothing_is_removed_and_wenyam_says_so(keeper: Keeper) -> None:
    keeper.make_green("router-config")
    before = keeper.snapshots()
    assert before
    done = keeper.restic("forget", "--prune", before[-1]["id"])
    assert done.returncode != 0
    assert "403 Forbidden" in done.stderr
    assert keeper.snapshots() == before
    said = keeper.run("backup", "prune", "router-config", "--plan").stdout
    assert "router-config in 'vault': nothing goes: the repository is append-only: this machine removes nothing there" in said
    assert keeper.backup("router-config").returncode == 0, "a lock that the refused attempt left bars nobody"
    assert len(keeper.snapshots()) == len(before) + 1
