"""The one write path for files, the heartbeat's slots and the ballast."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wenyam.errors import StoreError
from wenyam.model.instants import Instant
from wenyam.store import heartbeat
from wenyam.store.ballast import Ballast
from wenyam.store.files import open_shared, replacing, write


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "a name\nwith; everything"
    write(target, b"one")
    write(target, b"two")
    assert target.read_bytes() == b"two"
    assert target.stat().st_mode & 0o777 == 0o660
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    write(target, b"old")
    with pytest.raises(TypeError), replacing(target) as file:
        file.writelines([b"half", "text"])  # type: ignore[list-item]  # the fault that interrupts
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone/file: No such file or directory"):
        write(tmp_path / "gone" / "file", b"x")


def test_of_many_who_make_a_shared_file_at_once_all_get_the_same_one(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with ThreadPoolExecutor(8) as threads:
            descriptors = list(threads.map(lambda _: open_shared(tmp_path / "write.lock"), range(8)))
    finally:
        os.umask(before)
    assert len({os.fstat(descriptor).st_ino for descriptor in descriptors}) == 1
    for descriptor in descriptors:
        os.close(descriptor)
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in tmp_path.iterdir()] == [("write.lock", "0o660")]


def test_the_newest_beat_is_read_while_the_writer_goes_on(tmp_path: Path) -> None:
    heart = heartbeat.Heartbeat(tmp_path)
    assert heartbeat.last(tmp_path) is None
    for moment in (1_792_000_000_000, 1_792_000_001_000, 1_792_000_002_000):
        heart.beat(Instant(moment))
        assert heartbeat.last(tmp_path) == moment
    heart.close()


def test_after_the_clock_was_set_back_two_beats_are_enough(tmp_path: Path) -> None:
    heart = heartbeat.Heartbeat(tmp_path)
    heart.beat(Instant(4_000_000_000_000))
    heart.beat(Instant(1_792_000_000_000))
    heart.beat(Instant(1_792_000_001_000))
    heart.close()
    assert heartbeat.last(tmp_path) == 1_792_000_001_000


@pytest.mark.parametrize("torn", [b"", b"17920", b"1792000009000 00000000", b"\x00" * 64, b"\xff" * 64])
def test_a_torn_slot_leaves_the_other_one(tmp_path: Path, torn: bytes) -> None:
    heart = heartbeat.Heartbeat(tmp_path)
    heart.beat(Instant(1_792_000_000_000))
    heart.beat(Instant(1_792_000_001_000))
    heart.close()
    data = (tmp_path / heartbeat.FILE).read_bytes()
    (tmp_path / heartbeat.FILE).write_bytes(data[:64] + torn)
    assert heartbeat.last(tmp_path) == 1_792_000_000_000


def test_a_heartbeat_in_an_unreadable_place_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / heartbeat.FILE).mkdir()
    with pytest.raises(StoreError, match="heartbeat: Is a directory"):
        heartbeat.last(tmp_path)


def test_the_ballast_really_holds_space(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, 1024 * 1024)
    assert not ballast.whole
    assert ballast.renew()
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= 1024 * 1024
    assert ballast.release()
    assert not ballast.whole
    assert not ballast.release()


def test_a_ballast_that_would_fill_the_disk_is_not_taken(tmp_path: Path) -> None:
    status = os.statvfs(tmp_path)
    ballast = Ballast(tmp_path, status.f_bavail * status.f_frsize)
    assert not ballast.renew()
    assert list(tmp_path.iterdir()) == []


def test_a_state_directory_that_is_there_is_not_made_again_where_its_mode_is_forbidden(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    absent, child = tmp_path / "absent", Path(__file__).with_name("forbidding_set_group_id.py")
    command = [sys.executable, str(child), str(tmp_path), str(absent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, umask=0o007)
    refused = f"The database could not be used: cannot make the state directory {absent}: Operation not permitted"
    assert done.stdout.splitlines() == ["good", refused], done.stderr
    assert (tmp_path / "reports").stat().st_mode & 0o7777 == 0o2770
