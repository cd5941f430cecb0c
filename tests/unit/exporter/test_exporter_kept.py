"""What is shown of a device is the same object while nothing of it changed, and another one as soon as anything did."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.engine.watcher import Watcher
from wenyam.exporter.engine import EngineSnapshot
from wenyam.exporter.snapshot import Exposed
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration, Instance
from wenyam.model.inventory import AT_ONCE, AliveProbe, AliveRule, Device, Inventory, Site, Text
from wenyam.model.samples import Collection, Failure, FailureReason, Reading, single
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

CORE = Subject(SubjectKind.DEVICE, "core")


def inventory(site: str = "here") -> Inventory:
    alive = AliveRule((AliveProbe("icmp"),))
    devices = {
        name: Device(name, "switch", ("192.0.2.1",), site, "owner", "duty", alive) for name in ("core", "edge")
    }  # fmt: skip
    return Inventory(sites={site: Site(site, Text("ที่นี่", "Here"))}, devices=devices)


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    clock = FakeClock()
    configuration = Configuration(Instance("test", "here", state_directory=str(tmp_path)), inventory(), str(tmp_path))
    writer = open_writer(tmp_path, clock, "test")
    made = Watcher(clock, Links(clock, SecretReader({}), str(tmp_path / "known_hosts")), writer, configuration)
    made.subjects.configure(configuration.inventory, clock.now())
    see(made, CORE, State.UP)
    yield made
    writer.close()


def see(watcher: Watcher, subject: Subject, state: State, value: float | None = None) -> None:
    watcher.board.observe(subject, Observation(watcher.clock.now(), CheckResult(state, state.value, value=value)), AT_ONCE)


def poll(watcher: Watcher, value: float) -> None:
    reading = Reading((single("processes", value),))
    watcher.latest.take(Collection("core", "snmp", watcher.clock.now(), 0.1, reading))


def fail(watcher: Watcher) -> None:
    watcher.latest.take(Collection("core", "snmp", watcher.clock.now(), 1.0, failure=Failure(FailureReason.TIMEOUT, "late")))


def shown(snapshot: EngineSnapshot) -> Exposed:
    exposed = snapshot.subject("core")
    assert exposed is not None
    assert exposed in list(snapshot.subjects())
    return exposed


def told(snapshot: EngineSnapshot) -> None:
    snapshot.upkeep = {CORE: (single("availability_objective_ratio", 0.95),)}


def moved(watcher: Watcher) -> None:
    there = inventory("there")
    watcher.configuration = replace(watcher.configuration, inventory=there)
    watcher.subjects.configure(there, watcher.clock.now())


CHANGES: dict[str, Callable[[Watcher], None]] = {
    "read": lambda watcher: poll(watcher, 2.0),
    "not read": fail,
    "down": lambda watcher: see(watcher, CORE, State.DOWN),
    "values dropped": lambda watcher: watcher.latest.silence("core"),
    "another site": moved,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_shown_anew_and_what_did_not_is_the_same_object(watcher: Watcher, change: str) -> None:
    snapshot = EngineSnapshot(watcher)
    poll(watcher, 1.0)
    before = shown(snapshot)
    assert shown(snapshot) is before
    see(watcher, Subject(SubjectKind.DEVICE, "edge"), State.DOWN)
    see(watcher, CORE, State.UP)
    assert shown(snapshot) is before
    CHANGES[change](watcher)
    after = shown(snapshot)
    assert after is not before
    assert after != before
    assert shown(snapshot) is after


def test_new_figures_of_availability_are_shown(watcher: Watcher) -> None:
    snapshot = EngineSnapshot(watcher)
    before = shown(snapshot)
    told(snapshot)
    assert "availability_objective_ratio" in {family.name for family in shown(snapshot).families}
    assert "availability_objective_ratio" not in {family.name for family in before.families}


def test_a_device_that_is_gone_is_let_go(watcher: Watcher) -> None:
    snapshot = EngineSnapshot(watcher)
    assert {exposed.name for exposed in snapshot.subjects()} == {"core", "edge"}
    alone = replace(inventory(), devices={"core": inventory().devices["core"]})
    watcher.configuration = replace(watcher.configuration, inventory=alone)
    watcher.subjects.configure(alone, watcher.clock.now())
    assert {exposed.name for exposed in snapshot.subjects()} == {"core"}
    assert list(snapshot._kept) == ["core"]
