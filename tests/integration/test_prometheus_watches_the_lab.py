"""The whole chain for five minutes: the lab, the watcher, a real Prometheus with the shipped rules."""

import subprocess
import time
from pathlib import Path

import pytest

from wenyam.settings.loader import load
from wenyam.testing.lab import Lab
from wenyam.testing.prometheus import Prometheus
from wenyam.testing.watcher import RunningWatcher

pytestmark = [pytest.mark.real, pytest.mark.long]

SECONDS = 300.0
RULES = Path(__file__).parents[2] / "config/prometheus"


def test_five_minutes_without_an_error_and_the_alert_of_a_dead_host(tmp_path: Path) -> None:
    place = tmp_path / "prometheus"
    place.mkdir()
    with Lab(tmp_path / "lab") as lab:
        settings = load(lab.configuration).instance.exporter
        watcher = RunningWatcher(lab.configuration, lab.directory / "run", lab.directory / "log/wenyam.log", lab.command())
        with watcher, Prometheus((settings.host, settings.port), RULES, place) as prometheus:
            watcher.wait_state("device:core-1", "up", 60)
            _scrape_for(prometheus, SECONDS)
            _promtool(lab, f"http://{settings.host}:{settings.port}/metrics")
            with lab.fault("host-off", "erp-app"):
                watcher.wait_state("device:erp-app", "down", 15)
                _wait(prometheus, 'ALERTS{device="erp-app",alertstate=~"pending|firing"} > 0', 30)
            watcher.wait_state("device:erp-app", "up", 15)


def _scrape_for(prometheus: Prometheus, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        target = prometheus.target()
        assert target["health"] in ("up", "unknown", "not there yet"), target
        assert not target.get("lastError"), target
        time.sleep(1.0)
    assert prometheus.query("min_over_time(up[4m])") == 1.0
    assert prometheus.query("count(wenyam_up == 1)") >= 20
    assert prometheus.query("count(wenyam_availability_ratio)") >= 20
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert len(rules) >= 20
    assert [rule["name"] for rule in rules if rule["health"] != "ok"] == []


def _promtool(lab: Lab, address: str) -> None:
    words = lab.command("curl", "-sf", address)
    text = subprocess.run(words, capture_output=True, check=True, timeout=30).stdout
    said = subprocess.run(["/usr/bin/promtool", "check", "metrics"], input=text, capture_output=True, check=False, timeout=60)
    assert (said.returncode, said.stdout, said.stderr) == (0, b"", b"")


def _wait(prometheus: Prometheus, expression: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not prometheus.query(expression):
        assert time.monotonic() < end, f"not within {seconds:g} s: {expression}"
        time.sleep(0.5)
