"""The tutorial does what it says: every block is run in an empty directory, and what it promises is there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from wenyam.testing.pages import DOCS, typed, unseen

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).parents[2]
TUTORIAL = "tutorial/first-devices.md"
STEPS = 11


def test_the_tutorial_has_eleven_steps_with_a_block_each() -> None:
    assert len(re.findall(r"^## \d+ · ", (DOCS / TUTORIAL).read_text(encoding="utf-8"), re.MULTILINE)) == STEPS
    assert len(typed(TUTORIAL)) == STEPS


@pytest.mark.long
def test_every_step_works_from_an_empty_directory(tmp_path: Path) -> None:
    marked = "\n".join(f"echo '=== step {number}'\n{block}" for number, block in enumerate(typed(TUTORIAL), 1))
    environment = {**os.environ, "WENYAM_REPOSITORY": str(REPOSITORY)}
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", marked],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        lab = [str(REPOSITORY / "scripts/lab"), "--directory", str(tmp_path / "lab"), "down"]
        subprocess.run(lab, env=environment, check=True, capture_output=True, timeout=60)
        _end(tmp_path / "watch.pid")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    steps = re.split(r"^=== step \d+\n", done.stdout, flags=re.MULTILINE)[1:]
    assert len(steps) == STEPS
    assert unseen(TUTORIAL, done.stdout) == []
    assert "2 UP" in steps[7]
    assert "CRITICAL - files-1: no answer to icmp" in steps[8]
    assert 'wenyam_up{site="head-office",device="core-1",kind="switch"} 1' in steps[10]


def _end(mark: Path) -> None:
    """End a watcher that a failed run left behind."""
    if mark.exists():
        subprocess.run(["kill", mark.read_text().strip()], check=False, capture_output=True)
