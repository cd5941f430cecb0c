"""`wenyam backup init` and `status` where not everything is there yet: nothing looks better than it is, nothing stops early."""

import json
from pathlib import Path

import pytest

from wenyam.testing.backup_site import MAIN, SECOND, BackupSite

pytestmark = pytest.mark.real


@pytest.fixture
def site(tmp_path: Path) -> BackupSite:
    """Make a site with one job, whose state directory holds nothing yet."""
    site = BackupSite(tmp_path)
    site.job("share", "files", paths=[str(tmp_path / "data")])
    site.configure()
    return site


def test_init_goes_on_after_a_repository_that_cannot_be_made_and_names_it(site: BackupSite) -> None:
    lost = site.directory / "not-mounted" / "main"
    site.content["repositories"][MAIN]["path"] = str(lost)
    site.configure()
    done = site.call("backup", "init")
    assert done.returncode == 1
    assert done.stdout == f"{SECOND}: made\n"
    assert f"{MAIN}: not made: There is no repository at this place: {lost.parent}: no such file or directory" in done.stderr
    lost.parent.mkdir()
    done = site.call("backup", "init")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{MAIN}: made\n{SECOND}: was there already, and its key opens it\n"


def test_status_before_there_is_a_database_is_whole_and_red(site: BackupSite) -> None:
    done = site.call("backup", "status", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (said["version"], said["recorded"], said["not_covered"]) == (1, False, [])
    (job,) = said["jobs"]
    assert (job["name"], job["green"], job["last_success"]) == ("share", False, None)
    assert job["troubles"] == ["never proven by a restore", "never backed up"]
    shown = " ".join(site.call("backup", "status").stdout.split())
    assert f"▲ there is no database in {site.state} yet; the first backup makes it" in shown
    assert json.loads(site.call("backup", "list", "share", "--json").stdout)["backups"] == []
    assert list(site.state.iterdir()) == []
