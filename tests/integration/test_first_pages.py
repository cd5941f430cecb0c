"""The pages for a first day do what they say: their blocks are run in an empty directory, and what they promise is there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from wenyam.testing.pages import typed as blocks
from wenyam.testing.pages import unseen

pytestmark = [pytest.mark.real, pytest.mark.long]

REPOSITORY = Path(__file__).parents[2]
_SECONDS = 400
_HEAD = "exec 2>&1; trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"
"""A run that breaks ends what it started, which would hold its output open."""
_MENDED = """
python3 -m http.server --bind 127.0.0.7 --directory web 8394 > web.log 2>&1 &
echo $! > web.pid
until wenyam check web-1 > /dev/null; do sleep 0.5; done
"""
_ENDED = 'kill "$(cat watch.pid)"; wait "$(cat watch.pid)" || true; kill "$(cat web.pid)"; wenyam audit --state state verify'


def typed(folder: Path, *scripts: str) -> str:
    """Type scripts one after another into one shell in an empty directory and return all it printed; both must be good."""
    environment = {**os.environ, "WENYAM_REPOSITORY": str(REPOSITORY), "LANG": "C.UTF-8"}
    environment.pop("WENYAM_CONFIG", None)
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join((_HEAD, *scripts))],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    finally:
        for mark in folder.glob("*.pid"):  # what a run that broke left behind
            subprocess.run(["kill", mark.read_text("ascii").strip()], check=False, capture_output=True)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_the_first_backup_is_proven_broken_and_got_back(tmp_path: Path) -> None:
    said = typed(tmp_path, *blocks("tutorial/first-backup.md"))
    assert unseen("tutorial/first-backup.md", said) == []
    assert "never proven by a restore" in said
    assert "documents: PASS" in said
    assert re.search(r"documents\s+● green", said)
    assert "main: FAIL" in said
    assert (tmp_path / "back").is_dir()


def test_the_first_drill_passes_and_is_taken_back(tmp_path: Path) -> None:
    said = typed(tmp_path, *blocks("tutorial/first-drill.md"))
    assert unseen("tutorial/first-drill.md", said) == []
    assert said.count("PASS: 4 steps passed") >= 3  # rehearsal, drill, report
    assert "page: PASS: service erp works" in said
    assert "told Somsri to go on" in said
    assert "nobody at the cash desk had the number" in (tmp_path / "report.txt").read_text("utf-8")


def test_the_first_alert_reaches_the_right_people_and_its_incident_is_closed(tmp_path: Path) -> None:
    phone = blocks("howto/when-the-phone-rings.md")
    acts = (*phone[:4], _MENDED, *phone[4:], _ENDED)
    said = typed(tmp_path, *blocks("tutorial/first-alert.md"), *acts)
    assert unseen("tutorial/first-alert.md", said) == []
    first, second, *_ = (tmp_path / "desk.txt").read_text("utf-8").split("\n\n")[1:]
    assert first.startswith("✖ ใช้งานไม่ได้ เว็บกรม · สำนักงานใหญ่\n")
    assert "web-1 · 127.0.0.7" in first
    assert first.endswith(("to: malee", "to: somchai"))
    assert "02-000-000" in second
    assert second.endswith("to: wichai")
    assert "✔ กลับมาใช้งานได้ เว็บกรม" in (tmp_path / "desk.txt").read_text("utf-8")
    assert "closed" in said
    assert "Taken by" in said or "Nothing is open." in said
    assert "whole: " in said


def test_wenyam_itself_is_copied_put_back_and_restored_elsewhere(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/howto/upgrade.md").read_text("utf-8")
    (job,) = re.findall(r"^```yaml\nbackups:\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    typed(tmp_path, *blocks("tutorial/first-backup.md")[:5])
    places = f"    state_directory: {tmp_path}/state\n    configuration: {tmp_path}/site\n"
    written = tmp_path / "site/backups.yaml"
    written.write_text(written.read_text("utf-8") + job.replace("[dr]", "[second]") + places, "utf-8")
    here = f"export PATH={REPOSITORY}/.venv/bin:$PATH WENYAM_CONFIG={tmp_path}/site STATE={tmp_path}/state"
    said = typed(tmp_path, here, *blocks("howto/upgrade.md"))
    assert said.count("whole: ") == 3
    assert "wenyam-itself: PASS" in said
    assert {"wenyam.db", "wenyam.yaml"} <= {path.name for path in (tmp_path / "came-back").rglob("*")}
