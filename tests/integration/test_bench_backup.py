"""`scripts/bench backup` on a little data: every act is measured in every round, and what was backed up is proven."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.real, pytest.mark.long]


def test_a_small_run_measures_every_act_beside_the_bare_tools_and_proves_what_it_made() -> None:
    words = [sys.executable, "-m", "wenyam.testing.bench", "backup", "--mib", "16", "--rounds", "2", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["act"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["database: dump tool alone"]["ratio"] is None
    for job in ("share", "database"):
        driver, whole = rows[f"{job}: wenyam's driver storing"], rows[f"{job}: wenyam backup run, everything"]
        assert driver["rounds"] == whole["rounds"] == rows[f"{job}: restic alone"]["rounds"] == 2
        assert driver["ratio"]["low"] <= driver["ratio"]["mean"] <= driver["ratio"]["high"]
        checked = "measure" if job == "share" else "check"
        assert {"start", "reach", "dump", checked, "store", "list", "read-back", "copies"} == whole["parts"].keys()
        assert sum(whole["parts"].values()) == pytest.approx(whole["seconds"])  # of two rounds the median is the mean
        assert whole["parts"]["start"] > 0
        assert whole["cpu_seconds"] > 0
        assert f"{job}: wenyam restore test (pass)" in rows
