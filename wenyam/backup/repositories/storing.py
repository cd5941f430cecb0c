"""One `restic backup`: what goes in is looked at before, what came of it is read from its own status lines."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from wenyam.backup.contract import Dump, Progress
from wenyam.backup.repositories.reading import parsed
from wenyam.errors import RepositoryError, SourceError

_TAG: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class StatusReader:
    """Takes the lines of `backup --json`: tells how far it is, keeps the summary."""

    def __init__(self, progress: Progress) -> None:
        """Take whom to tell."""
        self._progress = progress
        self.summary: dict[str, Any] | None = None

    def take(self, line: bytes) -> None:
        """Read one line; what is not about status or summary is left alone."""
        if not line.startswith(b"{"):
            return
        said = parsed(line, "status line")
        kind = said.get("message_type")
        if kind == "status":
            self._progress("storing", int(said.get("bytes_done", 0)), said.get("total_bytes"))
        elif kind == "summary":
            self.summary = said
            done = int(said.get("total_bytes_processed", 0))
            self._progress("storing", done, done)  # of a quick run restic 0.18 tells nothing before


def words_of(dump: Dump, host: str, job: str, run: str) -> list[str]:
    """Return the words after `restic backup`; RepositoryError when a name would not survive as a tag."""
    for name in (job, run):
        if _TAG.fullmatch(name) is None:
            raise RepositoryError(f"'{name}' is no name for a tag")
    words = ["--json", f"--host={host}", f"--tag=job={job},run={run}"]
    if dump.one_file_system:
        words.append("--one-file-system")
    return [*words, *(f"--exclude={pattern}" for pattern in dump.excludes), "--", *map(str, dump.paths)]


def require_paths(paths: Sequence[Path]) -> None:
    """Raise SourceError unless every path is there: restic 0.14 leaves out what is missing and calls the rest a success."""
    if not paths:
        raise SourceError("there is nothing to store")
    for path in paths:
        written = str(path)
        if not path.is_absolute() or os.path.normpath(written) != written:
            raise SourceError(f"{path}: is no plain absolute path")
        try:
            written.encode("utf-8")
            path.lstat()
        except UnicodeEncodeError as error:
            raise SourceError(f"{os.fsencode(written)!r}: a path that is stored by its name must be UTF-8") from error
        except OSError as error:
            raise SourceError(f"{path}: {os.strerror(error.errno or 0).lower()}") from error


def absent_below(target: Path, paths: Sequence[str]) -> list[str]:
    """Return the paths that a restore did not bring."""
    return [path for path in paths if not os.path.lexists(target / path.lstrip("/"))]
