"""Which route an incident takes, and who the words of a step mean."""

from dataclasses import replace

import pytest

from wenyam.alerts.routing import Directory, services_of, within_hours
from wenyam.incidents.incident import Incident
from wenyam.model.alerting import AlertPlan, EscalationStep, Route, RouteMatch, Severity
from wenyam.model.instants import Instant
from wenyam.model.inventory import Person, ReadPlan, Text
from wenyam.model.states import State, Subject
from wenyam.testing.incident_cases import CORE, ERP, INVENTORY, THURSDAY, Case, at

STEPS = (EscalationStep(0.0, ("owner",), ("hook",)),)
PEOPLE = {
    name: Person(name, Text(name, name), roles=roles)
    for name, roles in (("somchai", ("operator",)), ("malee", ("superior",)), ("anong", ("superior", "auditor")))
}
HOUSE = replace(INVENTORY, people=PEOPLE)


def on_duty(rota: str, now: Instant) -> list[str]:
    return ["malee"] if rota == "network" and now == THURSDAY else ["gone"]


DIRECTORY = Directory(HOUSE, on_duty, "Asia/Bangkok")


def incident(root: Subject | None = CORE, *members: Subject, severity: Severity = Severity.CRITICAL) -> Incident:
    case = Case().opens(root, severity=severity)
    for subject in (*([] if root is None else [root]), *members):
        case.fails(subject, State.WARN if severity is Severity.WARNING else State.DOWN)
    return case.book.incidents[case.code]


@pytest.mark.parametrize(
    ("hours", "time", "inside"),
    [
        ("08:30-16:30", "08:29", False),
        ("08:30-16:30", "08:30", True),
        ("08:30-16:30", "16:30", False),
        ("18:00-08:30", "23:59", True),
        ("18:00-08:30", "00:00", True),
        ("18:00-08:30", "08:29", True),
        ("18:00-08:30", "08:30", False),
        ("18:00-08:30", "12:00", False),
        ("00:00-00:00", "12:00", True),
    ],
)
def test_hours_are_meant_in_the_instances_zone_and_may_cross_midnight(hours: str, time: str, *, inside: bool) -> None:
    assert within_hours(hours, at(f"2026-11-26 {time}"), "Asia/Bangkok") is inside


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("owner", "duty_officer", "somchai"), ("somchai",)),
        (("role:superior", "somchai", "malee"), ("malee", "anong", "somchai")),
        (("oncall:network",), ("malee",)),
        (("oncall:other",), ()),
        (("nobody",), ()),
        (("role:nothing",), ()),
    ],
)
def test_words_mean_people_each_once_and_only_those_that_are_known(words: tuple[str, ...], meant: tuple[str, ...]) -> None:
    assert DIRECTORY.people(words, incident(), THURSDAY) == meant


def test_what_has_no_owner_names_nobody_by_that_word() -> None:
    assert DIRECTORY.people(("owner", "malee"), incident(Subject.parse("monitor:clock/step")), THURSDAY) == ("malee",)
    assert DIRECTORY.people(("owner",), incident(None), THURSDAY) == ()


def test_what_nobody_is_named_for_is_for_the_duty_officers_of_those_it_concerns() -> None:
    devices = tuple(HOUSE.devices.values())
    read = ReadPlan("ssh", "ssh", 60.0, 5.0, None, credential="fleet")
    given = {device.name: replace(device, duty_officer="anong") for device in devices}
    user = replace(devices[0], name="user", duty_officer="malee", reads=(read,), site="elsewhere")
    directory = Directory(replace(HOUSE, devices={**given, "user": user}), on_duty, "Asia/Bangkok")
    assert directory.answerable(incident(Subject.parse("credential:fleet/login"))) == ("malee",)
    assert directory.answerable(incident(Subject.parse("monitor:clock/step"))) == ("anong",)
    assert directory.answerable(incident(None))[0] == "anong"


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        (RouteMatch(), True),
        (RouteMatch(severities=(Severity.WARNING,)), False),
        (RouteMatch(kinds=("switch",)), True),
        (RouteMatch(kinds=("device",)), True),
        (RouteMatch(kinds=("server", "service")), False),
        (RouteMatch(sites=("dr",)), False),
        (RouteMatch(services=("erp",)), True),
        (RouteMatch(services=("mail",)), False),
        (RouteMatch(subjects=(CORE,)), True),
        (RouteMatch(subjects=(Subject.parse("device:old-1"),)), False),
        (RouteMatch(hours="18:00-08:30"), False),
        (RouteMatch(kinds=("switch",), hours="08:30-18:00"), True),
    ],
)
def test_a_route_is_taken_when_everything_it_asks_for_is_so(match: RouteMatch, *, taken: bool) -> None:
    plan = AlertPlan(routes=(Route("asked", match, STEPS),))
    assert (DIRECTORY.route(plan, incident(CORE, ERP), THURSDAY) is not None) is taken


def test_the_first_route_that_matches_is_taken() -> None:
    plan = AlertPlan(
        routes=(Route("no", RouteMatch(sites=("dr",)), STEPS), Route("a", RouteMatch(), STEPS), Route("b", RouteMatch(), STEPS))
    )
    route = DIRECTORY.route(plan, incident(), THURSDAY)
    assert route is not None
    assert route.name == "a"


def test_services_inside_an_incident_are_each_named_once() -> None:
    assert services_of(incident(CORE, ERP, Subject.parse("service:erp/login"))) == ("erp",)
