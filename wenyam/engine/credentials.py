"""Refused credentials: spaced-out tries, so that no account is locked, and one state per credential name."""

from functools import lru_cache

from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind

REFUSALS_BEFORE_PAUSE = 3


class CredentialGuard:
    """Remembers who refused what; a credential refused by several devices in a row rests as a whole (central accounts)."""

    def __init__(self, clock: Clock, board: Board, retry: float) -> None:
        """Take the board; `retry` is the seconds before a refused credential is tried again."""
        self._clock = clock
        self._board = board
        self._retry = retry
        self._refused: dict[tuple[str, str], float] = {}
        self._in_a_row: dict[str, int] = {}

    def wait(self, credential: str, device: str) -> float:
        """Return the seconds this device must still wait before the credential is tried on it; 0 when it may be."""
        now = self._clock.monotonic()
        own = self._refused.get((credential, device), now) - now
        if self._in_a_row.get(credential, 0) < REFUSALS_BEFORE_PAUSE:
            return max(0.0, own)
        latest = max((until for (name, _), until in self._refused.items() if name == credential), default=now)
        return max(0.0, latest - now)

    def refused(self, credential: str, device: str) -> None:
        """Note a refusal."""
        self._refused[credential, device] = self._clock.monotonic() + self._retry
        self._in_a_row[credential] = self._in_a_row.get(credential, 0) + 1
        self._judge(credential)

    def accepted(self, credential: str, device: str) -> None:
        """Note a success; the state recovers when no device refuses it any more."""
        self._in_a_row[credential] = 0
        if self._refused.pop((credential, device), None) is not None or self._board.state(_subject(credential)) is not State.OK:
            self._judge(credential)

    def clear(self) -> None:
        """Forget all refusals: the secrets may have been replaced."""
        self._refused.clear()
        self._in_a_row.clear()

    def _judge(self, credential: str) -> None:
        devices = sorted(device for name, device in self._refused if name == credential)
        result = CheckResult(State.OK, "accepted")
        if devices:
            shown = ", ".join(devices[:5]) + (f" and {len(devices) - 5} more" if len(devices) > 5 else "")  # noqa: PLR2004  # a line's worth
            result = CheckResult(State.CRIT, f"refused by {shown}; next try in {self._retry:.0f} s", value=float(len(devices)))
        self._board.observe(_subject(credential), Observation(self._clock.now(), result), AT_ONCE)


@lru_cache(maxsize=1 << 10)
def _subject(credential: str) -> Subject:
    return Subject(SubjectKind.CREDENTIAL, credential, "login")
