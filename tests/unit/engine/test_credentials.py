"""Refused credentials: spaced-out tries and one state per name."""

import pytest

from wenyam.engine.board import Board
from wenyam.engine.credentials import REFUSALS_BEFORE_PAUSE, CredentialGuard
from wenyam.model.states import State, Subject
from wenyam.testing.clock import FakeClock

LOGIN = Subject.parse("credential:ssh-watch/login")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def board(clock: FakeClock) -> Board:
    return Board(clock, {})


@pytest.fixture
def guard(clock: FakeClock, board: Board) -> CredentialGuard:
    return CredentialGuard(clock, board, retry=300.0)


def test_a_refused_credential_rests_on_that_device_only(clock: FakeClock, guard: CredentialGuard) -> None:
    guard.refused("ssh-watch", "a")
    assert guard.wait("ssh-watch", "a") == 300.0
    assert guard.wait("ssh-watch", "b") == 0.0
    clock.jump(299.0)
    assert guard.wait("ssh-watch", "a") == 1.0
    clock.jump(2.0)
    assert guard.wait("ssh-watch", "a") == 0.0


def test_a_credential_refused_by_several_in_a_row_rests_everywhere(clock: FakeClock, guard: CredentialGuard) -> None:
    for name in ("a", "b", "c")[:REFUSALS_BEFORE_PAUSE]:
        assert guard.wait("ssh-watch", name) == 0.0
        guard.refused("ssh-watch", name)
    assert guard.wait("ssh-watch", "z") == 300.0
    assert guard.wait("another", "z") == 0.0
    clock.jump(301.0)
    assert guard.wait("ssh-watch", "z") == 0.0


def test_one_state_per_name_however_many_devices_refuse(board: Board, guard: CredentialGuard) -> None:
    guard.accepted("ssh-watch", "a")
    assert board.state(LOGIN) is State.OK
    for number in range(7):
        guard.refused("ssh-watch", f"device-{number}")
    transitions, _ = board.drain()
    assert [transition.change.state for transition in transitions] == [State.OK, State.CRIT]
    record = board.record(LOGIN)
    assert record is not None
    assert record.value == 7
    assert record.summary == "refused by device-0, device-1, device-2, device-3, device-4 and 2 more; next try in 300 s"


def test_it_recovers_when_nobody_refuses_any_more(board: Board, guard: CredentialGuard) -> None:
    guard.refused("ssh-watch", "a")
    guard.refused("ssh-watch", "b")
    guard.accepted("ssh-watch", "a")
    assert board.state(LOGIN) is State.CRIT
    guard.accepted("ssh-watch", "b")
    assert board.state(LOGIN) is State.OK


def test_a_reload_tries_at_once_and_recovers_with_the_first_success(board: Board, guard: CredentialGuard) -> None:
    guard.refused("ssh-watch", "a")
    guard.clear()
    assert guard.wait("ssh-watch", "a") == 0.0
    assert board.state(LOGIN) is State.CRIT
    guard.accepted("ssh-watch", "a")
    assert board.state(LOGIN) is State.OK
