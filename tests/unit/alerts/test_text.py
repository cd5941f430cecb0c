"""What a message says: every title names state, what and where within its first 60 characters, in both languages."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest

from wenyam.alerts.outbox import Notice
from wenyam.alerts.text import TITLE_LENGTH, Writer, fitted
from wenyam.engine.board import Board
from wenyam.incidents.incident import Incident
from wenyam.incidents.intake import Intake
from wenyam.model.alerting import Event, Severity
from wenyam.model.inventory import Site, Text
from wenyam.model.states import State, Subject
from wenyam.testing.alerting import HOSTILE
from wenyam.testing.clock import FakeClock
from wenyam.testing.incident_cases import CORE, ERP, INVENTORY, RULES, THURSDAY, UPS, Case

LONGEST = 120


def incident(root: Subject = CORE, state: State = State.DOWN, code: str = "Q4RM") -> Incident:
    case = Case(code=code).opens(root)
    case.fails(root, state)
    return case.book.incidents[code]


def title(language: str, incidents: Sequence[Incident], event: Event = Event.OPENED, site: str = "") -> str:
    inventory = INVENTORY if not site else replace(INVENTORY, sites={"head": Site("head", Text(site, site))})
    parts = tuple(f"{each.code}:{event.value}:0" for each in incidents)
    notice = Notice("k", "hook", event, Severity.CRITICAL, (), parts, THURSDAY)
    return Writer(inventory, "test", "Asia/Bangkok", language, RULES).message(notice, incidents, (), THURSDAY).title


@pytest.mark.parametrize(
    ("language", "event", "expected"),
    [
        ("en", Event.OPENED, "✖ DOWN core-1 · Head office"),
        ("en", Event.WORSENED, "✖ DOWN core-1 · Head office · now critical"),
        ("en", Event.ESCALATED, "✖ DOWN core-1 · Head office · nobody has acknowledged"),
        ("en", Event.REPEATED, "✖ DOWN core-1 · Head office · still not acknowledged"),
        ("en", Event.FLAPPING, "✖ DOWN core-1 · Head office · comes and goes"),
        ("en", Event.RECOVERED, "✔ recovered core-1 · Head office"),
        ("en", Event.RETURNED, "✖ DOWN core-1 · Head office · failed again"),
        ("en", Event.OVERDUE, "✖ DOWN core-1 · Head office · overdue"),
        ("en", Event.SUMMARY, "✖ DOWN core-1 · Head office · summary"),
        ("th", Event.OPENED, "✖ ใช้งานไม่ได้ core-1 · สำนักงาน"),
        ("th", Event.RECOVERED, "✔ กลับมาใช้งานได้ core-1 · สำนักงาน"),
    ],
)
def test_titles(language: str, event: Event, expected: str) -> None:
    assert title(language, [incident()], event) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "· no longer watched core-1 · Head office"), ("th", "· ไม่ได้เฝ้าระวังแล้ว core-1 · สำนักงาน")]
)
def test_what_was_taken_out_of_the_configuration_while_it_was_down_has_not_recovered(language: str, expected: str) -> None:
    case = Case().opens().fails()
    Intake(case.book, INVENTORY, "head", 600.0).drop(Board(FakeClock(), {}), THURSDAY)
    assert title(language, [case.book.incidents[case.code]], Event.RECOVERED) == expected


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("harm", HOSTILE.values(), ids=HOSTILE)
def test_no_name_and_no_place_pushes_the_others_out_of_sight(language: str, event: Event, harm: str) -> None:
    long = incident(Subject.parse(f"external:{harm}/alert"), State.CRIT)
    for incidents in ([long], [long, incident(UPS, State.CRIT, "7HKD")]):
        said = title(language, incidents, event, site=harm)
        seen = said[:TITLE_LENGTH].split(" · ")
        assert len(said) <= LONGEST
        assert len(seen) >= 2
        assert all(part.strip() for part in seen[:2])
        assert "\n" not in said


def test_several_incidents_are_counted_and_the_first_is_named() -> None:
    assert title("en", [incident(), incident(UPS, State.CRIT, "7HKD")]) == "✖ DOWN 2 incidents: core-1 · Head office"


def test_a_service_is_called_by_its_label_and_a_check_by_its_name() -> None:
    assert title("th", [incident(ERP)]) == "✖ ใช้งานไม่ได้ อีอาร์พี · สำนักงาน"
    assert title("en", [incident(UPS, State.CRIT)]) == "✖ CRIT ups-1 on-battery · Head office"


@pytest.mark.parametrize(
    ("subject", "english", "thai"),
    [
        ("job:erp/proven", "CRIT erp: proof by a restore", "วิกฤต erp: การพิสูจน์ด้วยการกู้คืน"),
        ("job:erp/copy-dr", "CRIT erp: copy at dr", "วิกฤต erp: สำเนาที่ dr"),
        ("job:verify-main/verified", "CRIT main: reading back", "วิกฤต main: การอ่านทวนข้อมูล"),
        ("job:envelope/envelope", "CRIT sealed envelope", "วิกฤต ซองปิดผนึก"),
        ("job:dr-erp/rehearsed", "CRIT dr-erp: rehearsal", "วิกฤต dr-erp: ทดสอบความพร้อม"),
        ("monitor:configuration/valid", "CRIT new configuration", "วิกฤต การตั้งค่าใหม่"),
        ("monitor:channel-line/delivering", "CRIT channel line", "วิกฤต ช่องทาง line"),
        ("monitor:channel-line/self-test", "CRIT self-test of channel line", "วิกฤต การทดสอบตัวเองของช่องทาง line"),
        ("monitor:peer-dr/answers", "CRIT peer-dr: answer", "วิกฤต peer-dr: การตอบ"),
        ("device:ups-1/on-battery", "CRIT ups-1 on-battery", "วิกฤต ups-1 ใช้ไฟแบตเตอรี่"),
        ("device:files-1/of-ours", "CRIT files-1 of-ours", "วิกฤต files-1 of-ours"),
        ("external:fan:x/alert", "CRIT fan:x alert", "วิกฤต fan:x alert"),
    ],
)
def test_no_title_says_the_opposite_by_the_name_of_its_check(subject: str, english: str, thai: str) -> None:
    one = [incident(Subject.parse(subject), State.CRIT)]
    assert title("en", one).partition(" · ")[0] == f"✖ {english}"
    assert title("th", one).partition(" · ")[0] == f"✖ {thai}"


def body(subject: str, event: Event = Event.OPENED, people: Sequence[str] = (), silent: Sequence[str] = ()) -> list[str]:
    one = incident(Subject.parse(subject), State.CRIT)
    notice = Notice("k", "hook", event, Severity.CRITICAL, (), (f"{one.code}:{event.value}:0",), THURSDAY)
    known = {Subject.parse("job:erp/proven"): Text("พิสูจน์", "Prove it: wenyam restore test erp")}
    writer = Writer(INVENTORY, "test", "Asia/Bangkok", "en", RULES, first_step=known.get)
    return writer.message(notice, [one], people, THURSDAY, silent).body.splitlines()


def test_what_no_inventory_holds_has_a_first_step_too() -> None:
    assert "First step: Prove it: wenyam restore test erp" in body("job:erp/proven")
    assert not any(line.startswith("First step") for line in body("job:erp/size"))


def test_a_device_is_named_as_commands_take_it_and_with_its_address() -> None:
    address = INVENTORY.devices["ups-1"].address
    assert f"ups-1/on-battery · {address}" in body("device:ups-1/on-battery")
    assert f"ups-1 · {address}" in body("device:ups-1")


def test_who_is_called_instead_of_somebody_hears_who_did_not_answer() -> None:
    said = body("device:ups-1", Event.ESCALATED, ["Wichai"], ["Malee 02 000 0002"])
    assert said[-3:-1] == ["On duty, without an answer: Malee 02 000 0002", "Told now: Wichai"]
    assert body("device:ups-1", people=["Malee"])[-2] == "On duty: Malee"


def test_what_is_cut_never_begins_a_title_with_a_mark_of_the_letter_before_it() -> None:
    said = fitted("✖ DOWN ", "ที่" * 60, " · ที่ตั้ง")
    assert len(said) <= TITLE_LENGTH
    assert said.endswith("… · ที่ตั้ง")
    assert not unicodedata.combining(said[0])


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("device:core-1/fans", "พัดลม 2 ล้มเหลว"),
        ("device:core-1/alert:Fan", "fan 2 failed"),
        ("external:fan:x/alert", "fan 2 failed"),
    ],
)
def test_what_a_check_found_is_told_in_thai_and_what_others_wrote_is_not(root: str, said: str) -> None:
    subject = Subject.parse(root)
    case = Case().opens(subject)
    case.fails(subject, State.CRIT, "fan 2 failed")
    notice = Notice("k", "hook", Event.OPENED, Severity.CRITICAL, (), (f"{case.code}:opened:0",), THURSDAY)
    message = Writer(INVENTORY, "test", "Asia/Bangkok", "th", RULES).message(notice, [case.incident], (), THURSDAY)
    assert said in message.body.splitlines()
