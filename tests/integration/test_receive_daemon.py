"""`wenyam run` hears traps and alerts: start, reload, a port that is taken, a stop that loses no count."""

import asyncio
import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from wenyam.model.receiving import ReceivedKind
from wenyam.store.sqlite import open_reader
from wenyam.testing.ports import free_port
from wenyam.testing.receiving import COMMUNITY, EVER, TOKEN, kept, net_snmp
from wenyam.testing.trap_sender import trap
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

CONFIGURATION = """\
instance: {{name: hears, site: here, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}}}
sites: {{here: }}
people: {{anong: {{name: Anong}}}}
defaults: {{owner: anong, duty_officer: anong}}
credentials: {{traps: {{kind: snmp-community, community: file:community}}}}
devices: {{box: {{kind: other, address: 127.40.3.1, alive: {{any_of: ["tcp:1"]}}}}}}
"""
RECEIVE = """\
receive:
  traps: {{listen: "127.0.0.1:{traps}", credentials: [traps], share: {{per_second: 1, burst: 3}}}}
  webhook: {{listen: "127.0.0.1:{webhook}", token: file:token}}
"""


def prepare(place: Path) -> Path:
    folder = place / "configuration"
    for directory in (folder, place / "state", place / "run"):
        directory.mkdir()
    kept(folder, "community", COMMUNITY)
    kept(folder, "token", TOKEN)
    (folder / "wenyam.yaml").write_text(CONFIGURATION.format(place=place), encoding="utf-8")
    return folder


def send_alert(port: int) -> None:
    body = json.dumps([{"labels": {"alertname": "Load", "device": "box"}}]).encode()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v2/alerts", body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # loopback
        assert answer.read() == b"Taken.\n"


def test_a_reload_opens_the_ears_and_a_stop_writes_what_was_counted(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    port, webhook = free_port(), free_port()
    with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
        (folder / "receive.yaml").write_text(RECEIVE.format(traps=port, webhook=webhook), encoding="utf-8")
        watcher.wait_state("monitor:configuration/valid", "ok", 20)
        watcher.wait_for(lambda _: signalled(watcher), 5, "a signal is sent")
        watcher.wait_state("monitor:receive/listening", "ok", 20)
        words = ("-v2c", "-c", COMMUNITY, f"127.0.0.1:{port}", "", "1.3.6.1.6.3.1.1.5.1")
        assert asyncio.run(net_snmp("snmpinform", *words, source="127.40.3.1")) == 0
        watcher.wait_state("device:box/trap:restart", "warn", 10)
        send_alert(webhook)
        watcher.wait_state("device:box/alert:Load", "warn", 10)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.40.3.2", 0))
            for number in range(20):
                sender.sendto(trap(number, b"wrong"), ("127.0.0.1", port))
        watcher.wait_state("device:box/trap:restart", "warn", 10)
        assert watcher.stop() == 0
    assert "canary" not in (tmp_path / "log").read_text(encoding="utf-8")
    reader = open_reader(tmp_path / "state")
    counted = [row for row in reader.received(EVER, 100) if row.kind is ReceivedKind.SUMMARY]
    assert sum(row.count for row in counted) == 20
    assert {row.name for row in counted} == {"beyond its share", "wrong community"}
    assert {record.subject.check for record in reader.states().values()} >= {"trap:restart", "alert:Load"}
    reader.close()


def signalled(watcher: RunningWatcher) -> bool:

    os.kill(watcher.pid, signal.SIGHUP)
    return True


def test_a_port_that_is_taken_refuses_the_start_and_is_a_fault_of_a_reload(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
        with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
            watcher.wait_state("monitor:configuration/valid", "ok", 20)
            (folder / "receive.yaml").write_text(RECEIVE.format(traps=taken, webhook=free_port()), encoding="utf-8")
            signalled(watcher)
            watcher.wait_state("monitor:receive/listening", "crit", 20)
            rows = watcher.states()
            assert rows is not None
            assert rows["monitor:receive/listening"]["summary"].startswith(
                "The address to listen on is taken by another program: UDP"
            )
        refused = RunningWatcher(folder, tmp_path / "run", tmp_path / "log")
        with pytest.raises(AssertionError, match=r"UDP 127\.0\.0\.1:\d+\. Choose another port under receive\.traps\.listen\."):
            refused.start()
        refused.stop()
