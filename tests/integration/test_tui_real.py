"""The dashboard over a real watcher that reads a real agent: a fault and its repair as a person sees them, and the acts."""

import os
import pty
import pwd
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from wenyam.alerts.facts import SILENCED
from wenyam.clock import SystemClock
from wenyam.engine import added_windows
from wenyam.model.instants import Instant, Period
from wenyam.model.states import State
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_reader
from wenyam.testing.screens import settled, text_of, until
from wenyam.testing.snmpd import Snmpd
from wenyam.testing.watcher import RunningWatcher
from wenyam.tui.app import WenyamApp
from wenyam.tui.gathering import WatcherSource
from wenyam.tui.picture import Picture

pytestmark = pytest.mark.real

BACKLOG = 4096
"""Nobody accepts; so many connections may wait."""
GREYS = {0, 7, 8, 15, 16, 59, 102, 145, 188, 231, *range(232, 256)}
"""Numbers of the 256 colours that have no hue."""
EVER = Period(Instant(0), Instant(2**53))
CONFIGURATION = """\
instance: {{name: tui-1, site: dc, language: en, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           operators_group: {group}, exporter: {{enabled: false}}}}
sites: {{dc: {{label: {{th: ศูนย์ข้อมูลหลัก, en: Main data centre}}}}}}
people: {{anong: {{name: {{th: อนงค์, en: Anong}}}}, somchai: {{name: {{th: สมชาย, en: Somchai}}, os_user: {user}}}}}
defaults: {{owner: anong, duty_officer: anong}}
credentials: {{read: {{kind: snmp-community, community: "file:{place}/community"}}}}
devices:
  core-1:
    kind: switch
    address: 127.0.0.1
    credentials: {{snmp: read}}
    alive: {{any_of: ["tcp:{port}"], interval: 500ms, timeout: 300ms}}
    reads: {{snmp: {{collector: snmp, port: {agent}, interval: 2s, timeout: 1s}}}}
  web-1: {{kind: server, address: 127.0.0.1, parents: [core-1],
           alive: {{any_of: ["tcp:{port}"], interval: 500ms, timeout: 300ms}}}}
services: {{register: {{label: {{th: ทะเบียน, en: Register}}, members: {{all: ["device:web-1"]}}}}}}
"""


class Door:
    """Something that lives as long as it listens."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]

    def close(self) -> None:
        self._listener.close()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=BACKLOG)


@dataclass
class Site:
    folder: Path
    place: Path
    door: Door
    agent: Snmpd
    watcher: RunningWatcher

    def rechecks(self) -> list[str]:
        """Who asked for a reading at once, oldest first."""
        with closing(open_reader(self.place / "state")) as reader:
            return [chained.fact.actor for chained in reader.facts(EVER, "recheck-asked")]

    @asynccontextmanager
    async def dashboard(self, first: str = "problems", language: str = "en") -> AsyncIterator[tuple[WenyamApp, Pilot[None]]]:
        configuration = load(self.folder)
        app = WenyamApp(
            WatcherSource(configuration, SystemClock(), lambda: load(self.folder)), Picture(configuration), language, first
        )
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await settled(pilot)
            yield app, pilot


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("tui")
    folder = place / "etc"
    folder.mkdir(mode=0o755)
    (place / "community").write_text("public", encoding="ascii")
    (place / "community").chmod(0o600)
    with closing(Door()) as door, Snmpd() as agent:
        user = pwd.getpwuid(os.getuid())
        text = CONFIGURATION.format(place=place, port=door.port, agent=agent.port, user=user.pw_name, group=user.pw_name)
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        with RunningWatcher(folder, place / "run", place / "log") as watcher:
            watcher.wait_state("device:core-1", "up", 20)
            watcher.wait_state("device:core-1/management-snmp", "ok", 20)
            yield Site(folder, place, door, agent, watcher)


async def test_a_fault_and_its_repair_are_seen_and_the_acts_are_recorded_with_who_it_was(site: Site) -> None:
    async with site.dashboard() as (app, pilot):
        await until(app, pilot, lambda seen: "● 2 UP" in seen, "all is well")
        site.door.close()
        seen = await until(app, pilot, lambda seen: "▸ core-1" in seen and "(+2)" in seen, "the cause stands on top")
        assert "✖ 1 DOWN" in seen
        await pilot.press("space")
        assert "└ web-1" in text_of(app)

        await until(app, pilot, lambda _seen: "device:core-1" in app.picture.holders, "an incident is open")
        await pilot.press("a")
        await pilot.pause()
        assert "Acknowledge incident" in text_of(app)
        await pilot.press(*"mine", "enter")
        await until(app, pilot, lambda seen: "Somchai" in seen, "somebody has it")

        await pilot.press("m")
        await pilot.pause()
        await pilot.press("tab", *"work", "tab", *"somchai", "ctrl+s")
        await settled(pilot)
        assert "cannot be who approved it" in " ".join(text_of(app).split()), "the watcher's refusal stays in the dialog"
        await pilot.press(*["backspace"] * 7, *"anong", "ctrl+s")
        await until(app, pilot, lambda seen: "[planned work" in seen, "the work is planned")

        for keys, words, told in (
            (["r"], "Check again now?", "is being checked again"),
            (["S", "tab", *"known"], "Silence alerts", "is silent for 2h"),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            assert words in text_of(app), "it asks first"
            assert told not in text_of(app)
            await pilot.press("enter")
            await until(app, pilot, lambda seen, told=told: told in " ".join(seen.split()), told)  # type: ignore[misc]  # bound

        site.door.open()
        await until(app, pilot, lambda seen: "● 2 UP" in seen and "└" not in seen, "all is well again")
    with closing(open_reader(site.place / "state")) as reader:
        facts = {chained.fact.kind: chained.fact.actor for chained in reader.facts(EVER)}
    done = ("incident-acknowledged", added_windows.ADDED, "recheck-asked", SILENCED)
    assert [facts[kind] for kind in done] == ["somchai"] * 4, "whom the kernel names"


async def test_a_device_shows_its_values_and_what_was_seen_when_it_last_failed(site: Site) -> None:
    async with site.dashboard("devices") as (app, pilot):
        await pilot.press("slash", *"core", "enter", "end", "enter")
        await until(app, pilot, lambda seen: "● up" in seen and "Interfaces" in seen, "its interfaces")
        asked = len(site.rechecks())
        await pilot.press("r", "enter")
        await until(app, pilot, lambda seen: "core-1: is being checked again" in seen, "it is read at once")
        site.agent.stop()
        try:
            await until(app, pilot, lambda seen: "✖ CRIT" in seen and "management" in seen, "management lost")
            await pilot.press("end")
            await until(app, pilot, lambda seen: "timeout" in seen or "refused" in seen, "why it could not be read")
        finally:
            site.agent.start()
        await pilot.press("home")
        await until(app, pilot, lambda seen: "✖ CRIT" not in seen, "it is read again")
    assert site.rechecks()[asked:] == ["somchai"]


async def test_the_last_days_of_the_rows_in_view_are_read(site: Site) -> None:
    async with site.dashboard("devices") as (app, pilot):
        await until(app, pilot, lambda _seen: "device:core-1" in app.picture.glances, "the days of a device")
        await pilot.press("4")
        await until(app, pilot, lambda _seen: "service:register" in app.picture.glances, "the days of a service")
        known = app.picture.glances
        assert {state for _, state in known["device:core-1"].spans} >= {State.UP}
        assert known["service:register"].initial is State.UNKNOWN, "nobody had looked 30 days ago"


async def test_only_what_has_moved_is_told_again(site: Site) -> None:
    async with site.dashboard() as (app, pilot):
        await until(app, pilot, lambda seen: "● 2 UP" in seen, "all is well")
        before = app.picture
        await until(app, pilot, lambda _seen: app.picture.revision != before.revision or app.picture.at > before.at, "a new look")
        moved = {
            subject for subject, standing in app.picture.states.by_subject.items()
            if before.states.by_subject.get(subject) is not standing
        }  # fmt: skip
        assert "service:register/overall" not in moved, "what stayed is the same object"


async def test_a_device_added_to_the_configuration_appears_once_the_watcher_knows_it(site: Site) -> None:
    async with site.dashboard("devices") as (app, pilot):
        await until(app, pilot, lambda seen: "● 2 UP" in seen, "all is well")
        file = site.folder / "wenyam.yaml"
        before = file.read_text(encoding="utf-8")
        file.write_text(before.replace("services:", "  new-1: {kind: other, address: 127.0.0.1}\nservices:"), encoding="utf-8")
        await until(app, pilot, lambda seen: "new-1" not in seen, "nothing yet")
        os.kill(site.watcher.pid, signal.SIGHUP)
        await until(app, pilot, lambda seen: "new-1" in seen, "the new device")
        file.write_text(before, encoding="utf-8")
        os.kill(site.watcher.pid, signal.SIGHUP)
        await until(app, pilot, lambda seen: "new-1" not in seen, "it is gone again")


async def test_a_silent_watcher_is_said_with_what_it_stored_last_and_a_new_one_is_found(site: Site) -> None:
    async with site.dashboard() as (app, pilot):
        await until(app, pilot, lambda seen: "● 2 UP" in seen, "all is well")
        site.watcher.stop()
        seen = await until(app, pilot, lambda seen: "The watcher is silent; last sign of life" in seen, "it says so")
        assert "control.sock" in seen
        assert app.screen.has_class("stale")
        await pilot.press("r")
        await pilot.pause()
        site.watcher.start()
        await until(app, pilot, lambda seen: "The watcher is silent" not in seen and "● 2 UP" in seen, "it watches again")


def test_the_installed_verb_opens_in_a_terminal_and_ends_on_q(site: Site) -> None:
    words = [sys.executable, "-m", "wenyam", "--config", str(site.folder), "tui", "--language", "th"]
    refused = subprocess.run(words, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert refused.returncode == 2
    assert "the dashboard needs a terminal" in refused.stderr
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    with subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        seen = _read(master, "ใช้งานได้".encode(), 30)
        os.write(master, b"q")
        _read(master, b"\x1b[?1049l", 30)
        assert process.wait(20) == 0
    os.close(master)
    colours = {int(number) for number in re.findall(rb"[34]8;5;(\d+)(?=[;m])", seen)}  # the last may have been cut
    assert colours <= GREYS, "NO_COLOR"


def _read(master: int, wanted: bytes, seconds: float) -> bytes:
    """Return what a terminal got until these bytes came."""
    seen, end = b"", time.monotonic() + seconds
    while wanted not in seen:
        if time.monotonic() > end:
            raise AssertionError(f"{wanted!r} did not come: {seen[-2000:]!r}")
        if select.select([master], [], [], 0.2)[0]:
            with suppress(OSError):
                seen += os.read(master, 65_536)
    return seen
