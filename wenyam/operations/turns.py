"""Taking turns: of several people who hand something in at the same moment each is heard, one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from wenyam.errors import WenyamError, WriteLockError
from wenyam.store.locks import short_lock

TURN_SECONDS: Final = 20.0
"""How long somebody waits for a turn; each takes a few milliseconds of disk."""


@contextmanager
def turn(state: Path, name: str, refusal: type[WenyamError]) -> Iterator[None]:
    """Look for what was used before and record, alone among all processes; `refusal` when the turn does not come in time."""
    try:
        with short_lock(state / f"{name}.lock", TURN_SECONDS):
            yield
    except WriteLockError as error:
        raise refusal(f"it was not recorded: {error.what}", hint="Hand the same one in again.") from error
