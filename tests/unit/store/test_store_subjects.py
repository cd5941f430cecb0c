"""Subjects that readers share: read once for each database, never those of another one."""

import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from wenyam.model.instants import Instant, Period, after
from wenyam.model.states import Subject, SubjectKind
from wenyam.store.interface import History
from wenyam.store.sqlite import open_reader
from wenyam.store.writer import SqliteWriter

Opener = Callable[..., SqliteWriter]
BORN = Instant(1_792_000_000_000)
SOON = after(BORN, 60.0)


def devices(*names: str) -> dict[Subject, Instant]:
    return {Subject(SubjectKind.DEVICE, name): BORN for name in names}


def names_in(directory: Path) -> set[str]:
    with closing(open_reader(directory)) as reader:
        totals = reader.totals([SOON], SOON)[0]
        assert {subject.name for subject in reader.lives()} == {subject.name for subject in totals.subjects}
        return {subject.name for subject in totals.subjects}


def test_readers_of_one_database_share_its_subjects_and_see_new_ones(opener: Opener, directory: Path) -> None:
    writer = opener()
    writer.register(devices("core-1", "core-2"), BORN)
    with closing(open_reader(directory)) as first, closing(open_reader(directory)) as second:
        assert first.lives().keys() == devices("core-1", "core-2").keys()
        assert next(iter(first.lives())) is next(iter(second.lives()))
        writer.register(devices("core-1", "core-2", "web-1"), BORN)
        assert second.lives().keys() == first.lives().keys() == devices("core-1", "core-2", "web-1").keys()
    assert names_in(directory) == {"core-1", "core-2", "web-1"}


def test_an_older_copy_put_over_the_file_in_place_is_read_by_its_own_subjects(
    opener: Opener, directory: Path, tmp_path: Path
) -> None:
    writer = opener()
    writer.register(devices("core-1"), BORN)
    writer.close()
    shutil.copyfile(directory / "wenyam.db", tmp_path / "older")
    writer = opener()
    writer.register(devices("core-1", "web-1"), BORN)
    writer.close()
    assert names_in(directory) == {"core-1", "web-1"}
    inode = (directory / "wenyam.db").stat().st_ino
    shutil.copyfile(tmp_path / "older", directory / "wenyam.db")
    assert (directory / "wenyam.db").stat().st_ino == inode
    assert names_in(directory) == {"core-1"}
    writer = opener()
    writer.register(devices("core-1", "mail-1"), BORN)
    writer.close()
    assert names_in(directory) == {"core-1", "mail-1"}


def test_threads_that_read_while_subjects_are_added_find_the_right_ones(opener: Opener, directory: Path) -> None:
    writer = opener()
    wrong: list[History] = []
    found: list[int] = []
    writer.register(devices("host-0"), BORN)
    done = threading.Event()

    def look() -> None:
        with closing(open_reader(directory)) as reader:
            while not done.is_set():
                subjects = [*reader.lives()]
                histories = reader.histories(Period(BORN, SOON), subjects)
                found.append(len(histories))
                wrong.extend(history for history in histories if history.subject not in subjects)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(1, 30):
        writer.register(devices(*(f"host-{each}" for each in range(number * 20))), BORN)
    done.set()
    for thread in threads:
        thread.join(10)
    assert not wrong
    assert max(found) > 1
    assert len(names_in(directory)) == 29 * 20
