"""Masked copies on record: one for each change, never an empty one, the key for nobody else, and the difference of two."""

from pathlib import Path

import pytest

from wenyam.backup.sources.network_copies import FOLDER, copies, difference, filled, keep, mask_key
from wenyam.errors import StoreError
from wenyam.model.instants import Instant

NOON = Instant(1_795_665_600_123)


def test_a_copy_is_kept_for_each_change_only(tmp_path: Path) -> None:
    first = keep(tmp_path, "core", "hostname a\nชั้น 3\n", NOON)
    again = keep(tmp_path, "core", "hostname a\nชั้น 3\n", Instant(NOON + 1000))
    second = keep(tmp_path, "core", "hostname b\n", Instant(NOON + 2000))
    assert first == again
    assert copies(tmp_path, "core") == (first, second)
    assert (first.at, first.text()) == (NOON, "hostname a\nชั้น 3\n")
    assert copies(tmp_path, "other") == ()


def test_a_clock_that_went_back_changes_no_order(tmp_path: Path) -> None:
    keep(tmp_path, "core", "a\n", NOON)
    keep(tmp_path, "core", "b\n", Instant(NOON - 5000))
    assert [copy.text() for copy in copies(tmp_path, "core")] == ["a\n", "b\n"]


def test_an_empty_copy_is_refused(tmp_path: Path) -> None:
    for empty in ("", "\n", "  \n"):
        with pytest.raises(StoreError, match="is never kept"):
            keep(tmp_path, "core", empty, NOON)
    assert copies(tmp_path, "core") == ()


def test_a_strange_file_in_the_folder_is_no_copy(tmp_path: Path) -> None:
    keep(tmp_path, "core", "a\n", NOON)
    for name in ("notes.txt", "20261126t1z.txt", "99999999t999999999z.txt"):
        (tmp_path / FOLDER / "core" / name).write_text("x", encoding="ascii")
    assert len(copies(tmp_path, "core")) == 1


def test_only_the_newest_copies_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyam.backup.sources.network_copies._KEPT", 3)
    for number in range(6):
        keep(tmp_path, "core", f"{number}\n", Instant(NOON + number))
    assert [copy.text() for copy in copies(tmp_path, "core")] == ["3\n", "4\n", "5\n"]


def test_the_key_is_made_once_and_is_for_nobody_else(tmp_path: Path) -> None:
    key = mask_key(tmp_path)
    assert len(key) == 32
    assert mask_key(tmp_path) == key
    path = tmp_path / FOLDER / "mask.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / FOLDER).iterdir()] == ["mask.key"]
    path.chmod(0o640)
    with pytest.raises(StoreError, match="0640 lets others read it"):
        mask_key(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(StoreError, match="is no key"):
        mask_key(tmp_path)


def test_a_difference_is_a_unified_diff() -> None:
    older = "hostname a\n" + "".join(f"line {number}\n" for number in range(20)) + "end\n"
    newer = older.replace("line 9\n", "line 9\nชั้น 3\n").replace("hostname a", "hostname b")
    told = difference(older, newer, 1)
    assert told.startswith("--- older\n+++ newer\n@@ ")
    assert {"-hostname a", "+hostname b", "+ชั้น 3"} <= set(told.split("\n"))
    assert " line 15" not in told
    assert difference(older, older) == ""
    assert filled("a\n\n b\n") == 2
