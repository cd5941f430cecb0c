"""Restored files on a test machine: the tree is sent there over SFTP, measured there, and removed again. Blocking."""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, shown
from wenyam.backup.sources.file_walk import as_name, as_text, explain, word
from wenyam.backup.sources.pace import Pace
from wenyam.errors import NotTestedError, RestoreError
from wenyam.links.sftp import RemoteFile
from wenyam.links.sftp_writing import WritingSftp
from wenyam.model.backup import Manifest, Parts

SECTION: Final = "files"
_FIELD: Final = re.compile(r"([a-z0-9]+)=(\S*)")
_KEPT: Final = ("type", "size", "sha256", "target")
"""What a login without rights can make again on another machine: no owner, and no time more exact than a second."""
_LINE: Final = 4096
_SLASH: Final = ord("/")


def expected_there(manifest: Manifest, unsettled: Mapping[str, str]) -> Manifest:
    """Return what can be measured on the machine of what was measured at backup time: kinds, sizes, hashes, links."""
    files = {path: dict(_FIELD.findall(value)) for path, value in manifest.parts.get(SECTION, {}).items()}
    known = {word(path): path for path in files}
    section = {path: _kept(files.get(known.get(fields.get("hardlink", ""), ""), fields)) for path, fields in files.items()}
    moved = {**manifest.parts.get(UNSETTLED, {}), **unsettled}
    notes = {name: items for name, items in ((LEFT_OUT, manifest.parts.get(LEFT_OUT, {})), (UNSETTLED, moved)) if items}
    return replace(manifest, parts={SECTION: section, **notes})


def _kept(fields: Mapping[str, str]) -> str:
    return " ".join(f"{name}={fields[name]}" for name in _KEPT if name in fields)


class Tree:
    """A tree in a folder of its own on the machine."""

    def __init__(self, sftp: WritingSftp, folder: str, pace: Pace) -> None:
        """Take the session and the folder, which is not there yet."""
        self._sftp = sftp
        self._folder = as_name(folder)
        self._pace = pace

    def make(self, needed: int) -> None:
        """Make the folder; NotTestedError where that is not possible, or where too little room is told."""
        above = os.path.dirname(self._folder)  # noqa: PTH120  # a Path cannot hold bytes
        free = self._sftp.free_bytes(above)
        if free is not None and free < needed:
            room = f"{free // 2**20} MiB are free, the restore needs {needed // 2**20} MiB"
            raise NotTestedError(f"{shown(as_text(above))} on the test machine: {room}")
        try:
            self._sftp.make_directory(self._folder)
        except OSError as error:
            place = shown(as_text(self._folder))
            raise NotTestedError(f"{place} on the test machine cannot be made: {explain(error)}") from error

    def send(self, root: bytes, then: Iterable[str]) -> None:
        """Send what the manifest names and lies below a directory of ours; NotTestedError when the machine does not take it."""
        made = {b"", b"/"}
        for name in sorted(map(as_name, then)):
            self._pace.step()
            try:
                status = os.lstat(root + name)
            except OSError:  # that it did not come back is told by the comparison
                continue
            try:
                self._way_to(name, made)
                self._send(root, name, status)
            except OSError as error:
                raise NotTestedError(f"{shown(as_text(name))} cannot be written on the test machine: {explain(error)}") from error
            made.add(name)

    def _way_to(self, name: bytes, made: set[bytes]) -> None:
        """Make the directories that lead to a name and are no part of the backup."""
        ends = [end for end, sign in enumerate(name) if sign == _SLASH and name[:end] not in made]
        for end in ends:
            self._sftp.make_directory(self._folder + name[:end])
            made.add(name[:end])

    def _send(self, root: bytes, name: bytes, status: os.stat_result) -> None:
        there = self._folder + name
        if stat.S_ISDIR(status.st_mode):
            if name != b"/":
                self._sftp.make_directory(there)
        elif stat.S_ISLNK(status.st_mode):
            self._sftp.link(there, os.readlink(root + name))  # noqa: PTH115  # a Path cannot hold bytes
        elif stat.S_ISREG(status.st_mode):
            with open(root + name, "rb", buffering=0) as file:  # noqa: PTH123  # as above
                self._sftp.write(there, file, self._pace.step)

    def measure(self, then: Mapping[str, str]) -> Parts:
        """Read everything back; what stands above the paths of backup time is only the way there."""
        above = {path[:end] or "/" for path in then for end, sign in enumerate(path) if sign == "/"} - then.keys()
        hashed = any(" sha256=" in value for value in then.values())
        found = {path: value for path, value in self._measured(hashed=hashed) if path not in above}
        top = {"/": "type=directory"} if "/" in then else {}
        return {SECTION: {**top, **found}}

    def _measured(self, *, hashed: bool) -> Iterator[tuple[str, str]]:
        waiting = [b""]
        while waiting:
            directory = waiting.pop()
            for entry in self._entries(directory):
                name = directory + b"/" + entry.name
                self._pace.step()
                yield as_text(name), self._describe(name, entry, hashed=hashed)
                if entry.kind == stat.S_IFDIR:
                    waiting.append(name)

    def _entries(self, directory: bytes) -> list[RemoteFile]:
        try:
            found = self._sftp.entries(self._folder + directory)
        except OSError as error:
            raise RestoreError(f"{shown(as_text(directory))} on the test machine: {explain(error)}") from error
        return [each for each in found if each.name and b"/" not in each.name]

    def _describe(self, name: bytes, entry: RemoteFile, *, hashed: bool) -> str:
        there = self._folder + name
        try:
            if entry.kind == stat.S_IFDIR:
                return "type=directory"
            if entry.kind == stat.S_IFLNK:
                return f"type=link target={word(as_text(self._sftp.target(there)))}"
            return f"type=file size={entry.size}" + (f" sha256={self._digest(there)}" if hashed else "")
        except OSError as error:
            raise RestoreError(f"{shown(as_text(name))} on the test machine: {explain(error)}") from error

    def _digest(self, there: bytes) -> str:
        hashed = hashlib.sha256()

        def take(chunk: bytes) -> None:
            hashed.update(chunk)
            self._pace.step(len(chunk))

        self._sftp.read(there, take)
        return hashed.hexdigest()

    def answer(self, path: str, *, hashes: bool) -> str:
        """Return the first line of a file there, or the SHA-256 of its content."""
        there = self._folder + as_name(path)
        if hashes:
            return self._digest(there)
        begin = bytearray()
        self._sftp.read(there, lambda chunk: begin.extend(chunk[: max(0, _LINE - len(begin))]))
        return begin.split(b"\n")[0].decode("utf-8", "replace").strip()

    def names(self) -> list[str]:
        """Return the names of what lies in the folder; NotTestedError when it cannot be looked into."""
        try:
            return [as_text(each.name) for each in self._sftp.entries(self._folder)]
        except OSError as error:
            raise NotTestedError(f"{shown(as_text(self._folder))} on the test machine: {explain(error)}") from error

    def remove(self) -> None:
        """Remove the folder and all in it; RestoreError names what stayed."""
        try:
            self._remove_below(self._folder)
        except OSError as error:
            raise RestoreError(f"{shown(as_text(self._folder))} stayed on the test machine: {explain(error)}") from error

    def _remove_below(self, top: bytes) -> None:
        directories, waiting = [], [top]
        while waiting:
            directory = waiting.pop()
            directories.append(directory)
            for entry in self._sftp.entries(directory):
                name = directory + b"/" + entry.name
                if entry.kind == stat.S_IFDIR:
                    waiting.append(name)
                else:
                    self._sftp.remove(name)
        for directory in reversed(directories):
            self._sftp.remove_directory(directory)
