"""Incidents over the real control socket and store: opened, handed off, tested, closed, exported, and read without a watcher."""

import asyncio
import grp
import json
import os
import pwd
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from wenyam.cli.main import main
from wenyam.clock import SystemClock
from wenyam.errors import WenyamError
from wenyam.incidents import facts
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Category, Member, Origin
from wenyam.links.control import ControlServer, ask
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instance import Configuration
from wenyam.model.instants import after
from wenyam.model.states import State, Subject
from wenyam.operations.actor import person_of
from wenyam.operations.incidents import incident_actions
from wenyam.operations.status import socket_path
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter

pytestmark = pytest.mark.real

CONFIGURATION = """
instance: {name: watch-1, site: head, language: en, state_directory: STATE, run_directory: RUN, operators_group: GROUP}
sites: {head: {label: {th: สำนักงานใหญ่, en: Head office}, hosting_centre: MOAC data centre}}
people:
  somchai: {name: {th: สมชาย, en: Somchai}, os_user: USER}
  malee: {name: {th: มาลี, en: Malee}}
defaults: {owner: somchai, duty_officer: somchai}
devices:
  core-1:
    kind: switch
    address: 192.0.2.1
    contract: {contractor: Net Co, reference: C-1/2569, telephone: "02 111 1111"}
  files-1: {kind: server, address: 192.0.2.2, personal_data: true}
  ups-1: {kind: ups, address: 192.0.2.3}
"""
CORE, FILES = Subject.parse("device:core-1"), Subject.parse("device:files-1")


@dataclass
class Desk:
    """Whoever owns the book: a store's writer, and a control socket in front of the real actions."""

    configuration: Configuration
    clock: SystemClock
    writer: SqliteWriter
    book: Book = field(default_factory=Book)

    async def record(self, found: Sequence[Fact]) -> None:
        self.writer.advance("alerts", 0, list(found))
        for fact in found:
            self.book.adopt(fact)

    def fails(self, code: str, subject: Subject, *others: Subject) -> None:
        """Put an incident on record as the intake does."""
        now = self.clock.now()
        opened = facts.opened(
            code, now, facts.TOOL, origin=Origin.WATCHED, category=Category.HARDWARE, root=subject, title=str(subject),
            site="head", severity=Severity.CRITICAL, began=after(now, -30),
        )  # fmt: skip
        members = [Member(each, State.DOWN, now, "no answer to icmp within 1 s") for each in (subject, *others)]
        asyncio.run(self.record([opened, facts.members(code, now, members)]))

    def recovers(self, code: str, *subjects: Subject) -> None:
        now = self.clock.now()
        members = [Member(each, State.UP, now, "answers") for each in subjects]
        asyncio.run(self.record([facts.members(code, now, members), facts.recovered(code, now, now)]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder, state, run = tmp_path / "configuration", tmp_path / "state", tmp_path / "run"
    for each in (folder, state, run):
        each.mkdir(mode=0o700)
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    text = CONFIGURATION.replace("STATE", str(state)).replace("RUN", str(run)).replace("USER", user).replace("GROUP", group)
    (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    """Yield a desk that answers on the control socket from a thread of its own."""
    configuration = load(folder)
    writer = open_writer(Path(configuration.instance.state_directory), SystemClock(), "watch-1", ballast_bytes=0)
    made = Desk(configuration, SystemClock(), writer)
    ready, stops = Event(), list[Callable[[], object]]()

    async def serve() -> None:
        actions = incident_actions(made)

        async def handle(user: int, request: dict[str, Any]) -> dict[str, Any]:
            return await actions[str(request["action"])](person_of(configuration.inventory, user), request)

        server = ControlServer(socket_path(configuration), configuration.instance.operators_group, handle)
        await server.start()
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await stop.wait()
        await server.stop()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield made
    stops[0]()
    thread.join(10)
    with suppress(WenyamError):
        writer.close()


Run = Callable[..., str]


@pytest.fixture
def wenyam(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `wenyam incident …` and gives its stdout, or its stderr when another code is expected."""

    def run(*words: str, code: int = 0) -> str:
        assert main(["--config", str(folder), "incident", *words]) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return run


def data(wenyam: Run, code: str) -> dict[str, Any]:
    shown = json.loads(wenyam("show", code, "--json"))
    assert shown["version"] == 1
    found: dict[str, Any] = shown["incident"]
    return found


def test_a_fault_is_taken_handed_off_repaired_tested_and_closed(desk: Desk, wenyam: Run) -> None:
    desk.fails("Q4RM", CORE, FILES)
    assert "device:core-1" in wenyam("list")
    said = wenyam("ack", "q4rm", "on my way")
    assert re.fullmatch(r"Q4RM: device:core-1: now find and fix, due \d+ [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\n", said)
    assert wenyam("ack", "Q4RM") == "Q4RM: device:core-1: was so already\n"
    assert data(wenyam, "Q4RM")["acknowledged"]["by"] == "somchai", "the kernel's user, not a field"
    assert "Proposed: contractor Net Co 02 111 1111 (contract C-1/2569 covers it)" in wenyam("show", "Q4RM")
    assert "now call the contractor" in wenyam("hand-off", "Q4RM", "contractor")
    assert "now repair by the contractor" in wenyam("hand-off", "Q4RM", "contractor", "--reference", "NC-77")
    refused = wenyam("close", "Q4RM", code=1)
    for needed in ("everything good again", "a test that passed", "a cause code", "a how-to note"):
        assert needed in refused
    desk.recovers("Q4RM", CORE, FILES)
    wenyam("cause", "Q4RM", "hardware_failure")
    wenyam("test", "Q4RM", "fail", "one uplink is slow")
    assert data(wenyam, "Q4RM")["step"]["name"] == "repair by the contractor"
    wenyam("test", "Q4RM", "pass", "all uplinks at 10 Gb/s")
    wenyam("how-to", "Q4RM", "swap the supervisor card\nthen load the saved configuration")
    assert wenyam("close", "Q4RM", "announced") == "Q4RM: device:core-1: closed\n"
    assert wenyam("list") == "No incident is open.\n"
    assert "Q4RM" in wenyam("list", "--all")
    assert desk.writer.verify().problem == ""


def test_the_next_incident_of_the_kind_shows_the_note_of_the_last(desk: Desk, wenyam: Run) -> None:
    desk.fails("Q4RM", CORE)
    desk.recovers("Q4RM", CORE)
    wenyam("how-to", "Q4RM", "swap the supervisor card")
    desk.fails("7HKD", CORE)
    assert "Last time (Q4RM): swap the supervisor card" in wenyam("show", "7HKD")
    assert data(wenyam, "7HKD")["earlier"]["code"] == "Q4RM"


def test_a_service_request_is_opened_with_its_form_and_its_person_can_be_erased(desk: Desk, wenyam: Run) -> None:
    form = ("--requester", "คุณวิภา", "--unit", "บัญชี", "--asked", "สิทธิ์ระบบ ERP", "--telephone", "1234", "--wanted-by", "พรุ่งนี้")
    assert "needs requester, unit" in wenyam("open", "--request", "--asked", "x", code=1)
    assert "add --request" in wenyam("open", "--unit", "x", code=2)
    code = wenyam("open", "--request", *form).split(":")[0]
    assert "Requested by: คุณวิภา" in wenyam("show", code)
    assert data(wenyam, code)["step"]["name"] == "classify and record"
    numbers = desk.writer.personal_with("คุณวิภา")
    assert desk.writer.erase_personal(numbers, desk.clock.now(), "somchai", "asked to") > 0
    assert "คุณวิภา" not in wenyam("show", code) + wenyam("export", code, "--json")
    assert desk.writer.verify().problem == ""


def test_an_incident_by_hand_is_closed_by_those_who_saw_it(desk: Desk, wenyam: Run) -> None:
    opened = json.loads(wenyam("open", "--title", "กลิ่นไหม้ในห้อง", "--severity", "critical", "--json"))
    code = opened["incident"]["code"]
    assert (opened["version"], opened["changed"], opened["incident"]["origin"]) == (1, True, "by-hand")
    for words in (("fixed", code, "old adapter removed"), ("test", code, "pass", "no smell"), ("cause", code, "hardware_age")):
        wenyam(*words)
    wenyam("how-to", code, "check adapters each year")
    assert "closed" in wenyam("close", code)
    assert desk.book.open() == []


def test_a_breach_of_personal_data_has_its_clock_its_factors_and_its_report(desk: Desk, wenyam: Run) -> None:
    desk.fails("Q4RM", FILES)
    assert "is this a breach?" in wenyam("show", "Q4RM")
    assert "is not flagged" in wenyam("personal-data", "Q4RM", "--set", "nature", "x", code=1)
    wenyam("personal-data", "Q4RM", "--flag", "personnel files cannot be reached")
    clock = data(wenyam, "Q4RM")["personal_data"]["clock"]
    assert 71.9 * 3600 < clock["remaining_seconds"] <= 72 * 3600
    assert "report of the personal-data breach: due" in wenyam("show", "Q4RM")
    factors = ("data_type", "volume", "identification", "severity", "special_people", "people", "controller")
    names = (*factors, "nature", "contact", "consequences", "measures")
    wenyam("personal-data", "Q4RM", *(word for name in names for word in ("--set", name, f"{name} in words")))
    wenyam("personal-data", "Q4RM", "--reported", "PDPC-1/2569")
    found = data(wenyam, "Q4RM")["personal_data"]
    assert (found["clock"], found["reported"], len(found["factors"]), len(found["parts"])) == (None, "PDPC-1/2569", 7, 4)
    assert "contact in words" not in str([fact.text for fact in desk.writer.facts_after(0, facts.KINDS)])


def test_an_export_is_readable_without_the_watcher_in_thai_with_its_own_years(desk: Desk, wenyam: Run, tmp_path: Path) -> None:
    desk.fails("Q4RM", CORE)
    wenyam("note", "Q4RM", "ตรวจแล้ว ไฟเข้า\x1b[31m")
    desk.writer.close()
    file = tmp_path / "incident.txt"
    wenyam("export", "Q4RM", "--language", "th", "--output", str(file))
    text = file.read_text(encoding="utf-8")
    year = 543 + int(data(wenyam, "Q4RM")["opened"][:4])
    for said in ("เหตุ Q4RM: device:core-1", f" {year} ", "ตรวจแล้ว ไฟเข้า", "ขั้นตอนการปฏิบัติงาน", "สำนักงานใหญ่"):
        assert said in text
    assert "\x1b" not in text
    assert str(year - 543) not in text
    memo = wenyam("export", "Q4RM", "--memo", "--language", "th")
    for said in ("บันทึกข้อความ", "เรียน: Net Co", "C-1/2569", "no answer to icmp", "ตรวจแล้ว ไฟเข้า"):
        assert said in memo
    assert "a memo is text" in wenyam("export", "Q4RM", "--memo", "--json", code=2)


def test_a_memo_goes_to_procurement_where_no_contract_covers_it(desk: Desk, wenyam: Run) -> None:
    desk.fails("Q4RM", FILES)
    memo = wenyam("export", "Q4RM", "--memo")
    assert "Recipient: Procurement\n" in memo
    assert "Request for procurement of a repair: device:files-1" in memo


def test_what_cannot_be_done_is_told_and_changes_nothing(desk: Desk, wenyam: Run) -> None:
    desk.fails("Q4RM", CORE)
    before = desk.writer.head()
    assert "there is no incident 'ZZZZ'" in wenyam("show", "ZZZZ", code=2)
    assert "there is no incident 'ZZZZ'" in wenyam("ack", "ZZZZ", code=2)
    assert "there is no person 'nobody'" in wenyam("assign", "Q4RM", "nobody", code=2)
    assert "--since: 2569-11-26 looks like a Buddhist-era year" in wenyam("open", "--title", "x", "--since", "2569-11-26", code=2)
    for request, said in (
        ({"act": "burn", "code": "Q4RM"}, "unknown act 'burn'"),
        ({"act": "ack"}, "needs a text 'code'"),
        ({"act": "ack", "code": 7}, "needs a text 'code'"),
        ({"act": "open", "title": "x", "severity": "huge"}, "there is no severity 'huge'"),
        ({"act": "open", "request": ["x"]}, "'request' must be texts by name"),
        ({"act": "personal-data", "code": "Q4RM", "set": {"nature": 7}}, "'set' must be texts by name"),
    ):
        assert said in ask(socket_path(desk.configuration), {"action": "incident", **request})["error"]
    assert desk.writer.head() == before


def test_without_a_watcher_nothing_is_written_and_the_reason_is_told(folder: Path, wenyam: Run) -> None:
    state = folder.parent / "state"
    open_writer(state, SystemClock(), "watch-1", ballast_bytes=0).close()
    assert wenyam("list") == "No incident is open.\n"
    assert "The watcher does not answer" in wenyam("ack", "Q4RM", code=1)


def test_acts_that_come_together_are_judged_one_after_the_other(desk: Desk) -> None:
    desk.fails("Q4RM", CORE)
    path = socket_path(desk.configuration)
    answers: list[dict[str, Any]] = []
    request = {"action": "incident", "act": "ack", "code": "Q4RM"}
    threads = [Thread(target=lambda: answers.append(ask(path, request))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(answers) == len(threads)
    assert sum(answer["changed"] for answer in answers) == 1
    assert len(desk.writer.facts_after(0, [facts.ACKNOWLEDGED])) == 1


def test_an_act_that_cannot_be_written_is_an_error_and_not_in_the_book(desk: Desk) -> None:
    desk.fails("Q4RM", CORE)
    desk.writer.close()
    answer = ask(socket_path(desk.configuration), {"action": "incident", "act": "ack", "code": "Q4RM"})
    assert "error" in answer
    assert desk.book.incidents["Q4RM"].acknowledged is None
