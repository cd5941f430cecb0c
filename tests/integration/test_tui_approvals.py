"""A step of a real run approved from the dashboard, with the person's own key: what must not count is refused in the dialog."""

import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerCancelled

from wenyam.clock import SystemClock
from wenyam.dr import facts
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_reader
from wenyam.testing import screens
from wenyam.testing.recovery_plans import PLAN, committee_keys, dr, me, start, write_configuration
from wenyam.testing.screens import settled
from wenyam.testing.signing import make_key
from wenyam.testing.watcher import RunningWatcher
from wenyam.tui.app import WenyamApp
from wenyam.tui.gathering import WatcherSource
from wenyam.tui.picture import Picture

pytestmark = [pytest.mark.real, pytest.mark.long]

EVER = Period(Instant(0), Instant(2**53))
SECONDS = 60.0
until = partial(screens.until, seconds=SECONDS)


@dataclass
class Drill:
    """A drill that waits for one approval, and the watcher beside it; the keys of everybody are in `keys`."""

    folder: Path
    keys: Path
    process: "subprocess.Popen[str]"

    def app(self) -> WenyamApp:
        configuration = load(self.folder)
        return WenyamApp(WatcherSource(configuration, SystemClock()), Picture(configuration), "en", "recovery")

    def approvals(self) -> list[ChainedFact]:
        with closing(open_reader(self.folder / "state")) as reader:
            return reader.facts(EVER, facts.APPROVED)


@pytest.fixture
def drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Drill]:
    keys, folder, home = committee_keys(tmp_path / "keys"), tmp_path / "c", tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    instance = {
        "name": "wenyam-dr", "site": "dr", "language": "en", "ballast": "1MiB", "operators_group": me(),
        "state_directory": str(folder / "state"), "run_directory": str(folder / "run"), "exporter": {"enabled": False},
    }  # fmt: skip
    committee = {"members": ["malee", "wichai", "anong"], "quorum": getattr(request, "param", 1)}
    write_configuration(
        folder, [{"id": "agree", "do": "approve"}], keys=keys, plan={"committee": committee}, more={"instance": instance}
    )
    rehearsed = dr(folder, "rehearse", PLAN)
    assert rehearsed.returncode == 0, rehearsed.stderr
    with RunningWatcher(folder, folder / "run", tmp_path / "log"), start(folder, "drill", PLAN) as process:
        try:
            yield Drill(folder, keys, process)
        finally:
            process.kill()


async def answer(app: WenyamApp, pilot: Pilot[None], text: str) -> None:
    """Give the last field of the open dialog and go on."""
    app.screen.query(Input).last().value = text
    await pilot.press("enter")
    with suppress(WorkerCancelled):  # a dialog that is left takes its own worker with it
        await settled(pilot)


async def test_a_step_is_approved_with_ones_own_key_and_the_run_goes_on(drill: Drill) -> None:
    app = drill.app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(app, pilot, lambda seen: "▶ drill" in seen and "agree" in seen, "the run waits")
        await pilot.press("a")
        await until(app, pilot, lambda seen: "Approve a step" in seen, "it asks first")
        await answer(app, pilot, "agreed by telephone")
        seen = await until(app, pilot, lambda seen: "You sign this text" in seen, "what is signed")
        for words in (
            "purpose: dr-approve",
            "mode: drill",
            "reason: agreed by telephone",
            "nonce:",
            "expires:",
            "ssh-keygen -Y sign",
        ):
            assert words in seen, words

        await answer(app, pilot, str(drill.keys / "somchai"))
        await until(app, pilot, lambda seen: "own signature does" in seen, "who runs it does not count")
        await answer(app, pilot, str(make_key(drill.keys / "stranger")))
        await until(app, pilot, lambda seen: "belongs to nobody" in seen, "a stranger's key")
        await answer(app, pilot, str(make_key(drill.keys / "locked", passphrase="secret")))
        await until(app, pilot, lambda seen: "ssh-add" in seen, "a passphrase is never asked for")
        assert drill.approvals() == []

        await answer(app, pilot, str(drill.keys / "malee"))
        await until(app, pilot, lambda seen: "signed by malee" in seen, "it is taken in")
        assert drill.process.wait(SECONDS) == 0
        await until(app, pilot, lambda seen: "▶ drill" not in seen, "the run is over")
    (approved,) = drill.approvals()
    assert (approved.fact.actor, approved.fact.body["person"], approved.fact.body["reason"]) == (
        "somchai",
        "malee",
        "agreed by telephone",
    )


@pytest.mark.parametrize("drill", [2], indirect=True)
async def test_two_people_sign_each_at_a_dashboard_and_the_first_is_seen_to_have_signed(drill: Drill) -> None:
    first, second = drill.app(), drill.app()
    malee = first.look_of("", frozenset(), 0).person("malee")
    async with first.run_test(size=(80, 24), notifications=True) as pilot:
        await until(first, pilot, lambda seen: "▶ drill" in seen and "agree" in seen, "the run waits")
        await pilot.press("enter")
        await until(first, pilot, lambda seen: "waits for signatures" in seen, "it says what it waits for")
        await pilot.press("a")
        await until(first, pilot, lambda seen: "Approve a step" in seen, "it asks first")
        await answer(first, pilot, "")
        await answer(first, pilot, str(drill.keys / "malee"))
        await until(first, pilot, lambda seen: f"signed: {malee}" in " ".join(seen.split()), "who has signed")
    assert drill.process.poll() is None, "one of two is not enough"
    async with second.run_test(size=(160, 48), notifications=True) as pilot:
        await pilot.press("8")
        await until(second, pilot, lambda seen: "▶ drill" in seen, "the run waits on")
        await pilot.press("enter")
        await until(second, pilot, lambda seen: f"signed: {malee}" in " ".join(seen.split()), "the other one sees it")
        await pilot.press("a")
        await answer(second, pilot, "")
        await answer(second, pilot, str(drill.keys / "wichai"))
        assert drill.process.wait(SECONDS) == 0
    assert [each.fact.body["person"] for each in drill.approvals()] == ["malee", "wichai"]


def sign_elsewhere(key: Path, text: Path) -> None:
    words = ["/usr/bin/ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", "wenyam", str(text)]
    subprocess.run(words, check=True, capture_output=True, timeout=SECONDS)


async def test_without_a_key_at_hand_the_text_is_written_and_the_command_takes_it_back(drill: Drill) -> None:
    app = drill.app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(app, pilot, lambda seen: "▶ drill" in seen and "agree" in seen, "the run waits")
        await pilot.press("enter")
        await pilot.press("a")
        await answer(app, pilot, "")
        await until(app, pilot, lambda seen: "You sign this text" in seen, "what is signed")
        await answer(app, pilot, "")
        await until(app, pilot, lambda seen: "You sign this text" not in seen, "it is written")
    (text,) = Path.home().glob("*-agree.txt")
    sign_elsewhere(drill.keys / "wichai", text)
    run = text.name.removesuffix("-agree.txt")
    taken = dr(drill.folder, "approve", run, "agree", "--text", str(text), "--signature", f"{text}.sig")
    assert taken.returncode == 0, taken.stderr
    assert drill.process.wait(SECONDS) == 0
