"""The files of a configuration folder: which, by whom they may be written, and what they say before it is judged."""

import codecs
import grp
import hashlib
import os
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from wenyam.settings.document import Document
from wenyam.settings.problems import Findings, Place, Problem
from wenyam.settings.table import read_table
from wenyam.settings.tree import Block, read_yaml
from wenyam.settings.validation import describe

MAIN = "wenyam.yaml"
_PATTERNS = ("*.yaml", "*.yml", "devices*.csv")
_LARGEST = 32 * 1024 * 1024
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(slots=True)
class Sources:
    """What the files of a folder say, by section; entries of one section may come from many files."""

    sections: dict[str, Block] = field(default_factory=dict)
    digest: str = ""
    """SHA-256 over names and contents of the files."""
    loose: list[Problem] = field(default_factory=list)
    """Modes and owners that are refused where the configuration starts programs."""
    understood: bool = True
    """False when a file could not be read, so that references cannot be judged."""


def read_folder(folder: Path, findings: Findings) -> Sources:
    """Read wenyam.yaml, every other *.yaml and devices*.csv of the folder; problems are noted."""
    sources = Sources()
    names = _list(folder, findings)
    if names is None:
        sources.understood = False
        return sources
    digest = hashlib.sha256()
    found = {name for name in names if any(fnmatchcase(name, pattern) for pattern in _PATTERNS)}
    _judge_mode(folder, Place("."), sources, findings)
    for name in [MAIN, *sorted(found - {MAIN})]:
        _judge_mode(folder / name, Place(name), sources, findings)
        content = _read(folder / name, findings)
        if content is None:
            sources.understood = False
            continue
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
        _take_file(name, content, sources, findings)
    sources.digest = digest.hexdigest()
    return sources


def _list(folder: Path, findings: Findings) -> list[str] | None:
    """Return the names in the folder; None when it cannot be listed or wenyam.yaml is not among them (noted)."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        findings.problem(Place(MAIN), f"there is no folder {folder}; 'wenyam init {folder}' makes one, --config names another")
    except OSError as error:
        findings.problem(Place("."), f"the folder {folder} cannot be read: {_reason(error, folder)}")
    else:
        if MAIN in names:
            return names
        findings.problem(Place(MAIN), f"there is no {MAIN} in {folder}; 'wenyam init {folder}' writes one")
    return None


def _reason(error: OSError, path: Path) -> str:
    """Return why something cannot be read, and who may when it is a matter of rights."""
    words = error.strerror or str(error)
    if not isinstance(error, PermissionError):
        return words
    try:
        status = path.stat()
        group = grp.getgrgid(status.st_gid).gr_name if status.st_mode & stat.S_IRGRP else ""
    except (OSError, KeyError):  # its own folder is closed, or the group has no name
        group = ""
    return f"{words}; run this as a user who may" + (f", such as a member of the group '{group}'" if group else "")


def _read(path: Path, findings: Findings) -> bytes | None:
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):  # a pipe would hold us up for ever
            findings.problem(Place(path.name), "is no file")
            return None
        if status.st_size > _LARGEST:
            findings.problem(Place(path.name), f"is larger than {_LARGEST // 2**20} MiB")
            return None
        return path.read_bytes()
    except OSError as error:
        findings.problem(Place(path.name), f"cannot be read: {_reason(error, path)}")
        return None


def _judge_mode(path: Path, place: Place, sources: Sources, findings: Findings) -> None:
    """Whoever can write the configuration can start programs: nobody but root and the user who runs it."""
    try:
        status = path.stat()
    except OSError:
        return  # reading it says why
    what = "the folder" if place.file == "." else "the file"
    if status.st_mode & stat.S_IWOTH:
        findings.problem(place, f"{what} may be written by everybody; run: chmod o-w {path}")
    elif status.st_mode & stat.S_IWGRP:
        sources.loose.append(Problem(place.file, place.line, f"{what} may be written by its group; run: chmod g-w {path}"))
    if status.st_uid not in (0, os.geteuid()):
        sentence = (
            f"{what} belongs to user {status.st_uid}, neither to root nor to the user who runs this; run: chown root {path}"
        )
        sources.loose.append(Problem(place.file, place.line, sentence))


def decode(content: bytes, file: str, findings: Findings) -> str | None:
    """Return the text of a file, without byte-order mark; None when it is not UTF-8 (noted)."""
    if content.startswith(_UTF_16):
        findings.problem(Place(file, 1), "is UTF-16; save it as UTF-8")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        findings.problem(Place(file, line), "is not UTF-8 (TIS-620 or Windows-874?); save it as UTF-8")
        return None


def _take_file(name: str, content: bytes, sources: Sources, findings: Findings) -> None:
    text = decode(content, name, findings)
    before = len(findings.problems)
    if text is None:
        sources.understood = False
    elif name.endswith(".csv"):
        _take_section("devices", read_table(text, name, findings), Place(name, 1), sources, findings)
    else:
        top = read_yaml(text, name, findings)
        if top is None:
            sources.understood &= len(findings.problems) == before
            return
        for key, value in top.items():
            _take_section(key, value, top.at(key), sources, findings)


def _take_section(key: str, value: object, place: Place, sources: Sources, findings: Findings) -> None:
    if key not in Document.model_fields:
        findings.problem(place, f"unknown section '{key}'{findings.nearest(key, Document.model_fields)}")
        return
    if value is None:
        return
    if not isinstance(value, Block):
        findings.problem(place, f"{key}: a block of keys expected, found {describe(value, secret=key == 'credentials')}")
        return
    section = sources.sections.setdefault(key, Block(place))
    for entry, content in value.items():
        if entry in section:
            first = section.places[entry]
            where = f"line {first.line}" if first.file == place.file else f"{first.file}:{first.line}"
            findings.problem(value.at(entry), f"{key}.{entry} is written twice; first in {where}")
        else:
            section.put(entry, content, value.at(entry))
