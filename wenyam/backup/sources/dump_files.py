"""Dump files that a program left: what they are, and whether each of them is whole as far as that can be seen."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.backup.comparison import shown
from wenyam.backup.sources.command_options import CommandOptions
from wenyam.backup.sources.file_walk import explain
from wenyam.backup.sources.pace import Pace
from wenyam.errors import BackupError, SourceError

_CHUNK: Final = 1 << 20
_TAIL: Final = 1 << 16
"""Bytes at the end of a dump in which its trailer must be."""


@dataclass(frozen=True, slots=True)
class Made:
    """One dump file, read to its end."""

    path: Path
    name: str
    """Its name at backup time: the path given in the configuration, or `dump` for standard output."""
    size: int
    sha256: str
    tail: bytes


def made(path: Path, name: str, pace: Pace, complain: type[BackupError] = SourceError) -> Made:
    """Read a dump file; one that is written while it is read is an error."""
    hashed, size, tail = hashlib.sha256(), 0, b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
                size += len(chunk)
                tail = (tail + chunk)[-_TAIL:]
                pace.step(len(chunk))
            after = os.fstat(file.fileno())
    except OSError as error:
        raise complain(f"{shown(str(path))}: {explain(error)}") from error
    if after.st_size != size:
        raise complain(f"{shown(str(path))} is still being written: {size} bytes read, {after.st_size} there now")
    return Made(path, name, size, hashed.hexdigest(), tail)


def check(found: Made, config: CommandOptions) -> None:
    """Raise SourceError for a dump that is too small or does not end as it must."""
    if found.size < config.minimum_bytes:
        raise SourceError(f"{shown(found.name)} has {found.size:,} bytes, at least {config.minimum_bytes:,} are expected")
    end = found.tail.rstrip()
    if config.trailer is not None and not end.endswith(config.trailer.strip().encode()):
        raise SourceError(
            f"{shown(found.name)} does not end with '{shown(config.trailer)}' but with '{_end(end)}': it was cut off"
        )
    if config.trailer_pattern is not None and not re.search(rb"(?:" + config.trailer_pattern.encode() + rb")\Z", end):
        wanted = shown(config.trailer_pattern)
        raise SourceError(f"the end of {shown(found.name)} does not match '{wanted}', it is '{_end(end)}': it was cut off")


def _end(tail: bytes) -> str:
    return shown(tail[-60:].decode("utf-8", "replace"))


def parts_of(found: Sequence[Made]) -> dict[str, str]:
    """Return the section of the manifest about dump files."""
    return {each.name: f"size={each.size} sha256={each.sha256}" for each in found}


def common_place(paths: Sequence[Path]) -> str:
    """Return what `{dump}` stands for: the one file, or the directory that holds them all."""
    return str(paths[0]) if len(paths) == 1 else os.path.commonpath([path.parent for path in paths])
