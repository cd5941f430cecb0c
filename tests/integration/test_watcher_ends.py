"""How a watcher ends: at once, also while a reading hangs in a library, and with everything written."""

import grp
import os
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.model.states import Subject
from wenyam.store.sqlite import open_reader
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

ENDS_WITHIN = 5.0
CONFIGURATION = """\
instance: {{name: ends, site: dc, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           operators_group: {group}, exporter: {{enabled: false}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูล, en: Data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}}}
defaults: {{owner: anong, duty_officer: anong}}
credentials: {{sql: {{kind: sql, username: watch, password: "file:{place}/password"}}}}
devices:
  db-1:
    kind: database
    address: 127.0.0.1
    credentials: {{sql: sql}}
    alive: {{any_of: ["tcp:{port}"], interval: 1s, timeout: 500ms}}
    reads: {{sql: {{collector: sql, engine: mariadb, database: erp, port: {port}, interval: 60s, timeout: 50s}}}}
"""


def test_a_watcher_ends_at_once_while_a_server_keeps_a_thread_waiting(tmp_path: Path) -> None:
    folder, password = tmp_path / "etc", tmp_path / "password"
    folder.mkdir(mode=0o755)
    password.write_text("secret", encoding="ascii")
    password.chmod(0o600)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as silent:
        port = silent.getsockname()[1]
        text = CONFIGURATION.format(place=tmp_path, port=port, group=grp.getgrgid(os.getgid()).gr_name)
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
            watcher.wait_state("device:db-1", "up", 30)
            waited = _waiting(silent)
            begun = time.monotonic()
            assert watcher.stop() == 0
            took = time.monotonic() - begun
        waited.close()
    assert took < ENDS_WITHIN
    with closing(open_reader(tmp_path / "state")) as reader:
        assert str(reader.states()[Subject.parse("device:db-1")].state) == "up"
        last = reader.last_heartbeat()
    assert last is not None
    assert not list((tmp_path / "state").glob("*-wal"))


def _waiting(silent: socket.socket) -> socket.socket:
    """Return the connection of whoever waits for the server's greeting: it does not hang up as a probe does."""
    silent.settimeout(30)
    while True:
        connection, _ = silent.accept()
        connection.settimeout(2)
        try:
            if connection.recv(1):
                raise AssertionError("a client of MariaDB waits for the server to speak")
            connection.close()
        except TimeoutError:
            return connection
        except ConnectionError:
            connection.close()
