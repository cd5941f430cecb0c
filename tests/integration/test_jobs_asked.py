"""A run that a person asks for: recorded by the real watcher, carried out once by the real calendar, told by its answer."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.engine.calendar_asked import ANSWERED, LOOK_SECONDS, asked
from wenyam.engine.calendar_runs import ALL_TIME
from wenyam.model.facts import Fact
from wenyam.model.instants import after
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.watcher import RunningWatcher

WENYAM = Path(sys.executable).parent / "wenyam"
DEADLINE = 60.0
pytestmark = pytest.mark.real


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wenyam.yaml").write_text(
        f"""
instance: {{name: dc-main, site: head-office, state_directory: {tmp_path}/state, run_directory: {tmp_path}/run,
  exporter: {{enabled: false}}}}
sites: {{head-office: {{label: Head office}}}}
people: {{somchai: {{name: Somchai, roles: [operator], os_user: root}}}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices: {{here: {{kind: other, address: 127.0.0.1, site: head-office, alive: {{any_of: ["tcp:1"]}}}}}}
""",
        encoding="utf-8",
    )
    (tmp_path / "state").mkdir()
    return tmp_path


def answers(folder: Path) -> list[Fact]:
    with closing(open_reader(folder / "state")) as reader:
        return [each.fact for each in reader.facts(ALL_TIME, ANSWERED)]


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "time is up"
        time.sleep(0.1)


def calendar(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([WENYAM, "--config", folder, "jobs"], stderr=subprocess.DEVNULL)


def ask(folder: Path, job: str) -> subprocess.CompletedProcess[str]:
    command = [str(WENYAM), "--config", str(folder), "jobs", "ask", job, "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)


def test_what_is_asked_of_the_watcher_is_run_once_and_answered(folder: Path) -> None:
    with RunningWatcher(folder, folder / "run", folder / "watcher.log"), calendar(folder) as service:
        try:
            assert "there is no job 'nonsense'" in ask(folder, "nonsense").stderr
            done = ask(folder, "head-export")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["job"] == "head-export"
            wait_for(lambda: answers(folder))
        finally:
            os.kill(service.pid, signal.SIGTERM)
    (answer,) = answers(folder)
    assert answer.body["code"] == 0, answer.body
    assert (folder / "state" / "chain-head.json").exists()
    with calendar(folder) as service:  # a calendar that starts again does not do it again
        wait_for((folder / "state" / "jobs.lock").exists)
        time.sleep(2 * LOOK_SECONDS)  # as long as it takes to look twice
        os.kill(service.pid, signal.SIGTERM)
    assert len(answers(folder)) == 1


def test_a_wish_that_nobody_carried_out_for_long_is_refused_and_says_so(folder: Path) -> None:
    with closing(open_writer(folder / "state", SystemClock(), "dc-main", ballast_bytes=0)) as writer:
        writer.append(asked("head-export", "somchai", after(SystemClock().now(), -3_600)))
    with calendar(folder) as service:
        wait_for(lambda: answers(folder))
        os.kill(service.pid, signal.SIGTERM)
    (answer,) = answers(folder)
    assert answer.body["code"] == 1
    assert "while no calendar ran" in str(answer.body["text"])
    assert not (folder / "state" / "chain-head.json").exists()
