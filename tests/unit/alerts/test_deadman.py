"""When a cycle is good, where it is told, and when systemd is told that we live."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.alerts.deadman import PINGED, DeadMan, ping_url
from wenyam.alerts.health import HealthAnswer, OwnHealth, Waiting, problem_of, read_answer, waiting
from wenyam.alerts.outbox import Notice, Outbox
from wenyam.daemon import _feed_watchdog
from wenyam.engine.pulse import Pulse
from wenyam.engine.watcher import Watcher
from wenyam.errors import MalformedReplyError, SecretError
from wenyam.links.pools import Links
from wenyam.model.alerting import ChannelPlan, Event, Severity
from wenyam.model.guarding import DeadManPlan, GuardPlan
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant
from wenyam.model.inventory import Inventory, SecretReference
from wenyam.model.states import State
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.pings import CHECK, PingReceiver

GOOD = HealthAnswer(instance="here", at=0, heartbeat_age=0.5, blind=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def watcher(tmp_path: Path, clock: FakeClock) -> Iterator[Watcher]:
    writer = open_writer(tmp_path / "state", clock, "here", ballast_bytes=0)
    instance = Instance("here", "site", str(tmp_path / "state"))
    links = Links(clock, SecretReader(), str(tmp_path / "known_hosts"))
    yield Watcher(clock, links, writer, Configuration(instance, Inventory(), ""))
    writer.close()


@pytest.mark.parametrize(
    ("base", "good", "failed"),
    [
        ("https://hc.example/ping/abc", "https://hc.example/ping/abc", "https://hc.example/ping/abc/fail"),
        ("https://hc.example/ping/abc/\n", "https://hc.example/ping/abc", "https://hc.example/ping/abc/fail"),
        ("http://127.0.0.1:8000/x?create=1#y", "http://127.0.0.1:8000/x?create=1", "http://127.0.0.1:8000/x/fail?create=1"),
        ("https://hc.example", "https://hc.example/", "https://hc.example/fail"),
    ],
)
def test_the_address_of_a_failure_is_beside_the_address_itself(base: str, good: str, failed: str) -> None:
    assert (ping_url(base, good=True), ping_url(base, good=False)) == (good, failed)


@pytest.mark.parametrize("secret", ["canary", "ftp://canary/x", "https://", "https://[canary", "file:///canary"])
def test_a_secret_that_is_no_address_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SecretError) as caught:
        ping_url(secret, good=True)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (GOOD, ""),
        (GOOD.model_copy(update={"heartbeat_age": 4.0}), "the work loop has been silent for 4 s"),
        (GOOD.model_copy(update={"silent": ("alerts",)}), "no life from: alerts"),
        (GOOD.model_copy(update={"store_problem": "disk full"}), "the store does not write: disk full"),
        (GOOD.model_copy(update={"blind": True}), "own network lost: nothing can be seen from here"),
        (GOOD.model_copy(update={"alerts_pending": 3, "alerts_oldest": 700.0}), "3 alerts wait, the oldest for 11 m 40 s"),
    ],
)
def test_a_cycle_is_good_only_when_everything_is(health: HealthAnswer, words: str) -> None:
    assert problem_of(health, 3.0, 600.0) == words


def test_every_reason_is_told_at_once() -> None:
    bad = GOOD.model_copy(update={"blind": True, "store_problem": "full", "heartbeat_age": 9.0})
    assert problem_of(bad, 3.0, 600.0).count("; ") == 2


def notice(channel: str, severity: Severity, raised: int) -> Notice:
    return Notice(f"{channel}{raised}", channel, Event.OPENED, severity, ("somchai",), (), Instant(raised))


def test_what_waits_for_a_digest_is_pending_but_never_late() -> None:
    channels = {"line": ChannelPlan("line", "line", None, "th", severities=(Severity.CRITICAL,))}
    outbox = Outbox()
    for each in (notice("line", Severity.WARNING, 1000), notice("line", Severity.CRITICAL, 5000)):
        outbox.pending[each.key] = each
    assert waiting(outbox, channels, Instant(9000)) == Waiting(2, 4.0, {"line": 4.0})
    assert waiting(outbox, {}, Instant(9000)) == Waiting(2, 8.0, {"line": 8.0})
    assert waiting(Outbox(), channels, Instant(9000)) == Waiting()


def test_an_answer_survives_the_wire_and_nonsense_does_not() -> None:
    full = GOOD.model_copy(update={"silent": ("alerts",), "alerts_pending": 2})
    assert read_answer(full.model_dump_json(exclude_none=True).encode()) == full
    later = b'{"version":1,"instance":"x","at":1,"heartbeat_age":0,"blind":false,"news":{"a":[1]}}'
    assert read_answer(later).instance == "x"
    for body in (
        b"", b"null", b"[]", b"{", b"\xff", b'{"version":2}', b"[" * 10_000, later.replace(b"false", b'"no"'),
        later.replace(b'"heartbeat_age":0', b'"heartbeat_age":NaN'), later.replace(b'"at":1', b'"at":99999999999999999999'),
        later.replace(b'"news":{"a":[1]}', b'"head":{"sequence":-1,"digest":"x"}'),
    ):  # fmt: skip
        with pytest.raises(MalformedReplyError):
            read_answer(body)


async def test_the_switch_tells_good_and_bad_and_its_own_failure_is_only_a_state(
    watcher: Watcher, clock: FakeClock, tmp_path: Path
) -> None:
    secret = tmp_path / "url"
    present = [GOOD]
    deadman = DeadMan(watcher, SecretReader(), lambda: present[0])
    with PingReceiver() as receiver:
        secret.write_text(receiver.url)
        secret.chmod(0o600)
        plan = DeadManPlan(SecretReference("file", str(secret)), timeout=2.0)
        await deadman.cycle(plan)
        present[0] = GOOD.model_copy(update={"blind": True})
        await deadman.cycle(plan)
        assert [(ping.good, ping.body) for ping in receiver.pings] == [
            (True, ""), (False, "own network lost: nothing can be seen from here"),
        ]  # fmt: skip
        assert watcher.board.state(PINGED) is State.OK
        receiver.status = 503
        await deadman.cycle(plan)
        await deadman.cycle(plan)
        assert watcher.board.state(PINGED) is State.OK  # one lost ping is not worth a word
        await deadman.cycle(plan)
        record = watcher.board.record(PINGED)
        assert record is not None
        assert record.state is State.CRIT
        assert f"http://127.0.0.1:{receiver.port} answered 503" in record.summary
        assert CHECK not in record.summary
    watcher.configuration = replace(watcher.configuration, guarding=GuardPlan())
    running = asyncio.create_task(deadman.run())
    await clock.advance(6.0)
    assert watcher.board.state(PINGED) is State.UNKNOWN
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_own_health_says_what_is_and_shows_facts_of_the_chain(watcher: Watcher, clock: FakeClock) -> None:
    pulse = Pulse(clock)
    health = OwnHealth(watcher, pulse, lambda: Waiting(2, 7.0))
    watcher.refuse_configuration("broken")
    await watcher.journal.flush()
    answer = await health.answer(1)
    assert answer.head is not None
    assert answer.shown is not None
    assert (answer.shown.sequence, answer.shown.digest) == (1, watcher.journal.writer.digest_of(1))
    assert (answer.instance, answer.alerts_pending, answer.alerts_oldest, answer.silent) == ("here", 2, 7.0, ())
    assert (await health.answer(answer.head.sequence + 1)).shown is None
    assert (await health.answer(0)).shown is None
    pulse.expect("alerts", 1.0)
    clock.jump(2.0)
    watcher.network.lost = True
    now = health.present()
    assert (now.silent, now.blind, now.heartbeat_age) == (("alerts",), True, 2.0)
    await watcher.journal.close()
    stopping = await health.answer(1)
    assert stopping.head is None
    assert stopping.store_problem


async def test_systemd_is_told_that_we_live_only_while_the_work_loop_and_every_expected_loop_do(
    watcher: Watcher, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        pulse = Pulse(clock)
        pulse.expect("alerts", 5.0)
        feeding = asyncio.create_task(_feed_watchdog(watcher, pulse))

        async def told(*, work: bool, alerts: bool) -> list[str]:
            for _ in range(10):
                if work:
                    watcher.heartbeat.beat()
                if alerts:
                    pulse.beat("alerts")
                await clock.advance(1.0)
            return received(systemd)

        first = await told(work=True, alerts=True)
        assert (first[0], first.count("WATCHDOG=1")) == ("READY=1", 10)
        assert (await told(work=True, alerts=False)).count("WATCHDOG=1") <= 6  # a stuck loop of alerts
        assert "WATCHDOG=1" not in await told(work=True, alerts=False)
        assert (await told(work=True, alerts=True)).count("WATCHDOG=1") >= 9
        await told(work=False, alerts=True)
        assert "WATCHDOG=1" not in await told(work=False, alerts=True)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


def received(opened: socket.socket) -> list[str]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(opened.recv(100).decode())
    return found
