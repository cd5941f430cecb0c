"""Outages and their causes over a real store: of each the change that began it, and of a service the member that failed."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.i18n.periods import NamedPeriod
from wenyam.model.causes import CauseCode
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import AliveProbe, AliveRule, AtLeast, Device, Inventory, Member, PlannedWindow, Service, Text
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.operations.accounts import open_account
from wenyam.operations.reports import Inquiry, Loss, losses, newest_losses
from wenyam.store.interface import Transition, Writer
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

START = Instant(1_790_000_000_000)
HOUR = 3600.0
A, B = Subject.parse("a"), Subject.parse("b")
ERP, PORTAL = Subject.parse("service:erp"), Subject.parse("service:portal")
DAY = NamedPeriod("day", Period(START, after(START, 24 * HOUR)), "วัน", "day")


def hours(number: float) -> Instant:
    return after(START, number * HOUR)


def service(name: str, *members: Subject) -> Service:
    return Service(name, Text(name, name), "p1", "p1", AtLeast(len(members), tuple(map(Member, members)), "all"))


def device(name: str) -> Device:
    return Device(name, "server", ("192.0.2.1",), "office", "p1", "p1", AliveRule((AliveProbe("icmp"),)))


INVENTORY = Inventory(
    devices={name: device(name) for name in ("a", "b")},
    services={"erp": service("erp", A, B), "portal": service("portal", ERP)},
)
CONFIGURATION = Configuration(Instance("watch-1", "office"), INVENTORY, "/etc/wenyam")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Writer]:
    with closing(open_writer(tmp_path, FakeClock(START), "watch-1", ballast_bytes=0)) as writer:
        writer.register(dict.fromkeys((A, B, ERP, PORTAL), hours(-50)), hours(-50))
        for subject in (A, B):
            change(writer, subject, State.UP, hours(-50))
        yield writer


def change(writer: Writer, subject: Subject, state: State, at: Instant, told: tuple[str, str] = ("", "")) -> None:
    cause, summary = told
    before = next((each.state for each in writer.states().values() if each.subject == subject), State.UNKNOWN)
    row = StateChange(subject, before, state, at, at, summary, cause_code=cause)
    assert writer.apply([Transition(StateRecord(subject, state, at, soft_state=state), row)])


def inquiry(writer: Writer, configuration: Configuration = CONFIGURATION) -> Inquiry:
    writer.heartbeat(hours(30))
    return Inquiry(configuration, writer, open_account(configuration, writer, DAY, hours(30)))


def brief(found: list[Loss]) -> list[tuple[str, float, str, str, str]]:
    return [
        (
            loss.subject.name,
            (loss.outage.start - START) / 3_600_000,
            loss.cause_code.value,
            "" if loss.cause is None else loss.cause.name,
            loss.summary,
        )
        for loss in found
    ]


def test_each_outage_has_the_cause_of_the_change_that_began_it_and_services_point_at_who_failed(store: Writer) -> None:
    change(store, A, State.DOWN, hours(-2), ("power", "dark"))  # goes on into the period
    change(store, A, State.UP, hours(1))
    change(store, B, State.DOWN, hours(5), ("hardware_failure", "3 of 3 silent"))
    change(store, B, State.UP, hours(6))
    change(store, A, State.DOWN, hours(9), ("own_network_equipment", "said too late"))
    change(store, A, State.DOWN, hours(8), ("operator_or_cabling", "a plug"))  # decided later, and overrules
    asked = inquiry(store)
    found = losses(asked)
    assert brief(found) == [
        ("a", 0, "power", "", "dark"),
        ("erp", 0, "power", "a", "dark"),
        ("portal", 0, "power", "erp", "dark"),
        ("b", 5, "hardware_failure", "", "3 of 3 silent"),
        ("erp", 5, "hardware_failure", "b", "3 of 3 silent"),
        ("portal", 5, "hardware_failure", "erp", "3 of 3 silent"),
        ("a", 8, "operator_or_cabling", "", "a plug"),
        ("erp", 8, "operator_or_cabling", "a", "a plug"),
        ("portal", 8, "operator_or_cabling", "erp", "a plug"),
    ]
    for most in (1, 2, 4, 9, 200):
        assert newest_losses(asked, most) == (found[-most:], 9)


def test_planned_work_is_its_own_cause_whoever_was_meant(store: Writer) -> None:
    store.enter_windows([PlannedWindow("move", (B, ERP), None, hours(4), hours(7), None, "disks", "p1", hours(-5))], hours(-5))
    change(store, B, State.DOWN, hours(5))
    change(store, B, State.UP, hours(6))
    (erp,) = [loss for loss in losses(inquiry(store)) if loss.subject == ERP]
    assert (erp.cause_code, erp.cause) == (CauseCode.PLANNED, None)


def test_services_that_stand_on_each_other_have_a_last_cause_too(store: Writer) -> None:
    circle = {"erp": service("erp", PORTAL, A), "portal": service("portal", ERP)}
    change(store, A, State.DOWN, hours(5), ("operator_or_cabling", "a plug"))
    found = losses(inquiry(store, replace(CONFIGURATION, inventory=replace(INVENTORY, services=circle))))
    assert {loss.subject for loss in found} >= {A, ERP}


def test_a_period_without_outages_lists_none(store: Writer) -> None:
    assert newest_losses(inquiry(store), 200) == ([], 0)
