"""What restic prints, read: and whatever is not as expected is a sentence."""

import json
import os
from pathlib import Path

import pytest

from wenyam.backup.contract import Entry, no_progress
from wenyam.backup.repositories.capabilities import SINCE, Capabilities, Feature, capabilities_of
from wenyam.backup.repositories.reading import (
    entry_of,
    instant,
    is_doubtful,
    lock_of,
    parsed,
    pattern_of,
    snapshots_of,
    stored_of,
    with_exact_names,
)
from wenyam.backup.repositories.storing import StatusReader
from wenyam.errors import RepositoryError
from wenyam.model.instants import to_iso

DEBIAN = "restic 0.14.0 compiled with go1.19.8 on linux/amd64\n"
SUMMARY = {"total_files_processed": 10, "total_bytes_processed": 30, "data_added": 5, "total_duration": 0.26}


def _snapshot(**changes: object) -> dict[str, object]:
    one: dict[str, object] = {"id": "a" * 64, "time": "2026-11-26T16:45:45.934712433Z", "paths": ["/src"]}
    return {**one, "tags": ["job=files", "run=r1"], **changes}


def test_each_version_can_do_what_the_table_says() -> None:
    debian = capabilities_of(DEBIAN)
    assert (str(debian), debian.has(Feature.COMPRESSION), debian.has(Feature.JSON_RESTORE)) == ("0.14.0", True, False)
    assert capabilities_of("restic 0.17.0 compiled").has(Feature.EXIT_LOCKED)
    assert not capabilities_of("restic 0.17.0 compiled").has(Feature.EXIT_KEY)
    assert all(Capabilities((0, 18, 0)).has(feature) for feature in Feature)
    assert set(SINCE) == set(Feature)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("restic 0.12.1 compiled", "restic 0.12.1 is too old, 0.14.0 is the oldest"),
        ("rclone v1.60\n", "this program is no restic: 'rclone v1.60'"),
        ("", "no restic"),
    ],
)
def test_an_older_restic_or_another_program_is_refused(text: str, words: str) -> None:
    with pytest.raises(RepositoryError, match=words):
        capabilities_of(text)


def test_snapshots_are_sorted_and_carry_job_run_and_origin() -> None:
    later = _snapshot(id="b" * 64, time="2026-11-27T00:00:00.5+07:00", original="c" * 64, tags=None)
    first, second = snapshots_of(json.dumps([later, _snapshot()]).encode())
    assert (first.job, first.run, first.original, to_iso(first.at)) == ("files", "r1", "", "2026-11-26T16:45:45.935Z")
    assert (second.job, second.run, second.original, to_iso(second.at)) == ("", "", "c" * 64, "2026-11-26T17:00:00.500Z")
    assert snapshots_of(b"null") == ()


def test_what_cannot_be_read_is_a_sentence() -> None:
    with pytest.raises(RepositoryError, match="restic's list of snapshots lacks 'paths'"):
        snapshots_of(json.dumps([{"id": "a", "time": "2026-11-26T16:45:45Z"}]).encode())
    with pytest.raises(RepositoryError, match="restic's thing cannot be read: 'no json'"):
        parsed(b"no json", "thing")
    with pytest.raises(RepositoryError, match="a time that is none: 'yesterday'"):
        instant("yesterday")
    with pytest.raises(RepositoryError, match="a time that is none"):
        instant("2026-11-26T16:45:45")  # no zone
    with pytest.raises(RepositoryError, match="lacks a figure: 'data_added'"):
        stored_of({"total_files_processed": 1, "total_bytes_processed": 1}, "a", ())
    with pytest.raises(RepositoryError, match="restic's lock abcdefgh lacks 'exclusive'"):
        lock_of("abcdefghij", b'{"time": "2026-11-26T16:45:45Z"}')


def test_the_summary_is_kept_and_progress_told() -> None:
    told: list[tuple[str, int, int | None]] = []
    reader = StatusReader(lambda *what: told.append(what))
    reader.take(b'{"message_type":"status","percent_done":0}')
    reader.take(b'{"message_type":"status","bytes_done":7,"total_bytes":9}')
    reader.take(b"no json at all")
    assert reader.summary is None
    reader.take(json.dumps({"message_type": "summary", **SUMMARY}).encode())
    assert told == [("storing", 0, None), ("storing", 7, 9), ("storing", 30, 30)]
    assert reader.summary is not None
    stored = stored_of(reader.summary, "id", ("careful",))
    assert (stored.files, stored.bytes, stored.added_bytes, stored.seconds, stored.complaints) == (10, 30, 5, 0.26, ("careful",))
    with pytest.raises(RepositoryError, match="status line cannot be read"):
        StatusReader(no_progress).take(b"{torn")


def test_entries_of_old_and_new_restic_are_read() -> None:
    assert entry_of(b'{"struct_type":"snapshot","paths":[]}') is None
    assert entry_of(b'{"struct_type":"node","path":"/a","type":"dir"}') == Entry("/a", "dir", 0)
    assert entry_of(b'{"message_type":"node","path":"/a","type":"file","size":4}') == Entry("/a", "file", 4)


def test_names_that_json_cannot_carry_come_from_the_plain_listing() -> None:
    entries = [Entry("/a\ufffd", "file", 1), Entry("/new\nline\ufffd", "file", 2), Entry("/z", "dir", 0)]
    lines = [b"snapshot 3eabf17d of [/] at ...:", b"/a\xff", b"/new", b"line\xfe", b"/z"]
    assert is_doubtful(entries)
    assert [os.fsencode(entry.path) for entry in with_exact_names(entries, lines)] == [b"/a\xff", b"/new\nline\xfe", b"/z"]
    with pytest.raises(RepositoryError, match="two listings of one snapshot differ at '/z'"):
        with_exact_names(entries, lines[:-1])
    with pytest.raises(RepositoryError, match="differ in length"):
        with_exact_names(entries, [*lines, b"/more"])


def test_a_path_stands_for_itself_as_a_pattern() -> None:
    assert pattern_of("/a*b?[c]\\d/ไทย\n$HOME") == "/a\\*b\\?\\[c]\\\\d/ไทย\n$HOME"


def test_the_reference_shows_the_whole_table_of_versions() -> None:
    page = (Path(__file__).parents[4] / "docs/reference/backup-repositories.md").read_text(encoding="utf-8").replace("`", "")
    missing = [feature.value for feature, since in SINCE.items() if f"| {Capabilities(since)} | {feature.value} |" not in page]
    assert missing == []
