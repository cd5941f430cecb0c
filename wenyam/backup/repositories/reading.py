"""What restic prints on stdout, read: summaries, snapshots, listings, locks. Pure."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from wenyam.backup.contract import Entry, ReadBack, Snapshot, Stored
from wenyam.errors import RepositoryError
from wenyam.i18n.clean_text import clean
from wenyam.model.instants import Instant, from_datetime

_READ: Final = re.compile(
    rb"^read group #\d+ of (\d+) (?:filtered )?data packs \(out of total (\d+) packs in \d+ groups", re.MULTILINE
)
_LOST: Final = "\ufffd"
"""Go's JSON puts this in place of every byte that is no UTF-8."""


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock in a repository."""

    id: str
    at: Instant
    """When it was last refreshed; restic does so every five minutes."""
    exclusive: bool
    host: str
    user: str
    process: int

    def __str__(self) -> str:
        """Say who holds it."""
        how = "exclusive lock" if self.exclusive else "lock"
        return f"{how} {self.id[:8]} of process {self.process} of {self.user} on {self.host}"


def parsed(text: bytes | str, what: str) -> Any:
    """Return what JSON text says; RepositoryError when it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise RepositoryError(f"restic's {what} cannot be read: '{clean(text[:80])}'") from error


def instant(text: str) -> Instant:
    """Read restic's RFC 3339 times, to the millisecond."""
    try:
        return from_datetime(datetime.fromisoformat(text))
    except ValueError as error:
        raise RepositoryError(f"restic gave a time that is none: '{clean(text, 60)}'") from error


def stored_of(summary: Mapping[str, Any], snapshot: str, complaints: Sequence[str]) -> Stored:
    """Return what a backup's summary says."""
    try:
        return Stored(
            snapshot=snapshot,
            files=int(summary["total_files_processed"]),
            bytes=int(summary["total_bytes_processed"]),
            added_bytes=int(summary["data_added"]),
            seconds=float(summary["total_duration"]),
            complaints=tuple(complaints),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RepositoryError(f"restic's summary of the backup lacks a figure: {error}") from error


def snapshots_of(text: bytes) -> tuple[Snapshot, ...]:
    """Return every snapshot of `snapshots --json`, oldest first."""
    found = parsed(text, "list of snapshots")
    return tuple(sorted(map(_snapshot, found or ()), key=lambda snapshot: (snapshot.at, snapshot.id)))


def snapshot_of(line: bytes) -> Snapshot:
    """Return the snapshot that the first line of `ls --json` is about."""
    return _snapshot(parsed(line, "listing"))


def _snapshot(said: Mapping[str, Any]) -> Snapshot:
    tags = dict(tag.partition("=")[::2] for tag in said.get("tags") or ())
    try:
        return Snapshot(
            id=said["id"],
            at=instant(said["time"]),
            job=tags.get("job", ""),
            run=tags.get("run", ""),
            paths=tuple(said["paths"]),
            original=said.get("original") or "",
        )
    except KeyError as error:
        raise RepositoryError(f"restic's list of snapshots lacks {error}") from error


def entry_of(line: bytes) -> Entry | None:
    """Return the entry of one line of `ls --json`; None for what is none."""
    said = parsed(line, "listing")
    kind = said.get("struct_type") or said.get("message_type")
    return None if kind != "node" else Entry(str(said["path"]), str(said["type"]), int(said.get("size", 0)))


def is_doubtful(entries: Iterable[Entry]) -> bool:
    """Tell whether a name in a listing may have lost bytes that are no UTF-8."""
    return any(_LOST in entry.path for entry in entries)


def with_exact_names(entries: Sequence[Entry], lines: Sequence[bytes]) -> list[Entry]:
    """Put the exact names of a plain `ls` into the same listing read from JSON.

    The plain one has the bytes as they are, but a name with a newline takes several lines; the JSON one says how many.
    """
    rest = iter(lines[1:])  # the first line is about the snapshot
    exact = []
    for entry in entries:
        name = b"\n".join(next(rest, b"") for _ in range(entry.path.count("\n") + 1))
        if len(name.decode("utf-8", "replace")) == 0 or not name.startswith(b"/"):
            raise RepositoryError(f"two listings of one snapshot differ at '{clean(entry.path)}'")
        exact.append(Entry(os.fsdecode(name), entry.kind, entry.size))
    if next(rest, b"") != b"":
        raise RepositoryError("two listings of one snapshot differ in length")
    return exact


def read_back_of(text: bytes) -> ReadBack:
    """Return how much of the data a check read, as it said."""
    found = _READ.search(text)
    if found is None:
        raise RepositoryError("restic check ended well, but did not say how much data it read")
    return ReadBack(int(found[1]), int(found[2]))


def lock_of(name: str, text: bytes) -> Lock:
    """Return the lock that `cat lock` shows."""
    said = parsed(text, "lock")
    try:
        return Lock(
            id=name,
            at=instant(said["time"]),
            exclusive=bool(said["exclusive"]),
            host=clean(str(said["hostname"]), 80),
            user=clean(str(said.get("username", "")), 40),
            process=int(said["pid"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RepositoryError(f"restic's lock {name[:8]} lacks {error}") from error


def pattern_of(path: str) -> str:
    """Return the pattern that stands for exactly this path where restic wants one: Go's filepath.Match."""
    return "".join(f"\\{letter}" if letter in "\\*?[" else letter for letter in path)
