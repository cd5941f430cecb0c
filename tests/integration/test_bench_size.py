"""`scripts/bench expose` on a few devices: it runs, and what it prints is true."""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.real


def bench(*words: str, seconds: float = 300.0, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "wenyam.testing.bench", *words, "--json"],
        capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode in codes, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    assert data["version"] == 1
    assert set(data["machine"]) == {"cpu", "cores", "kernel", "python", "snmp_exporter"}
    return data


@pytest.mark.long
def test_scrapes_are_timed_and_the_lateness_of_the_loop_is_counted_meanwhile() -> None:
    data = bench("expose", "--devices", "5", "--device", "B", "--factor", "30", "--scrapes", "3")
    assert (data["devices"], data["letter"]) == (5, "B")
    assert data["shown"]["alive"] == data["shown"]["read"] == 5
    assert data["shown"]["series"] > 5 * 96
    assert len(data["scrapes"]) == 3
    for scrape in data["scrapes"]:
        assert 0 < scrape["to_first_byte"] <= scrape["seconds"]
        assert scrape["size"] > 5 * 96 * 60
    assert data["between"]["looks"] > data["during"]["looks"]
    for late in (data["between"], data["during"]):
        assert 0 <= late["median"] <= late["p99"] <= late["worst"]
    assert data["resident"] >= data["bare"] > 2**20


@pytest.mark.long
def test_deaths_are_told_once_each_and_what_stands_behind_a_dead_parent_is_unreachable() -> None:
    data = bench("detect", "--devices", "40", "--parents", "4", "--single", "3", "--storm", "20", "--factor", "10")
    assert data["size"] == {"devices": 40, "parents": 4, "single": 3, "storm": 20}
    singles, storm, families = data["deaths"]
    assert (singles["killed"], storm["killed"], families["killed"]) == (3, 20, 2 + 18)
    for deaths in (singles, storm, families):
        assert deaths["wrong"] == {}
        assert len(deaths["delays"]) == deaths["killed"]
        assert deaths["delays"] == sorted(deaths["delays"])
        assert 2 <= deaths["delays"][0] < 120  # three looks with their time-outs; the benchmark itself waits no longer
        assert deaths["cpu"] > 0


@pytest.mark.long
def test_a_simulated_day_is_lived_through_with_its_faults() -> None:
    data = bench("soak", "--devices", "2", "--days", "1", seconds=1800.0)
    assert (data["devices"], data["growth"]) == (2, {})
    (day,) = data["days"]
    assert day["day"] == 1
    assert day["started"] > 24 * 60 * 2  # looks alone
    assert day["latest"] < 1.0
    assert day["facts"] > 4  # the death, its end, and the silent agent's
    assert day["rollups"] >= 24
    assert min(day["resident"], day["objects"], day["descriptors"], day["database"]) > 0


@pytest.mark.long
def test_every_size_is_read_at_the_same_rate_and_its_cost_is_told() -> None:
    # What so few polls cost is not flat: standing there costs more than they do.
    data = bench("growth", "--sizes", "5", "20", "--rate", "10", "--seconds", "4", codes=(0, 1))
    small, large = data["sizes"]
    assert (small["devices"], large["devices"]) == (5, 20)
    assert (small["interval"], large["interval"]) == (0.5, 2.0)
    for size in (small, large):
        assert 20 < size["reads"]["own_count"] < 60
        assert size["reads"]["varbinds"] > 90 * 20
        assert size["rest"]["varbinds"] < 99
        assert size["microseconds_per_varbind"] > 0
    assert large["series"] > 3 * small["series"]
    assert data["spread"] >= 0
