"""Rows that are listed no more by an agent that answers, and rows behind a cut: what the real watcher tells of them."""

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
    reads: {{snmp: {{collector: snmp, port: {agent}, interval: 1s, timeout: 900ms, relearn: 10s{more}}}}}
"""
PORTS = "".join(
    f"1.3.6.1.2.1.2.2.1.{column}.{index}|{kind}|{value.format(index)}\n"
    for column, kind, value in ((2, 4, "eth{}"), (7, 2, "1"), (8, 2, "1"))
    for index in range(1, 6)
)
PORT_CHECKS = """
    checks:
      first: {check: interface, interfaces: [eth2], after: 1, of: 1}
      last: {check: interface, interfaces: [eth5], after: 1, of: 1}
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


def write(place: Path, port: int, more: str = "", checks: str = "") -> Path:
    """Write the configuration and return its folder; `more` are options of the reading."""
    folder = place / "etc"
    folder.mkdir(mode=0o755, exist_ok=True)
    (place / "community").write_text("public", encoding="ascii")
    (place / "community").chmod(0o600)
    text = CONFIGURATION.format(place=place, agent=port, group=grp.getgrgid(os.getgid()).gr_name, more=more)
    (folder / "wenyam.yaml").write_text(text + checks, encoding="utf-8")
    return folder


def test_a_port_behind_the_cut_of_a_table_was_not_read_and_one_that_is_gone_is_critical(tmp_path: Path) -> None:
    port = free_port()
    folder = write(tmp_path, port, ", maximum_rows: 3", PORT_CHECKS)
    with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher, agent(tmp_path, port, SYSTEM + PORTS):
        watcher.wait_state("device:nas/first", "ok", 30)
        watcher.wait_state("device:nas/management-snmp", "warn", 30)
        row = (watcher.states() or {})["device:nas/last"]
        assert (row["state"], row["summary"]) == (
            "unknown", "interface eth5 was not read: the list of interfaces came in part",
        )  # fmt: skip
    whole = write(tmp_path, port, checks=PORT_CHECKS.replace("eth5", "eth6"))
    with RunningWatcher(whole, tmp_path / "run", tmp_path / "log") as watcher, agent(tmp_path, port, SYSTEM + PORTS):
        watcher.wait_state("device:nas/management-snmp", "ok", 30)
        watcher.wait_state("device:nas/last", "crit", 30)


def test_disks_that_are_listed_no_more_are_told_until_they_are_back(tmp_path: Path) -> None:
    port = free_port()
    folder = write(tmp_path, port)
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
