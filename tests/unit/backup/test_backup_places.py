"""Spool and scratch directories: private, empty at the start, gone at the end."""

from pathlib import Path

import pytest

from wenyam.backup import places
from wenyam.errors import NoRoomError, StoreError


def test_a_spool_is_the_same_private_place_every_time_and_empty_at_the_start(tmp_path: Path) -> None:
    with places.spool(tmp_path / "spool", "erp-db") as first:
        (first / "half.dump").write_bytes(b"left by a crash")
        (tmp_path / "kept").write_bytes(b"")
    assert first.parent.stat().st_mode & 0o777 == 0o700
    assert not first.exists()
    first.mkdir()
    (first / "half.dump").write_bytes(b"left by a crash")
    with places.spool(tmp_path / "spool", "erp-db") as second:
        assert (second, list(second.iterdir())) == (first, [])


def test_what_was_fetched_from_a_device_stays_for_the_next_run(tmp_path: Path) -> None:
    with places.spool(tmp_path / "spool", "share") as place:
        (place / places.MIRROR).mkdir()
        (place / places.MIRROR / "file").write_bytes(b"x")
        (place / "manifest.json").write_bytes(b"{}")
    with places.spool(tmp_path / "spool", "share") as place:
        assert [path.name for path in place.iterdir()] == [places.MIRROR]
        assert (place / places.MIRROR / "file").exists()


def test_a_link_in_the_spools_place_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").write_bytes(b"x")
    (tmp_path / "spool" / "erp-db").symlink_to(tmp_path / "elsewhere")
    with places.spool(tmp_path / "spool", "erp-db") as place:
        assert not place.is_symlink()
    assert (tmp_path / "elsewhere" / "precious").exists()


def test_a_place_that_others_may_open_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o755)
    (tmp_path / "spool").chmod(0o755)
    with pytest.raises(places.UnsafePlaceError, match="mode 0755"), places.spool(tmp_path / "spool", "erp-db"):
        raise AssertionError


def test_a_scratch_place_is_new_or_refused_and_gone_even_without_rights(tmp_path: Path) -> None:
    with places.scratch(tmp_path / "scratch", "erp-db-1") as place:
        (place / "closed").mkdir(mode=0o000)
        with pytest.raises(StoreError, match="File exists"), places.scratch(tmp_path / "scratch", "erp-db-1"):
            raise AssertionError
    assert list((tmp_path / "scratch").iterdir()) == []


def test_room_is_asked_for_with_a_spare(tmp_path: Path) -> None:
    places.require_room(tmp_path, 0, "the dump")
    with pytest.raises(NoRoomError, match=r"the dump needs \d+ MiB in .*, \d+ MiB are free"):
        places.require_room(tmp_path / "not" / "there", 2**60, "the dump")


def test_bytes_are_counted_over_all_files_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"123")
    (tmp_path / "two").write_bytes(b"4567")
    (tmp_path / "link").symlink_to("/usr/bin/env")
    assert places.bytes_in(tmp_path) == 7


def test_what_a_killed_restore_left_is_gone_with_the_next_one_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left, strange = tmp_path / "erp-db-20260102t030405-0a1b2c", tmp_path / "mine"
    with places.scratch(tmp_path, "share-20260102t030405-0a1b2c") as in_use:
        for place in (left / "restored", strange):
            place.mkdir(parents=True)
        with places.scratch(tmp_path, "share-20260102t030406-0a1b2c") as second:
            assert sorted(tmp_path.iterdir()) == [strange, in_use, second]
    assert list(tmp_path.iterdir()) == [strange]
