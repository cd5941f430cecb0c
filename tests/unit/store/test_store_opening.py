"""Opening: modes, refusals with their sentences, and readers who may not write the directory."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.errors import DatabaseCorruptError, DatabaseNewerError, StoreError
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.store.opening import wal_exists
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

Opener = Callable[..., SqliteWriter]
NOTE = Fact("note", Instant(1_792_000_000_000), "p1", {})


def as_writer(directory: Path) -> SqliteWriter:
    return open_writer(directory, FakeClock(), "lab")


@pytest.fixture
def stopped(opener: Opener, directory: Path) -> Path:
    """Return a directory whose writer wrote one note and stopped cleanly."""
    writer = opener()
    writer.append(NOTE)
    writer.close()
    return directory


def test_directory_and_files_belong_to_the_group_whatever_the_umask(directory: Path, opener: Opener) -> None:
    before = os.umask(0o077)
    try:
        opener().append(NOTE)
    finally:
        os.umask(before)
    assert oct(directory.stat().st_mode & 0o7777) == "0o2770"
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in directory.iterdir()}
    assert modes == dict.fromkeys(("wenyam.db", "wenyam.db-wal", "wenyam.db-shm", "write.lock", "heartbeat", "ballast"), "0o660")


def test_a_clean_stop_leaves_no_log(stopped: Path) -> None:
    assert not wal_exists(stopped)
    as_writer(stopped).close()
    assert not wal_exists(stopped)


def test_facts_are_written_with_full_synchronisation_and_samples_without(opener: Opener) -> None:
    writer = opener()
    writer.append(NOTE)
    assert writer._writing.execute("PRAGMA synchronous").fetchone() == (2,)
    assert writer._writing.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    writer.write_rollups([])
    assert writer._writing.execute("PRAGMA synchronous").fetchone() == (1,)
    writer.append(NOTE)
    assert writer._writing.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_missing_directory_and_a_missing_database_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone does not exist\. Has 'wenyam run' been started"):
        open_reader(tmp_path / "gone")
    with pytest.raises(StoreError, match=r"there is no database in "):
        open_reader(tmp_path)
    (tmp_path / "wenyam.db").touch()
    with pytest.raises(DatabaseCorruptError, match=r"wenyam\.db is empty\. Keep a copy"):
        open_reader(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["wenyam.db"]


def test_a_writer_makes_the_directory_but_not_its_parent(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot make the state directory .*typo/state: No such file or directory\. Correct"):
        open_writer(tmp_path / "typo" / "state", FakeClock(), "lab")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_refused_and_left_untouched(directory: Path) -> None:
    directory.mkdir()
    (directory / "wenyam.db").write_bytes(b"not a database at all " * 100)
    for open_it in (as_writer, open_reader):
        with pytest.raises(DatabaseCorruptError, match=r"wenyam\.db: file is not a database\. Keep a copy, then restore"):
            open_it(directory)
    assert (directory / "wenyam.db").read_bytes() == b"not a database at all " * 100


def test_a_database_of_another_program_is_refused(directory: Path) -> None:
    directory.mkdir()
    with closing(sqlite3.connect(directory / "wenyam.db")) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    before = (directory / "wenyam.db").read_bytes()
    with pytest.raises(StoreError, match="is a database of another program"):
        open_writer(directory, FakeClock(), "lab")
    assert (directory / "wenyam.db").read_bytes() == before


def test_a_newer_database_is_refused_and_left_untouched(stopped: Path) -> None:
    with closing(sqlite3.connect(stopped / "wenyam.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (stopped / "wenyam.db").read_bytes()
    for open_it in (as_writer, open_reader):
        with pytest.raises(DatabaseNewerError, match=r"has schema 99, this program knows 3\. Install that version"):
            open_it(stopped)
    assert (stopped / "wenyam.db").read_bytes() == before


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_damaged_database_is_refused_at_start_and_left_untouched(opener: Opener, directory: Path, share: float) -> None:
    writer = opener()
    for number in range(200):
        writer.append(Fact("note", NOTE.at, "p1", {"text": "x" * 200, "n": number}))
    writer.close()
    path = directory / "wenyam.db"
    data = bytearray(path.read_bytes())
    start = int(len(data) * share) // 4096 * 4096
    data[start : start + 4096] = os.urandom(4096)
    path.write_bytes(data)
    with pytest.raises(DatabaseCorruptError, match=r"wenyam\.db: .*move the file aside to start with an empty history"):
        open_writer(directory, FakeClock(), "lab")
    assert path.read_bytes() == bytes(data)


def test_a_truncated_database_is_refused(stopped: Path) -> None:
    path = stopped / "wenyam.db"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DatabaseCorruptError, match=r"wenyam\.db"):
        open_writer(stopped, FakeClock(), "lab")


def test_the_history_of_another_instance_is_refused(stopped: Path) -> None:
    with pytest.raises(StoreError, match=r"is the history of 'lab', not of 'other'\. Give instance\.name back"):
        open_writer(stopped, FakeClock(), "other")
    assert not wal_exists(stopped)


def test_an_emptied_database_is_refused_and_not_begun_anew(directory: Path) -> None:
    directory.mkdir()
    (directory / "wenyam.db").touch()
    with pytest.raises(DatabaseCorruptError, match=r"wenyam\.db is empty\. Keep a copy"):
        as_writer(directory)
    assert (directory / "wenyam.db").stat().st_size == 0


def test_a_new_database_is_whole_before_it_has_its_name(directory: Path, opener: Opener, tmp_path: Path) -> None:
    opener()
    assert not [path.name for path in directory.iterdir() if path.name.startswith(".")]
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(directory / "wenyam.db", alone)  # without the log of what came after
    reader = open_reader(alone)
    assert reader.head().sequence == 1
    assert reader.verify().problem == ""
    reader.close()


def test_a_log_left_by_a_database_moved_aside_is_not_played_into_another(opener: Opener, directory: Path, tmp_path: Path) -> None:
    opener().append(NOTE)
    left = tmp_path / "left"
    left.mkdir()
    shutil.copy(directory / "wenyam.db-wal", left)
    with pytest.raises(StoreError, match=r"db-wal is there without its database\. Put the database back, or move its log"):
        as_writer(left)
    assert not (left / "wenyam.db").exists()


def test_a_reader_follows_a_writer_that_starts_and_stops(stopped: Path, opener: Opener) -> None:
    reader = open_reader(stopped)
    assert reader._immutable
    first = reader.head()
    writer = opener()
    written = writer.append(NOTE)
    assert reader.head().sequence == written.sequence == first.sequence + 1
    assert not reader._immutable
    writer.close()
    assert reader.head().sequence == written.sequence
    reader.close()


def test_a_reader_notices_a_writer_that_came_and_went_between_two_questions(stopped: Path, opener: Opener) -> None:
    reader = open_reader(stopped)
    first = reader.head()
    writer = opener()
    writer.append(NOTE)
    writer.close()
    assert reader._immutable
    assert reader.head().sequence == first.sequence + 1
    reader.close()


def test_a_reader_follows_to_a_restored_database(stopped: Path, opener: Opener, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(stopped / "wenyam.db", copy)
    writer = opener()
    writer.append(NOTE)
    writer.close()
    reader = open_reader(stopped)
    longer = reader.head().sequence
    copy.replace(stopped / "wenyam.db")
    assert reader.head().sequence == longer - 1
    reader.close()


def test_a_reader_cannot_write(stopped: Path, opener: Opener) -> None:
    for writing in (False, True):
        if writing:
            opener()
        reader = open_reader(stopped)
        with pytest.raises(StoreError, match="readonly database"):
            reader.read(lambda connection: connection.execute("CREATE TABLE x (id INTEGER)"))
        reader.close()


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from wenyam.errors import StoreError
from wenyam.store.sqlite import open_reader
from wenyam.store.queries import query
query("states")  # read while we still may: the Python of a test machine may be root's alone
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    reader = open_reader(Path(sys.argv[1]))
    print(reader.head().sequence, reader._immutable)
    reader.close()
except StoreError as error:
    print(error)
"""


def read_as_nobody(directory: Path) -> str:
    done = subprocess.run([sys.executable, "-c", READ_AS_NOBODY, str(directory)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Path]:
    """Give a state directory that everybody can reach: pytest makes its own folders for one user alone."""
    with tempfile.TemporaryDirectory(prefix=tmp_path.name) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "state"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_viewer_who_may_not_write_the_directory_reads_running_stopped_and_killed(public: Path) -> None:
    directory = public
    writer = as_writer(directory)
    writer.append(NOTE)
    assert "wenyam.db: Permission denied. Are you in the group" in read_as_nobody(directory)
    directory.chmod(0o755)
    for path in directory.iterdir():
        path.chmod(0o644)
    assert read_as_nobody(directory) == "2 False"
    killed = directory.with_name("killed")
    shutil.copytree(directory, killed)
    assert read_as_nobody(killed) == "2 False"
    writer.close()
    assert read_as_nobody(directory) == "2 True"
    (directory / "wenyam.db").chmod(0o600)
    assert "may not be read by you. Ask for read access" in read_as_nobody(directory)


WRITE_AS = """
import os, sys
from pathlib import Path
from wenyam.clock import SystemClock
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.store.queries import query, read
from wenyam.store.sqlite import open_writer
query("states"), read("schema.sql")  # see above
os.umask(0o077); os.setgroups([]); os.setgid(64999); os.setuid(int(sys.argv[2]))
writer = open_writer(Path(sys.argv[1]), SystemClock(), "lab", ballast_bytes=4096)
print(writer.append(Fact("note", Instant(1), "p1", {})).sequence, flush=True)
sys.stdin.readline()
print(writer.append(Fact("note", Instant(1), "p1", {})).sequence, writer.verify().problem, flush=True)
writer.heartbeat(Instant(int(sys.argv[2])))
writer.close()
"""


def write_as(directory: Path, account: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITE_AS, str(directory), str(account)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_both_service_accounts_write_the_files_of_the_other_whatever_their_umask(public: Path) -> None:
    directory = public
    directory.mkdir()
    os.chown(directory, 64001, 64999)
    directory.chmod(0o2770)
    with write_as(directory, 64001) as watcher, write_as(directory, 64002) as jobs:
        assert watcher.stdout is not None
        assert jobs.stdout is not None
        assert {watcher.stdout.readline(), jobs.stdout.readline()} == {"2\n", "3\n"}
        assert watcher.communicate("go\n")[0] == "4 \n"
        assert jobs.communicate("go\n")[0] == "5 \n"
    assert {path.stat().st_gid for path in directory.iterdir()} == {64999}
    assert {path.stat().st_uid for path in directory.iterdir()} <= {64001, 64002}
    assert not wal_exists(directory)


def test_an_up_to_date_database_does_not_load_sqlite_utils(stopped: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from wenyam.clock import SystemClock; from wenyam.store.sqlite import *;"
        "w = open_writer(Path(sys.argv[1]), SystemClock(), 'lab', ballast_bytes=0); r = open_reader(Path(sys.argv[1]));"
        "r.verify(); r.close(); w.close(); print('sqlite_utils' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(stopped)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
