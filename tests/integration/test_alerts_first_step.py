"""The real watcher tells what to do first about a DR plan too: what no inventory holds has its checks with a feed."""

import time
from pathlib import Path
from typing import Any

import pytest

from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.watcher import POLL_SECONDS, RunningWatcher

pytestmark = pytest.mark.real

_SECONDS = 40.0
CONFIGURATION = """\
instance: {{name: first-step, site: head, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}, language: en}}
sites: {{head: {{label: Head office}}, dr: {{label: DR site}}}}
people: {{anan: {{name: Anan Jaidee}}}}
defaults: {{owner: anan, duty_officer: anan}}
devices: {{door: {{kind: other, address: 127.0.0.1, alive: {{any_of: ["tcp:{port}"]}}}}}}
services: {{erp: {{label: ERP, members: [door]}}}}
dr:
  plans:
    erp: {{title: ERP moves, main_site: head, dr_site: dr, services: [erp], committee: {{members: [anan], quorum: 1}},
          rights: {{drill: [anan], real: [anan]}}, steps: [{{id: settle, do: pause, with: {{for: 1m}}}}]}}
channels: {{hook: {{kind: webhook, url: "{hook}", language: en}}}}
"""


def test_whoever_hears_of_a_plan_that_was_never_rehearsed_reads_how_to_rehearse_it(tmp_path: Path) -> None:
    for name in ("configuration", "state", "run"):
        (tmp_path / name).mkdir()
    with HttpReceiver() as hook:
        (tmp_path / "configuration/wenyam.yaml").write_text(
            CONFIGURATION.format(place=tmp_path, hook=hook.url, port=hook.port), "utf-8"
        )
        with RunningWatcher(tmp_path / "configuration", tmp_path / "run", tmp_path / "log"):
            until = time.monotonic() + _SECONDS
            while not (told := _told(hook)) and time.monotonic() < until:
                time.sleep(POLL_SECONDS)
    assert told, (tmp_path / "log").read_text("utf-8")
    (step,) = [line for line in told[0]["description"].splitlines() if line.startswith("First step: ")]
    assert "wenyam dr rehearse erp" in step or "wenyam dr drill erp" in step


def _told(hook: HttpReceiver) -> list[dict[str, Any]]:
    return [heard.data["commonAnnotations"] for heard in hook.heard if heard.method == "POST"]
