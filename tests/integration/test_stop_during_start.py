"""A stop that comes while a service still starts: it ends in order, with nothing held and nothing half written."""

import signal
import subprocess
import sys
import time
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


def _wait_for_holder(lock: Path, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + SECONDS
    while not (lock.exists() and lock.read_text(encoding="ascii").strip() == str(process.pid)):
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, "time is up"
        time.sleep(0.02)
