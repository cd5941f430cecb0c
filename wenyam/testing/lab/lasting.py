"""What lasts for a block: one process alone with a lab, and whatever is brought up or caused and taken back."""

import contextlib
import fcntl
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Wait until no other process is at work on the lab of this directory."""
    with (directory / "busy.lock").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Switched(ABC):
    """Something that is on for the length of a block."""

    @abstractmethod
    def on(self) -> None:
        """Cause it."""

    @abstractmethod
    def off(self) -> None:
        """Repair it."""

    def __enter__(self) -> Self:
        """Cause it."""
        self.on()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Repair it."""
        self.off()
