"""People in a run: told by real mail, agreeing and testing with real signatures, deciding about failures, giving up."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wenyam.clock import SystemClock
from wenyam.dr import facts
from wenyam.dr.course import Course, Stage, Undoing
from wenyam.dr.journal import every_course
from wenyam.dr.ledger import ledger_of
from wenyam.engine import added_windows
from wenyam.incidents import announcements
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Mode
from wenyam.operations import recoveries
from wenyam.operations.approvals import Signing, waiting_step
from wenyam.operations.decisions import abort, bench_of, decide
from wenyam.operations.recoveries import Command, Wish
from wenyam.settings.loader import load
from wenyam.store.locks import short_lock
from wenyam.store.sqlite import open_reader
from wenyam.testing.mail_server import MailServer
from wenyam.testing.recovery_plans import PLAN, committee_keys, dr, start, write_configuration
from wenyam.testing.signing import sign

pytestmark = pytest.mark.real
PATIENCE = 20.0
BACK = {"do": "manual", "with": {"text": "plug it in"}}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return committee_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer(security="none") as server:
        yield server


@dataclass
class Hall:
    """A plan that is run in this process, while others write decisions and signatures."""

    folder: Path
    keys: Path
    command: Command
    told: list[str] = field(default_factory=list)

    @property
    def course(self) -> Course:
        return list(every_course(self.command.writer).values())[-1]

    async def until(self, wanted: Callable[[Course], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not (every_course(self.command.writer) and wanted(self.course)):
                await self.command.post.clock.sleep(0.02)

    async def stage(self, step: str, stage: Stage) -> None:
        await self.until(lambda course: course.mode is not Mode.REHEARSAL and course.step(step).stage is stage)

    def decide(self, step: str, decision: str, reason: str = "because") -> None:
        decide(self.command.writer, self._bench, step, decision, reason)

    def abort(self) -> None:
        abort(self.command.writer, self._bench, "enough")

    async def sign(self, step: str, by: str, reason: str = "", **more: Any) -> None:
        signing = Signing(self._bench, waiting_step(self._bench, step), **more)
        content = str(signing.text(reason)).encode()
        signature = await asyncio.to_thread(sign, self.keys / by, content)
        await signing.take(self.command.writer, content, signature)

    @property
    def _bench(self) -> Any:
        return bench_of(load(self.folder), SystemClock(), "somchai", self.command.writer, PLAN)


@asynccontextmanager
async def hall(folder: Path, keys: Path) -> AsyncIterator[Hall]:
    told: list[str] = []
    async with recoveries.opened(load(folder), SystemClock(), "somchai", say=told.append) as command:
        assert (await command.begin(Wish(PLAN, Mode.REHEARSAL))).verdict is Verdict.PASS, told
        yield Hall(folder, keys, command, told)


def with_mail(server: MailServer) -> dict[str, Any]:
    relay = {"host": server.address, "port": server.port, "security": "none"}
    return {"channels": {"mail": {"kind": "mail", "sender": "wenyam@example.org", "relays": [relay]}}}


async def test_a_drill_with_its_people_from_the_first_message_to_the_users_signature(
    tmp_path: Path, keys: Path, mail: MailServer
) -> None:
    steps: list[dict[str, Any]] = [
        {"id": "tell", "do": "report_to", "with": {"to": ["role:dr_committee"], "action": "เปิดศูนย์สำรอง"}},
        {"id": "agree", "do": "approve"},
        {"id": "plug", "do": "manual", "with": {"text": "ถอดสาย"}, "undo": BACK, "evidence": ["ภาพถ่าย"]},
        {"id": "users", "do": "user_test", "with": {"representatives": ["nid"]}},
        {
            "id": "say",
            "do": "announce",
            "with": {"to": ["owner", "nid"], "text": {"th": "ซ้อมเสร็จแล้ว", "en": "the drill is over"}},
        },
    ]
    folder = write_configuration(tmp_path / "c", steps, keys=keys, more=with_mail(mail), plan={"touches": ["erp-db"]}, mail=True)
    mail.mails.clear()
    async with hall(folder, keys) as found:
        running = asyncio.create_task(found.command.begin(Wish(PLAN, Mode.DRILL, "ไฟดับทั้งอาคาร")))
        await found.stage("agree", Stage.RUNNING)
        (reported,) = mail.mails
        assert sorted(reported.recipients) == ["anong@example.org", "malee@example.org", "wichai@example.org"]
        assert "Drill, nothing real happens" in str(reported.mail["subject"])
        assert "Cause: ไฟดับทั้งอาคาร\nAction: เปิดศูนย์สำรอง" in reported.text
        await found.sign("agree", "malee")
        await found.sign("agree", "anong")
        await found.stage("plug", Stage.RUNNING)
        window = [each.fact.kind for each in found.command.writer.facts_after(0, added_windows.KINDS)]
        assert window == [added_windows.ADDED]
        found.decide("plug", "done")
        await found.stage("users", Stage.RUNNING)
        await found.sign("users", "nid", "ครบถ้วน")
        await found.until(lambda course: course.step("plug").undoing is Undoing.RUNNING)
        found.decide("plug", "done", "plugged in again")
        course = await running
        window = [each.fact.kind for each in found.command.writer.facts_after(0, added_windows.KINDS)]
        assert window == [added_windows.ADDED, added_windows.ENDED]
    assert course.verdict is Verdict.PASS
    assert [course.step(name).stage for name in ("tell", "agree", "plug", "users", "say")] == [Stage.PASSED] * 5
    assert course.step("agree").summary == "approved by malee, anong"
    assert "the drill is over" in mail.mails[-1].text


async def test_a_failure_stops_until_somebody_decides_and_an_abort_takes_back_what_was_done(
    tmp_path: Path, keys: Path, mail: MailServer
) -> None:
    steps: list[dict[str, Any]] = [
        {"id": "first", "do": "pause", "with": {"for": "10ms"}, "undo": {"do": "pause", "with": {"for": "10ms"}}},
        {"id": "say", "do": "notify", "with": {"to": ["nid"]}, "tries": 2, "pause": "20ms"},
        {"id": "after", "do": "pause", "with": {"for": "10ms"}},
    ]
    folder = write_configuration(tmp_path / "c", steps, keys=keys, more=with_mail(mail), mail=True)
    async with hall(folder, keys) as found:
        mail.behaviour.refuse = {"*": "550 no such user"}
        running = asyncio.create_task(found.command.begin(Wish(PLAN, Mode.SWITCHOVER, "test")))
        await found.stage("say", Stage.STOPPED)
        assert found.course.step("say").attempts == 2
        assert "not reached: nid" in found.course.step("say").summary
        mail.behaviour.refuse = {}
        found.decide("say", "retry")
        assert (await running).verdict is Verdict.PASS
        assert found.course.step("say").attempts == 3
        mail.behaviour.refuse = {"*": "550 no such user"}
        running = asyncio.create_task(found.command.begin(Wish(PLAN, Mode.SWITCHOVER, "again")))
        await found.until(lambda course: course.reason == "again" and course.step("say").stage is Stage.STOPPED)
        found.abort()
        course = await running
        mail.behaviour.refuse = {}
    assert (course.verdict, course.summary) == (Verdict.FAIL, "aborted")
    assert (course.step("first").undoing, course.step("after").stage) == (Undoing.UNDONE, Stage.WAITING)
    findings = [each.what for each in ledger_of_folder(folder)]
    assert any(what.startswith("Step 'say' did not pass: not reached: nid") for what in findings)


async def test_what_is_announced_after_a_real_move_stands_on_the_status_page_too(
    tmp_path: Path, keys: Path, mail: MailServer
) -> None:
    said = {"do": "announce", "with": {"to": ["nid"], "text": {"th": "ใช้ระบบได้แล้ว", "en": "The system is back"}, "shown": "2h"}}
    folder = write_configuration(tmp_path / "c", [{"id": "say", **said}], keys=keys, more=with_mail(mail), mail=True)
    async with hall(folder, keys) as found:
        for mode, count in ((Mode.DRILL, 0), (Mode.SWITCHOVER, 1)):
            assert (await found.command.begin(Wish(PLAN, mode, "because"))).verdict is Verdict.PASS
            known = found.command.writer.facts_after(0, announcements.KINDS)
            assert len(known) == count
    (shown,) = announcements.read(each.fact for each in known).values()
    assert (shown.text.th, shown.services, shown.channels, shown.by) == ("ใช้ระบบได้แล้ว", ("erp",), (), "somchai")
    assert 7190 < (shown.until - shown.at) / 1000 < 7210


async def test_where_nobody_waits_a_run_ends_when_it_needs_people_and_is_taken_up_when_they_have_spoken(
    tmp_path: Path, keys: Path
) -> None:
    steps: list[dict[str, Any]] = [{"id": "first", "do": "pause", "with": {"for": "10ms"}}, {"id": "agree", "do": "approve"}]
    folder = write_configuration(tmp_path / "c", steps, keys=keys)
    async with hall(folder, keys) as found:
        course = await found.command.begin(Wish(PLAN, Mode.DRILL, waits=False))
        assert (course.is_over, course.step("agree").stage) == (False, Stage.RUNNING)
        for name in ("malee", "wichai"):
            await found.sign("agree", name)
        course = await found.command.resume(PLAN, waits=False)
    assert course.verdict is Verdict.PASS


def ledger_of_folder(folder: Path) -> list[Any]:
    reader = open_reader(folder / "state")
    try:
        return [each for record in ledger_of(reader.facts_after(0, facts.KINDS)).plans.values() for each in record.findings]
    finally:
        reader.close()


def opened_by(process: int, path: Path) -> bool:
    """Tell whether a process has a file open now."""
    try:
        return any(each.readlink() == path for each in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.long
def test_two_members_who_hand_in_at_the_same_moment_both_count_once(tmp_path: Path, keys: Path) -> None:
    folder, names = write_configuration(tmp_path / "c", [{"id": "agree", "do": "approve"}], keys=keys), ("malee", "wichai")
    assert dr(folder, "rehearse", PLAN).returncode == 0
    assert dr(folder, "drill", PLAN, "--no-wait").returncode == 3
    lock = folder / "state" / "dr-signatures.lock"
    handing = {}
    with short_lock(lock, PATIENCE):
        for name in names:
            text = tmp_path / f"{name}.txt"
            assert dr(folder, "approve", PLAN, "agree", "--text", str(text)).returncode == 0
            text.with_suffix(".sig").write_bytes(sign(keys / name, text.read_bytes()))
            handing[name] = start(
                folder, "approve", PLAN, "agree", "--text", str(text), "--signature", str(text.with_suffix(".sig"))
            )
        deadline = time.monotonic() + PATIENCE
        while not all(opened_by(process.pid, lock) for process in handing.values()):  # both stand before the same door
            assert time.monotonic() < deadline
            time.sleep(0.01)
    for name, process in handing.items():
        _, told = process.communicate(timeout=PATIENCE)
        assert (name, process.returncode) == (name, 0), told
    reader = open_reader(folder / "state")
    try:
        signed = [each.fact.body["person"] for each in reader.facts_after(0, (facts.APPROVED,))]
    finally:
        reader.close()
    assert sorted(map(str, signed)) == sorted(names)
    done = dr(folder, "resume", PLAN)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_the_commands_a_committee_types(tmp_path: Path, keys: Path) -> None:
    folder = write_configuration(tmp_path / "c", [{"id": "agree", "do": "approve"}], keys=keys)
    assert dr(folder, "rehearse", PLAN).returncode == 0
    process = start(folder, "failover", PLAN, "--began", "now", "--reason", "fire", "--json")
    for name in ("wichai", "malee"):
        text = tmp_path / f"{name}.txt"
        for _ in range(40):
            done = dr(folder, "approve", PLAN, "--text", str(text), "--reason", "agreed")
            if done.returncode == 0:
                break
        assert "sign it with: ssh-keygen -Y sign -f KEY -n wenyam" in done.stderr
        text.with_suffix(".sig").write_bytes(sign(keys / name, text.read_bytes()))
        words = ("approve", PLAN, "agree", "--text", str(text), "--signature", str(text.with_suffix(".sig")))
        done = dr(folder, *words)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(f"agree: approved, by {name}\n")
    out, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    run = json.loads(out)["run"]
    assert (run["verdict"], run["mode"], "declared" in run["times"]) == ("pass", "failover", True)
    report = dr(folder, "report", PLAN, "--language", "th")
    assert report.returncode == 0
    assert "อนุมัติให้ย้ายระบบ" in report.stdout
    (folder / "state" / "dr" / run["run"] / "agree-1-action.txt").write_text("changed", encoding="utf-8")
    report = dr(folder, "report", PLAN)
    assert (report.returncode, "is not as it was when its hash was recorded" in report.stdout) == (1, True)
