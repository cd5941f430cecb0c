"""kill -9 at random points of two processes that write at once: nothing acknowledged is lost, the chain is whole."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.model.instants import Instant, Period
from wenyam.store.heads import read_anchor
from wenyam.store.inspection import problems
from wenyam.store.sqlite import open_reader, open_writer

KILLS = int(os.environ.get("WENYAM_KILLS", "20"))
ROUNDS_PER_DIRECTORY = 20
"""A fresh database after so many kills, so that a full verification after each stays short."""
ALWAYS = Period(Instant(0), Instant(2**50))
CHILD = Path(__file__).with_name("store_child.py")


def start(role: str, directory: Path, target: Path, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output, log.with_suffix(".err").open("wb") as errors:
        command = [sys.executable, str(CHILD), role, str(directory), str(target)]
        return subprocess.Popen(command, stdout=output, stderr=errors)


def acknowledged(log: Path) -> list[list[str]]:
    """Return the whole lines a child wrote; the last may be cut."""
    return [line.split() for line in log.read_text().split("\n")[:-1] if line != "ready"]


def check(directory: Path, target: Path, logs: list[Path]) -> int:
    """Compare what was acknowledged with what is there; return how much was acknowledged."""
    reader = open_reader(directory)
    try:
        verdict = reader.verify()
        assert verdict.problem == ""
        assert problems(reader) == []
        digests = {fact.sequence: fact.digest for fact in reader.facts(ALWAYS)}
        changes = {change.sequence for change in reader.changes_since(0, 10**9)}
        beat = reader.last_heartbeat() or 0
        lines = [line for log in logs for line in acknowledged(log)]
        lost = [line for line in lines if not _kept(line, digests, changes, beat)]
        assert lost == []
        for anchor in target.glob("*.head.json"):
            assert reader.verify(read_anchor(anchor)).problem == "" if anchor == max(target.iterdir()) else read_anchor(anchor)
    finally:
        reader.close()
    return len(lines)


def _kept(line: list[str], digests: dict[int, str], changes: set[int], beat: int) -> bool:
    if line[0] == "fact":
        return digests.get(int(line[1])) == line[2]
    return int(line[1]) in changes if line[0] == "change" else int(line[1]) <= beat


@pytest.mark.real
def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    chance = random.Random(20_261_120)
    total = 0
    for kill in range(KILLS):
        group, turn = divmod(kill, ROUNDS_PER_DIRECTORY)
        directory, target = tmp_path / f"state-{group}", tmp_path / f"heads-{group}"
        target.mkdir(exist_ok=True)
        logs = [tmp_path / f"{role}-{group}-{turn}.log" for role in ("daemon", "jobs")]
        children = [start(role, directory, target, log) for role, log in zip(("daemon", "jobs"), logs, strict=True)]
        try:
            for child in chance.sample(children, 2):
                time.sleep(chance.uniform(0.1, 0.6))  # the random point itself, not a wait for anything
                assert child.poll() is None, logs[children.index(child)].with_suffix(".err").read_text()
                child.kill()
        finally:
            for child in children:
                child.kill()
                child.wait()
        total += check(directory, target, logs) if (directory / "wenyam.db").exists() else 0
    assert total > KILLS
    writer = open_writer(tmp_path / "state-0", SystemClock(), "lab")
    assert writer.verify().problem == ""
    writer.close()
    sys.stdout.write(f"{KILLS} kills, {total} acknowledgements, none lost\n")


@pytest.mark.real
def test_a_first_start_killed_at_any_moment_leaves_nothing_or_a_whole_database(tmp_path: Path) -> None:
    chance = random.Random(20_261_121)
    whole = 0
    for kill in range(KILLS):
        directory = tmp_path / f"first-{kill}"
        command = [sys.executable, str(CHILD), "daemon", str(directory), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.02))  # the random point itself, not a wait for anything
            child.kill()
        if (directory / "wenyam.db").exists():
            check(directory, tmp_path, [])
            whole += 1
        writer = open_writer(directory, SystemClock(), "lab", ballast_bytes=65_536)
        assert writer.verify().problem == ""
        writer.close()
    assert whole > 0
