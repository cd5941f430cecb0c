"""Masked copies of configurations, one file for each change, and what changed between two of them."""

import difflib
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from wenyam.errors import StoreError
from wenyam.model.instants import Instant, to_datetime
from wenyam.store import files

FOLDER: Final = "network-configurations"
"""Below the state directory."""
_KEY_FILE: Final = "mask.key"
_KEY_BYTES: Final = 32
_KEPT: Final = 500
_NAME: Final = "%Y%m%dt%H%M%S"
_ENDING: Final = "z.txt"
_CONTEXT: Final = 3


@dataclass(frozen=True, slots=True)
class MaskedCopy:
    """One masked configuration on record; it was like this from then on, until the next copy."""

    path: Path
    at: Instant

    def text(self) -> str:
        """Read it; StoreError when that is not possible."""
        with files.explained(self.path):
            return self.path.read_text(encoding="utf-8")


def copies(directory: Path, job: str) -> tuple[MaskedCopy, ...]:
    """Return the masked copies of a job, oldest first. `directory` is the state directory."""
    folder = _folder(directory, job)
    with files.explained(folder):
        found = (
            [(at, path) for path in folder.glob(f"*{_ENDING}") if (at := _instant(path)) is not None] if folder.is_dir() else []
        )
    return tuple(MaskedCopy(path, at) for at, path in sorted(found))


def keep(directory: Path, job: str, text: str, at: Instant) -> MaskedCopy:
    """Write a masked copy when it differs from the newest one; return the one that now stands. An empty one is refused."""
    if not text.strip():
        raise StoreError(f"an empty configuration of '{job}' is never kept")
    before = copies(directory, job)
    if before and before[-1].text() == text:
        return before[-1]
    files.share_directory(directory / FOLDER)
    files.share_directory(_folder(directory, job))
    moment = to_datetime(max(at, Instant(before[-1].at + 1)) if before else at)
    path = _folder(directory, job) / f"{moment:{_NAME}}{moment.microsecond // 1000:03d}{_ENDING}"
    files.write(path, text.encode())
    for old in before[: max(0, len(before) + 1 - _KEPT)]:
        with files.explained(old.path):
            old.path.unlink()
    return MaskedCopy(path, Instant(round(moment.timestamp() * 1000)))


def difference(older: str, newer: str, context_lines: int = _CONTEXT) -> str:
    """Return what changed as a unified diff; empty when nothing did."""
    lines = difflib.unified_diff(older.splitlines(), newer.splitlines(), "older", "newer", n=context_lines, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def mask_key(directory: Path) -> bytes:
    """Return this instance's own key for masks, made when there is none; StoreError when others may read it."""
    files.share_directory(directory / FOLDER)
    path = directory / FOLDER / _KEY_FILE
    with files.explained(path):
        if not path.exists():
            _make_key(path)
        mode = path.stat().st_mode
        key = path.read_bytes()
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StoreError(f"{path}: mode {stat.S_IMODE(mode):04o} lets others read it", hint=f"Run: chmod 0600 {path}")
    if len(key) != _KEY_BYTES:
        raise StoreError(f"{path} is no key", hint="Move it aside; masks of old and new copies will then differ.")
    return key


def filled(text: str) -> int:
    """Return the number of lines that are not empty."""
    return sum(bool(line.strip()) for line in text.split("\n"))


def _make_key(path: Path) -> None:
    """Make the key under its name in one step, so that two jobs at once use the same one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    files.write(temporary, os.urandom(_KEY_BYTES), mode=files.PRIVATE_FILE)
    try:
        if not path.exists():
            os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()


def _folder(directory: Path, job: str) -> Path:
    return directory / FOLDER / job


def _instant(path: Path) -> Instant | None:
    """Read the moment in a file's name; None for a name that is not ours."""
    stem = path.name.removesuffix(_ENDING)
    try:
        moment = datetime.strptime(stem[:-3], _NAME).replace(tzinfo=UTC)
        return Instant(round(moment.timestamp() * 1000) + int(stem[-3:]))
    except ValueError:
        return None
