"""Real watchers on both sides: a change is red at once, a reload has it pushed by the calendar, a damaged copy is red there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.links.control import ask
from wenyam.operations import sister
from wenyam.settings.loader import load
from wenyam.testing.sister_sites import SFTP_SERVER, SisterSites
from wenyam.testing.sshd import Sshd
from wenyam.testing.watcher import RunningWatcher

pytestmark = [pytest.mark.real, pytest.mark.long]

SOON = 60.0
SENT, RECEIVED = "settings-sent", "settings-of-main"


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[SisterSites]:
    (tmp_path / "pushed").mkdir(mode=0o755)
    with Sshd(settings=(f"Subsystem sftp {SFTP_SERVER}",)) as server:
        yield SisterSites(tmp_path, server, tmp_path / "pushed")


def watcher(sites: SisterSites, name: str) -> RunningWatcher:
    return RunningWatcher(sites.directory / name, sites.directory / f"{name}-run", sites.directory / f"{name}.log")


def wait(running: RunningWatcher, sites: SisterSites, subject: str, state: str) -> str:
    name = "main" if subject == SENT else "dr"
    ask(sites.directory / f"{name}-run" / "control.sock", {"action": "recheck", "name": subject})
    running.wait_state(f"monitor:{subject}/copy", state, SOON)
    return str((running.states() or {})[f"monitor:{subject}/copy"]["summary"])


def test_both_watchers_tell_how_the_copy_stands_and_a_reload_has_it_pushed(sites: SisterSites) -> None:
    with watcher(sites, "main") as main, watcher(sites, "dr") as dr:
        assert "never pushed" in wait(main, sites, SENT, "crit")
        assert "nothing was ever received" in wait(dr, sites, RECEIVED, "crit")
        sister.push(load(sites.main), SystemClock())
        wait(main, sites, SENT, "ok")
        wait(dr, sites, RECEIVED, "ok")
        sites.write_main(title="another version")
        assert "changed since the last push" in wait(main, sites, SENT, "crit")
        words = [sys.executable, "-m", "wenyam", "--config", str(sites.main), "jobs"]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as calendar:
            try:
                os.kill(main.pid, signal.SIGHUP)
                main.wait_state(f"monitor:{SENT}/copy", "ok", SOON)
            finally:
                os.kill(calendar.pid, signal.SIGTERM)
        os.truncate(sites.folder / "from-main" / "wenyam.yaml", 10)
        assert "changed, cut or gone: wenyam.yaml" in wait(dr, sites, RECEIVED, "crit")
        sister.push(load(sites.main), SystemClock())
        wait(dr, sites, RECEIVED, "ok")
