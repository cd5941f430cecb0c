"""A database that is taken away, or replaced, under a running watcher: what it writes then reaches nobody, and it says so."""

import grp
import os
import shutil
import socket
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.model.states import Subject
from wenyam.store.sqlite import open_reader
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

RECORDING = "monitor:store/writable"
SOON = 30.0
CONFIGURATION = """\
instance: {{name: gone, site: dc, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           operators_group: {group}, exporter: {{listen: "127.0.0.1:{exporter}"}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูล, en: Data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}}}
defaults: {{owner: anong, duty_officer: anong}}
devices:
  db-1: {{kind: server, address: 127.0.0.1, alive: {{any_of: ["tcp:{port}"], interval: 1s, timeout: 500ms}}, reads: {{}}}}
"""


def _take_away(database: Path) -> None:
    for part in database.parent.glob(f"{database.name}*"):
        part.unlink()


def _put_another_there(database: Path) -> None:
    copy = database.with_name("copy")
    shutil.copyfile(database, copy)
    _take_away(database)
    copy.rename(database)


def _metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read(), "utf-8")


@pytest.mark.parametrize("how", [_take_away, _put_another_there])
def test_a_database_that_is_not_there_any_more_is_told_and_watching_goes_on(tmp_path: Path, how: object) -> None:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as door:
        exporter = free_port()
        text = CONFIGURATION.format(
            place=tmp_path, exporter=exporter, port=door.getsockname()[1], group=grp.getgrgid(os.getgid()).gr_name
        )
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
            watcher.wait_state("device:db-1", "up", SOON)
            watcher.wait_state(RECORDING, "ok", SOON)
            assert 'wenyam_check_state{monitor="store",check="writable"} 0\n' in _metrics(exporter)
            assert callable(how)
            how(tmp_path / "state" / "wenyam.db")
            watcher.wait_state(RECORDING, "crit", SOON)
            assert "was removed or replaced" in (watcher.states() or {})[RECORDING]["summary"]
            assert 'wenyam_check_state{monitor="store",check="writable"} 2\n' in _metrics(exporter)
            door.close()
            watcher.wait_state("device:db-1", "down", SOON)
        with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
            watcher.wait_state("device:db-1", "down", SOON)
            watcher.wait_state(RECORDING, "ok", SOON)
    with closing(open_reader(tmp_path / "state")) as reader:
        assert str(reader.states()[Subject.parse("device:db-1")].state) == "down"
