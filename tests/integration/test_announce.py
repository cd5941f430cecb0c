"""`wenyam announce` against a real watcher, a real mail server and a real receiver: said, shown, sent once, taken back."""

import getpass
import io
import json
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wenyam.cli.main import main
from wenyam.clock import SystemClock
from wenyam.i18n.dates import format_day, local_date
from wenyam.incidents import announcements
from wenyam.links.control import ask
from wenyam.model.instants import after
from wenyam.model.inventory import Text
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.mail_server import MailServer
from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

CLOCK = SystemClock()
SOON = 20.0
CONFIGURATION = """\
instance: {{name: announcing, site: head, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}, language: en}}
sites: {{head: {{label: {{th: สำนักงานใหญ่, en: Head office}}}}}}
people:
  anan: {{name: {{th: อนันต์ ใจดี, en: Anan Jaidee}}, mail: anan@example.org, os_user: {user}, roles: [user_representative]}}
  suda: {{name: {{th: สุดา, en: Suda}}, roles: [superior]}}
defaults: {{owner: anan, duty_officer: anan}}
devices: {{erp-db: {{kind: server, address: 127.0.0.1, alive: {{any_of: [icmp]}}}}}}
services: {{erp: {{label: {{th: ระบบ ERP, en: ERP}}, members: [erp-db]}}}}
channels:
  mail: {{kind: mail, sender: wenyam@example.org, language: th, severities: [critical],
         relays: [{{host: 127.0.0.1, port: {mail}, security: none}}]}}
  hook: {{kind: webhook, url: "{hook}", language: en, severities: [critical]}}
"""


class Done(NamedTuple):
    """How a verb ended and what it said."""

    code: int
    stdout: str
    stderr: str


class House:
    """A watcher, and who listens to it."""

    def __init__(self, place: Path, mail: MailServer, hook: HttpReceiver) -> None:
        self.place, self.mail, self.hook = place, mail, hook
        self.folder = place / "configuration"
        self.folder.mkdir(mode=0o755)
        (place / "state").mkdir()
        text = CONFIGURATION.format(place=place, mail=mail.port, hook=hook.url, user=getpass.getuser())
        (self.folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        self.watcher = RunningWatcher(self.folder, place / "run", place / "log")

    def announce(self, *words: str) -> Done:
        """Run the verb as its process would."""
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = main(["--config", str(self.folder), "announce", *words])
        return Done(code, out.getvalue(), err.getvalue())

    def add(self, *words: str) -> str:
        """Announce something and return its name."""
        done = self.announce("add", *words, "--json")
        assert done.code == 0, done.stderr
        return str(json.loads(done.stdout)["announcement"]["name"])

    def facts(self) -> list[tuple[str, str]]:
        with closing(open_reader(self.place / "state")) as reader:
            return [(each.fact.kind, each.fact.actor) for each in reader.facts_after(0, announcements.KINDS)]

    def titles(self) -> list[str]:
        return [heard.data["alerts"][0]["annotations"]["title"] for heard in self.hook.heard if heard.method == "POST"]

    def wait(self, what: Any) -> None:
        self.watcher.wait_for(lambda _rows: bool(what()), SOON, "the message is there")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with MailServer() as mail, HttpReceiver() as hook:
        made = House(tmp_path_factory.mktemp("announcing"), mail, hook)
        with made.watcher:
            yield made


def test_it_is_sent_once_through_its_channels_though_they_are_for_critical_alerts_and_taken_back(house: House) -> None:
    words = ("--th", "ระบบ ERP กลับมาใช้งานได้แล้ว", "--en", "ERP works again", "--service", "erp")
    name = house.add(*words, "--until", "+2h", "--channel", "hook", "--channel", "mail", "--to", "role:user_representative")
    house.wait(lambda: house.titles() == ["◆ Announcement: ERP works again"] and len(house.mail.mails) == 1)
    mailed = house.mail.mails[0]
    assert "ระบบ ERP กลับมาใช้งานได้แล้ว" in str(mailed.mail["Subject"])
    assert "ระบบที่เกี่ยวข้อง: ระบบ ERP" in mailed.text
    assert f"ประกาศโดย อนันต์ ใจดี · {name}" in mailed.text
    assert house.facts()[-1] == (announcements.ANNOUNCED, "anan")
    assert name in house.announce("list").stdout
    done = house.announce("withdraw", name, "--reason", "not all of it")
    assert "WITHDRAWN" in done.stdout
    house.wait(lambda: house.titles()[-1] == "◆ Announcement withdrawn: ERP works again")
    assert name not in house.announce("list").stdout
    assert "not all of it" in house.announce("list", "--all").stdout
    again = house.announce("withdraw", name)
    assert (again.code, f"no open announcement '{name}'" in again.stderr) == (2, True)


def test_without_channels_it_is_only_on_record_and_the_list_needs_no_watcher(house: House) -> None:
    before = len(house.titles())
    name = house.add("--en", "Water in the car park")
    found = json.loads(house.announce("list", "--json").stdout)["announcements"][0]
    assert (found["name"], found["th"], found["channels"], found["when"]) == (name, "", [], "open")
    assert len(house.titles()) == before


def test_a_plan_says_who_would_hear_it_and_announces_nothing(house: House) -> None:
    before = house.facts()
    done = house.announce(
        "add", "--en", "Drill", "--channel", "mail", "--channel", "hook", "--to", "anan", "--to", "suda", "--plan"
    )
    assert done.stdout.splitlines()[-3:] == ["through mail: anan", "through hook: whoever is there", "nothing is announced yet"]
    assert house.facts() == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "an announcement says something"),
        (("--en", "x" * 1001), "at most 1000 characters"),
        (("--en", "x", "--service", "epr"), "there is no service 'epr'. Did you mean 'erp'?"),
        (("--en", "x", "--channel", "mial"), "there is no channel 'mial'. Did you mean 'mail'?"),
        (("--en", "x", "--channel", "mail"), "channel 'mail' reaches nobody with that"),
        (("--en", "x", "--channel", "mail", "--to", "suda"), "channel 'mail' reaches nobody with that"),
        (("--en", "x", "--channel", "hook", "--to", "role:cook"), "there is no role 'cook'"),
        (("--en", "x", "--to", "anan"), "name one with --channel"),
        (("--en", "x", "--until", "2020-01-01"), "over at 2 Jan 2020 00:00, before anybody sees it"),
        (("--en", "x", "--until", "+91d"), "up to 90 days"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_sentence_and_leaves_no_fact(
    house: House, words: tuple[str, ...], sentence: str
) -> None:
    before = house.facts()
    done = house.announce("add", *words)
    assert done.code == 2
    assert sentence in done.stderr
    assert house.facts() == before


def test_times_are_those_of_the_instances_zone(house: House) -> None:
    tomorrow = local_date(after(CLOCK.now(), 86_400), "Asia/Bangkok")
    done = house.announce("add", "--en", "Closed tonight", "--until", f"{tomorrow}T23:00")
    told = f"until {format_day(after(CLOCK.now(), 86_400), 'Asia/Bangkok', 'en')} 23:00, by anan"
    assert told in done.stdout
    name = done.stdout.split()[0]
    assert told in house.announce("list").stdout
    assert f"{told}, withdrawn {format_day(CLOCK.now(), 'Asia/Bangkok', 'en')}" in house.announce("withdraw", name).stdout


def test_who_it_was_is_the_kernels_word_and_wrong_types_are_refused(house: House) -> None:
    socket = house.place / "run" / "control.sock"
    answer = ask(socket, {"action": "announce", "en": ["x"], "until": 1, "actor": "suda"})
    assert "'en' is a text" in answer["error"]
    answer = ask(socket, {"action": "announce", "en": "x", "until": "soon"})
    assert "needs an instant as 'until'" in answer["error"]
    until = after(CLOCK.now(), 60)
    answer = ask(socket, {"action": "announce", "en": "\x1b[31mx\u202e\ny", "until": until, "actor": "suda", "services": ["erp"]})
    assert (answer["announcement"]["by"], answer["announcement"]["en"]) == ("anan", "x y")


def test_what_another_process_announces_goes_out_too(house: House) -> None:
    text, now = Text("ย้ายระบบไปศูนย์สำรองแล้ว", "Services run at the DR site"), CLOCK.now()
    told = announcements.announced("drill-7", now, "suda", text, after(now, 3600), services=["erp"], channels=["hook"])
    with closing(open_writer(house.place / "state", CLOCK, "announcing", ballast_bytes=0)) as writer:
        writer.append(told)
    house.wait(lambda: house.titles()[-1] == "◆ Announcement: Services run at the DR site")
    assert house.titles().count("◆ Announcement: Services run at the DR site") == 1
