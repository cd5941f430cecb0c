"""Processes known by id and start time: ended with all they started, and never a stranger."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wenyam.testing.lab import record
from wenyam.testing.lab.errors import LabError
from wenyam.testing.lab.processes import ProcessMark, end, mark_of, send, spawn
from wenyam.testing.lab.record import LabRecord, ProcessRecord

_ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def _start(folder: Path, *words: str) -> ProcessMark:
    return spawn(words, folder, folder / "log", _ENVIRONMENT)


def _eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5.0
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_program_starts_in_its_directory_with_its_words_in_the_log(tmp_path: Path) -> None:
    mark = _start(tmp_path, "/bin/sh", "-c", "pwd; echo hello >&2")
    assert _eventually(lambda: not mark.alive)
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == [str(tmp_path), "hello"]
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_process_is_ended_with_its_children_even_those_that_ignore_the_asking(tmp_path: Path) -> None:
    mark = _start(tmp_path, "/bin/sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60")
    assert _eventually(lambda: (tmp_path / "log").read_text(encoding="utf-8").strip().isdigit())
    child = mark_of(int((tmp_path / "log").read_text(encoding="utf-8")))
    assert child is not None
    end([(mark, signal.SIGTERM)], seconds=0.3)
    assert not mark.alive
    assert _eventually(lambda: not child.alive)


def test_a_process_with_the_same_id_but_another_start_is_a_stranger_and_lives_on(tmp_path: Path) -> None:
    mark = _start(tmp_path, "/bin/sleep", "60")
    stranger = ProcessMark(mark.pid, mark.ticks - 1)
    assert not stranger.alive
    end([(stranger, signal.SIGTERM)], seconds=0.2)
    send(stranger, signal.SIGKILL)
    assert mark.alive
    end([(mark, signal.SIGTERM)])
    assert not mark.alive


def test_a_frozen_process_lives_and_can_be_ended(tmp_path: Path) -> None:
    mark = _start(tmp_path, "/bin/sleep", "60")
    assert not mark.frozen
    send(mark, signal.SIGSTOP)
    assert _eventually(lambda: mark.frozen)
    assert mark.alive
    end([(mark, signal.SIGTERM)])
    assert not mark.alive


def test_a_record_survives_writing_and_reading(tmp_path: Path) -> None:
    process = ProcessRecord(["/bin/true"], "/", {"A": "b"}, [("127.20.2.30", 161)], pid=7, ticks=9)
    lab = LabRecord("abc", own_network=True, keeper_pid=1, keeper_ticks=2, processes={"web-1/snmpd": process})
    lab.faults = ["host-off web-1"]
    record.save(tmp_path, lab)
    assert record.load(tmp_path) == lab
    assert (tmp_path / record.FILE_NAME).stat().st_mode & 0o777 == 0o600
    record.forget(tmp_path)
    assert record.load(tmp_path) is None


def test_a_damaged_record_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / record.FILE_NAME).write_text('{"version": 1, ', encoding="utf-8")
    with pytest.raises(LabError, match=f"{tmp_path}/lab.json is damaged"):
        record.load(tmp_path)


def test_a_record_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / record.FILE_NAME).write_text('{"version": 99}', encoding="utf-8")
    with pytest.raises(LabError, match="another version"):
        record.load(tmp_path)


def test_the_id_of_a_lab_is_its_directorys_and_stays(tmp_path: Path) -> None:
    assert record.lab_id(tmp_path) == record.lab_id(tmp_path / "." / "x" / "..")
    assert record.lab_id(tmp_path) != record.lab_id(tmp_path / "other")
    assert len(record.lab_id(tmp_path)) == 8
    assert os.sep not in record.lab_id(tmp_path)
