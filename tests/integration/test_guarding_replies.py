"""Answers by mail in a real mailbox of dovecot: taken once, forged ones refused and noted, faults of the server red and green."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.alerts.reply_reader import ReplyReader
from wenyam.clock import SystemClock
from wenyam.model.facts import Fact
from wenyam.model.guarding import GuardPlan
from wenyam.model.instants import Instant
from wenyam.model.states import State
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_reader
from wenyam.testing.clock import FakeClock
from wenyam.testing.dovecot import Dovecot
from wenyam.testing.reply_world import ALWAYS, CODES, SERVER, ReplyWorld, mail, plan_for, proven
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

PASSWORD = "canary-of-the-mailbox"
HOUR = 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with Dovecot("wenyam", PASSWORD) as made:
        yield made


@pytest.fixture
def dovecot(server: Dovecot) -> Dovecot:
    """Return the server with an empty mailbox, whatever the test before did to it."""
    server.use_password(PASSWORD)
    server.start()
    server.empty()
    return server


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def world(tmp_path: Path, dovecot: Dovecot, secret: Path, clock: FakeClock) -> AsyncIterator[ReplyWorld]:
    made = ReplyWorld(tmp_path, clock, plan_for(dovecot.port, dovecot.authority, secret))
    yield made
    await made.close()


async def test_an_answer_from_a_known_address_acknowledges_once(world: ReplyWorld, dovecot: Dovecot) -> None:
    dovecot.put(mail())
    await world.reader.turn()
    assert world.acknowledged == [("CK7M", "somchai")]
    assert world.mailbox() == (State.OK, "answers by mail are read")
    (fact,) = world.facts("reply-taken")
    assert (fact.actor, fact.body["code"], fact.body["answer"]) == ("somchai", "CK7M", "CK7M acknowledged")
    assert dovecot.numbers("UNSEEN") == []
    # The same mail once more, as a server that restores its backup would show it.
    dovecot.put(mail())
    await world.reader.turn()
    assert len(world.acknowledged) == 1
    assert world.reasons() == []


async def test_thai_answers_and_every_place_of_a_code(world: ReplyWorld, dovecot: Dovecot) -> None:
    dovecot.put(mail(subject="Re: ล่ม", text="รับทราบครับ 9xtr\r\n\r\nสมชาย โทร 2568\r\n", number=1))
    dovecot.put(mail("Malee <malee@example.org>", "=?utf-8?B?4Lil4LmI4LihIFtDSzdNXQ==?=", "รับทราบ\r\n", number=2))
    dovecot.put(mail(subject="Re: alert", text="Acknowledged.\r\nIncident 9XTR, I am on it.\r\n> ack CK7M\r\n", number=3))
    await world.reader.turn()
    assert world.acknowledged == [("9XTR", "somchai"), ("CK7M", "malee"), ("9XTR", "somchai")]


async def test_forged_guessed_and_unknown_is_refused_and_noted_without_an_address(world: ReplyWorld, dovecot: Dovecot) -> None:
    forged_below = f"Authentication-Results: {SERVER}; dkim=none\r\n{proven()}"
    wanted = {
        "no check at all": (mail(results=""), "not-authenticated"),
        "another server's check": (mail(results="Authentication-Results: evil.example; dmarc=pass"), "not-authenticated"),
        "the good check came with the mail": (mail(results=forged_below), "not-authenticated"),
        "proven for another domain": (mail(results=proven("evil.example")), "not-authenticated"),
        "dmarc failed": (mail(results=proven().replace("dmarc=pass", "dmarc=fail")), "not-authenticated"),
        "unknown": (mail("eve@example.org"), "unknown-sender"),
        "two senders": (mail("somchai@example.org, eve@example.org"), "unreadable-sender"),
        "a name that looks like an address": (mail("somchai@example.org <eve@example.org>"), "unreadable-sender"),
        "shared": (mail("shared@example.org"), "shared-address"),
        "guessed": (mail(subject="Re: DOWN", text="ack BBBB"), "wrong-code"),
        "no word": (mail(text="please close CK7M\r\n"), "no-word"),
        "no code": (mail(subject="Re:", text="ack\r\n"), "no-code"),
        "several": (mail(subject="CK7M 9XTR"), "several-codes"),
    }
    for number, (content, _) in enumerate(wanted.values()):
        dovecot.put(content.replace(b"<1@mail", f"<{number}@mail".encode()))
    await world.reader.turn()
    assert world.acknowledged == []
    noted = world.reasons()
    assert sorted(set(noted)) == sorted({reason for _, reason in wanted.values()})
    assert dovecot.numbers("UNSEEN") == []
    shown = "".join(str(dict(fact.body)) for fact in world.facts("reply-refused"))
    assert "@" not in shown
    assert all(len(str(fact.body["sender"])) == 16 for fact in world.facts("reply-refused"))


async def test_programs_are_not_answered_and_not_noted(world: ReplyWorld, dovecot: Dovecot) -> None:
    for number, header in enumerate(
        ("Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>", "Content-Type: multipart/report; boundary=x")
    ):
        dovecot.put(mail(number=number, headers=[header]))
    await world.reader.turn()
    assert (world.acknowledged, world.reasons(), dovecot.numbers("UNSEEN")) == ([], [], [])


async def test_who_guesses_is_refused_for_an_hour_even_after_a_restart(
    world: ReplyWorld, dovecot: Dovecot, clock: FakeClock, tmp_path: Path
) -> None:
    for number in range(5):
        dovecot.put(mail(subject="Re:", text=f"ack BBB{number + 2}", number=number))
    dovecot.put(mail(number="right"))
    dovecot.put(mail("malee@example.org", number="other"))
    await world.reader.turn()
    assert world.acknowledged == [("CK7M", "malee")]
    assert world.reasons() == ["wrong-code"] * 5 + ["too-many-wrong-codes"]
    world.reader = ReplyReader(world.watcher, SecretReader(), world.acknowledge, CODES.__contains__)
    dovecot.put(mail(number="right, after a restart"))
    await world.reader.turn()
    assert len(world.acknowledged) == 1
    clock.jump(HOUR + 1)
    dovecot.put(mail(number="right, an hour later"))
    await world.reader.turn()
    assert world.acknowledged[-1] == ("CK7M", "somchai")


async def test_a_flood_of_unknown_senders_is_no_flood_of_facts(world: ReplyWorld, dovecot: Dovecot) -> None:
    with dovecot.session() as session:
        for number in range(150):
            session.append("INBOX", "", "", mail(f"eve{number}@example.org", number=number))
    await world.reader.turn()
    await world.reader.turn()
    assert dovecot.numbers("UNSEEN") == []
    assert len(world.reasons()) == 60


async def test_what_cannot_be_acknowledged_is_refused_or_tried_again(world: ReplyWorld, dovecot: Dovecot) -> None:
    world.refusing = True
    dovecot.put(mail())
    await world.reader.turn()
    assert world.reasons() == ["not-acknowledged"]
    world.refusing = False

    async def hangs(code: str, person: str, via: str) -> str:
        await asyncio.sleep(60)
        return code + person + via

    world.use(timeout=0.5)
    reader = world.reader
    reader._acknowledge = hangs
    dovecot.put(mail(number=2))
    dovecot.put(mail("eve@example.org", number=3))
    await reader.turn()
    await reader.turn()
    assert world.mailbox()[0] is State.CRIT
    assert "could not be acknowledged" in world.mailbox()[1]
    assert len(dovecot.numbers("UNSEEN")) == 1  # the one that hung; the other one was dealt with
    reader._acknowledge = world.acknowledge
    await reader.turn()
    assert world.acknowledged == [("CK7M", "somchai")]
    assert world.mailbox()[0] is State.OK


async def test_what_was_dealt_with_is_moved_to_a_folder_that_is_made(world: ReplyWorld, dovecot: Dovecot) -> None:
    world.use(taken="Wenyam taken")
    dovecot.put(mail())
    dovecot.put(mail(number=2, sender="eve@example.org"))
    await world.reader.turn()
    assert dovecot.numbers() == []
    assert len(dovecot.numbers(folder='"Wenyam taken"')) == 2
    dovecot.put(mail(number=3))
    await world.reader.turn()
    assert len(dovecot.numbers(folder='"Wenyam taken"')) == 3


async def test_starttls_encrypts_too(world: ReplyWorld, dovecot: Dovecot) -> None:
    world.use(security="starttls", port=dovecot.plain_port)
    dovecot.put(mail())
    await world.reader.turn()
    assert world.acknowledged == [("CK7M", "somchai")]


def hostile() -> list[bytes]:
    """Return mails that are not meant to be read."""
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000))
    many = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\nack CK7M\r\n" for _ in range(3000))
    return [
        b"",
        b"\r\n\r\n",
        b"\xff\xfe\x00" * 100,
        mail(text="A" * (10 << 20)),
        mail(number=2, headers=["Content-Type: text/plain; charset=utf-99"], text="รับทราบ"),
        mail(number=3, headers=["Content-Type: text/plain; charset=zlib"], text="x\x9c"),
        mail(number=4, headers=['Content-Type: text/plain; charset="utf-8\x00"']),
        mail(number=5).replace(b"Content-Type: text/plain; charset=utf-8", deep[:-2]),
        mail(number=6).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=b") + many,
        mail(number=7, headers=["Content-Type: text/html"], text="<" * 60_000),
        mail(number=8, headers=["Content-Type: text/html"], text="&#x41;" * 10_000 + "&lt" * 10_000),
        mail(number=9, subject="=?utf-8?B?!!!?= =?x-unknown?Q?=ZZ?= " + "=?utf-8?Q?" * 2000),
        mail(number=10, sender='"' * 3000 + "<somchai@example.org>"),
        mail(number=11, sender="somchai@example.org\r\nBcc: everybody@example.org", text="ack CK7M\r\nDATA\r\n.\r\nQUIT"),
        mail(number=12, results="Authentication-Results: " + "(" * 4000 + SERVER),
        mail(number=13, headers=[f"X-{n}: y" for n in range(3000)]),
        mail(number=14, headers=["Content-Transfer-Encoding: base64"], text="YWNr" * 20_000 + "!"),
        mail(number="x" * 5000),
    ]


async def test_hostile_mail_never_ends_the_reader_and_never_holds_up_the_next(world: ReplyWorld, dovecot: Dovecot) -> None:
    for content in hostile():
        dovecot.put(content or b"\r\n")
    dovecot.put(mail("malee@example.org", number="good"))
    begun = time.monotonic()
    await world.reader.turn()
    assert time.monotonic() - begun < 5
    assert world.acknowledged[-1] == ("CK7M", "malee")
    assert world.mailbox()[0] is State.OK
    assert dovecot.numbers("UNSEEN") == []


async def test_a_wrong_password_is_tried_once_in_a_while(
    world: ReplyWorld, dovecot: Dovecot, clock: FakeClock, secret: Path
) -> None:
    dovecot.put(mail())
    set_password(secret, "another")
    for _ in range(5):
        await world.reader.turn()
        clock.jump(10)
    state, summary = world.mailbox()
    assert state is State.CRIT
    assert "refused the credentials" in summary
    dovecot.wait_until(lambda: "auth failed" in dovecot.log.read_text(), 10)
    assert dovecot.log.read_text().count("auth failed, 1 attempts") == 1  # no other test before this one is refused
    assert "another" not in summary
    set_password(secret, PASSWORD)
    clock.jump(60)
    await world.reader.turn()
    assert world.mailbox()[0] is State.OK
    assert world.acknowledged == [("CK7M", "somchai")]


async def test_a_server_that_is_gone_hangs_or_is_another_is_a_state_and_nothing_is_lost(
    world: ReplyWorld, dovecot: Dovecot, tmp_path: Path
) -> None:
    world.use(timeout=0.5)
    dovecot.put(mail())
    dovecot.stop()
    await twice(world, "refused")
    dovecot.start()
    dovecot.freeze()
    try:
        await twice(world, "within 0.5 s")
    finally:
        dovecot.thaw()
    await green(world)
    with Dovecot("wenyam", PASSWORD) as impostor:
        world.use(port=impostor.port)
        await twice(world, "not trusted here")
        assert impostor.log.read_text().count("Login: user=") == 1  # its own test of being ready; ours told it no password
    world.use(port=dovecot.port, folder="Nowhere")
    await twice(world, "folder Nowhere")
    world.use(folder="INBOX")
    await green(world)
    assert world.acknowledged == [("CK7M", "somchai")]


async def twice(world: ReplyWorld, words: str) -> None:
    await world.reader.turn()
    await world.reader.turn()
    state, summary = world.mailbox()
    assert state is State.CRIT
    assert words in summary


async def green(world: ReplyWorld) -> None:
    end = time.monotonic() + 20
    while world.mailbox()[0] is not State.OK and time.monotonic() < end:
        await world.reader.turn()
    assert world.mailbox()[0] is State.OK


async def test_a_mailbox_that_is_no_longer_configured_is_no_longer_red(world: ReplyWorld, dovecot: Dovecot) -> None:
    dovecot.stop()
    await twice(world, "refused")
    world.watcher.configuration = replace(world.watcher.configuration, guarding=GuardPlan())
    await world.reader.turn()
    assert world.mailbox()[0] is State.UNKNOWN


def set_password(secret: Path, password: str) -> None:
    secret.write_text(password)


@pytest.mark.parametrize("kills", [3, pytest.param(25, marks=pytest.mark.long)])
async def test_killed_at_any_moment_every_answer_is_taken_exactly_once(
    kills: int, dovecot: Dovecot, secret: Path, tmp_path: Path
) -> None:
    """Kill the reader with signal 9 again and again while answers wait."""
    codes = tuple(f"BB{first}{second}" for first in "23456789" for second in "23456789")
    with dovecot.session() as session:
        for number, code in enumerate(codes):
            session.append("INBOX", "", "", mail(subject=f"Re: [{code}]", number=number))
    words = [
        sys.executable, str(Path(__file__).with_name("reply_child.py")), str(tmp_path), str(dovecot.port),
        str(dovecot.authority), str(secret), ",".join(codes), str(kills),
    ]  # fmt: skip
    done = await asyncio.to_thread(lambda: subprocess.run(words, capture_output=True, text=True, timeout=90, check=False))
    assert done.returncode == 0, done.stderr
    world = ReplyWorld(tmp_path, SystemClock(), plan_for(dovecot.port, dovecot.authority, secret), codes)
    while dovecot.numbers("UNSEEN"):
        await world.reader.turn()
        assert world.mailbox()[0] is State.OK
    acknowledged = [str(fact.body["code"]) for fact in world.facts("incident-acknowledged")]
    assert sorted(acknowledged) == sorted(codes)
    assert Instant(0) < world.clock.now()
    await world.close()


RUNNING = """\
instance: {{name: head-office, site: here, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}}}
sites: {{here: }}
people: {{somchai: {{name: Somchai, mail: somchai@example.org}}}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices: {{box: {{kind: other, address: 127.0.0.1, alive: {{any_of: ["tcp:1"], interval: 1s, timeout: 500ms}}}}}}
replies: {{host: 127.0.0.1, port: {port}, authority: {authority}, username: wenyam, password: "file:secrets/imap",
          authserv_id: mx.example.org, every: 500ms}}
"""


def facts_of(place: Path, kind: str) -> list[Fact]:
    reader = open_reader(place / "state")
    try:
        return [chained.fact for chained in reader.facts(ALWAYS, kind)]
    finally:
        reader.close()


def wait_for_fact(place: Path, kind: str, seconds: float = 20.0) -> Fact:
    end = time.monotonic() + seconds
    while not (found := facts_of(place, kind)):
        assert time.monotonic() < end, f"no {kind} within {seconds:g} s"
        time.sleep(0.1)
    return found[0]


def test_an_answer_takes_the_incident_of_a_running_watcher_and_nothing_shows_the_password(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    folder = tmp_path / "configuration"
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets" / "imap").write_text(PASSWORD)
    (folder / "secrets" / "imap").chmod(0o600)
    text = RUNNING.format(place=tmp_path, port=dovecot.port, authority=dovecot.authority)
    (folder / "wenyam.yaml").write_text(text)
    with RunningWatcher(folder, tmp_path / "run", tmp_path / "log") as watcher:
        code = str(wait_for_fact(tmp_path, "incident-opened").body["code"])
        watcher.wait_state("monitor:replies/mailbox", "ok", 10)
        dovecot.put(mail("eve@example.org", f"Re: DOWN box [{code}]", number="eve"))
        dovecot.put(mail(subject=f"Re: DOWN box [{code}]", text="รับทราบครับ"))
        fact = wait_for_fact(tmp_path, "incident-acknowledged")
        assert (fact.actor, fact.body["code"]) == ("somchai", code)
        assert str(fact.body["via"]).startswith("mail:")
        assert wait_for_fact(tmp_path, "reply-refused").body["reason"] == "unknown-sender"
        dovecot.use_password("another")
        watcher.wait_state("monitor:replies/mailbox", "crit", 20)
    shown = (tmp_path / "log").read_bytes() + b"".join(
        path.read_bytes() for path in (tmp_path / "state").iterdir() if path.is_file()
    )
    assert PASSWORD.encode() not in shown
    assert b"eve@example.org" not in shown
