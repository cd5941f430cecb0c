"""Incidents in the reports: how many, how fast, what was too late; and the given cause in the outages of availability."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenyam.cli.main import main
from wenyam.incidents import breach, facts
from wenyam.incidents.incident import Category, Member, Origin, Party
from wenyam.incidents.pace import walked
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import Instant, after
from wenyam.model.states import State, Subject
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.incident_cases import at

OCTOBER = ("report", "month", "--period", "month:2026-10")
WEB_1, WEB_2 = Subject.parse("device:web-1/cpu"), Subject.parse("device:web-2")
AFTERWARDS = at("2026-11-01 10:00")
BEGAN = at("2026-10-20 08:00")
MINUTE = 60.0


def opened(code: str, when: Instant, **said: Any) -> Fact:
    usual: dict[str, Any] = {
        "origin": Origin.WATCHED, "category": Category.HARDWARE, "root": WEB_2, "title": "device:web-2", "site": "head-office",
        "severity": Severity.CRITICAL, "began": when,
    }  # fmt: skip
    return facts.opened(code, when, facts.TOOL, **(usual | said))


def acted(kind: str, code: str, when: Instant, what: str = "", **more: str | int | bool) -> Fact:
    return facts.acted(kind, code, when, "somchai", what, **more)


@pytest.fixture
def kept(site: Path) -> Path:
    """Return a site whose October holds a fault that was slow and handed off, a warning, a request and a breach."""
    good, later = at("2026-10-20 10:00"), at("2026-10-21 09:00")
    written = [
        opened("Q4RM", BEGAN, cause_code="power"),
        facts.members("Q4RM", BEGAN, [Member(WEB_2, State.DOWN, BEGAN, "no answer to icmp")]),
        acted(facts.ACKNOWLEDGED, "Q4RM", after(BEGAN, 10 * MINUTE)),
        facts.handed_off("Q4RM", at("2026-10-20 09:30"), "somchai", party=Party.CONTRACTOR, name="=Net Co", reference="NC-77"),
        facts.members("Q4RM", good, [Member(WEB_2, State.UP, good, "answers")]),
        facts.recovered("Q4RM", good, good),
        acted(facts.CAUSE, "Q4RM", later, "fibre_cut"),
        facts.tested("Q4RM", later, "somchai", "good", passed=True),
        acted(facts.HOW_TO, "Q4RM", later, "splice it"),
        acted(facts.CLOSED, "Q4RM", after(later, MINUTE)),
        opened("7HKD", at("2026-10-31 23:30"), severity=Severity.WARNING, root=WEB_1, title=str(WEB_1)),
        acted(facts.PERSONAL_DATA, "7HKD", at("2026-10-31 23:40"), "files", aware=at("2026-10-31 23:00")),
        opened("9JKC", at("2026-10-05 09:00"), origin=Origin.REQUEST, category=Category.REQUEST, root=None, title="new account"),
        acted(facts.ACKNOWLEDGED, "9JKC", at("2026-10-05 09:05")),
        opened("2BCD", at("2026-11-01 09:00")),
        facts.detailed("7HKD", AFTERWARDS, "somchai", {breach.REPORTED: "PDPC-1", breach.SETTLED_AT: AFTERWARDS}),
    ]  # fmt: skip
    writer = open_writer(site.parent / "state", FakeClock(BEGAN), "watch-1", ballast_bytes=0)
    for fact in written:
        writer.append(fact)
    writer.close()
    return site


@pytest.fixture
def report(kept: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str) -> str:
        assert main(["--config", str(kept), *OCTOBER, *words]) == 0
        return capsys.readouterr().out

    return run


Run = Callable[..., str]


def chapter(report: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report("--json"))["sections"]["incidents"]
    return found


def test_mean_times_are_by_severity_and_requests_stand_apart(report: Run) -> None:
    assert chapter(report)["speed"] == [
        {"what": "critical", "incidents": 1, "open": 0, "to_acknowledge": 600.0, "to_recover": 7200.0},
        {"what": "warning", "incidents": 1, "open": 1, "to_acknowledge": None, "to_recover": None},
        {"what": "service-request", "incidents": 1, "open": 1, "to_acknowledge": 300.0, "to_recover": None},
    ]


def test_causes_and_sites_are_counted_and_only_the_incidents_of_the_period(report: Run) -> None:
    found = chapter(report)
    assert found["by_cause"] == [{"cause": "fibre_cut", "incidents": 1}, {"cause": "unknown", "incidents": 1}]
    assert found["by_site"] == [{"site": "head-office", "incidents": 3}]
    assert [each["code"] for each in found["incidents"]] == ["Q4RM", "7HKD", "9JKC"]
    assert [each["state"] for each in found["incidents"]] == ["closed", "open", "open"]


def test_steps_that_took_too_long_are_told_with_how_long(report: Run) -> None:
    found = {(each["code"], each["step"]): each["late"] for each in chapter(report)["overdue"]}
    assert found["Q4RM", "find and fix"] == 1800.0, "an hour was allowed, it was handed off after one and a half"
    assert ("7HKD", "find and fix") not in found, "the month ended before its hour"
    assert found["9JKC", "deliver"] > 20 * 86_400, "it lasts"
    assert set(found) == {("Q4RM", "find and fix"), ("9JKC", "deliver")}


def test_hand_offs_and_breaches_are_listed_as_they_stood_at_the_end(report: Run) -> None:
    found = chapter(report)
    assert [(each["code"], each["party"], each["reference"], each["by"]) for each in found["hand_offs"]] == [
        ("Q4RM", "contractor", "NC-77", "somchai")
    ]
    assert [(each["code"], each["result"], each["due"]) for each in found["breaches"]] == [
        ("7HKD", "open", "2026-11-03T16:00:00.000Z")
    ]


def test_both_languages_say_it_and_no_cell_is_a_formula(report: Run) -> None:
    thai, english = report("--language", "th"), report("--language", "en")
    for said in ("ค้างอยู่เมื่อสิ้นงวด: 2", "เวลาเฉลี่ยจนกลับเป็นปกติ", "เหตุละเมิดข้อมูลส่วนบุคคล", "ตรวจหาและแก้ไข", "20 ต.ค. 2569"):
        assert said in thai
    for said in ("Open at the end: 2", "Mean time to recover", "Steps that took too long", "Breaches of personal data"):
        assert said in english
    rows = list(csv.reader(io.StringIO(report("--format", "csv", "--language", "en"))))
    assert any("'=Net Co" in row for row in rows)


def test_a_period_without_incidents_says_so(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(kept), "report", "month", "--period", "month:2026-09", "--language", "en"]) == 0
    text = capsys.readouterr().out
    assert "No incident." in text
    assert "Every step was in time." in text


def test_the_cause_a_person_gave_is_that_of_the_outage(report: Run) -> None:
    outages = json.loads(report("--json"))["sections"]["outages"]["outages"]
    assert [each["cause"] for each in outages if each["name"] == "web-2"] == ["fibre_cut"], "a check had proposed power"


def test_a_step_that_becomes_another_at_once_was_never_worked_on() -> None:
    known = [opened("Q4RM", BEGAN), acted(facts.CAUSE, "Q4RM", after(BEGAN, MINUTE), "power")]
    found = walked(known, IncidentRules(hosted={"head-office": "MOAC"}))
    assert [(each.step.name, each.ended) for each in found] == [("hand over to the hosting centre", None)]
