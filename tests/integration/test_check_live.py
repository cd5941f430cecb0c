"""`wenyam check --live` with the real watcher: what was seen just now decides, not what was believed before."""

import grp
import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

SOON = 30.0
CONFIGURATION = """\
instance: {{name: live, site: dc, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           operators_group: {group}, exporter: {{enabled: false}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูล, en: Data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}}}
defaults: {{owner: anong, duty_officer: anong}}
devices:
  db-1:
    kind: server
    address: 127.0.0.1
    alive: {{any_of: ["tcp:{port}"], interval: 60s, timeout: 500ms, after: 3, of: 5, recheck: 20s}}
    reads: {{}}
"""


def _asked(folder: Path, *options: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "wenyam", "--config", str(folder), "check", "db-1", "--json", *options]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60)
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == said["exit_code"]
    return said


def test_what_a_live_look_sees_is_its_answer_although_nothing_is_confirmed_yet(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as door:
        text = CONFIGURATION.format(place=tmp_path, port=door.getsockname()[1], group=grp.getgrgid(os.getgid()).gr_name)
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
            watcher.wait_state("device:db-1", "up", SOON)
            assert _asked(folder, "--live")["exit_code"] == 0
            door.close()
            said = _asked(folder, "--live")
            assert (watcher.states() or {})["device:db-1"]["state"] == "up"  # one silence is no outage yet
            assert said["exit_code"] == 2
            assert "seen down just now" in said["text"]
            assert _asked(folder)["exit_code"] == 0  # without --live the confirmed state is told
