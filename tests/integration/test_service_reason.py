"""A service that stays down for another reason than it went down for: what status and its incident say, live and after it."""

import grp
import os
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from wenyam.model.states import Subject
from wenyam.operations.incidents import read_book
from wenyam.store.sqlite import open_reader
from wenyam.testing.ports import free_port
from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

CONFIGURATION = """\
instance: {{name: reason, site: dc, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           operators_group: {group}, exporter: {{enabled: false}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูล, en: Data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}}}
defaults: {{owner: anong, duty_officer: anong}}
devices:
  web-1: {{kind: server, address: 127.0.0.1, alive: {{any_of: ["tcp:{alive}"], interval: 1s, timeout: 500ms}}, reads: {{}}}}
services:
  erp:
    label: {{th: ระบบ, en: ERP}}
    members: [web-1]
    probes: {{page: {{collector: http, url: "http://127.0.0.1:{page}/", expect_text: welcome, interval: 1s, timeout: 900ms}}}}
"""
PAGE, ALIVE, ALL = (Subject.parse(text) for text in ("service:erp", "device:web-1", "service:erp/overall"))


def test_what_is_wrong_now_is_told_and_not_what_was_wrong_first(tmp_path: Path) -> None:
    page, folder = free_port(), tmp_path / "etc"
    folder.mkdir(mode=0o755)
    with ExitStack() as living:
        alive = living.enter_context(HttpReceiver())
        text = CONFIGURATION.format(place=tmp_path, alive=alive.port, page=page, group=grp.getgrgid(os.getgid()).gr_name)
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
            watcher.wait_state(str(PAGE), "down", 30)
            assert "refused" in (watcher.states() or {})[str(PAGE)]["summary"]
            with HttpReceiver(port=page):
                wrong = "page: the expected text is not on the page"
                watcher.wait_for(lambda rows: wrong in (rows or {})[str(PAGE)]["summary"], 30, "the reason of now is told")
                watcher.wait_for(lambda _rows: wrong in _member(tmp_path, PAGE), 60, "the incident tells the reason of now")
                living.close()
                watcher.wait_state(str(ALIVE), "down", 30)
                both = f"not working: {ALIVE}, {PAGE}"
                watcher.wait_for(lambda rows: (rows or {})[str(ALL)]["summary"] == both, 30, "the service tells both")
    with closing(open_reader(tmp_path / "state")) as reader:
        stored = reader.states()
    assert wrong in stored[PAGE].summary
    assert stored[ALL].summary == both


def _member(place: Path, subject: Subject) -> str:
    with closing(open_reader(place / "state")) as reader:
        incidents = read_book(reader).open()
    return "".join(each.members[subject].summary for each in incidents if subject in each.members)
