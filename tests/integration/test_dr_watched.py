"""A real watcher beside real runs: a plan is red until it is rehearsed and drilled, while it is late, and with open findings."""

import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wenyam.clock import SystemClock
from wenyam.dr import facts
from wenyam.links.control import ask
from wenyam.model.facts import Fact
from wenyam.model.instants import after
from wenyam.model.recovery import Mode
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_writer
from wenyam.testing.ports import free_port
from wenyam.testing.recovery_plans import PLAN, command, dr, start, write_configuration
from wenyam.testing.watcher import RunningWatcher

pytestmark = [pytest.mark.real, pytest.mark.long]

CLOCK = SystemClock()
SOON = 40.0
DAY = 86_400.0
STEPS: list[dict[str, Any]] = [
    {"id": "first", "do": "pause", "with": {"for": "10ms"}},
    {"id": "plug", "do": "manual", "with": {"text": "pull"}, "limit": "1s"},
]


class Watched:
    """A plan whose watcher runs."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        instance = {
            "name": "wenyam-dr", "site": "dr", "language": "en", "ballast": "1MiB",
            "state_directory": str(directory / "state"), "run_directory": str(directory / "run"),
            "exporter": {"listen": f"127.0.0.1:{self.port}"},
        }  # fmt: skip
        (directory / "run").mkdir(mode=0o755)
        self.folder = write_configuration(directory / "c", STEPS, plan={"touches": ["erp-db"]}, more={"instance": instance})
        self.watcher = RunningWatcher(self.folder, directory / "run", directory / "log")
        self.run_directory = directory / "run"
        self.state = directory / "state"

    def write(self, *written: Fact) -> None:
        with closing(open_writer(self.state, CLOCK, "wenyam-dr", ballast_bytes=0)) as writer:
            for fact in written:
                writer.append(fact)
        self.look()

    def look(self) -> None:
        ask(self.run_directory / "control.sock", {"action": "recheck", "name": f"dr-{PLAN}"})

    def row(self, check: str) -> dict[str, Any]:
        return (self.watcher.states() or {})[f"job:dr-{PLAN}/{check}"]

    def wait(self, check: str, state: str) -> str:
        self.look()
        self.watcher.wait_state(f"job:dr-{PLAN}/{check}", state, SOON)
        return str(self.row(check)["summary"])


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    with made.watcher:
        yield made


def test_a_plan_is_red_until_it_is_proven_late_while_it_waits_and_with_what_was_found(watched: Watched) -> None:
    assert watched.wait("last-drill", "crit") == "plan 'erp' never passed a drill"
    assert "never rehearsed" in watched.wait("rehearsed", "crit")
    assert dr(watched.folder, "rehearse", PLAN).returncode == 0
    watched.wait("rehearsed", "ok")
    watched.wait("rehearsal-age", "ok")
    drill = start(watched.folder, "drill", PLAN)
    summary = watched.wait("under-way", "crit")
    assert "step 'plug' is overdue" in summary
    planned = json.loads(run_maintenance(watched.folder))["windows"]
    assert [(each["when"], each["subjects"], each["approved_by"]) for each in planned] == [("now", ["device:erp-db"], "somchai")]
    assert dr(watched.folder, "decide", PLAN, "plug", "done", "--reason", "pulled").returncode == 0
    _, told = drill.communicate(timeout=SOON)
    assert drill.returncode == 0, told
    assert "OVERDUE: step 'plug' is overdue" in told
    for check in ("under-way", "last-drill", "last-run"):
        watched.wait(check, "ok")
    assert "Step 'plug' took" in watched.wait("findings", "warn")
    words = [*command(watched.folder)[:-1], "check", f"job:dr-{PLAN}/last-drill"]
    assert subprocess.run(words, capture_output=True, text=True, check=False, timeout=60).returncode == 0
    planned = json.loads(run_maintenance(watched.folder))["windows"]
    assert [each["when"] for each in planned] == ["past"]
    with urllib.request.urlopen(f"http://127.0.0.1:{watched.port}/metrics", timeout=10) as answer:
        metrics = answer.read().decode()
    assert re.search(r'wenyam_dr_findings_open\{[^}]*plan="erp"[^}]*\} 1\n', metrics), metrics
    assert dr(watched.folder, "report", PLAN, "--close", "1", "--reason", "a limit that fits").returncode == 0
    watched.wait("findings", "ok")
    plan = load(watched.folder).recovery.plans[PLAN]
    old = after(CLOCK.now(), -400 * DAY)
    began = facts.began("old", plan, Mode.REHEARSAL, old, "somchai", reason="", version="1")
    watched.write(began, facts.ended("old", old, "somchai", verdict="fail", summary="1 of 2 steps failed: first", figures={}))
    assert "last rehearsal (old) is FAIL" in watched.wait("rehearsed", "crit")
    watched.watcher.stop(signal.SIGTERM)


def run_maintenance(folder: Path) -> str:
    words = [*command(folder)[:-1], "maintenance", "list", "--all", "--json"]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
