"""States that others gave us, on a clock moved by hand: they expire, go stale, go away, and a storm of them is one fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.alerts.receive_alerts import parse, understand
from wenyam.alerts.receive_states import ReceivedStates
from wenyam.alerts.receive_told import Addresses, Told
from wenyam.engine.watcher import Watcher
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Inventory, SecretReference
from wenyam.model.receiving import Received, ReceivedKind, ReceivePlan, TrapPlan, WebhookPlan
from wenyam.model.states import CheckResult, State, Subject
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.receiving import device

WEB = WebhookPlan(SecretReference("file", "/nowhere"))
PLAN = ReceivePlan(TrapPlan(()), WEB, state_limit=3)
RESTART, ALERT = "device:web/trap:restart", "device:web/alert:Load"
HOUR = 3600.0


class World:
    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock()
        self.writer = open_writer(directory / "state", self.clock, "lab", ballast_bytes=0)
        links = Links(self.clock, SecretReader(), str(directory / "known_hosts"))
        configuration = Configuration(Instance("lab", "here"), Inventory(), str(directory), receive=PLAN)
        self.watcher = Watcher(self.clock, links, self.writer, configuration)
        self.states = ReceivedStates(self.clock, self.watcher, PLAN)

    def tell(self, subject: str, state: State, ends: Instant | None = None) -> None:
        row = Received(self.clock.now(), "192.0.2.1", None, ReceivedKind.TRAP, "x", "x")
        about = Subject.parse(subject)
        self.states.take([Told(row, about, CheckResult(state, "told"))], {} if ends is None else {about: ends})

    async def later(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        await self.states.look()

    def says(self, subject: str) -> str:
        record = self.watcher.board.record(Subject.parse(subject))
        return "" if record is None else f"{record.state}: {record.summary}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.writer.close()


async def test_what_no_trap_ends_is_over_after_its_time(world: World) -> None:
    world.tell(RESTART, State.WARN)
    await world.later(HOUR - 1)
    assert world.says(RESTART) == "warn: told"
    world.tell(RESTART, State.WARN)
    await world.later(HOUR - 1)
    assert world.says(RESTART) == "warn: told", "another trap begins the time anew"
    await world.later(2)
    assert world.says(RESTART) == "ok: no further trap for 1 h"


async def test_an_alert_that_nobody_repeats_is_unknown(world: World) -> None:
    world.tell(ALERT, State.CRIT)
    await world.later(6 * HOUR - 1)
    assert world.says(ALERT) == "crit: told"
    await world.later(1)
    assert world.says(ALERT) == "unknown: nobody has repeated this alert for 6 h"
    world.tell(ALERT, State.CRIT)
    assert world.says(ALERT) == "crit: told"


async def test_an_alert_whose_sender_said_when_it_ends_is_unknown_then(world: World) -> None:
    world.tell(ALERT, State.CRIT, after(world.clock.now(), 240))
    await world.later(200)
    world.tell(ALERT, State.CRIT, after(world.clock.now(), 240))
    await world.later(200)
    assert world.says(ALERT) == "crit: told"
    await world.later(50)
    assert world.says(ALERT) == "unknown: its sender has stopped repeating this alert"


async def test_what_was_good_for_a_day_goes_and_stays_away(world: World, tmp_path: Path) -> None:
    world.tell(ALERT, State.CRIT)
    await world.later(60)
    world.tell(ALERT, State.OK)
    await world.later(86_000)
    assert world.says(ALERT) == "ok: told"
    await world.later(500)
    assert world.says(ALERT) == ""
    assert world.writer.states() == {}
    world.tell(ALERT, State.OK)
    assert world.says(ALERT) == "", "that something is over which is not there is nothing to keep"


async def test_a_storm_is_one_fault_until_it_is_calm(world: World) -> None:
    for number in range(6):
        world.tell(f"external:Alert:{number}/alert", State.WARN)
    assert world.says("monitor:receive/storm") == "crit: others told of more than 3 states; 3 further are rows only"
    world.tell("external:Alert:1/alert", State.CRIT)
    assert world.says("external:Alert:1/alert") == "crit: told", "those that are known still move"
    await world.later(601)
    assert world.says("monitor:receive/storm") == "ok: others tell no more than may be kept"


async def test_a_restart_knows_what_is_there_and_ends_it_in_time(world: World) -> None:
    world.tell(RESTART, State.WARN)
    world.states = ReceivedStates(world.clock, world.watcher, PLAN)
    await world.later(HOUR + 1)
    assert world.says(RESTART) == "ok: no further trap for 1 h"


def alert(**labels: str) -> dict[str, object]:
    return {"status": "firing", "labels": {"alertname": "Load", **labels}}


@pytest.mark.parametrize(
    ("labels", "subject", "state"),
    [
        ({"device": "web"}, "device:web/alert:Load", "warn"),
        ({"instance": "192.0.2.1:9100", "severity": "CRITICAL"}, "device:web/alert:Load", "crit"),
        ({"device": "unknown", "instance": "web:1"}, "device:web/alert:Load", "warn"),
        ({"device": "web", "mountpoint": "/srv"}, "device:web/alert:Load:mountpoint=/srv", "warn"),
        ({"instance": "elsewhere:1", "severity": "page"}, "external:Load:instance=elsewhere:1/alert", "crit"),
    ],
)
def test_labels_say_what_an_alert_is_about(labels: dict[str, str], subject: str, state: str) -> None:
    (one,) = parse({"alerts": [alert(**labels)]})
    told = understand(one, "192.0.2.9", Instant(5), WEB, Addresses({"web": device("web", "192.0.2.1")}))
    assert (str(told.subject), told.result and told.result.state) == (subject, state)
    assert Subject.parse(subject) == told.subject


def test_two_alerts_that_differ_never_share_a_state() -> None:
    labels = [
        {"path": "a/b"},
        {"path": "a_b"},
        {"path": "x" * 100},
        {"path": "x" * 101},
        {"path": "a\u202eb"},
        {"path": "ab"},
        {},
    ]
    told = [understand(one, "s", Instant(5), WEB, Addresses({})) for one in parse([alert(**each) for each in labels])]
    assert len({one.subject for one in told}) == len(labels)


def test_go_writes_the_year_one_for_never() -> None:
    never, past = parse([alert() | {"endsAt": "0001-01-01T00:00:00Z"}, alert() | {"endsAt": "2026-01-01T00:00:00.123456789Z"}])
    assert never.ends is None
    assert past.ends == 1767225600123
    told = understand(past, "s", Instant(1_790_000_000_000), WEB, Addresses({}))
    assert told.result is not None
    assert told.result.state is State.OK
