"""The installed services under a real systemd as process 1, in namespaces over a copy-on-write view of this machine."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.real, pytest.mark.long]

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
NAMESPACES = ("--cgroup", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--uts", "--ipc")


def cgroup_root() -> Path | None:
    """Return where the unified control groups are mounted."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines())
    return next((Path(words[1]) for words in mounts if words[2] == "cgroup2"), None)


def why_not() -> str:
    """Return what keeps this machine from making namespaces; empty when nothing does."""
    if os.geteuid() != 0:
        return "needs root"
    if cgroup_root() is None or not os.access(str(cgroup_root()), os.W_OK):
        return "needs writable control groups"
    options = 'lowerdir=/,upperdir="$1"/u,workdir="$1"/w'
    script = f'mount -t tmpfs none "$1" && mkdir "$1"/{{u,w,r}} && mount -t overlay none -o {options} "$1"/r'
    target = Path("/run/wenyam-namespace-test")
    target.mkdir(exist_ok=True)
    try:
        tried = subprocess.run(
            ["/usr/bin/unshare", *NAMESPACES, "/bin/bash", "-c", script, "-", str(target)], capture_output=True, check=False
        )
    finally:
        target.rmdir()
    return "" if tried.returncode == 0 else "needs the right to make namespaces and overlays"


class Seen:
    """What the scripts wrote."""

    def __init__(self, output: Path) -> None:
        self.output = output
        lines = (line.partition("=") for line in self.text("proof.txt").splitlines())
        self.values = {name: value for name, _, value in lines}

    def text(self, name: str) -> str:
        path = self.output / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    reason, root = why_not(), cgroup_root()
    if reason or root is None:
        pytest.skip(f"systemd as process 1: {reason}")
    work, output = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("output")
    shutil.copy(HERE / "systemd_proof.sh", output / "proof.sh")
    shutil.copy(HERE / "systemd_router.py", output / "router.py")
    shutil.copy(REPOSITORY / "config/systemd/scratch-router.conf", output)
    output.chmod(0o777)  # the job's own account writes there
    group = root / f"wenyam-test-{os.getpid()}"
    group.mkdir()
    inside = 'echo $$ > "$1"/cgroup.procs; shift; exec "$@"'
    stage = ["/bin/bash", str(HERE / "systemd_stage.sh"), str(work), str(output), str(REPOSITORY)]
    command = ["/bin/bash", "-c", inside, "-", str(group), "/usr/bin/unshare", *NAMESPACES, *stage]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        found = Seen(output)
        assert done.returncode == 0, done.stderr + found.text("install.txt")[-2000:] + found.text("console.txt")[-2000:]
        yield found
    finally:
        for path in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            path.rmdir()
        group.rmdir()


def test_accounts_and_owners_are_as_written(seen: Seen) -> None:
    lines = seen.text("owners.txt").splitlines()
    assert lines[:6] == [
        "755 root root /opt/wenyam",
        "750 root wenyam /etc/wenyam",
        "700 wenyam-backup wenyam /etc/wenyam/backup-secrets",
        "700 wenyam wenyam /etc/wenyam/secrets",
        "700 root root /etc/wenyam/credentials",
        "2770 wenyam wenyam /var/lib/wenyam",
    ]
    assert all("(wenyam)" in line for line in lines[6:8])
    assert seen.text("again.txt").splitlines()[0] == "Debian packages: install what is missing"
    assert "user" not in seen.text("again.txt")


def test_the_watcher_starts_with_one_right_and_says_that_it_is_ready(seen: Seen) -> None:
    said = seen.values
    assert said["process_one"] == "systemd"
    assert said["started"] == "active", seen.text("said.txt")
    assert (said["account"], said["capabilities"]) == ("wenyam", "0000000000002000")
    assert (said["seccomp"], said["no_new_privileges"]) == ("2", "1")
    assert said["socket"] == "660 wenyam wenyam"
    assert said["device_up"] == "yes"


def test_a_reload_keeps_the_process(seen: Seen) -> None:
    assert (seen.values["reload"], seen.values["after_reload"]) == ("0", "active same")


def test_a_frozen_watcher_is_started_again_by_the_watchdog(seen: Seen) -> None:
    assert (seen.values["frozen_is_restarted"], seen.values["restarts"]) == ("yes", "1")


def test_the_calendar_runs_as_the_backup_account_without_any_right(seen: Seen) -> None:
    said = seen.values
    assert said["jobs"] == "active", seen.text("said.txt")
    assert said["jobs_account"] in ("wenyam-backup", "wenyam-+")
    assert said["jobs_capabilities"] == "0000000000000000"
    assert said["job"] == "0 success", seen.text("said.txt")
    assert said["timer"] == "active"


def test_a_scratch_router_is_not_tested_under_the_shipped_unit_and_runs_with_its_drop_in(seen: Seen) -> None:
    shipped, given = (seen.text(f"router-{name}.txt").splitlines() for name in ("shipped", "given"))
    assert len(shipped) == 3, seen.text("said.txt")
    assert all("NotTestedError" in line and "scratch-router.conf" in line for line in shipped), shipped
    assert given == ["zebra: runs", "bgpd: runs", "bfdd: runs"]


def test_a_stop_is_clean_and_a_broken_configuration_is_not_tried_for_ever(seen: Seen) -> None:
    said = seen.values
    assert (said["stopped"], said["run_directory"]) == ("success inactive", "gone")
    assert said["broken_configuration"] == "failed 0"
    assert "there is no site 'nowhere'" in seen.text("said.txt")


def test_doctor_finds_the_installed_services_in_order(seen: Seen) -> None:
    rows = json.loads(seen.text("doctor.json"))["findings"]
    wrong = {row["about"]: row["sentence"] for row in rows if row["verdict"] == "FAIL"}
    # Nothing here keeps the clock in step, and no cron runs: both are found.
    assert wrong.keys() - {"clock"} == {"cron"}, wrong
    assert wrong["cron"].endswith("no cron is running, so nothing starts")
    verdicts = {row["about"]: row["verdict"] for row in rows}
    assert [verdicts[about] for about in ("account", "port", "state directory", "database", "watcher")] == ["PASS"] * 5
