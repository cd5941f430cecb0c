"""A stop that comes while a service still starts: it ends in order, with nothing held and nothing half written."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wenyam.store.files import prepare_directory
from wenyam.store.locks import DaemonLock, write_lock

pytestmark = pytest.mark.real
WENYAM = Path(sys.executable).parent / "wenyam"
SECONDS = 30.0
CONFIGURATION = """\
instance: {{name: dc-main, site: dc, state_directory: {place}/state, run_directory: {place}/run, exporter: {{enabled: false}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูล, en: Data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}}}
defaults: {{owner: anong, duty_officer: anong}}
"""


@pytest.mark.parametrize(("verb", "lock"), [("run", "daemon.lock"), ("jobs", "jobs.lock")])
def test_a_service_told_to_stop_while_it_starts_ends_in_order(tmp_path: Path, verb: str, lock: str) -> None:
    (tmp_path / "wenyam.yaml").write_text(CONFIGURATION.format(place=tmp_path), encoding="utf-8")
    state = tmp_path / "state"
    prepare_directory(state)
    with write_lock(state):  # it opens its database only once this is free, so it is half way
        process = subprocess.Popen([str(WENYAM), "--config", str(tmp_path), verb], stderr=subprocess.PIPE, text=True)
        try:
            _wait_for_holder(state / lock, process)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.2)  # the signal is heard while the start still waits
        except BaseException:
            process.kill()
            raise
    _, words = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, words
    assert "Traceback" not in words
    with DaemonLock(state, lock), write_lock(state):
        assert not list(state.glob("*-wal"))


@pytest.mark.parametrize(("told", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGUSR1, 1)])
def test_a_watcher_that_ends_while_it_starts_waits_for_no_thread(tmp_path: Path, told: signal.Signals, code: int) -> None:
    (tmp_path / "wenyam.yaml").write_text(CONFIGURATION.format(place=tmp_path), encoding="utf-8")
    state = tmp_path / "state"
    prepare_directory(state)
    with _beside_a_thread_that_hangs(tmp_path) as process:
        with write_lock(state):
            _wait_for_holder(state / "daemon.lock", process)
            process.send_signal(told)
            time.sleep(0.2)
        _, words = process.communicate(timeout=SECONDS)
    assert process.returncode == code, words
    assert ("ZeroDivisionError" in words) == (told is signal.SIGUSR1)


def test_a_watcher_that_cannot_start_waits_for_no_thread(tmp_path: Path) -> None:
    with _beside_a_thread_that_hangs(tmp_path) as process:
        _, words = process.communicate(timeout=SECONDS)
    assert process.returncode == 2, words  # as every command without a configuration
    assert "Traceback" not in words


@contextmanager
def _beside_a_thread_that_hangs(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Start a watcher in a process in which a library hangs; SIGUSR1 is a fault in the middle of whatever it does."""
    script = (
        "import signal, threading\n"
        "signal.signal(signal.SIGUSR1, lambda *_: 1 / 0)\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "from wenyam.cli.main import run\n"
        "run()"
    )
    words = [sys.executable, "-c", script, "--config", str(folder), "run"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait_for_holder(lock: Path, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + SECONDS
    while not (lock.exists() and lock.read_text(encoding="ascii").strip() == str(process.pid)):
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, "time is up"
        time.sleep(0.02)
