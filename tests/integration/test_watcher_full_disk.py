"""A watcher whose disk fills up for real: facts go on, it says so, then it cannot, says so, and recovers without a loss."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.errors import WatcherSilentError
from wenyam.links.control import ask
from wenyam.model.instants import Instant, Period
from wenyam.store.inspection import problems
from wenyam.store.sqlite import open_reader
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

RECORDING = "monitor:store/writable"
EVER = Period(Instant(0), Instant(2**53))
CONFIGURATION = """\
instance: {{name: full, site: here, state_directory: {place}/disk/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}}}
sites: {{here: }}
people: {{anong: {{name: Anong}}}}
defaults: {{owner: anong, duty_officer: anong}}
devices: {{box: {{kind: other, address: 127.0.0.1, alive: {{any_of: ["tcp:1"], interval: 1s, timeout: 500ms}}}}}}
"""
HOLD = 'mount -t tmpfs -o size=16m,mode=0755 tmpfs "$1" && echo mounted && exec sleep 600'


class SmallDisk:
    """A tmpfs of 16 MiB in a mount namespace of its own, which vanishes with the process that holds it."""

    def __init__(self, place: Path) -> None:
        (place / "disk").mkdir()
        alone = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
        words = ["unshare", *alone, "sh", "-c", HOLD, "sh", str(place / "disk")]
        self.holder = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == "mounted\n"
        spaces = ["--mount"] if os.geteuid() == 0 else ["--user", "--preserve-credentials", "--mount"]
        self.inside = ["nsenter", "--target", str(self.holder.pid), *spaces, "--"]
        self.seen = Path(f"/proc/{self.holder.pid}/root{place / 'disk'}")

    def fill(self) -> None:
        """Take every free byte."""
        with (self.seen / "filler").open("ab", buffering=0) as file:
            for size in (65_536, 4096, 1):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:
                    continue

    def empty(self) -> None:
        (self.seen / "filler").unlink()

    def end(self) -> None:
        self.holder.kill()
        self.holder.wait(10)
        if self.holder.stdout is not None:
            self.holder.stdout.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path)
    yield made
    made.end()


def ask_for_facts(control: Path, seconds: float) -> tuple[int, str]:
    """Have facts recorded, one after the other, until one is refused; return how many were acknowledged, and the refusal."""
    acknowledged, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            answer = ask(control, {"action": "recheck", "name": "box"})
        except WatcherSilentError as error:
            return acknowledged, str(error)
        if "error" in answer:
            return acknowledged, str(answer["error"])
        acknowledged += 1
    return acknowledged, ""


def summary(watcher: RunningWatcher) -> str:
    return str((watcher.states() or {})[RECORDING]["summary"])


@pytest.mark.long
def test_facts_go_on_until_nothing_is_left_and_nothing_acknowledged_is_lost(tmp_path: Path, disk: SmallDisk) -> None:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    (folder / "wenyam.yaml").write_text(CONFIGURATION.format(place=tmp_path), encoding="utf-8")
    control = tmp_path / "run/control.sock"
    with RunningWatcher(folder, tmp_path / "run", tmp_path / "log", disk.inside) as watcher:
        watcher.wait_state(RECORDING, "ok", 20)
        disk.fill()
        kept, refusal = ask_for_facts(control, 3)
        assert (kept > 0, refusal) == (True, ""), "the space held back goes to facts"
        watcher.wait_state(RECORDING, "crit", 20)
        assert "samples are given up so that facts are kept" in summary(watcher)

        disk.fill()
        more, refusal = ask_for_facts(control, 30)
        assert "The disk is full: " in refusal
        assert "Free some space" in refusal
        watcher.wait_for(lambda rows: "disk" in (rows or {})[RECORDING]["summary"].lower(), 20, "it says that the disk is full")
        assert (watcher.states() or {})[RECORDING]["state"] == "crit"
        assert watcher.process is not None
        assert watcher.process.poll() is None, "it goes on watching"

        disk.empty()
        watcher.wait_state(RECORDING, "ok", 40)
        after, refusal = ask_for_facts(control, 1)
        assert (after > 0, refusal) == (True, "")
        assert watcher.stop() == 0
    reader = open_reader(Path(shutil.copytree(disk.seen / "state", tmp_path / "copy")))
    try:
        # The one refused stays queued and is written later; it was not acknowledged, so one more is no fault.
        asked = len(reader.facts(EVER, "recheck-asked"))
        assert kept + more + after <= asked <= kept + more + after + 1
        assert (reader.verify().problem, problems(reader)) == ("", [])
        said = [change.summary for change in reader.changes(EVER) if str(change.subject) == RECORDING]
    finally:
        reader.close()
    assert any("disk" in each for each in said), json.dumps(said)


def test_a_start_on_a_full_disk_is_a_sentence(tmp_path: Path, disk: SmallDisk) -> None:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    (folder / "wenyam.yaml").write_text(CONFIGURATION.format(place=tmp_path), encoding="utf-8")
    disk.fill()
    watcher = RunningWatcher(folder, tmp_path / "run", tmp_path / "log", disk.inside)
    with pytest.raises(AssertionError, match=r"ended with 1: wenyam run: The disk is full: "):
        watcher.start()
    assert "Traceback" not in watcher.tail()
    disk.empty()
    with watcher:
        watcher.wait_state(RECORDING, "ok", 20)
