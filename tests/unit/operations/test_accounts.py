"""Accounts over a real store: what the watcher's life, births, circles and late windows do to the count."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.availability.buckets import Buckets
from wenyam.i18n.periods import NamedPeriod
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import AliveProbe, AliveRule, AtLeast, Device, Inventory, Member, PlannedWindow, Service, Text
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.operations.accounts import open_account
from wenyam.operations.availability import entries, everything, named, pools
from wenyam.store.interface import Transition, Writer
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

START = Instant(1_790_000_000_000)
HOUR = 3600.0
ALIVE = AliveRule((AliveProbe("icmp"),))
A, B = Subject.parse("a"), Subject.parse("b")
ERP, PORTAL = Subject.parse("service:erp"), Subject.parse("service:portal")


def hours(number: float) -> Instant:
    return after(START, number * HOUR)


def device(name: str) -> Device:
    return Device(name, "server", ("192.0.2.1",), "office", "somchai", "somchai", ALIVE)


def service(name: str, *members: Subject) -> Service:
    expression = AtLeast(len(members), tuple(map(Member, members)), "all")
    return Service(name, Text(name, name), "somchai", "somchai", expression)


INVENTORY = Inventory(
    devices={name: device(name) for name in ("a", "b")},
    services={"erp": service("erp", A, B), "portal": service("portal", ERP)},
)
CONFIGURATION = Configuration(Instance("watch-1", "office"), INVENTORY, "/etc/wenyam")
DAY = NamedPeriod("day", Period(hours(0), hours(24)), "วัน", "day")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Writer]:
    writer = open_writer(tmp_path, FakeClock(START), "watch-1", ballast_bytes=0)
    writer.register(dict.fromkeys((A, B, ERP, PORTAL), START), START)
    writer.apply([becomes(subject, State.UNKNOWN, State.UP, START) for subject in (A, B)])
    yield writer
    writer.close()


def becomes(subject: Subject, previous: State, state: State, at: Instant) -> Transition:
    return Transition(StateRecord(subject, state, since=at, soft_state=state), StateChange(subject, previous, state, at, at))


def in_hours(buckets: Buckets) -> tuple[float, ...]:
    return tuple(getattr(buckets, name) / 3_600_000 for name in ("unknown", "up", "planned", "unreachable", "down"))


def test_a_silence_of_the_watcher_within_the_permitted_gap_hides_nothing(store: Writer) -> None:
    now = hours(10)
    store.heartbeat(hours(9))
    found = open_account(CONFIGURATION, store, DAY, now)
    assert in_hours(found.counts[A]) == (1, 9, 0, 0, 0)
    assert not found.final
    store.heartbeat(after(now, -3.0))
    assert in_hours(open_account(CONFIGURATION, store, DAY, now).counts[A]) == (0, 10, 0, 0, 0)


def test_without_any_heartbeat_nobody_ever_looked(store: Writer) -> None:
    assert in_hours(open_account(CONFIGURATION, store, DAY, hours(10)).counts[A]) == (10, 0, 0, 0, 0)


def test_a_service_on_a_service_follows_the_device_below(store: Writer) -> None:
    store.apply([becomes(B, State.UP, State.UNREACHABLE, hours(4))])
    store.apply([becomes(B, State.UNREACHABLE, State.UP, hours(6))])
    store.heartbeat(hours(30))
    found = open_account(CONFIGURATION, store, DAY, hours(30), [PORTAL])
    assert set(found.counts) == {A, B, ERP, PORTAL}
    assert in_hours(found.counts[B]) == (0, 22, 0, 2, 0)
    assert in_hours(found.counts[PORTAL]) == (0, 22, 0, 0, 2)
    assert found.final


def test_services_that_stand_on_each_other_end_nowhere_but_end(store: Writer) -> None:
    circle = {"erp": service("erp", PORTAL, A), "portal": service("portal", ERP)}
    configuration = replace(CONFIGURATION, inventory=replace(INVENTORY, services=circle))
    store.heartbeat(hours(30))
    assert open_account(configuration, store, DAY, hours(30)).counts[PORTAL].life == 24 * 3_600_000


def test_time_out_of_the_inventory_is_no_part_of_a_life(store: Writer) -> None:
    store.register(dict.fromkeys((A, ERP, PORTAL)), hours(6))
    store.register(dict.fromkeys((A, B, ERP, PORTAL)), hours(10))
    store.heartbeat(hours(30))
    found = open_account(CONFIGURATION, store, DAY, hours(30))
    assert found.counts[B].life == 20 * 3_600_000
    assert found.counts[ERP].life == 24 * 3_600_000
    assert in_hours(found.counts[ERP])[1] == 10, "without b the service stands on a alone; then b is back, unseen yet"


def test_a_device_gone_from_the_inventory_is_still_in_the_period_it_lived_in(store: Writer) -> None:
    store.register(dict.fromkeys((A, ERP, PORTAL)), hours(6))
    store.heartbeat(hours(30))
    inventory = Inventory(devices={"a": device("a")})
    found = open_account(replace(CONFIGURATION, inventory=inventory), store, DAY, hours(30))
    whole, *_, last = entries(found, inventory, everything(inventory, found.counts))
    assert (whole.name, whole.members) == ("whole", 2)
    assert (last.name, last.buckets.life) == ("b", 6 * 3_600_000)
    assert named(inventory, found.counts, "b").members == (B,)


def test_a_window_entered_late_counts_from_its_entry_and_only_for_its_own_subjects(store: Writer) -> None:
    window = PlannedWindow("work", (A,), None, hours(2), hours(8), None, "new disks", "somchai", hours(-5))
    store.enter_windows([window], hours(4))
    store.apply([becomes(subject, State.UP, State.DOWN, hours(2)) for subject in (A, B)])
    store.apply([becomes(subject, State.DOWN, State.UP, hours(9)) for subject in (A, B)])
    store.heartbeat(hours(30))
    counts = open_account(CONFIGURATION, store, DAY, hours(30)).counts
    assert in_hours(counts[A]) == (0, 17, 4, 0, 3)
    assert in_hours(counts[B]) == (0, 17, 0, 0, 7)
    assert in_hours(counts[ERP]) == (0, 17, 0, 0, 7)


def test_a_recurring_window_is_planned_each_time(store: Writer) -> None:
    # 2026-09-21 is a Monday in Bangkok; the day begins at 2026-09-21T20:53:20+07:00.
    window = PlannedWindow("nightly", (A,), "every day 01:00", None, None, 2 * HOUR, "reboots", "somchai", hours(-5))
    store.enter_windows([window], START)
    store.apply([becomes(A, State.UP, State.DOWN, hours(0.1))])
    store.heartbeat(hours(60))
    two_days = NamedPeriod("two days", Period(hours(0), hours(48)), "", "")
    assert open_account(CONFIGURATION, store, two_days, hours(60)).counts[A].planned == 4 * 3_600_000


def test_a_soft_failure_that_began_inside_the_period_keeps_it_open(store: Writer) -> None:
    soft = StateRecord(A, State.UP, since=START, soft_state=State.DOWN, failing_since=hours(23.99), observed_at=hours(24))
    store.apply([], soft=[soft])
    store.heartbeat(hours(30))
    assert not open_account(CONFIGURATION, store, DAY, hours(30)).final


def test_pools_are_whole_sites_kinds_and_groups() -> None:
    assert [(each.kind, each.name) for each in pools(INVENTORY)] == [("whole", "whole"), ("kind", "server")]
