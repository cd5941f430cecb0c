"""What the store's tests share: a state directory, a clock that stands still, a writer that is always closed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenyam.model.instance import Retention
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

SMALL_BALLAST = 64 * 1024
Opener = Callable[..., SqliteWriter]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def opener(directory: Path, clock: FakeClock) -> Iterator[Opener]:
    """Open writers on the directory; those still open are closed at the end."""
    opened: list[SqliteWriter] = []

    def open_one(rules: Retention | None = None, instance: str = "lab") -> SqliteWriter:
        writer = open_writer(directory, clock, instance, rules=rules or Retention(), ballast_bytes=SMALL_BALLAST)
        opened.append(writer)
        return writer

    yield open_one
    for writer in opened:
        writer.close()


@pytest.fixture
def writer(opener: Opener) -> SqliteWriter:
    return opener()
