"""`scripts/bench expose` on a few devices: it runs, and what it prints is true."""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.real


def bench(*words: str, seconds: float = 300.0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "wenyam.testing.bench", *words, "--json"],
        capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
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
