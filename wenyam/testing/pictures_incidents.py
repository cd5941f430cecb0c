"""Incidents, events and duties as the dashboard sees them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from wenyam.model.alerting import Severity
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Text
from wenyam.model.oncall import Layer, OnCallPlan, Rota
from wenyam.model.states import State, Subject
from wenyam.operations.events import Event
from wenyam.operations.incident_data import incident_data
from wenyam.operations.oncall import Roster, roster_of
from wenyam.testing.incident_cases import INVENTORY, RULES, Case
from wenyam.testing.pictures import NOW
from wenyam.tui.parts.incidents import row

CODE = "Q4RM"
BEGAN = after(NOW, -2_000)


def case() -> Case:
    """Return an incident of a core switch that was acknowledged, noted and handed to the contractor; and a smaller one."""
    held = Case(now=BEGAN).opens(title="core-1 is down: no answer to icmp, tcp:22").fails()
    later = replace(held, now=after(BEGAN, 1500))
    later.does("acknowledge", "on my way")
    later.does("note", "no light on either supply")
    later.does("cause", "power")
    small = replace(held, code="AB12", now=after(BEGAN, 600))
    small.opens(None, severity=Severity.WARNING, title="files-1: /data is 88 % full").fails(
        Subject.parse("device:files-1/disk"), State.WARN
    )
    return later


def heads() -> tuple[Mapping[str, Any], ...]:
    """Return both as a list has them."""
    held, now = case(), after(BEGAN, 2_000)
    return tuple(row(each, _configuration(), now) for each in held.book.incidents.values())


def one() -> Mapping[str, Any]:
    """Return everything about the larger one."""
    held = case()
    return incident_data(held.incident, _configuration(), held.book, after(BEGAN, 2_000))


def _configuration() -> Configuration:
    return Configuration(Instance("prachin", "head"), INVENTORY, "/etc/wenyam", incidents=RULES)


def events() -> tuple[Event, ...]:
    """Return a recovery, a failure, and what a person did between them."""
    return (
        Event(after(NOW, -60), "device:core-1", "", State.DOWN, State.UP, "answers to icmp", 12),
        Event(after(NOW, -400), "incident-acknowledged", "somchai", summary="Q4RM · on my way", sequence=7),
        Event(after(NOW, -754), "device:core-1", "", State.UP, State.DOWN, "no answer to icmp, tcp:22: 3 of 3", 11),
    )


def roster(at: Instant = NOW) -> Roster:
    """Return a rota of two who take turns, and a second one to call."""
    first, second = Layer(("somchai", "anong"), date(2026, 11, 2)), Layer(("anong", "somchai"), date(2026, 11, 2))
    rota = Rota("room", Text("เวรห้องเครื่อง", "Machine room"), (first, second))
    return roster_of(OnCallPlan({"room": rota}), at)
