"""Every query of the shipped dashboards, asked of a real Prometheus that scrapes a real exporter, finds data."""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.exporter.server import Exporter
from wenyam.exporter.snapshot import Exposed
from wenyam.model.instance import ExporterSettings
from wenyam.model.instants import Instant
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Collection, Family, Labels, Reading
from wenyam.testing.grafana.asking import choices, filled, queries, series
from wenyam.testing.grafana.dashboards import DASHBOARDS
from wenyam.testing.grafana.parts import Dashboard
from wenyam.testing.ports import free_port
from wenyam.testing.prometheus import Prometheus
from wenyam.testing.small_site import SmallSite

RULES = Path(__file__).parents[2] / "config" / "prometheus"
SOON = 30.0
pytestmark = pytest.mark.real

OF_JOBS = ("backup_", "restore_", "repository_", "envelope_", "on_time_", "check_state", "dr_")
OF_HOUSE = ("alert", "incidents_", "peer_", "check_state")
OF_SERVICES = ("service_state", "availability_", "http_", "tls_", "dns_", "sql_", "collect_", "last_success_")
OF_LINKS = ("link_path_", "link_loss_", "link_round_")
VALUES = {"state": ("up", "down", "unreachable", "unknown"), "period": ("month", "fiscal_year"), "cpu": ("all", "0")}


def _family(name: str, turn: int) -> Family:
    """Return a family with two rows, or with the values a label really takes."""
    rows: list[Labels] = [()]
    for label in SAMPLES[name].labels:
        rows = [(*row, (label, value)) for row in rows for value in VALUES.get(label, (f"{label}-1",))]
    value = 0.9 if SAMPLES[name].maximum == 1 else 2.0  # an objective of 1 would leave no budget; a status of 2 is a fault
    value = 1.0 if name == "interface_admin_status" else value
    return Family(name, tuple(rows), tuple(value + turn * SAMPLES[name].name.endswith("_total") for _ in rows))


class EverySample:
    """Subjects with the labels the engine gives them and every sample there is, each with its own subjects."""

    def __init__(self) -> None:
        self.turn = 0

    def subjects(self) -> Iterable[Exposed]:
        self.turn += 1
        apart = (*OF_JOBS, *OF_HOUSE, *OF_LINKS, "service_state")
        of_devices = [name for name in SAMPLES if not name.startswith(apart) or name == "check_state"]
        for device, kind in (("core-1", "switch"), ("ups-1", "ups")):
            yield self._exposed(device, (("site", "head"), ("device", device), ("kind", kind)), of_devices)
        yield self._exposed("service:erp", (("service", "erp"),), [name for name in SAMPLES if name.startswith(OF_SERVICES)])
        yield self._exposed("link:isp-1", (("site", "head"),), [name for name in SAMPLES if name.startswith(OF_LINKS)])
        figures = [name for name in SAMPLES if name.startswith("availability_")]
        yield self._exposed("link:isp-1/figures", (("site", "head"), ("link", "isp-1")), figures)
        yield self._exposed("job:erp-db", (("job", "erp-db"),), [name for name in SAMPLES if name.startswith(OF_JOBS)])
        yield self._exposed("monitor:alerts", (("monitor", "alerts"),), [name for name in SAMPLES if name.startswith(OF_HOUSE)])

    def _exposed(self, name: str, labels: Labels, names: Iterable[str]) -> Exposed:
        taken = {label for label, _ in labels}
        families = [_family(each, self.turn) for each in names if not taken & set(SAMPLES[each].labels)]
        return Exposed(name, labels, {"all": Collection(name, "all", Instant(0), 0.1, Reading(tuple(families)))})

    def subject(self, name: str) -> Exposed | None:
        return next((exposed for exposed in self.subjects() if exposed.name == name), None)

    def heartbeat_age(self) -> float:
        return 0.1

    def not_ready(self) -> str:
        return ""


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Run the exporter on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    exporter = Exporter(ExporterSettings(port=0), EverySample(), SystemClock())
    asyncio.run_coroutine_threadsafe(exporter.start(), loop).result(SOON)
    try:
        yield exporter.address
    finally:
        asyncio.run_coroutine_threadsafe(exporter.stop(), loop).result(SOON)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SOON)
        loop.close()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with served() as address, Prometheus(address, RULES, tmp_path_factory.mktemp("prometheus")) as running:
        running.wait_until(lambda: running.query("count_over_time(up{job='wenyam'}[1h])") >= 4, SOON)
        yield running


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_every_query_of_every_panel_finds_data(prometheus: Prometheus, dashboard: Dashboard) -> None:
    asked = {query.expression: series(prometheus, filled(dashboard, query.expression)) for _, query in queries(dashboard)}
    assert [expression for expression, found in asked.items() if not found] == []
    assert [name for name, found in choices(prometheus, dashboard).items() if not found] == []


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Run a Prometheus whose Wenyam is dead."""
    with Prometheus(("127.0.0.1", free_port()), RULES, tmp_path_factory.mktemp("alone")) as running:
        running.wait_until(lambda: running.query("count_over_time(up{job='wenyam'}[1h])") >= 2, SOON)
        yield running


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_no_panel_shows_a_figure_of_a_wenyam_that_is_dead(alone: Prometheus, dashboard: Dashboard) -> None:
    asked = {query.expression: series(alone, filled(dashboard, query.expression)) for _, query in queries(dashboard)}
    shown = [expression for expression, found in asked.items() if found]
    of_prometheus = ("up{", "ALERTS", "scrape_duration_seconds")
    assert [expression for expression in shown if not any(name in expression for name in of_prometheus)] == []


NOT_HERE = {
    "wenyam-fleet: Scheduled work on time", "wenyam-backups: Runs on time",  # no run was due since the start
    "wenyam-device: Inodes", "wenyam-device: Clock",  # read over SSH
    "wenyam-device: Parts that are not well",  # all is well
    "wenyam-device: Fans", "wenyam-device: Firewall sessions", "wenyam-device: Virtual machines",
    "wenyam-services: DNS answer", "wenyam-services: Look-up of a name",
    "wenyam-services: Log-in to a database", "wenyam-services: Time of a query", "wenyam-services: Answer of a query",
    "wenyam-backups: Age of the envelope",  # none was ever made
    "wenyam-recovery: Rehearsed as it is now", "wenyam-recovery: Newest drill or move", "wenyam-recovery: Findings",
    "wenyam-recovery: Steps that wait", "wenyam-recovery: Plans",  # no plan is configured
    "wenyam-recovery: Drilled as it is now",
    "wenyam-recovery: Copies of settings",  # they are pushed nowhere
}  # fmt: skip
"""Panels that stay empty on the small site, by dashboard and title: nothing there has what they show, or all is well."""


@pytest.mark.long
def test_a_real_watcher_of_a_small_data_centre_fills_every_panel_it_has_something_for(tmp_path: Path) -> None:
    with SmallSite(tmp_path / "site") as site:
        site.watcher.start()
        site.watcher.wait_state("service:erp/overall", "up", SOON)
        site.watcher.wait_state("link:isp-1", "up", SOON)
        site.watcher.stop()
        site.watcher.start()  # so that there is a past when availability is first worked out
        site.watcher.wait_state("service:erp/overall", "up", SOON)
        with Prometheus(("127.0.0.1", site.exporter_port), RULES, tmp_path) as prometheus:
            prometheus.wait_until(lambda: prometheus.query("count_over_time(wenyam_up{device='web-1'}[1h])") >= 5, SOON)
            asked = [(page, panel, query) for page in DASHBOARDS for panel, query in queries(page)]
            empty = {
                f"{page.uid}: {panel.title.english}"
                for page, panel, query in asked
                if not series(prometheus, filled(page, query.expression))
            }
            offered = {page.uid: choices(prometheus, page) for page in DASHBOARDS}
    assert empty <= NOT_HERE
    assert [(uid, name) for uid, found in offered.items() for name, values in found.items() if not values] == []
