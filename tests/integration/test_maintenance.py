"""Planned work on a real watcher: in force at once, over a kill, ended early, and what it does to figures and incidents."""

import io
import json
import os
import pwd
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wenyam.cli.main import main
from wenyam.clock import SystemClock
from wenyam.engine import added_windows
from wenyam.incidents import facts as incident_facts
from wenyam.incidents.book import Book
from wenyam.links.control import ask
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import PlannedWindow
from wenyam.model.states import Subject
from wenyam.store.interface import EnteredWindow
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

ME = pwd.getpwuid(os.getuid()).pw_name
WEB = "device:web"
SOON = 15.0


class Done(NamedTuple):
    """How a verb ended and what it said."""

    code: int
    stdout: str
    stderr: str


class Door:
    """A listener that can be closed and opened again on one port."""

    def __init__(self) -> None:
        self.port = free_port()
        self._socket: socket.socket | None = None

    def open(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=64)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Site:
    """Two devices, one behind the other, and a service, watched by a real watcher."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.door = directory, Door()
        self.folder, self.run_directory = directory / "configuration", directory / "run"
        self.folder.mkdir(mode=0o755)
        self.watcher = RunningWatcher(self.folder, self.run_directory, directory / "log")
        self.write()

    def write(self, more: str = "", instance: str = "") -> None:
        """Write the configuration."""
        alive = f'{{any_of: ["tcp:{self.door.port}"], interval: 1s, timeout: 300ms, after: 2, recheck: 200ms}}'
        (self.folder / "wenyam.yaml").write_text(
            f"""\
instance: {{name: dc-main, site: office, language: en, state_directory: {self.directory / "state"},
           run_directory: {self.run_directory}, exporter: {{enabled: false}}{instance}}}
sites: {{office: }}
people:
  somchai: {{name: Somchai, os_user: {ME}, roles: [operator]}}
  malee: {{name: Malee, roles: [superior]}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices:
  web: {{kind: server, address: 127.0.0.1, alive: {alive}}}
  behind: {{kind: server, address: 127.0.0.1, shared_address: true, parents: [web], alive: {alive}}}
services: {{shop: {{label: Shop, members: {{all: [behind]}}}}}}
groups: {{both: {{members: [web, behind]}}}}
{more}
""",
            encoding="utf-8",
        )

    def wenyam(self, *words: str) -> Done:
        """Run a verb as its process would."""
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = main(["--config", str(self.folder), *words])
        return Done(code, out.getvalue(), err.getvalue())

    def add(self, *words: str, approved_by: str = "malee") -> Done:
        """Enter planned work."""
        return self.wenyam("maintenance", "add", *words, "--reason", "new disks", "--approved-by", approved_by)

    def windows(self) -> dict[str, Any]:
        """Return what `maintenance list` says, by name."""
        done = self.wenyam("maintenance", "list", "--json")
        assert done.code == 0, done.stderr
        return {window["name"]: window for window in json.loads(done.stdout)["windows"]}

    def window_of(self, subject: str) -> Any:
        return (self.watcher.states() or {}).get(subject, {}).get("window")

    def open_incidents(self) -> list[str]:
        with closing(open_reader(self.directory / "state")) as reader:
            book = Book(each.fact for each in reader.facts_after(0, incident_facts.KINDS))
        return [str(incident.root) for incident in book.open()]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.door.open()
    yield made
    made.watcher.stop()
    made.door.close()


def test_added_work_is_in_force_at_once_survives_a_kill_and_its_overrun_alerts(site: Site) -> None:
    site.watcher.start()
    site.watcher.wait_state(WEB, "up", SOON)
    done = site.add("web", "--from", "now", "--until", "+1h", "--change", "FM-EI-02/17", "--name", "disks")
    assert done.code == 0, done.stderr
    assert done.stdout.startswith("disks: in force")
    assert site.window_of(WEB) == "disks", "without waiting for the next look"
    site.door.close()
    site.watcher.wait_state(WEB, "down", SOON)
    assert site.open_incidents() == []
    site.watcher.stop(signal.SIGKILL)
    window = site.windows()["disks"]
    assert (window["when"], window["change"], window["entered_by"]) == ("now", "FM-EI-02/17", "somchai")
    site.watcher.start()
    site.watcher.wait_state(WEB, "down", SOON)
    assert site.window_of(WEB) == "disks"
    os.kill(site.watcher.pid, signal.SIGHUP)
    assert site.open_incidents() == []
    done = site.wenyam("maintenance", "end", "disks", "--reason", "did not work")
    assert "ended" in done.stdout, done.stderr
    assert site.window_of(WEB) is None
    site.watcher.wait_for(lambda _rows: site.open_incidents() == [WEB], SOON, "the overrun opens one incident")
    assert "is over already" in site.wenyam("maintenance", "end", "disks").stderr
    assert site.windows()["disks"]["when"] == "past"
    figures = json.loads(site.wenyam("availability", "device:web", "--period", "last:1d", "--json").stdout)["entries"][0]
    assert figures["seconds"]["planned"] > 0
    assert figures["seconds"]["down"] > 0
    site.watcher.stop()
    with closing(open_reader(site.directory / "state")) as reader:
        facts = reader.facts_after(0, added_windows.KINDS)
        assert [(each.fact.actor, each.fact.kind) for each in facts] == [
            ("somchai", added_windows.ADDED), ("somchai", added_windows.ENDED)
        ]  # fmt: skip
        assert reader.verify().problem == ""


def test_work_to_come_is_withdrawn_and_that_of_the_configuration_is_ended_too(site: Site) -> None:
    site.write("windows: {move: {subjects: ['group:both'], starts: 2026-01-01, ends: 2099-01-01, reason: x, approved_by: malee,"
               " approved_at: 2025-12-01}}")  # fmt: skip
    site.watcher.start()
    site.watcher.wait_state(WEB, "up", SOON)
    assert site.window_of(WEB) == "move"
    late = site.add("behind", "--from", "2026-11-01", "--until", "+1h", "--approved-at", "2026-10-30", "--name", "late", "--json")
    window = json.loads(late.stdout)["window"]
    assert window["starts"] == "2026-10-31T17:00:00.000Z"
    assert window["entered_at"] > window["starts"], "entered late it counts from its entry"
    assert "ended" in site.wenyam("maintenance", "end", "late").stdout
    answer = ask(site.run_directory / "control.sock", {"action": "maintenance-add", "subjects": "web", "actor": "malee"})
    assert "needs a list of names as 'subjects'" in answer["error"]
    assert site.add("behind", "--from", "+1h", "--until", "+2h").code == 0
    assert site.add("behind", "--schedule", "every sun 01:00", "--duration", "2h", "--name", "sundays").code == 0
    listed = site.windows()
    assert [window["when"] for window in listed.values()] == ["now", "coming", "coming", "past"]
    (coming,) = (name for name in listed if name.startswith("behind-2"))
    assert "withdrawn before it began" in site.wenyam("maintenance", "end", coming).stdout
    assert "ended" in site.wenyam("maintenance", "end", "move").stdout
    assert site.window_of(WEB) is None
    site.watcher.stop()
    site.watcher.start()
    assert site.window_of(WEB) is None, "what was ended does not come back with a restart"
    listed = site.windows()
    assert {name: window["when"] for name, window in listed.items()} == {
        "move": "past", "late": "past", coming: "withdrawn", "sundays": "coming",
    }  # fmt: skip
    assert "COMING     sundays" in site.wenyam("maintenance", "list").stdout
    assert "there is no window 'mover'" in site.wenyam("maintenance", "end", "mover").stderr


def test_a_plan_says_what_work_touches_and_enters_nothing(site: Site) -> None:
    done = site.add("web", "--from", "now", "--until", "+1h", "--plan")
    assert done.code == 0, done.stderr
    assert "planned, so neither alerts nor counts as down: device:web" in done.stdout
    assert "behind it, unreachable meanwhile, which counts and is told with its cause: device:behind" in done.stdout
    assert "services that stand on it; they alert and count unless they are named too: service:shop" in done.stdout
    assert "0 others are not touched" in done.stdout
    assert site.windows() == {}
    assert site.wenyam("maintenance", "list").stdout == "no planned work\n"
    assert "does not answer" in site.add("web", "--from", "now", "--until", "+1h").stderr


@pytest.mark.parametrize(
    ("words", "approved_by", "sentence"),
    [
        (["wep", "--from", "now", "--until", "+1h"], "malee", "there is no device 'wep'. Did you mean 'web'?"),
        (["site:office", "--from", "now", "--until", "+1h"], "malee", "begins with none of device:, link:, service:, group:"),
        (["web", "--from", "now", "--until", "+1h"], "somchai", "somchai enters it and so cannot be who approved it"),
        (["web", "--from", "now", "--until", "+1h"], "mali", "there is no person 'mali' who could have approved it"),
        (["web", "--from", "2026-01-01", "--until", "+1h"], "malee", "it was approved after it began, so it is not planned"),
        (["web", "--from", "2026-01-01", "--until", "2026-01-02"], "malee", "nobody can plan the past"),
        (["web", "--from", "+2h", "--until", "+1h"], "malee", "it ends before it starts"),
        (["web", "--from", "now"], "malee", "say when: --from and --until, or --schedule and --duration"),
        (["web", "--schedule", "sundays", "--duration", "1h"], "malee", "schedule 'sundays' was not understood"),
        (["web", "--schedule", "every sun 01:00", "--duration", "1"], "malee", "'1' is not a duration"),
        (["web", "--from", "now", "--until", "+1h", "--approved-at", "+1h"], "malee", "which is still to come"),
        (["web", "--from", "now", "--until", "+1h", "--name", "A B"], "malee", "--name: 'A B' is not a name"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_sentence(site: Site, words: list[str], approved_by: str, sentence: str) -> None:
    done = site.add(*words, "--plan", approved_by=approved_by)
    assert (done.code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_whoever_enters_it_may_approve_it_where_the_settings_say_so(site: Site) -> None:
    site.write(instance=", approve_own_windows: true")
    assert site.add("web", "--from", "now", "--until", "+1h", "--plan", approved_by="somchai").code == 0


def test_a_window_whose_facts_were_sealed_away_is_known_by_its_row(tmp_path: Path) -> None:
    clock = SystemClock()
    start = clock.now()
    window = PlannedWindow("w", (Subject.parse("web"),), "every sun 01:00", None, None, 60.0, "x", "malee", start, "", "somchai")
    with closing(open_writer(tmp_path, clock, "dc-main", ballast_bytes=0)) as writer:
        writer.enter_windows([window], start)
        writer.append(added_windows.added(window, start, "somchai"))
        rows, known = writer.windows(), writer.facts_after(0, added_windows.KINDS)
        assert added_windows.planned([], rows, known) == [window]
        assert added_windows.planned([], rows, []) == [window]
        assert added_windows.planned([], [], known) == [window], "killed between the fact and the row"
        writer.append(added_windows.ended(window, start, "somchai", "done"))
        known = writer.facts_after(0, added_windows.KINDS)
        assert added_windows.planned([], rows, known) == [], "killed before the row was withdrawn"


def test_a_window_of_an_older_version_is_still_the_same(tmp_path: Path) -> None:
    start = Instant(1_700_000_000_000)
    old = PlannedWindow("w", (Subject.parse("web"),), None, start, after(start, 60.0), None, "x", "malee", start)
    with closing(open_writer(tmp_path, SystemClock(), "dc-main", ballast_bytes=0)) as writer:
        writer.enter_windows([old], start)
        writer.enter_windows([old], after(start, 5.0))
        assert writer.windows() == [EnteredWindow(old, start)]
        (fact,) = writer.facts_after(0, ["window-entered"])
        assert '"change"' not in str(fact.fact.body["window"])
