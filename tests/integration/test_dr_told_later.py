"""What a run of a plan had to tell while a channel was down: it comes when the channel is up again, once, whoever sends it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts import facts
from wenyam.alerts.outbox import Outbox
from wenyam.clock import SystemClock
from wenyam.dr.course import Course, Stage
from wenyam.dr.journal import every_course
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Mode
from wenyam.operations import recoveries
from wenyam.operations.decisions import bench_of, decide
from wenyam.operations.recoveries import Command, Wish
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_reader
from wenyam.testing.mail_server import MailServer
from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.recovery_plans import PLAN, write_configuration
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real
PATIENCE = 60.0
STEPS: list[dict[str, Any]] = [
    {"id": "tell", "do": "report_to", "with": {"to": ["nid"], "action": "เปิดศูนย์สำรอง"}},
    {"id": "after", "do": "pause", "with": {"for": "10ms"}},
]


@pytest.fixture
def port() -> int:
    """Return where a mail server was that is down now."""
    with MailServer(security="none") as server:
        return server.port


def configured(tmp_path: Path, port: int, **more: Any) -> Path:
    relay = {"host": "127.0.0.1", "port": port, "security": "none"}
    channels = {"mail": {"kind": "mail", "sender": "wenyam@example.org", "relays": [relay]}, **more}
    return write_configuration(tmp_path / "c", STEPS, more={"channels": channels}, mail=True)


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[RunningWatcher]:
    running = RunningWatcher(tmp_path / "c", tmp_path / "c" / "run", tmp_path / "log")
    yield running
    running.stop()


def outbox(folder: Path) -> Outbox:
    with closing(open_reader(folder / "state")) as reader:
        return Outbox.of(each.fact for each in reader.facts_after(0, facts.KINDS))


def kinds(folder: Path) -> list[str]:
    with closing(open_reader(folder / "state")) as reader:
        return [each.fact.kind for each in reader.facts_after(0, facts.KINDS)]


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not wanted():
            await SystemClock().sleep(0.05)


def newest(command: Command) -> Course:
    return list(every_course(command.writer).values())[-1]


async def rehearsed(command: Command, port: int) -> None:
    with MailServer(security="none", port=port):
        assert (await command.begin(Wish(PLAN, Mode.REHEARSAL))).verdict is Verdict.PASS


async def drill_until_told_in_vain(command: Command, folder: Path) -> "asyncio.Task[Course]":
    """Begin a drill whose only channel is down; return it when it waits for a decision."""
    running = asyncio.create_task(command.begin(Wish(PLAN, Mode.DRILL, "ไฟดับ")))
    await until(lambda: newest(command).mode is Mode.DRILL and newest(command).step("tell").stage is Stage.STOPPED)
    assert "not reached: nid" in newest(command).step("tell").summary
    (waiting,) = outbox(folder).waiting("mail")
    assert (waiting.people, waiting.letter is not None) == (("nid",), True)
    return running


def once_more(command: Command, folder: Path) -> None:
    bench = bench_of(load(folder), SystemClock(), "somchai", command.writer, PLAN)
    decide(command.writer, bench, "tell", "retry", "the mail server is up")


async def test_a_channel_that_was_down_gets_it_from_the_watcher_when_it_is_up_though_everybody_was_told_by_another(
    tmp_path: Path, port: int, watcher: RunningWatcher
) -> None:
    with HttpReceiver() as hook:
        folder = configured(tmp_path, port, hook={"kind": "webhook", "url": hook.url, "language": "en"})
        async with recoveries.opened(load(folder), SystemClock(), "somchai") as command:
            await rehearsed(command, port)
            await asyncio.to_thread(watcher.start)
            course = await command.begin(Wish(PLAN, Mode.DRILL, "ไฟดับ"))
            assert course.verdict is Verdict.PASS
            (waiting,) = outbox(folder).waiting("mail")
            with MailServer(security="none", port=port) as mail:
                await until(lambda: not outbox(folder).pending)
                (mailed,) = mail.mails
        assert mailed.recipients == ["nid@example.org"]
        assert "Drill, nothing real happens" in str(mailed.mail["subject"])
        assert "Cause: ไฟดับ\nAction: เปิดศูนย์สำรอง" in mailed.text
        assert course.run in mailed.text
        with closing(open_reader(folder / "state")) as reader:
            found = [each.fact.body for each in reader.facts_after(0, (facts.DELIVERED,))]
        # That the mail server is down may be told through the hook as well; that is no part of the run.
        assert [body["key"] for body in found if body.get("run") == course.run] == [waiting.key]
        posted = [heard for heard in hook.heard if heard.method == "POST" and b"Drill" in heard.body]
        assert len(posted) == 1


async def test_what_the_run_itself_delivers_at_the_next_try_waits_no_more(tmp_path: Path, port: int) -> None:
    folder = configured(tmp_path, port)
    async with recoveries.opened(load(folder), SystemClock(), "somchai") as command:
        await rehearsed(command, port)
        running = await drill_until_told_in_vain(command, folder)
        with MailServer(security="none", port=port) as mail:
            once_more(command, folder)
            assert (await running).verdict is Verdict.PASS
            assert len(mail.mails) == 1
    assert (outbox(folder).pending, kinds(folder)) == ({}, [facts.LETTER, facts.LETTER_TAKEN])


async def test_what_the_watcher_delivered_meanwhile_is_not_sent_again_by_the_run(
    tmp_path: Path, port: int, watcher: RunningWatcher
) -> None:
    folder = configured(tmp_path, port)
    async with recoveries.opened(load(folder), SystemClock(), "somchai") as command:
        await rehearsed(command, port)
        running = await drill_until_told_in_vain(command, folder)
        await asyncio.to_thread(watcher.start)
        with MailServer(security="none", port=port) as mail:
            await until(lambda: not outbox(folder).pending)
            once_more(command, folder)
            course = await running
            assert len(mail.mails) == 1
    assert course.verdict is Verdict.PASS
    assert course.step("tell").summary == "told nid"


async def test_what_can_never_be_delivered_is_not_kept(tmp_path: Path, port: int) -> None:
    folder = configured(tmp_path, port)
    async with recoveries.opened(load(folder), SystemClock(), "somchai") as command:
        await rehearsed(command, port)
        with MailServer(security="none", port=port) as mail:
            mail.behaviour.refuse = {"*": "550 no such user"}
            running = asyncio.create_task(command.begin(Wish(PLAN, Mode.DRILL)))
            await until(lambda: newest(command).mode is Mode.DRILL and newest(command).step("tell").stage is Stage.STOPPED)
            assert outbox(folder).pending == {}
            mail.behaviour.refuse = {}
            once_more(command, folder)
            assert (await running).verdict is Verdict.PASS
