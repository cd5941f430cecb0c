"""The jobs that backups bring: in the calendar, in cron's file, as timers, and missed by doctor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wenyam.operations import doctor, doctor_cron
from wenyam.operations.cron_file import problems, system_zone
from wenyam.operations.findings import Verdict
from wenyam.testing.clock import FakeClock
from wenyam.testing.cron_machine import lay_cron

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).parents[2]
SYSTEMD_ANALYZE = "/usr/bin/systemd-analyze"
NAMES = ["backup-erp_db.v2", "head-export", "report-month", "restore-test-erp_db.v2", "retention", "verify-main"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "etc" / "wenyam"
    folder.mkdir(parents=True, mode=0o755)
    (folder / "wenyam.yaml").write_text(
        f"instance: {{name: test, site: office, state_directory: {tmp_path / 'state'}}}\n"
        "sites: {office: }\n"
        "people: {somchai: {name: Somchai}}\n"
        "defaults: {owner: somchai, duty_officer: somchai}\n"
        "repositories:\n"
        f"  main: {{kind: local, path: {tmp_path / 'main'}, key: file:k, verify: {{schedule: every sat 05:00}}}}\n"
        "backups:\n"
        "  erp_db.v2:\n"
        "    source: files\n"
        "    paths: [/srv]\n"
        "    covers: []\n"
        "    schedule: every mon,fri 01:30\n"
        "    window: 2h\n"
        "    repository: main\n"
        "    restore: {schedule: monthly first sat 09:00}\n",
        encoding="utf-8",
    )
    return folder


def wenyam(folder: Path, *words: str, expect: int = 0) -> str:
    command = [sys.executable, "-m", "wenyam", "--config", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + (done.stderr if expect else "")


@pytest.mark.long
def test_the_calendar_lists_and_plans_backups_restore_tests_and_reading_back(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o2770)
    wenyam(folder, "jobs", "retain")  # makes the database
    jobs = {job["name"]: job for job in json.loads(wenyam(folder, "jobs", "list", "--json"))["jobs"]}
    assert sorted(jobs) == NAMES
    assert jobs["backup-erp_db.v2"]["arguments"] == ["backup", "run", "erp_db.v2", "--claimed"]
    assert jobs["backup-erp_db.v2"]["window_seconds"] == 7200
    assert jobs["restore-test-erp_db.v2"]["arguments"] == ["restore", "test", "erp_db.v2"]
    assert jobs["verify-main"]["arguments"] == ["backup", "verify", "main", "--parts", "7"]
    plan = wenyam(folder, "jobs", "plan", "--days", "40")
    assert {line.split()[2] for line in plan.splitlines()} == set(NAMES)
    assert "there is no job 'backup-other'" in wenyam(folder, "jobs", "run", "backup-other", expect=2)


def test_crons_file_is_printed_for_this_configuration(folder: Path) -> None:
    text = wenyam(folder, "jobs", "cron")
    assert problems(text, system_zone()) == []
    for name in NAMES:
        assert f"# job {name}: " in text
        assert f" wenyam-backup /opt/wenyam/bin/wenyam --config {folder} jobs run {name}\n" in text


def test_timers_are_printed_or_written_and_systemd_understands_them(folder: Path, tmp_path: Path) -> None:
    printed = wenyam(folder, "jobs", "timers")
    assert [line for line in printed.splitlines() if line.startswith("### ")] == [
        f"### wenyam-job@{name}.timer" for name in NAMES
    ]
    units = tmp_path / "units"
    units.mkdir()
    wenyam(folder, "jobs", "timers", "--output", str(units))
    assert sorted(path.name for path in units.iterdir()) == [f"wenyam-job@{name}.timer" for name in NAMES]
    service = (REPOSITORY / "config/systemd/wenyam-job@.service").read_text(encoding="utf-8")
    (units / "wenyam-job@.service").write_text(service.replace("/opt/wenyam/bin/wenyam", "/bin/true"), encoding="utf-8")
    command = [SYSTEMD_ANALYZE, "verify", "--man=no", *(str(units / f"wenyam-job@{name}.timer") for name in NAMES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_doctor_misses_the_line_of_a_backup_until_the_file_is_written_again(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "etc" / "cron.d" / "wenyam"
    lay_cron(tmp_path)
    (tmp_path / "etc" / "timezone").write_text(f"{system_zone()}\n", encoding="ascii")

    def look() -> list[str]:
        around = doctor.surroundings(FakeClock(), folder, root=tmp_path)
        return [finding.sentence for finding in doctor_cron.cron(around) if finding.verdict is Verdict.FAIL]

    whole = wenyam(folder, "jobs", "cron")
    without = [line for line in whole.splitlines() if "backup-erp_db.v2" not in line]
    path.write_text("\n".join(without) + "\n", encoding="utf-8")
    path.chmod(0o644)
    assert look() == [f"{path}: job 'backup-erp_db.v2' has no line"]
    path.write_text(whole.replace("every mon,fri 01:30", "every tue 01:30"), encoding="utf-8")
    assert any("is started every tue 01:30 (Asia/Bangkok), the configuration says every mon,fri" in said for said in look())
    path.write_text(whole, encoding="utf-8")
    assert look() == []
