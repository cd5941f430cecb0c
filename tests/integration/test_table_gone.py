"""Disks that are listed no more by an agent that answers: the real watcher opens an incident until they are back."""

import contextlib
import grp
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.model.instants import Instant, Period
from wenyam.store.sqlite import open_reader
from wenyam.testing.ports import free_port
from wenyam.testing.snmpd import answers
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

EVER = Period(Instant(0), Instant(2**53))
SYSTEM = """\
1.3.6.1.2.1.1.1.0|4|Linux made
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.6574.1
1.3.6.1.2.1.1.3.0|67|100000
1.3.6.1.2.1.1.5.0|4|made
1.3.6.1.4.1.6574.1.1.0|2|1
1.3.6.1.4.1.6574.1.5.1.0|4|RS1221+
"""
DISKS = """\
1.3.6.1.4.1.6574.2.1.1.2.0|4|Drive 1
1.3.6.1.4.1.6574.2.1.1.2.1|4|Drive 2
1.3.6.1.4.1.6574.2.1.1.5.0|2|1
1.3.6.1.4.1.6574.2.1.1.5.1|2|1
"""
CONFIGURATION = """\
instance: {{name: gone, site: dc, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           operators_group: {group}, exporter: {{enabled: false}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูล, en: Data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}}}
defaults: {{owner: anong, duty_officer: anong}}
credentials: {{read: {{kind: snmp-community, community: "file:{place}/community"}}}}
devices:
  nas:
    kind: server
    address: 127.0.0.1
    credentials: {{snmp: read}}
    alive: {{any_of: ["snmp:{agent}"], interval: 1s, timeout: 500ms}}
    reads: {{snmp: {{collector: snmp, port: {agent}, interval: 1s, timeout: 900ms, relearn: 10s}}}}
"""


@contextlib.contextmanager
def agent(place: Path, port: int, text: str) -> Iterator[None]:
    """Serve a recording until the block ends."""
    recording = place / "nas.snmprec"
    recording.write_text(text, encoding="ascii")
    words = [sys.executable, "-m", "wenyam", "replay", str(recording), "--port", str(port)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as player:
        try:
            while not answers("127.0.0.1", port, "public"):
                assert player.poll() is None, f"{words} ended with {player.returncode}"
            yield
        finally:
            player.terminate()
            player.wait(30)


def test_disks_that_are_listed_no_more_are_told_until_they_are_back(tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "etc"
    folder.mkdir(mode=0o755)
    (tmp_path / "community").write_text("public", encoding="ascii")
    (tmp_path / "community").chmod(0o600)
    text = CONFIGURATION.format(place=tmp_path, agent=port, group=grp.getgrgid(os.getgid()).gr_name)
    (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
    with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
        with agent(tmp_path, port, SYSTEM + DISKS):
            watcher.wait_state("device:nas/disks", "ok", 30)
            watcher.wait_state("device:nas/management-snmp", "ok", 30)
        with agent(tmp_path, port, SYSTEM):
            watcher.wait_state("device:nas/management-snmp", "warn", 60)
            row = (watcher.states() or {})["device:nas/management-snmp"]
            assert row["summary"] == "no longer told: disks"
            assert (watcher.states() or {})["device:nas"]["state"] == "up"
        with agent(tmp_path, port, SYSTEM + DISKS):
            watcher.wait_state("device:nas/management-snmp", "ok", 60)
            watcher.wait_state("device:nas/disks", "ok", 30)
    with closing(open_reader(tmp_path / "state")) as reader:
        opened = [fact.fact for fact in reader.facts(EVER, "incident-opened")]
    assert any("management-snmp" in str(fact.body) for fact in opened)
