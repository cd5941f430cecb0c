"""The two locks: who holds them, who waits, what the sentence names."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wenyam.errors import AlreadyRunningError, StoreError, WriteLockError
from wenyam.store.locks import DaemonLock, write_lock

HOLD = """
import sys
from pathlib import Path
from wenyam.store.locks import DaemonLock, write_lock
with {what}:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def hold(folder: Path, what: str) -> "subprocess.Popen[str]":
    code = HOLD.format(what=what.format(folder=f"Path({str(folder)!r})"))
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_daemon_is_told_who_runs(folder: Path) -> None:
    with hold(folder, "DaemonLock({folder})") as child:
        with pytest.raises(AlreadyRunningError, match=rf"daemon\.lock is held by process {child.pid}\b"):
            DaemonLock(folder).acquire()
        with DaemonLock(folder, "jobs.lock"):
            pass
        child.communicate()
    with DaemonLock(folder):
        pass


def test_a_killed_daemon_holds_nothing(folder: Path) -> None:
    with hold(folder, "DaemonLock({folder})") as child:
        child.kill()
        child.wait()
        with DaemonLock(folder):
            pass


def test_the_first_daemon_makes_the_state_directory_but_not_its_parent(folder: Path) -> None:
    with DaemonLock(folder / "state"):
        assert oct((folder / "state").stat().st_mode & 0o7777) == "0o2770"
    with pytest.raises(StoreError, match=r"cannot make the state directory .*gone/state: No such file or directory"):
        DaemonLock(folder / "gone" / "state").acquire()


def test_the_daemon_lock_is_let_go_once(folder: Path) -> None:
    lock = DaemonLock(folder)
    lock.acquire()
    lock.release()
    lock.release()
    with DaemonLock(folder):
        pass


def test_who_waits_too_long_for_the_write_lock_is_told_who_holds_it(folder: Path) -> None:
    with hold(folder, "write_lock({folder})") as child:
        with pytest.raises(WriteLockError, match=rf"held by process {child.pid}, waited 0\.05 s"), write_lock(folder, 0.05):
            pytest.fail("two processes hold the write lock")
        child.communicate()


def test_the_write_lock_is_taken_as_soon_as_it_is_free(folder: Path) -> None:
    with hold(folder, "write_lock({folder})") as child:
        threading.Timer(0.1, child.kill).start()
        with write_lock(folder, 5):
            child.wait(5)


def test_threads_of_one_process_exclude_each_other_too(folder: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            with write_lock(folder):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


def test_lock_files_may_be_written_by_the_group_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        with write_lock(folder), DaemonLock(folder):
            pass
    finally:
        os.umask(before)
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {
        "write.lock": "0o660",
        "daemon.lock": "0o660",
    }


def test_a_lock_in_a_missing_directory_is_a_sentence(folder: Path) -> None:
    with pytest.raises(StoreError, match=r"gone/write\.lock: No such file or directory"), write_lock(folder / "gone"):
        pytest.fail("held a lock in no directory")


def test_a_link_in_place_of_a_lock_is_not_followed(folder: Path) -> None:
    (folder / "write.lock").symlink_to(folder / "elsewhere")
    with pytest.raises(StoreError, match=r"write\.lock"), write_lock(folder):
        pytest.fail("followed a link")
    assert not (folder / "elsewhere").exists()
