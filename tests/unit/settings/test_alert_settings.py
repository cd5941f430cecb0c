"""Channels and routes as they are written, read back as the model; and the page of proofs names tests that are there."""

import re
import shutil
from pathlib import Path

import pytest

from wenyam.model.alerting import AlertPlan, EscalationStep, Route, RouteMatch, Severity
from wenyam.model.states import Subject
from wenyam.settings.loader import load
from wenyam.settings.starter import write_starter

REPOSITORY = Path(__file__).parents[3]
EVERYTHING = REPOSITORY / "tests" / "cases" / "configuration-good" / "everything"
PROOFS = (REPOSITORY / "docs" / "reference" / "alert-proofs.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> AlertPlan:
    folder = tmp_path_factory.mktemp("good") / "everything"
    shutil.copytree(EVERYTHING, folder)
    return load(folder).alerts


def test_a_channel_is_what_was_written_and_what_was_not_is_its_default(plan: AlertPlan) -> None:
    line, mail = plan.channels["line-team"], plan.channels["mail"]
    assert (line.kind, line.language, line.severities) == ("line", "th", (Severity.CRITICAL,))
    assert (line.digest, line.cap_per_hour, line.self_test) == ("every day 08:30", 10, "every mon 09:00")
    assert (line.fallback, line.fallback_after) == ("mail", 180.0)
    assert (mail.severities, mail.digest, mail.cap_per_hour) == ((Severity.CRITICAL, Severity.WARNING), None, 30)
    assert (mail.fallback, mail.fallback_after, mail.self_test) == (None, 300.0, None)
    assert plan.channels["other-monitoring"].options.format == "alertmanager"
    assert (plan.group_wait, plan.reopen_within) == (5.0, 600.0)


def test_routes_keep_their_order_and_steps_what_they_say(plan: AlertPlan) -> None:
    assert plan.routes[0] == Route(
        "nights",
        RouteMatch(
            severities=(Severity.CRITICAL,),
            kinds=("switch", "server", "service"),
            sites=("head-office",),
            services=("dns",),
            subjects=(Subject.parse("service:dns"),),
            hours="18:00-08:30",
        ),
        (
            EscalationStep(0.0, ("duty_officer",), ("line-team",)),
            EscalationStep(900.0, ("owner", "role:superior"), ("line-team", "mail")),
        ),
        repeat=3600.0,
    )
    assert [route.name for route in plan.routes] == ["nights", "everything"]
    assert plan.routes[1].match == RouteMatch()


def test_without_routes_everybodys_duty_officer_hears_of_everything_through_every_channel(tmp_path: Path) -> None:
    write_starter(tmp_path)
    hook = "channels: {hook: {kind: webhook, url: 'https://192.0.2.9/'}, second: {kind: webhook, url: 'https://192.0.2.8/'}}\n"
    (tmp_path / "channels.yaml").write_text(hook, encoding="utf-8")
    (route,) = load(tmp_path).alerts.routes
    assert (route.match, route.steps) == (RouteMatch(), (EscalationStep(0.0, ("duty_officer",), ("hook", "second")),))


def test_every_file_of_tests_that_the_page_of_proofs_names_is_there() -> None:
    named = set(re.findall(r"`((?:unit/|tests/)?[\w/]*test_\w+\.py)", PROOFS))
    assert len(named) > 30
    tests = REPOSITORY / "tests"
    places = {"unit/": tests, "tests/": REPOSITORY}
    missing = [name for name in named if not _place(name, places, tests / "integration").is_file()]
    assert missing == []


def _place(name: str, places: dict[str, Path], otherwise: Path) -> Path:
    return next((place / name for start, place in places.items() if name.startswith(start)), otherwise / name)
