"""The shipped rules, by Prometheus's own tool: valid, every alert caused and seen, both languages present."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from wenyam.exporter.blocks import PREFIX
from wenyam.model.names import SAMPLES
from wenyam.testing.grafana.asking import queries
from wenyam.testing.grafana.own import OWN

PROMTOOL = "/usr/bin/promtool"
FOLDER = Path(__file__).parents[2] / "config" / "prometheus"
ALERTS = (FOLDER / "wenyam-alerts.rules.yaml").read_text(encoding="utf-8")
TESTS = (FOLDER / "wenyam-rules.test.yaml").read_text(encoding="utf-8")
ALERT_NAMES = re.findall(r"- alert: (\w+)", ALERTS)


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROMTOOL, *words], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)


def test_the_rules_are_valid() -> None:
    checked = promtool("check", "rules", "wenyam-recording.rules.yaml", "wenyam-alerts.rules.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"SUCCESS: {len(ALERT_NAMES)} rules found" in checked.stdout


def test_the_scrape_configuration_is_valid_and_finds_its_rules() -> None:
    checked = promtool("check", "config", "prometheus.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "2 rule files found" in checked.stdout


def test_every_alert_is_caused_and_seen() -> None:
    tested = promtool("test", "rules", "wenyam-rules.test.yaml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("name", ALERT_NAMES)
def test_an_alert_has_a_firing_test_and_both_languages(name: str) -> None:
    assert f"- name: {name}\n" in TESTS
    rule = ALERTS.split(f"- alert: {name}\n")[1].split("- alert:")[0]
    thai = re.search(r'summary_th: "(.*)"', rule)
    english = re.search(r'summary: "(.*)"', rule)
    assert thai is not None
    assert re.search(r"[\u0e00-\u0e7f]", thai[1])
    assert english is not None
    assert not re.search(r"[\u0e00-\u0e7f]", english[1])


def test_every_series_a_rule_asks_for_is_one_that_wenyam_exports() -> None:
    expressions = "\n".join(re.findall(r"expr: (.*)", ALERTS))
    asked = {name.removeprefix(PREFIX) for name in re.findall(rf"(?<![:\w]){PREFIX}\w+(?![:(\w])", expressions)}
    assert sorted(asked - SAMPLES.keys()) == []


def test_the_newest_reading_shown_is_none_that_lies_in_the_future(tmp_path: Path) -> None:
    shown = next(query for panel, query in queries(OWN) if panel.title.english == "Newest reading")
    asked = {"expr": shown.expression, "eval_time": "10m", "exp_samples": [{"labels": "{}", "value": 600 - 60}]}
    series = [("core-1", "86400x30"), ("core-2", "60x30")]
    told = [
        {"series": f'wenyam_last_success_timestamp_seconds{{device="{device}"}}', "values": values} for device, values in series
    ]
    case = tmp_path / "newest.yaml"
    case.write_text(
        json.dumps({"tests": [{"interval": "30s", "input_series": told, "promql_expr_test": [asked]}]}), encoding="utf-8"
    )
    tested = promtool("test", "rules", str(case))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_a_device_that_is_only_unreachable_calls_nobody() -> None:
    rule = ALERTS.split("- alert: WenyamDeviceUnreachable\n")[1].split("- alert:")[0]
    assert "severity: info" in rule
