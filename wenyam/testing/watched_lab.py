"""The lab with a real watcher that has seen all of it: what tests of faults and of what people see of them begin from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from wenyam.settings.loader import load
from wenyam.testing.lab import Lab
from wenyam.testing.watcher import Rows, RunningWatcher

FIRST_ROUND_SECONDS: Final = 90.0
"""Within which every device of a lab that has just been started was read, on a machine that others use too."""


@contextmanager
def watched(lab: Lab) -> Iterator[RunningWatcher]:
    """Run a watcher where the lab is, for a block that begins when every device is up and was read, and all is well."""
    with RunningWatcher(lab.configuration, lab.directory / "run", lab.directory / "log/wenyam.log", lab.command()) as running:
        readings = sum(len(device.reads) for device in load(lab.configuration).inventory.devices.values())
        running.wait_for(all_devices("up"), FIRST_ROUND_SECONDS, "every device is up")
        running.wait_for(lambda rows: _read(rows) == readings, FIRST_ROUND_SECONDS, "every device was read")
        running.wait_for(all_well, FIRST_ROUND_SECONDS, "nothing is wrong in a healthy lab")
        yield running


def all_devices(state: str) -> Callable[[Rows | None], bool]:
    """Return what tells whether every device is in a state."""
    return lambda rows: (
        rows is not None
        and bool(rows)
        and all(row["state"] == state for row in rows.values() if row["kind"] == "device" and row["check"] == "alive")
    )


def all_well(rows: Rows | None) -> bool:
    """Tell whether all is well but the backups, which nobody runs here: what was never proven is red from the first minute."""
    return bool(rows) and rows is not None and all(row["state"] in ("up", "ok") for row in rows.values() if row["kind"] != "job")


def _read(rows: Rows | None) -> int:
    """Count the readings that were done and were good."""
    return sum(row["check"].startswith("management") and row["state"] == "ok" for row in (rows or {}).values())
