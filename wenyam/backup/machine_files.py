"""Restored files on a test machine: sent over SFTP into a folder with a generated name, measured there, removed."""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from wenyam.backup import places
from wenyam.backup.comparison import UNSETTLED, compare
from wenyam.backup.contract import Workplace
from wenyam.backup.depot import new_run
from wenyam.backup.machine import FOLDER, REMOVING_SECONDS, RestoredThere, of_the_machine
from wenyam.backup.machine_names import Left, folder_name, left_among, note
from wenyam.backup.machine_tree import SECTION, Tree, expected_there
from wenyam.backup.sources.files import FilesSource, RestoredFiles
from wenyam.backup.sources.pace import Pace
from wenyam.errors import NotTestedError, RestoreError
from wenyam.i18n.clean_text import clean
from wenyam.links.sftp import Login, with_session
from wenyam.links.sftp_writing import WritingSftp
from wenyam.model.backup import Manifest, Parts, RestoreMachine
from wenyam.model.inventory import Credential

_SHOWN: Final = 3
_SHA256: Final = "sha256 "
_NOTE: Final = "owners, rights and times were compared here; kinds, sizes, hashes and links on the test machine too"
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _There:
    """The folder on the machine, and how it is reached."""

    workplace: Workplace
    machine: RestoreMachine
    login: Credential
    folder: str

    async def do(self, what: str, work: Callable[[Tree], Outcome], deadline: float | None = None) -> Outcome:
        """Work on the tree over a session; what is wrong with the machine is a NotTestedError."""
        workplace, machine = self.workplace, self.machine
        until = workplace.deadline if deadline is None else deadline
        pace = Pace(replace(workplace, deadline=until), f"{what} on the test machine", RestoreError)
        over = Login(machine.host, machine.port, self.login, machine.legacy_crypto)

        def within(sftp: WritingSftp) -> Outcome:
            return work(Tree(sftp, self.folder, pace))

        try:
            with of_the_machine():
                return await with_session(workplace.links.ssh, over, WritingSftp, within, until, clock=workplace.clock)
        finally:
            pace.stop()

    async def answer(self, parts: Parts, question: str) -> str:
        """Answer as restored files here do, from the machine; only what was measured as a file there is read."""
        path = question.removeprefix(_SHA256)
        if not parts[SECTION].get(path, "").startswith("type=file"):
            raise RestoreError(f"{clean(path)} is no file on the test machine")
        return await self.do("asking", lambda tree: tree.answer(path, hashes=question.startswith(_SHA256)))


@contextlib.asynccontextmanager
async def files_there(
    workplace: Workplace, login: Credential, source: FilesSource, fetched: Path, manifest: Manifest
) -> AsyncIterator[RestoredThere]:
    """Compare here what can be compared here alone, then send it there and compare it again."""
    machine = workplace.job.restore.machine
    if machine is None:
        raise NotTestedError(f"{workplace.job.name} names no test machine")
    there = _There(workplace, machine, login, _folder(machine, folder_name(workplace.job.name, new_run(workplace.clock))))
    async with source.restored(workplace, fetched, manifest) as here:
        if not isinstance(here, RestoredFiles):
            raise NotTestedError("what came back is no tree of files")
        looked = await here.manifest()
        wrong = compare(manifest, looked)
        if wrong:
            raise RestoreError(f"nothing was sent to the test machine: {'; '.join(wrong[:_SHOWN])}")
        expected = expected_there(manifest, looked.parts.get(UNSETTLED, {}))
        then = expected.parts[SECTION]
        await there.do("making a folder", lambda tree: tree.make(_needed(expected)))
        try:
            left = await _told(workplace, login)
            await there.do("writing", lambda tree: tree.send(os.fsencode(here.root), then))
            parts = await there.do("measuring", lambda tree: tree.measure(then))
            yield RestoredThere(
                workplace, machine, login, expected, replace(expected, parts=parts), (*left, _NOTE),
                {FOLDER: there.folder}, lambda question: there.answer(parts, question),
            )  # fmt: skip
        finally:
            await there.do("removing", Tree.remove, workplace.clock.monotonic() + REMOVING_SECONDS)


async def _told(workplace: Workplace, login: Credential) -> tuple[str, ...]:
    try:
        return note(workplace.job.name, await folders_left(workplace, login))
    except NotTestedError as error:  # it says nothing about this restore
        return (f"whether earlier tests left something there cannot be seen: {error.what}",)


async def folders_left(workplace: Workplace, login: Credential) -> tuple[Left, ...]:
    """Return the folders of tests that were killed, oldest first; NotTestedError when the machine cannot be looked at."""
    names = await _at(workplace, login, "").do("looking", Tree.names)
    return left_among(names, workplace.clock.now())


async def remove_folder(workplace: Workplace, login: Credential, name: str) -> None:
    """Remove a folder that a test left, with all in it; RestoreError names what stayed."""
    await _at(workplace, login, name).do("removing", Tree.remove)


def _at(workplace: Workplace, login: Credential, name: str) -> _There:
    machine = workplace.job.restore.machine
    if machine is None:
        raise NotTestedError(f"{workplace.job.name} names no test machine")
    return _There(workplace, machine, login, _folder(machine, name))


def _folder(machine: RestoreMachine, name: str) -> str:
    return f"{machine.folder.rstrip('/')}/{name}"


def _needed(expected: Manifest) -> int:
    sizes = re.findall(r" size=(\d+)", "\n".join(expected.parts[SECTION].values()))
    return sum(map(int, sizes)) + places.SPARE_BYTES
