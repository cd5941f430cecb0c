"""`scripts/bench backup` on a little data: every act is measured, and what was backed up is proven."""

import json
import subprocess
import sys

import pytest

from wenyam.testing.bench import backing_up
from wenyam.testing.bench.backing_up import Row

pytestmark = [pytest.mark.real, pytest.mark.long]


def test_a_small_run_measures_every_act_beside_the_bare_tools_and_proves_what_it_made() -> None:
    words = [sys.executable, "-m", "wenyam.testing.bench", "backup", "--mib", "16", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["act"]: row for row in json.loads(done.stdout)["rows"]}
    assert {"files: restic alone", "database: pg_dump and restic alone"} <= rows.keys()
    for job in ("share", "database"):
        whole = rows[f"{job}: wenyam backup run, everything"]
        checked = "measure" if job == "share" else "check"
        assert {"reach", "dump", checked, "store", "list", "read-back", "copies"} == whole["parts"].keys()
        assert sum(whole["parts"].values()) <= whole["seconds"]
        assert whole["ratio"] == pytest.approx(whole["seconds"] / whole["bare"])
        assert f"{job}: wenyam restore test (pass)" in rows


def test_the_table_shows_ratios_and_parts() -> None:
    shown = backing_up.table([Row("bare", 10.0), Row("ours", 12.0, 10.0, (("dump", 2.0), ("store", 10.0)))])
    assert shown.splitlines()[-1].split() == ["ours", "12.0", "1.20", "dump", "2.0,", "store", "10.0"]
