"""A past night on the same screens: out of a real database, at a speed, and without any way to act on it."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.errors import UsageError
from wenyam.model.instants import Instant, Period, after
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.operations.replay import Past, past
from wenyam.store.interface import Transition
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.pictures import NOW, FixedSource, configuration, in_trouble
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture, Wishes
from wenyam.tui.replay import ReplayError, ReplaySource

CORE, WEB = Subject.parse("device:core-1"), Subject.parse("device:web-1")


def change(subject: Subject, previous: State, state: State, seconds: float, number: int) -> StateChange:
    return StateChange(subject, previous, state, after(NOW, seconds - 15), after(NOW, seconds), f"now {state}", sequence=number)


def night() -> Past:
    changes = (
        change(CORE, State.UNKNOWN, State.UP, -7_200, 1),
        change(CORE, State.UP, State.DOWN, 600, 2),
        change(CORE, State.DOWN, State.UP, 1_200, 3),
    )
    still = StateRecord(WEB, State.UP, after(NOW, -90_000))
    return Past(Period(NOW, after(NOW, 3_600)), changes, (still,))


def state_at(source: ReplaySource, picture: Picture, subject: Subject) -> tuple[Picture, State]:
    picture = source.look(Wishes(), picture)(picture)
    return picture, picture.states.by_subject[str(subject)].state


def test_states_are_those_that_were_known_then_and_the_end_stands_still() -> None:
    clock = FakeClock()
    source, picture = ReplaySource(night(), clock, 60.0), Picture(configuration())
    picture, state = state_at(source, picture, CORE)
    assert state is State.UP
    assert picture.states.by_subject[str(WEB)].state is State.UP
    clock.jump(9.9)
    picture, state = state_at(source, picture, CORE)
    assert state is State.UP, "decided at 600 s, seen no sooner"
    clock.jump(0.2)
    picture, state = state_at(source, picture, CORE)
    assert state is State.DOWN
    clock.jump(10)
    picture, state = state_at(source, picture, CORE)
    assert state is State.UP
    clock.jump(1_000)
    picture, state = state_at(source, picture, CORE)
    assert picture.at == after(NOW, 3_600)
    assert picture.replayed == "end"


async def test_a_replay_offers_no_act_and_refuses_one_at_once() -> None:
    shown = replace(in_trouble(), replayed="×60")
    app = WenyamApp(FixedSource(shown), shown, "en", "problems")
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settled(pilot)
        assert "check again" not in text_of(app).splitlines()[-1]
        await pilot.press("r")
        await pilot.pause()
        assert "Check again now?" not in text_of(app)
        assert "This is a replay of the past; nothing can be done in it." in " ".join(text_of(app).split())
        await pilot.press("question_mark")
        await pilot.pause()
        assert "plan work on it" not in text_of(app)


async def test_the_screens_say_that_it_is_a_replay_and_nothing_can_be_done() -> None:
    clock = FakeClock()
    source = ReplaySource(night(), clock, 60.0)
    clock.jump(15)
    app = WenyamApp(source, Picture(configuration()), "en", "problems")
    async with app.run_test(size=(110, 24)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        assert "replay ×60" in shown
        assert "core-1" in shown
        assert "DOWN" in shown
    with pytest.raises(ReplayError):
        source.act({"action": "recheck", "name": "core-1"})


def test_events_of_the_night_come_as_it_goes_on() -> None:
    clock = FakeClock()
    source, picture = ReplaySource(night(), clock, 60.0), Picture(configuration())
    clock.jump(11)
    picture = source.fill(Wishes(frozenset({"events", "incidents"})), picture)(picture)
    assert [event.state for event in picture.events or ()] == [State.DOWN]
    assert "replay" in picture.troubles["incidents"]


def test_a_real_database_is_replayed_and_what_is_not_kept_is_said(tmp_path: Path) -> None:
    known = configuration()
    known = replace(known, instance=replace(known.instance, state_directory=str(tmp_path)))
    with closing(open_writer(tmp_path, FakeClock(NOW), "prachin")) as writer:
        for previous, state, seconds in ((State.UNKNOWN, State.UP, -600), (State.UP, State.DOWN, 60)):
            moved = change(CORE, previous, state, seconds, 0)
            assert writer.apply([Transition(StateRecord(CORE, state, moved.effective), moved)])
    found = past(known, Period(NOW, after(NOW, 120)))
    assert [row["state"] for row in found.rows(None, NOW)] == ["up"]
    assert [row["state"] for row in found.rows(NOW, after(NOW, 120))] == ["down"]
    with pytest.raises(UsageError, match="nothing is kept"):
        past(known, Period(Instant(1), Instant(2)))
