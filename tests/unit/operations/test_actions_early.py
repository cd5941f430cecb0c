"""What is asked of a watcher that has just begun: nothing is answered out of a book that is not read yet."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.peers import PeerFeed
from wenyam.alerts.service import AlertService
from wenyam.clock import SystemClock
from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.incidents import facts
from wenyam.incidents.incident import Category, Origin
from wenyam.links.pools import Links
from wenyam.model.alerting import Severity
from wenyam.model.states import Subject
from wenyam.operations.actions import Actions
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer
from wenyam.testing.alert_house import write_configuration

ACTS: dict[str, dict[str, Any]] = {
    "taken": {"action": "alert-ack", "code": "BCDF", "note": ""},
    "noted": {"action": "incident", "act": "note", "code": "BCDF", "text": "looked at it"},
    "silenced": {"action": "alert-silence", "what": "BCDF", "for": "1h", "reason": "we are at it"},
}


@pytest.fixture
async def early(tmp_path: Path) -> AsyncIterator[tuple[Actions, AlertService]]:
    """Make a watcher's parts on a store that holds an open incident; the alert service has read nothing yet."""
    clock, root = SystemClock(), Subject.parse("device:core")
    configuration = write_configuration(
        tmp_path, {"devices": {"core": {"kind": "switch", "address": "192.0.2.1"}}}
    )  # fmt: skip
    directory = Path(configuration.instance.state_directory)
    writer = open_writer(directory, clock, configuration.instance.name, ballast_bytes=0)
    now = clock.now()
    opened = facts.opened(
        "BCDF", now, facts.TOOL, origin=Origin.WATCHED, category=Category.HARDWARE, root=root, title=str(root), site="head",
        severity=Severity.CRITICAL, began=now,
    )  # fmt: skip
    writer.append(opened)
    links = Links(clock, SecretReader(), str(directory / "known_hosts"))
    watcher = Watcher(clock, links, writer, configuration)
    alerts = AlertService(clock, watcher.journal, watcher.board, links.secrets, configuration)
    yield Actions(watcher, alerts, PeerFeed(clock, links.secrets)), alerts
    await alerts.stop()
    await watcher.journal.close()


@pytest.mark.parametrize("act", ACTS)
async def test_who_asks_early_is_answered_by_what_is_on_record(early: tuple[Actions, AlertService], act: str) -> None:
    actions, alerts = early
    answer = asyncio.create_task(actions.answer(os.getuid(), ACTS[act]))
    await asyncio.sleep(0)
    await alerts.load()
    await alerts.configure(alerts.configuration)
    assert (await answer)["version"] >= 1


async def test_who_asks_of_a_service_that_reads_for_long_is_told_to_try_again(early: tuple[Actions, AlertService]) -> None:
    actions, alerts = early
    with pytest.raises(UsageError, match=r"the watcher has just begun\. Try again in a moment"):
        await actions.answer(os.getuid(), ACTS["taken"])
    answer = await actions.answer(os.getuid(), {"action": "snapshot"})  # what needs no incident waits for none
    assert not list(answer["states"])
    assert not alerts.ready.is_set()
