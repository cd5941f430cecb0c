"""scripts/install and scripts/uninstall, in a staged tree; accounts and a running systemd are in test_install_systemd.py."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wenyam.operations.cron_file import problems, system_zone

REPOSITORY = Path(__file__).parents[2]
SYSTEMD_ANALYZE = "/usr/bin/systemd-analyze"
UNITS = "etc/systemd/system"
MOST_EXPOSED = 2.5
"""Of 10, by systemd-analyze security."""
DIRECTORIES = {
    "opt/wenyam": 0o755,
    "etc/wenyam": 0o750,
    "etc/wenyam/secrets": 0o700,
    "etc/wenyam/backup-secrets": 0o700,
    "etc/wenyam/credentials": 0o700,
    "var/lib/wenyam": 0o2770,
    "var/backups/wenyam": 0o700,
    "var/backups/wenyam/spool": 0o700,
    "var/backups/wenyam/scratch": 0o700,
}
SCHEDULES = """
audit-verify | every day 03:10 | Asia/Bangkok
report-month | monthly 1 06:00 | Asia/Bangkok
restore-test | every mon,fri 02:00 | Asia/Bangkok
"""
CONFIGURATION = """
instance: {name: test, site: office}
sites: {office: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
repositories:
  main: {kind: local, path: /var/backups/wenyam/main, key: file:backup-secrets/main}
backups:
  erp_db.v2: {source: files, paths: [/srv], covers: [], schedule: every day 01:30, repository: main}
"""


def script(name: str, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([REPOSITORY / "scripts" / name, *arguments], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return done


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return tmp_path / "stage"


@pytest.fixture
def schedule(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.schedule"
    path.write_text(SCHEDULES, encoding="utf-8")
    return path


def install(prefix: Path, schedule: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return script("install", "--prefix", str(prefix), "--schedule", str(schedule), "--without-programs", *more)


def tree(root: Path) -> dict[str, tuple[int, int]]:
    found = sorted(root.rglob("*"))
    return {str(path.relative_to(root)): (stat.S_IMODE(path.lstat().st_mode), path.lstat().st_mtime_ns) for path in found}


def test_a_staged_install_makes_the_tree_with_its_modes(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    assert {name: tree(prefix)[name][0] for name in DIRECTORIES} == DIRECTORIES
    assert (prefix / "usr/local/bin/wenyam").readlink() == Path("/opt/wenyam/bin/wenyam")
    files = [path for path in prefix.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}
    assert {path.name for path in (prefix / UNITS).iterdir()} == {
        "wenyam.service",
        "wenyam-jobs.service",
        "wenyam-job@.service",
        "wenyam-job@audit-verify.timer",
        "wenyam-job@report-month.timer",
        "wenyam-job@restore-test.timer",
    }


def test_installing_again_changes_nothing(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    before = tree(prefix)
    assert install(prefix, schedule).stdout == ""
    assert tree(prefix) == before


def test_a_damaged_file_and_a_wide_directory_are_put_right(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    (prefix / "etc/wenyam/secrets").chmod(0o755)
    (prefix / UNITS / "wenyam.service").write_text("[Service]\n", encoding="utf-8")
    said = install(prefix, schedule).stdout.splitlines()
    assert said == [f"directory {prefix}/etc/wenyam/secrets: mode 0700", f"file {prefix}/{UNITS}/wenyam.service: write"]


def test_a_job_that_is_no_longer_scheduled_loses_its_timer(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    schedule.write_text("audit-verify | every day 04:10 | Asia/Bangkok\n", encoding="utf-8")
    assert "wenyam-job@report-month.timer: remove, no such job any more" in install(prefix, schedule).stdout
    assert {path.name for path in (prefix / UNITS).glob("*.timer")} == {"wenyam-job@audit-verify.timer"}


def test_a_plan_touches_nothing(prefix: Path, schedule: Path) -> None:
    planned = install(prefix, schedule, "--plan").stdout
    assert not prefix.exists()
    assert install(prefix, schedule).stdout == planned
    before = tree(prefix)
    removal = script("uninstall", "--prefix", str(prefix), "--purge", "--plan").stdout
    assert tree(prefix) == before
    assert script("uninstall", "--prefix", str(prefix), "--purge").stdout == removal


def test_the_plan_for_the_system_names_accounts_packages_and_programs(schedule: Path) -> None:
    said = script("install", "--plan", "--schedule", str(schedule)).stdout
    assert "Debian packages: install what is missing" in said
    assert "programs /opt/wenyam: virtual environment of " in said
    assert re.search(r"directory /var/lib/wenyam: mode 2770, wenyam:wenyam", said)


def test_uninstalling_keeps_history_and_configuration_and_purging_keeps_nothing(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    (prefix / "var/lib/wenyam/wenyam.db").write_bytes(b"evidence")
    (prefix / "etc/wenyam/wenyam.yaml").write_text("instance: {}\n", encoding="utf-8")
    script("uninstall", "--prefix", str(prefix))
    left = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}
    assert left == {"var/lib/wenyam/wenyam.db", "etc/wenyam/wenyam.yaml"}
    assert {name: tree(prefix)[name][0] for name in DIRECTORIES if name != "opt/wenyam"} == {
        name: mode for name, mode in DIRECTORIES.items() if name != "opt/wenyam"
    }
    script("uninstall", "--prefix", str(prefix), "--purge")
    assert not prefix.exists()


def test_purging_keeps_a_repository_beside_the_spool(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    kept = prefix / "var/backups/wenyam/main/config"
    kept.parent.mkdir()
    kept.write_bytes(b"a repository")
    (prefix / "var/backups/wenyam/spool/dump").write_bytes(b"passing through")
    planned = script("uninstall", "--prefix", str(prefix), "--purge", "--plan").stdout
    assert f"directory {prefix}/var/backups/wenyam: keep, it may hold backups" in planned
    assert script("uninstall", "--prefix", str(prefix), "--purge").stdout == planned
    assert [path for path in prefix.rglob("*") if path.is_file()] == [kept]


def test_the_jobs_of_a_configuration_are_among_the_timers_and_cron_lines(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    (prefix / "opt/wenyam/bin").mkdir(parents=True)
    own = prefix / "opt/wenyam/bin/python"
    own.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    own.chmod(0o755)
    (prefix / "etc/wenyam/wenyam.yaml").write_text(CONFIGURATION, encoding="utf-8")
    assert f"file {prefix}/{UNITS}/wenyam-job@backup-erp_db.v2.timer: write" in install(prefix, schedule).stdout
    assert {path.name for path in (prefix / UNITS).glob("*.timer")} == {
        f"wenyam-job@{name}.timer"
        for name in (
            "audit-verify",
            "backup-erp_db.v2",
            "head-export",
            "report-month",
            "restore-test",
            "retention",
            "verify-main",
        )
    }
    text = (prefix / "etc/cron.d/wenyam").read_text(encoding="utf-8")
    assert "# job backup-erp_db.v2: every day 01:30 (Asia/Bangkok)" in text
    assert text.count("--config /etc/wenyam jobs run backup-erp_db.v2\n") == 1
    assert problems(text, system_zone()) == []
    assert install(prefix, schedule).stdout == ""


def test_a_broken_configuration_takes_no_timer_away(prefix: Path, schedule: Path) -> None:
    test_the_jobs_of_a_configuration_are_among_the_timers_and_cron_lines(prefix, schedule)
    before = tree(prefix / UNITS)
    (prefix / "etc/wenyam/wenyam.yaml").write_text(CONFIGURATION.replace("every day 01:30", "nightly"), encoding="utf-8")
    failed = script("install", "--prefix", str(prefix), "--schedule", str(schedule), "--without-programs", expect=1)
    assert "wenyam.yaml:9: backups.erp_db.v2.schedule: schedule 'nightly' was not understood" in failed.stderr
    assert tree(prefix / UNITS) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--prefix", "/"], "--prefix / is the system itself"),
        (["--prefix", "/usr/../"], "--prefix / is the system itself"),
        (["--wrong"], "usage: scripts/"),
    ],
)
@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_wrong_arguments_are_refused(name: str, arguments: list[str], sentence: str) -> None:
    assert sentence in script(name, *arguments, expect=2).stderr


def test_a_schedule_that_is_not_understood_stops_with_file_and_line(prefix: Path, schedule: Path) -> None:
    schedule.write_text("\nbad | every blue moon | Asia/Bangkok\n", encoding="utf-8")
    failed = script("install", "--prefix", str(prefix), "--schedule", str(schedule), "--without-programs", expect=1)
    assert f"{schedule}:2: schedule 'every blue moon' was not understood" in failed.stderr


def test_cron_times_are_those_of_the_schedule_in_the_systems_zone(prefix: Path, schedule: Path) -> None:
    install(prefix, schedule)
    text = (prefix / "etc/cron.d/wenyam").read_text(encoding="utf-8")
    assert "# job audit-verify: every day 03:10 (Asia/Bangkok)" in text
    assert problems(text, system_zone()) == []
    for line in text.splitlines():
        if line and not line.startswith("#") and "=" not in line.split()[0]:
            assert re.fullmatch(r"[\d,*]+ [\d,*]+ [\d,*]+ [\d,*]+ [\d,*]+ wenyam-backup /opt/wenyam/bin/wenyam --config .*", line)


def runnable_units(prefix: Path, target: Path) -> list[Path]:
    """Copy the units with a program that exists, since systemd-analyze looks for it."""
    target.mkdir()
    for unit in (prefix / UNITS).iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/wenyam/bin/wenyam", "/bin/true")
        (target / unit.name).write_text(text, encoding="utf-8")
    return sorted(target.iterdir())


def test_systemd_understands_every_unit(prefix: Path, schedule: Path, tmp_path: Path) -> None:
    install(prefix, schedule)
    for unit in runnable_units(prefix, tmp_path / "units"):
        name = str(unit).replace("wenyam-job@.service", "wenyam-job@audit-verify.service")
        done = subprocess.run(
            [SYSTEMD_ANALYZE, "verify", "--man=no", name], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), name


@pytest.mark.parametrize("unit", ["wenyam.service", "wenyam-jobs.service", "wenyam-job@.service"])
def test_the_services_are_hardened(unit: str) -> None:
    path = REPOSITORY / "config/systemd" / unit
    command = [SYSTEMD_ANALYZE, "security", "--offline=true", "--no-pager", str(path)]
    done = subprocess.run(
        [*command, f"--threshold={MOST_EXPOSED * 10:.0f}"], capture_output=True, text=True, timeout=60, check=False
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    print(f"{unit}: exposure {found[1]} of 10")  # noqa: T201  # the score is worth seeing
    assert float(found[1]) <= MOST_EXPOSED
    assert done.returncode == 0


@pytest.mark.parametrize("unit", ["wenyam-jobs", "wenyam-job@restore-test-core"])
def test_what_a_scratch_router_is_given_is_understood_and_exposes_little_more(unit: str, tmp_path: Path) -> None:
    kind = "wenyam-job@" if "@" in unit else unit
    text = (REPOSITORY / f"config/systemd/{kind}.service").read_text(encoding="utf-8")
    (tmp_path / f"{kind}.service").write_text(text.replace("/opt/wenyam/bin/wenyam", "/bin/true"), encoding="utf-8")
    place = tmp_path / f"{unit}.service.d"
    place.mkdir()
    shutil.copy(REPOSITORY / "config/systemd/scratch-router.conf", place)
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    verify = [SYSTEMD_ANALYZE, "verify", "--man=no", f"{unit}.service"]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    together = tmp_path / "together.service"
    together.write_text(text + (place / "scratch-router.conf").read_text(encoding="utf-8"), encoding="utf-8")
    command = [SYSTEMD_ANALYZE, "security", "--offline=true", "--no-pager", str(together)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize(("unit", "held"), [("wenyam", "CAP_NET_RAW"), ("wenyam-jobs", ""), ("wenyam-job@", "")])
def test_the_watcher_has_one_capability_and_the_calendar_none(unit: str, held: str) -> None:
    lines = (REPOSITORY / "config/systemd" / f"{unit}.service").read_text(encoding="utf-8").splitlines()
    assert f"CapabilityBoundingSet={held}" in lines
    assert f"AmbientCapabilities={held}" in lines


@pytest.mark.long
@pytest.mark.real
def test_the_installed_programs_run_where_they_stand(prefix: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("config", "docs", "requirements", "scripts", "wenyam"):
        shutil.copytree(REPOSITORY / name, copy / name)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, copy)
    command: list[str | Path] = [copy / "scripts/install", "--prefix", prefix]
    subprocess.run(command, capture_output=True, timeout=600, check=True)
    program = prefix / "opt/wenyam/bin/wenyam"
    helped = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60, check=True, cwd="/")
    assert "verbs:" in helped.stdout
    assert not any("/root/" in str(path.resolve()) for path in program.parent.glob("python*"))
    again = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    assert again.stdout == ""
    (copy / "wenyam/new.py").write_text('"""An upgrade."""\n', encoding="utf-8")
    upgraded = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    assert upgraded.stdout.startswith(f"programs {prefix}/opt/wenyam: virtual environment of ")
    assert list((prefix / "opt/wenyam/lib").rglob("wenyam/new.py"))
    script("uninstall", "--prefix", str(prefix), "--purge")
    assert not prefix.exists()
