"""What the board tells again: only what shows something else since a mark."""

from wenyam.engine.board import Board
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.testing.clock import FakeClock

FIRST, SECOND = (Subject(SubjectKind.DEVICE, name) for name in ("first", "second"))


def make_board() -> tuple[Board, FakeClock]:
    clock = FakeClock()
    board = Board(clock, {})
    for subject in (FIRST, SECOND):
        see(board, clock, subject, State.UP)
    return board, clock


def see(board: Board, clock: FakeClock, subject: Subject, state: State, summary: str = "", *, value: float | None = None) -> None:
    board.observe(subject, Observation(clock.now(), CheckResult(state, summary, value=value)), AT_ONCE)


def moved(board: Board, mark: str) -> list[str]:
    found = board.moved_since(mark)
    assert found is not None
    records, gone = found
    return [f"{record.subject.name} {record.state}" for record in records] + [f"{subject.name} gone" for subject in gone]


def test_an_observation_that_changes_nothing_people_see_is_not_told_again() -> None:
    board, clock = make_board()
    mark = board.revision
    see(board, clock, FIRST, State.UP)
    assert moved(board, mark) == []
    see(board, clock, FIRST, State.UP, "answered in 3 ms")
    assert moved(board, mark) == ["first up"]


def test_another_round_trip_of_what_is_well_moves_nothing_but_another_value_of_what_fails_does() -> None:
    board, clock = make_board()
    see(board, clock, FIRST, State.UP, "answered", value=0.0011)
    revision, mark = board.revision, board.mark(FIRST)
    see(board, clock, FIRST, State.UP, "answered", value=0.0012)
    assert (board.revision, board.mark(FIRST)) == (revision, mark)
    see(board, clock, FIRST, State.CRIT, "hot", value=80.0)
    mark = board.mark(FIRST)
    see(board, clock, FIRST, State.CRIT, "hot", value=81.0)
    assert board.mark(FIRST) != mark


def test_each_mark_gets_what_came_after_it_once_with_its_last_state() -> None:
    board, clock = make_board()
    begin = board.revision
    see(board, clock, FIRST, State.DOWN)
    middle = board.revision
    see(board, clock, SECOND, State.DOWN)
    see(board, clock, FIRST, State.UP)
    assert moved(board, begin) == ["first up", "second down"]
    assert moved(board, middle) == ["first up", "second down"]
    see(board, clock, SECOND, State.UP)
    assert moved(board, board.revision) == []


def test_what_is_watched_no_more_is_told_as_gone() -> None:
    board, _ = make_board()
    mark = board.revision
    board.retire({SECOND})
    assert moved(board, mark) == ["first gone"]


def test_a_planned_window_that_begins_is_told() -> None:
    board, clock = make_board()
    mark = board.revision
    board.window_of = lambda subject, _at: "work" if subject == FIRST else None
    board.mark_windows(clock.now())
    assert moved(board, mark) == ["first up"]


def test_a_mark_of_another_life_or_of_nobody_gets_everything() -> None:
    board, clock = make_board()
    for mark in ("", "x", ":", f"{after(clock.now(), 1)}:0", f"{clock.now()}:999", f"{clock.now()}:-1", f"{Instant(0)}:1"):
        assert board.moved_since(mark) is None, mark
