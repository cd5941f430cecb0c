"""`wenyam oncall` on a real configuration: read without a watcher, changed through a real one."""

import io
import json
import os
import pwd
import signal
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Component

from wenyam.cli.main import main
from wenyam.clock import SystemClock
from wenyam.incidents.stand_ins import KINDS
from wenyam.links.control import ask
from wenyam.model.instants import to_datetime
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_reader
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

ZONE = ZoneInfo("Asia/Bangkok")
NOW = to_datetime(SystemClock().now()).astimezone(ZONE)
MONDAY = (NOW - timedelta(days=NOW.weekday() + 7)).date()
ME = pwd.getpwuid(os.getuid()).pw_name
DAY = timedelta(days=1)


class Done(NamedTuple):
    """How a verb ended and what it said."""

    code: int
    stdout: str
    stderr: str


class Site:
    """A small configuration with a rota of two layers, and what people do to it."""

    def __init__(self, directory: Path) -> None:
        self.folder = directory / "configuration"
        self.folder.mkdir(mode=0o755)
        self.run_directory = directory / "run"
        self.watcher = RunningWatcher(self.folder, self.run_directory, directory / "log")
        (self.folder / "wenyam.yaml").write_text(
            f"""\
instance:
  name: dc-main
  site: office
  language: en
  state_directory: {directory / "state"}
  run_directory: {self.run_directory}
  exporter: {{enabled: false}}
sites: {{office: }}
people:
  somchai: {{name: {{th: "สมชาย", en: "Somchai; \\"the \\\\ first\\", Jaidee"}}, telephone: 02-000-0001, os_user: {ME}}}
  malee: {{name: {{th: มาลี, en: Malee}}, telephone: 02-000-0002}}
  anan: {{name: {{th: อนันต์, en: Anan}}}}
defaults: {{owner: somchai, duty_officer: somchai}}
oncall:
  rotas:
    centre:
      label: {{th: ศูนย์ข้อมูล, en: Data centre}}
      starts: {MONDAY}
      weekday: mon
      layers: [{{people: [somchai, malee]}}, {{people: [anan]}}]
    desk: {{starts: {MONDAY}, people: [malee], hours: office}}
""",
            encoding="utf-8",
        )

    def wenyam(self, *words: str) -> Done:
        """Run a verb as its process would."""
        said = io.BytesIO()
        with redirect_stdout(io.TextIOWrapper(said, encoding="utf-8", newline="")) as out, redirect_stderr(io.StringIO()) as err:
            code = main(["--config", str(self.folder), *words])
            out.flush()
        return Done(code, said.getvalue().decode(), err.getvalue())

    def on_duty(self, *words: str) -> list[str]:
        """Return who is on duty in the first layer of `centre`."""
        done = self.wenyam("oncall", "--json", *words)
        assert done.code == 0, done.stderr
        rotas = {rota["name"]: rota for rota in json.loads(done.stdout)["rotas"]}
        return [layer["person"] for layer in rotas["centre"]["layers"]]

    def events(self) -> dict[str, tuple[datetime, datetime, str]]:
        """Return the calendar as another program reads it."""
        done = self.wenyam("oncall", "ical", "centre", "--months", "2")
        assert done.code == 0, done.stderr
        content = done.stdout.encode()
        assert all(line.endswith(b"\r") for line in content.split(b"\n")[:-1])
        return {str(e["uid"]): (e.decoded("dtstart"), e.decoded("dtend"), str(e["summary"])) for e in _events(content)}


def _events(content: bytes) -> list[Component]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.watcher.stop()


def monday(weeks: int) -> str:
    return f"{MONDAY + timedelta(weeks=weeks)}T12:00"


def test_duty_is_told_before_anything_ever_ran(site: Site) -> None:
    done = site.wenyam("oncall", "--at", monday(1))
    assert done.code == 0
    assert "Data centre (centre)" in done.stdout
    assert "1  Malee · 02-000-0002" in done.stdout
    assert "2  Anan" in done.stdout
    assert "what was entered at run time is not in it: no 'wenyam run' has begun with " in done.stderr
    assert site.on_duty("--at", monday(2)) == ["somchai", "anan"]
    thai = site.wenyam("oncall", "--language", "th", "--at", "2026-12-10T10:00").stdout
    assert "10 ธ.ค. 2569 10:00 น. · วันหยุด: วันรัฐธรรมนูญ" in thai
    assert "ไม่มีผู้อยู่เวร · ต่อด้วย มาลี ตั้งแต่ 11 ธ.ค. 2569 08:30 น." in thai


def test_a_calendar_is_read_by_others_and_keeps_its_ids(site: Site) -> None:
    found = site.events()
    assert found == site.events()
    firsts = sorted((start, end) for uid, (start, end, _) in found.items() if uid.startswith("centre-1-"))
    assert all(before[1] == following[0] for before, following in pairwise(firsts))
    assert all(start.astimezone(ZONE).strftime("%a %H:%M") == "Mon 08:30" for start, _ in firsts)
    assert {text for _, _, text in found.values()} == {
        'Data centre 1: Somchai; "the \\ first", Jaidee', "Data centre 1: Malee", "Data centre 2: Anan"
    }  # fmt: skip
    assert all(start.year < 2500 for start, _, _ in found.values())


def test_somebody_stands_in_is_withdrawn_and_both_outlive_a_killed_watcher(site: Site) -> None:
    assert "does not answer" in site.wenyam("oncall", "override", "centre", "anan", "--until", "+2h", "--reason", "ill").stderr
    site.watcher.start()
    before = site.on_duty()
    done = site.wenyam("oncall", "override", "centre", "anan", "--until", "+2h", "--reason", "ill\tin bed\x1b[31m")
    assert done.code == 0, done.stderr
    number = done.stdout.split()[-1]
    assert site.on_duty() == ["anan", "anan"]
    assert site.on_duty("--at", "+3h")[0] in ("somchai", "malee")
    assert "On duty: Anan (Data centre)" in site.wenyam("status").stdout
    text = site.wenyam("oncall").stdout
    assert f"stand-in {number}: Anan" in text
    assert "ill in bed" in text
    assert "\x1b" not in text
    site.watcher.stop(signal.SIGKILL)
    assert site.on_duty() == ["anan", "anan"], "the store is read while nobody runs"
    site.watcher.start()
    assert site.on_duty() == ["anan", "anan"]
    done = site.wenyam("oncall", "withdraw", number, "--reason", "well again")
    assert (done.code, before[0] in done.stdout) == (0, True), done.stderr
    assert site.on_duty() == before
    assert "there is no stand-in" in site.wenyam("oncall", "withdraw", number, "--reason", "again").stderr
    assert [row[0] for row in facts(site)] == ["somchai", "somchai"], "the kernel says who it was"


def facts(site: Site) -> list[tuple[str, str]]:
    with closing(open_reader(Path(load(site.folder).instance.state_directory))) as reader:
        return [(each.fact.actor, each.fact.kind) for each in reader.facts_after(0, KINDS)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["centre", "nobody"], "there is no person 'nobody'"),
        (["center", "anan"], "there is no rota 'center' in 'oncall'. Did you mean 'centre'?"),
        (["centre", "anan", "--layer", "3"], "there is no layer 3; rota 'centre' has 2"),
        (["centre", "anan", "--until", "2020-01-01"], "before it begins or before now"),
        (["centre", "anan", "--until", "2569-12-31"], "looks like a Buddhist-era year; write 2026-12-31"),
        (["centre", "anan", "--until", "tomorrow"], "--until: 'tomorrow' is not a moment"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_sentence(running: Site, words: list[str], sentence: str) -> None:
    until = [] if "--until" in words else ["--until", "+2h"]
    done = running.wenyam("oncall", "override", *words, *until, "--reason", "ill")
    assert (done.code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_the_actor_is_never_a_field_of_the_request(running: Site) -> None:
    now = SystemClock().now()
    request = {"action": "oncall-override", "rota": "centre", "person": "anan", "layer": 1, "starts": now, "ends": now + 60_000}
    answer = ask(running.run_directory / "control.sock", request | {"reason": "x", "actor": "malee"})
    assert answer["number"] > 0
    assert facts(running)[-1][0] == "somchai"
    assert (
        "needs a number as 'ends'"
        in ask(running.run_directory / "control.sock", request | {"reason": "x", "ends": "late"})["error"]
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("running"))
    with made.watcher:
        yield made
