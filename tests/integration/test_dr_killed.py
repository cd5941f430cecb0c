"""A drill over a real sshd, killed with -9 at every boundary of every step and inside each: resumed, it ends the same."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.testing.recovery_plans import PLAN, dr, write_configuration
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real

PATIENCE = 30.0
KILLS = max(1, int(os.environ.get("WENYAM_PROGRAM_KILLS", "10")) // 2)
CHILD = Path(__file__).with_name("dr_killed_child.py")
FACTS = 21
"""That a life which is not killed appends after the first: two for each step, two for each that is taken back."""
CASES = [f"{number}:{how}" for number in range(1, FACTS + 1) for how in ("before", "after", "inside")]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(directory=tmp_path_factory.mktemp("sshd")) as server:
        yield server


def over_ssh(name: str, log: Path, sshd: Sshd, **more: Any) -> dict[str, Any]:
    """Return a step that must not be done twice; it holds a lock while it works, so that asking whether it was done waits."""
    lock = ["flock", str(log.with_name(f"{name}.lock"))]
    work = f"echo {name}-began >> {log}; sleep 0.15; echo {name}-ended >> {log}"
    done = f"grep -qx {name}-ended {log} && ! grep -qx back-{name} {log}"
    back = f"sleep 0.1; echo back-{name} >> {log}"
    options = {
        "host": "dr-host", "credential": "dr-ssh", "port": sshd.port, "command": [*lock, "sh", "-c", work],
        "done": [*lock, "sh", "-c", done], "back": [*lock, "sh", "-c", back],
    }  # fmt: skip
    return {"id": name, "do": "ssh", "with": options, "undo": "itself", **more}


def configured(folder: Path, sshd: Sshd, steps: list[dict[str, Any]]) -> Path:
    more = {
        "credentials": {"dr-ssh": {"kind": "ssh-key", "username": sshd.username, "key": f"file:{sshd.client_key}"}},
        "devices": {"dr-host": {"kind": "server", "address": "127.0.0.1", "site": "dr"}},
        "services": {"erp": {"label": "ERP", "members": {"all": ["dr-host"]}}},
    }
    write_configuration(folder, steps, more=more)
    state = folder / "state"
    state.mkdir(mode=0o770)
    (state / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    assert (done := dr(folder, "rehearse", PLAN)).returncode == 0, done.stderr
    return folder


def steps(log: Path, sshd: Sshd) -> list[dict[str, Any]]:
    return [
        over_ssh("first", log, sshd),
        {"parallel": [over_ssh("left", log, sshd), {"id": "right", "do": "pause", "with": {"for": "100ms"}}]},
        {"id": "plug", "do": "manual", "with": {"text": "pull"}},
        {"id": "then", "do": "wait_until", "with": {"at": "2026-01-01"}},
        over_ssh("last", log, sshd, check=[{"do": "wait_until", "with": {"at": "2026-01-01"}}]),
    ]


def lives(folder: Path, log: Path, cases: list[str]) -> list[dict[str, Any]]:
    words = [sys.executable, str(CHILD), str(folder), str(log), *cases]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30 + 8 * len(cases))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_anywhere_it_ends_the_same_and_nothing_is_done_twice(tmp_path: Path, sshd: Sshd) -> None:
    log = tmp_path / "log"
    folder = configured(tmp_path / "c", sshd, steps(log, sshd))
    chosen = CASES if len(CASES) <= KILLS else [CASES[number * len(CASES) // KILLS] for number in range(KILLS)]
    for found in lives(folder, log, chosen):
        assert (found["verdict"], found["summary"]) == ("pass", "6 steps passed"), found
        assert {stage for stage, _ in found["steps"].values()} == {"passed"}, found
        undone = {name for name, (_, undoing) in found["steps"].items() if undoing == "undone"}
        assert undone == {"first", "left", "last"}, found
        count = Counter(found["log"])
        assert all(count[f"{name}-ended"] == 1 and count[f"back-{name}"] == 1 for name in undone), found
        order = [line for line in found["log"] if line.startswith("back-")]
        assert order == ["back-last", "back-left", "back-first"], found


def test_what_cannot_know_whether_it_ran_asks_a_person(tmp_path: Path, sshd: Sshd) -> None:
    log = tmp_path / "log"
    log.touch()
    blind = over_ssh("blind", log, sshd)
    blind["with"].pop("done")
    folder = configured(tmp_path / "c", sshd, [blind, {"id": "after", "do": "pause", "with": {"for": "10ms"}}])
    fork = "import dr_killed_child as child, pathlib, sys; child.fork(pathlib.Path(sys.argv[1]), 1, 'inside', again=False)"
    subprocess.run([sys.executable, "-c", fork, str(folder)], check=True, timeout=60, cwd=CHILD.parent)
    done = dr(folder, "resume", PLAN, "--no-wait", "--json")
    assert done.returncode == 3, done.stderr
    run = json.loads(done.stdout)["run"]
    assert run["waits_for_decision"] == ["blind"]
    assert run["steps"][0]["verdict"] == "not-tested"
    assert "cannot be known whether it was done" in run["steps"][0]["summary"]
    assert run["steps"][1]["stage"] == "waiting"
    assert dr(folder, "decide", PLAN, "blind", "done").returncode == 1  # a decision needs a reason
    assert dr(folder, "decide", PLAN, "blind", "done", "--reason", "seen in the log").returncode == 0
    done = dr(folder, "resume", PLAN, "--json")
    assert json.loads(done.stdout)["run"]["steps"][0]["decided_by"] == "somchai"
    assert done.returncode == 0, done.stderr


def test_a_command_that_was_given_up_and_may_go_on_is_not_started_beside_itself(tmp_path: Path, sshd: Sshd) -> None:
    log = tmp_path / "log"
    log.touch()
    slow = over_ssh("slow", log, sshd, timeout="4s", tries=3, pause="10ms")
    slow["with"]["command"] = ["sh", "-c", f"echo began >> {log}; sleep 12; echo ended >> {log}"]
    folder = configured(tmp_path / "c", sshd, [slow])
    done = dr(folder, "drill", PLAN, "--no-wait", "--json")
    assert done.returncode == 3, done.stderr
    run = json.loads(done.stdout)["run"]
    (step,) = run["steps"]
    assert (run["waits_for_decision"], step["attempts"], step["verdict"]) == (["slow"], 1, "not-tested"), step
    assert "may still be running" in step["summary"]
    deadline = time.monotonic() + PATIENCE
    while "ended" not in log.read_text(encoding="ascii"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert log.read_text(encoding="ascii").split() == ["began", "ended"]
