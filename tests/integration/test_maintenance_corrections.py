"""Availability corrected afterwards with real signatures: every rule seen refusing, then both figures seen side by side."""

import asyncio
import io
import json
import os
import pwd
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wenyam.availability.corrections import FACT_KIND, CorrectedState, Correction
from wenyam.cli.main import main
from wenyam.clock import SystemClock
from wenyam.errors import UsageError, WenyamError
from wenyam.links.signed_text import LIFE, SignatureRefusedError, SignedText
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, after
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.operations.corrections import CorrectionDesk, CorrectionRefusedError
from wenyam.settings.loader import load
from wenyam.store.interface import Transition
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.signing import make_key, public_line, sign

pytestmark = pytest.mark.real

ME = pwd.getpwuid(os.getuid()).pw_name
WEB = Subject.parse("device:web")
HOUR = 3600.0


class Done(NamedTuple):
    """How a verb ended and what it said."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Office:
    """Malee is a superior, Anan a mere operator, Somchai gives the commands."""

    folder: Path
    keys: dict[str, Path]
    now: Instant

    @property
    def configuration(self) -> Path:
        return self.folder / "configuration"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def wenyam(self, *words: str) -> Done:
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = main(["--config", str(self.configuration), *words])
        return Done(code, out.getvalue(), err.getvalue())

    def desk(self, actor: str = "somchai", later: float = 0.0) -> CorrectionDesk:
        return CorrectionDesk(load(self.configuration), FakeClock(after(self.now, later)), actor)

    def text(self, subject: str = "web", state: str = "planned", reason: str = "ไฟฟ้าดับตามแผน") -> SignedText:
        period = (after(self.now, -2 * HOUR), after(self.now, -HOUR))
        with closing(open_reader(self.state)) as reader:
            return self.desk().text(self.desk().claim(reader, subject, period, state, reason))

    def hand_in(
        self, content: bytes, by: str = "malee", *, signature: bytes = b"", actor: str = "somchai", later: float = 0.0
    ) -> ChainedFact:
        desk = self.desk(actor, later)
        with closing(open_writer(self.state, desk.clock, "dc-main", ballast_bytes=0)) as writer:
            return asyncio.run(desk.take_in(writer, content, signature or sign(self.keys[by], content)))

    def facts(self) -> list[ChainedFact]:
        with closing(open_reader(self.state)) as reader:
            assert reader.verify().problem == ""
            return reader.facts_after(0, [FACT_KIND])

    def entry(self) -> dict[str, Any]:
        done = self.wenyam("availability", "device:web", "--period", "last:1d", "--json")
        assert done.code == 0, done.stderr
        entry: dict[str, Any] = json.loads(done.stdout)["entries"][0]
        return entry


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Watch a device that was down for an hour, an hour ago."""
    keys = {name: make_key(tmp_path / name) for name in ("malee", "anan", "somchai", "stranger")}
    (tmp_path / "configuration").mkdir(mode=0o755)
    key = {name: f'keys: [{{public: "{public_line(path)}"}}]' for name, path in keys.items()}
    (tmp_path / "configuration" / "wenyam.yaml").write_text(
        f"""\
instance: {{name: dc-main, site: office, language: en, state_directory: {tmp_path / "state"}, exporter: {{enabled: false}}}}
sites: {{office: }}
people:
  somchai: {{name: Somchai, os_user: {ME}, roles: [operator, superior], {key["somchai"]}}}
  malee: {{name: Malee, roles: [superior], {key["malee"]}}}
  anan: {{name: Anan, roles: [operator], {key["anan"]}}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices: {{web: {{kind: server, address: 127.0.0.1}}}}
groups: {{all: {{members: [web]}}}}
""",
        encoding="utf-8",
    )
    now = SystemClock().now()
    (tmp_path / "state").mkdir()
    with closing(open_writer(tmp_path / "state", FakeClock(now), "dc-main", ballast_bytes=0)) as writer:
        writer.register({WEB: after(now, -4 * HOUR)}, after(now, -4 * HOUR))
        before = State.UNKNOWN
        for hours, state in ((-4.0, State.UP), (-2.0, State.DOWN), (-1.0, State.UP)):
            at = after(now, hours * HOUR)
            writer.apply([Transition(StateRecord(WEB, state, at), StateChange(WEB, before, state, at, at))])
            before = state
        writer.heartbeat(after(now, 60.0))
    return Office(tmp_path, keys, now)


def test_a_superior_signs_and_both_figures_are_shown(office: Office) -> None:
    assert office.entry()["corrected"] is None
    file = office.folder / "text"
    begin, end = "2000-01-01", "now"
    words = ["availability", "correct", "device:web", "--from", begin, "--until", end, "--state", "planned", "--reason", "power"]
    done = office.wenyam(*words, "--text", str(file))
    assert done.code == 0, done.stderr
    assert "a superior or dr_committee signs it: ssh-keygen -Y sign" in done.stderr
    assert office.wenyam(*words, "--text", str(file)).code == 2, "a text that may be signed already is left"
    signature = office.folder / "text.sig"
    signature.write_bytes(sign(office.keys["malee"], file.read_bytes()))
    taken = office.wenyam("availability", "correct", "--text", str(file), "--signature", str(signature))
    assert (taken.code, taken.stdout.strip()) == (
        0, "device:web counts as planned in that time, signed by malee; both figures are shown"
    ), taken.stderr  # fmt: skip
    entry = office.entry()
    assert entry["seconds"]["down"] == pytest.approx(HOUR, abs=1)
    assert (entry["availability"], entry["corrected"]["availability"]) == (pytest.approx(0.75, abs=0.01), 1.0)
    (fact,) = office.facts()
    assert (fact.fact.actor, fact.fact.body["entered_by"]) == ("malee", "somchai")
    assert Correction.of_fact(fact.fact).state is CorrectedState.PLANNED
    kept = {path.name.rpartition(".")[2] for path in (office.state / "evidence" / "corrections").iterdir()}
    assert kept == {"txt", "sig"}
    again = office.wenyam("availability", "correct", "--text", str(file), "--signature", str(signature))
    assert (again.code, "each is accepted once" in again.stderr) == (1, True)
    assert len(office.facts()) == 1


def test_a_forged_an_expired_and_a_changed_text_are_refused(office: Office) -> None:
    content = str(office.text()).encode()
    refusals = [
        (content.replace(b"mode: planned", b"mode: up"), sign(office.keys["malee"], content), 0.0, "the text says"),
        (content.replace(b"device:web", b"device:wob"), b"", 0.0, "there is no 'device:wob'"),
        (content, sign(office.keys["malee"], content, "file"), 0.0, "was made for 'file'"),
        (content, sign(office.keys["malee"], content + b"x"), 0.0, "is not malee's over this text"),
        (content, sign(office.keys["stranger"], content), 0.0, "belongs to nobody in 'people'"),
        (content, b"no signature", 0.0, "holds no OpenSSH signature"),
        (content, b"", LIFE, "the text expired"),
        (content.replace(b"purpose: availability-correct", b"purpose: restore-confirm"), b"", 0.0, "is about no correction"),
    ]
    for text, signature, later, sentence in refusals:
        with pytest.raises(WenyamError, match=sentence):
            office.hand_in(text, signature=signature, later=later)
    assert office.facts() == []
    assert office.hand_in(content).fact.actor == "malee"


def test_whoever_has_no_right_or_gives_the_command_cannot_sign(office: Office) -> None:
    content = str(office.text()).encode()
    with pytest.raises(CorrectionRefusedError, match="anan may not correct availability; roles that may: superior, dr_committee"):
        office.hand_in(content, "anan")
    with pytest.raises(CorrectionRefusedError, match="somchai gives this command"):
        office.hand_in(content, "somchai")
    with pytest.raises(SignatureRefusedError, match="belongs to nobody"):
        office.hand_in(content, "stranger")
    assert office.facts() == []
    assert office.hand_in(content, "somchai", actor="anan").fact.actor == "somchai"


def test_a_correction_of_everything_counts_for_every_subject(office: Office) -> None:
    assert office.hand_in(str(office.text("*", "up")).encode()).fact.body["subject"] == "*"
    assert office.entry()["corrected"] is not None


@pytest.mark.parametrize(
    ("subject", "hours", "reason", "sentence"),
    [
        ("wep", (-2.0, -1.0), "x", "there is no 'wep'"),
        ("group:all", (-2.0, -1.0), "x", "a correction is about one device, link or service"),
        ("web", (-1.0, -2.0), "x", "ends before it starts"),
        ("web", (-1.0, 1.0), "x", "still to come"),
        ("web", (-2.0, -1.0), "\x1b[0m ", "needs a reason"),
    ],
)
def test_what_cannot_be_corrected_is_refused_before_anybody_signs(
    office: Office, subject: str, hours: tuple[float, float], reason: str, sentence: str
) -> None:
    period = (after(office.now, hours[0] * HOUR), after(office.now, hours[1] * HOUR))
    with closing(open_reader(office.state)) as reader, pytest.raises(UsageError, match=sentence):
        office.desk().claim(reader, subject, period, "up", reason)


def test_options_of_correct_alone_say_where_they_belong(office: Office) -> None:
    done = office.wenyam("availability", "web", "--state", "up")
    assert (done.code, "belong to: wenyam availability correct" in done.stderr) == (2, True)
    assert "correct needs one SUBJECT" in office.wenyam("availability", "correct", "--state", "up").stderr
