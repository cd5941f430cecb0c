"""What was seen is kept as files beside the journal: one directory for each run, the hash of each file in the facts."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from wenyam.store import files

FOLDER = "dr"
_UNFIT = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 80


def folder_of(state: Path, run: str) -> Path:
    """Return where the evidence of a run lies."""
    return state / FOLDER / run


def prepare(state: Path, run: str) -> Path:
    """Make the directory of a run; it is for the service accounts alone."""
    files.share_directory(state / FOLDER)
    directory = folder_of(state, run)
    files.share_directory(directory)
    return directory


def keep(directory: Path, stem: str, found: Mapping[str, str]) -> dict[str, str]:
    """Keep texts under names that begin with `stem`; return file name -> SHA-256 (hex)."""
    kept = {}
    for name, text in found.items():
        # What no encoding can hold is kept as it was read.
        content = text.encode("utf-8", "surrogateescape" if _is_bytes(text) else "backslashreplace")
        kept.update(keep_bytes(directory, f"{stem}-{name}.txt", content))
    return kept


def keep_bytes(directory: Path, name: str, content: bytes) -> dict[str, str]:
    """Keep one file; return its name and SHA-256 (hex)."""
    fit = file_name(name)
    files.write(directory / fit, content)
    return {fit: hashlib.sha256(content).hexdigest()}


def file_name(name: str) -> str:
    """Return a name that no file system, shell or person stumbles over."""
    return _UNFIT.sub("-", name.lower()).strip("-.")[-_LONGEST:].lstrip("-.") or "evidence"


def faults(directory: Path, known: Mapping[str, str]) -> list[str]:
    """Return a sentence for every file that is gone or no longer as its hash in the chain says."""
    found = []
    for name, digest in sorted(known.items()):
        path = directory / name
        try:
            same = hashlib.sha256(path.read_bytes()).hexdigest() == digest
        except OSError as error:
            found.append(f"{path}: {(error.strerror or 'cannot be read').lower()}")
            continue
        if not same:
            found.append(f"{path}: is not as it was when its hash was recorded")
    return found


def _is_bytes(text: str) -> bool:
    return all(not "\ud800" <= letter <= "\udfff" or "\udc80" <= letter <= "\udcff" for letter in text)
