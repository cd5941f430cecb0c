"""A real Prometheus scrapes the exporter: target up, nothing refused, rules healthy; promtool finds nothing to say."""

import asyncio
import subprocess
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from wenyam.clock import SystemClock
from wenyam.exporter.server import Exporter
from wenyam.exporter.snapshot import Exposed
from wenyam.model.instance import ExporterSettings
from wenyam.model.instants import Instant
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Collection, Failure, FailureReason, Family, Labels, Reading, single
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.prometheus import Prometheus

FOLDER = Path(__file__).parents[2] / "config" / "prometheus"
PROMTOOL = "/usr/bin/promtool"
PASSWORD = "canary-scrape"
HOSTILE = 'a"b\\c\nแกน{x="1"} 2'
pytestmark = pytest.mark.real


def every_name(device: str, value: float) -> Exposed:
    """One device that gives every sample there is, with labels that try to break the text."""
    labels = (("site", "head-office"), ("device", device), ("kind", "switch"))
    families = tuple(_family(name, value) for name in SAMPLES)
    reading = Collection(device, "snmp", Instant(0), 0.1, Reading(families))
    return Exposed(device, labels, {"snmp": reading}, (single("up", 1.0),))


def _family(name: str, value: float) -> Family:
    names = SAMPLES[name].labels
    rows: tuple[Labels, ...] = tuple(tuple((label, f"{text}{label}") for label in names) for text in ("1-", HOSTILE))
    rows = rows if names else ((),)
    return Family(name, rows, tuple(value + place for place in range(len(rows))))


class Pictures:
    """A small data centre: 20 devices with every sample, of which one was never read."""

    def __init__(self) -> None:
        self.value = 0.5
        failed = Failure(FailureReason.TIMEOUT, "No answer came in time")
        self.silent = Exposed(
            "silent-1", (("device", "silent-1"),), {"snmp": Collection("silent-1", "snmp", Instant(0), 5.0, failure=failed)}
        )

    def subjects(self) -> Iterable[Exposed]:
        self.value += 1.0
        return [*(every_name(f"core-{number}", self.value) for number in range(20)), self.silent]

    def subject(self, name: str) -> Exposed | None:
        return next((exposed for exposed in self.subjects() if exposed.name == name), None)

    def heartbeat_age(self) -> float:
        return 0.1

    def not_ready(self) -> str:
        return ""


class ServedExporter:
    """The exporter on an event loop in a thread, as beside a test that blocks."""

    def __init__(self, web_config: Path | None) -> None:
        self._loop = asyncio.new_event_loop()
        settings = ExporterSettings(port=0, web_config=None if web_config is None else str(web_config))
        self.exporter = Exporter(settings, Pictures(), SystemClock())
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Exporter:
        """Start."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.exporter.start(), self._loop).result(10.0)
        return self.exporter

    def __exit__(self, *_: object) -> None:
        """Stop."""
        asyncio.run_coroutine_threadsafe(self.exporter.stop(), self._loop).result(10.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10.0)
        self._loop.close()


@pytest.fixture
def served() -> Iterator[Exporter]:
    with ServedExporter(None) as exporter:
        yield exporter


def exposition(exporter: Exporter) -> bytes:
    host, port = exporter.address
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10.0) as answer:
        text: bytes = answer.read()
        return text


def test_promtool_has_nothing_to_say_about_any_name_there_is(served: Exporter) -> None:
    text = exposition(served)
    assert all(f"\nwenyam_{name}{{".encode() in text for name in SAMPLES)
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def watched_for(prometheus: Prometheus, scrapes: int, seconds: float) -> None:
    """Wait for this many scrapes and see that none failed, every sample was taken and every rule is healthy."""
    prometheus.wait_until(lambda: prometheus.query("count_over_time(up{job='wenyam'}[1h])") >= scrapes, seconds)
    assert prometheus.query("min_over_time(up{job='wenyam'}[1h])") == 1.0
    target = prometheus.target()
    assert (target["health"], target["lastError"]) == ("up", "")
    scraped = prometheus.query("scrape_samples_scraped{job='wenyam'}")
    assert scraped == prometheus.query("scrape_samples_post_metric_relabeling{job='wenyam'}")
    expected = 20 * sum(2 if definition.labels else 1 for definition in SAMPLES.values())
    assert prometheus.query('count({__name__=~"wenyam_.+",device=~"core-.+"})') == expected
    assert prometheus.query('count({__name__=~"wenyam_.+",device="silent-1"})') == 0.0
    words = prometheus.log.read_text(encoding="utf-8")
    assert [line for line in words.splitlines() if "scrape" in line and ("level=warn" in line or "level=error" in line)] == []


def healthy_rules(prometheus: Prometheus, seconds: float) -> list[dict[str, Any]]:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]

    prometheus.wait_until(lambda: all(rule["health"] != "unknown" for rule in rules()), seconds)
    return [rule for rule in rules() if rule["health"] != "ok"]


def test_prometheus_scrapes_everything_and_its_rules_are_healthy(served: Exporter, tmp_path: Path) -> None:
    with Prometheus(served.address, FOLDER, tmp_path) as prometheus:
        watched_for(prometheus, 3, 30.0)
        assert healthy_rules(prometheus, 30.0) == []


@pytest.mark.long
def test_prometheus_logs_in_over_tls_and_is_down_with_a_wrong_password(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path / "tls")
    certificate, key = authority.issue("exporter", "127.0.0.1")
    key.chmod(0o600)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(8)).decode()
    web_config = tmp_path / "web.yaml"
    web_config.write_text(
        f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\nbasic_auth_users: {{prometheus: {hashed}}}\n",
        encoding="utf-8",
    )
    more = f"    scheme: https\n    tls_config: {{ca_file: {authority.certificate}}}\n"
    more += "    basic_auth: {username: prometheus, password: "
    with ServedExporter(web_config) as exporter:
        with Prometheus(exporter.address, FOLDER, _made(tmp_path / "good"), f"{more}{PASSWORD}}}\n") as prometheus:
            watched_for(prometheus, 2, 30.0)
        with Prometheus(exporter.address, FOLDER, _made(tmp_path / "bad"), f"{more}wrong}}\n") as prometheus:
            prometheus.wait_until(lambda: prometheus.target()["health"] == "down", 30.0)
            assert "401" in prometheus.target()["lastError"]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
