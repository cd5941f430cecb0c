"""A service that answers no more is down from when the first probe without an answer was sent, not from when it timed out."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.model.states import State
from wenyam.store.sqlite import open_reader
from wenyam.testing.receivers import Heard, HttpReceiver, Reply
from wenyam.testing.recovery_plans import write_configuration
from wenyam.testing.watcher import Rows, RunningWatcher

pytestmark = pytest.mark.real
SUBJECT = "service:erp"
PATIENCE = 60.0
TIMEOUT = "2s"


class Stalling(HttpReceiver):
    """A page that answers at once until it stalls; when each request came is noted, in seconds since 1970."""

    stalls = False

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, bool]] = []

    def answer(self, heard: Heard) -> Reply:  # noqa: ARG002  # the base's form
        self.came.append((time.time(), self.stalls))
        return Reply(stall=60.0 if self.stalls else 0.0)


def seen(state: str) -> Callable[[Rows | None], bool]:
    return lambda rows: rows is not None and rows.get(SUBJECT, {}).get("state") == state


def test_a_failure_that_begins_with_a_time_out_is_dated_by_the_moment_it_was_sent(tmp_path: Path) -> None:
    with Stalling() as page:
        probe = {"collector": "http", "url": page.url, "interval": TIMEOUT, "timeout": TIMEOUT}
        services = {"erp": {"label": "ERP", "after": 3, "recheck": "1s", "probes": {"page": probe}}}
        folder = write_configuration(tmp_path / "c", [{"id": "rest", "do": "pause"}], more={"services": services})
        watcher = RunningWatcher(folder, folder / "run", tmp_path / "log").start()
        try:
            watcher.wait_for(seen("up"), PATIENCE, "the service is up")
            page.stalls = True
            watcher.wait_for(seen("down"), PATIENCE, "the service is down")
            page.stalls = False
            watcher.wait_for(seen("up"), PATIENCE, "the service is up again")
        finally:
            watcher.stop()
    with closing(open_reader(folder / "state")) as reader:
        (down,) = [each for each in reader.changes_since(0, 1000) if str(each.subject) == SUBJECT and each.state is State.DOWN]
    good = max(at for at, stalled in page.came if not stalled and at < down.recorded / 1000)
    unanswered = min(at for at, stalled in page.came if stalled)
    assert good < down.effective / 1000 <= unanswered < down.recorded / 1000
