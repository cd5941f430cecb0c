"""kill -9 of the watcher, the calendar and the command line together, at random moments: nothing acknowledged is lost."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wenyam.errors import WatcherSilentError
from wenyam.links.control import ask
from wenyam.model.facts import ChainHead
from wenyam.model.instants import Instant, Period
from wenyam.store.sqlite import open_reader
from wenyam.testing.ports import free_port

pytestmark = pytest.mark.real

ROUNDS = int(os.environ.get("WENYAM_PROGRAM_KILLS", "10"))
"""Each starts three whole programs, which takes seconds; the loops over WENYAM_KILLS count inside one."""
SEED = 20_261_120
SETTLED_SHARE = 0.8
"""Share of the rounds in which the watcher answers before the kill; the others may be killed while they start."""
START_SECONDS, LONGEST_SECONDS = 30.0, 1.0
EVER = Period(Instant(0), Instant(2**53))

CONFIGURATION = """
instance:
  name: killed
  site: here
  state_directory: {directory}/state
  run_directory: {directory}/run
  exporter: {{enabled: false}}
sites: {{here: {{label: {{th: ที่นี่, en: Here}}}}}}
people: {{somchai: {{name: {{th: สมชาย ใจดี, en: Somchai Jaidee}}}}}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices:
  steady:
    kind: server
    address: 127.0.0.1
    site: here
    alive: {{any_of: ["tcp:{steady}"], interval: 1s, timeout: 500ms, recheck: 100ms}}
  restless:
    kind: server
    address: 127.0.0.2
    site: here
    alive: {{any_of: ["tcp:{restless}"], interval: 200ms, timeout: 150ms, after: 1, of: 1, recheck: 100ms}}
"""


class Door:
    """A port that opens and closes, so that one device keeps changing its state."""

    def __init__(self) -> None:
        self.port = free_port("")
        self._socket: socket.socket | None = None

    def open(self) -> None:
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("", self.port))
            self._socket.listen(64)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def start(folder: Path, log: Path, *words: str) -> "subprocess.Popen[bytes]":
    with log.open("ab") as stream:
        command = [sys.executable, "-m", "wenyam", "--config", str(folder), *words]
        return subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)


def kill(processes: "list[subprocess.Popen[bytes]]") -> None:
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def head_of(state: Path) -> ChainHead:
    reader = open_reader(state)
    try:
        return reader.head()
    finally:
        reader.close()


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    folder, state, log = tmp_path / "etc", tmp_path / "state", tmp_path / "log"
    folder.mkdir(mode=0o755)
    state.mkdir()
    steady, restless = Door(), Door()
    steady.open()
    text = CONFIGURATION.format(directory=tmp_path, steady=steady.port, restless=restless.port)
    (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
    chance = random.Random(SEED)
    acknowledged: list[str] = []
    anchor: ChainHead | None = None
    for number in range(ROUNDS):
        processes = [start(folder, log, "run"), start(folder, log, "jobs")]
        if chance.random() < SETTLED_SHARE:
            _await_answer(tmp_path / "run/control.sock")
        end = time.monotonic() + chance.random() * LONGEST_SECONDS
        while time.monotonic() < end:
            restless.open() if chance.random() < 0.5 else restless.close()  # either way is a change to notice
            acknowledged += _ask_for_a_fact(tmp_path / "run/control.sock")
            if (state / "wenyam.db").exists() and chance.random() < 0.2:
                processes.append(start(folder, log, "audit", "head", "--json"))
            time.sleep(0.03)
        if (state / "wenyam.db").exists():
            anchor = head_of(state)
        kill(processes)
        _verify(state, anchor, f"round {number}: {log.read_text(errors='replace')[-1500:]}")
    steady.close()
    restless.close()
    assert len(acknowledged) >= ROUNDS
    reader = open_reader(state)
    try:
        asked = reader.facts(EVER, "recheck-asked")
        changes = reader.changes(EVER)
    finally:
        reader.close()
    assert len(asked) >= len(acknowledged)
    assert {change.subject.name for change in changes} >= {"steady", "restless"}


def _await_answer(control: Path) -> None:
    """Wait until this round's watcher answers; the socket file of the one before refuses."""
    end = time.monotonic() + START_SECONDS
    while not _ask_for_a_fact(control):
        assert time.monotonic() < end, "the watcher did not start"
        time.sleep(0.02)


def _ask_for_a_fact(control: Path) -> list[str]:
    """Have one fact recorded; an answer is an acknowledgement."""
    try:
        answer = ask(control, {"action": "recheck", "name": "steady"}, seconds=2.0)
    except (WatcherSilentError, json.JSONDecodeError):
        return []
    return [str(answer["rechecking"])] if "rechecking" in answer else []


def _verify(state: Path, anchor: ChainHead | None, where: str) -> None:
    if not (state / "wenyam.db").exists():
        return
    reader = open_reader(state)
    try:
        verdict = reader.verify(anchor)
    finally:
        reader.close()
    assert verdict.problem == "", where
    connection = sqlite3.connect(f"file:{state / 'wenyam.db'}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], where
    finally:
        connection.close()
