"""Restored databases on a test machine's own server: each under a generated name, compared, asked, dropped."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from wenyam.backup import places
from wenyam.backup.contract import Workplace
from wenyam.backup.depot import new_run
from wenyam.backup.machine import DATABASE, REMOVING_SECONDS, RestoredThere, of_the_machine
from wenyam.backup.machine_names import database_ending, left_among, note
from wenyam.backup.sources.databases import merged
from wenyam.backup.sources.loading import fetched_files, question_for, refuse_production
from wenyam.backup.targets import Loaded, Restorable, Target, Wish
from wenyam.errors import NotTestedError, RestoreError, WenyamError
from wenyam.model.backup import MachineDatabase, Manifest, RestoreMachine
from wenyam.model.inventory import Credential


@runtime_checkable
class ScratchServer(Target, Protocol):
    """A server into which a restore test may load: it tells who it is, answers, and forgets again."""

    @property
    def identity(self) -> str:
        """What no other server has, as the manifest of backup time has it."""

    def release_problem(self, manifest: Manifest) -> str:
        """Say that it is of another major version than the one that was backed up; empty when it is the same."""

    async def ask(self, wish: Wish, question: str) -> str:
        """Run a query that only reads; the first value as text."""

    async def names(self) -> tuple[str, ...]:
        """Return the names of all its databases."""

    async def remove(self, name: str) -> None:
        """Remove a database that was loaded."""


@dataclass(frozen=True, slots=True)
class _There:
    """The server, and what goes into it."""

    server: ScratchServer
    wishes: Sequence[Wish]

    async def answer(self, question: str) -> str:
        """Answer as restored databases here do: `DATABASE: query` asks another one than the first."""
        known = {wish.database: wish for wish in self.wishes}
        name, query = question_for(question, {database: Path() for database in known})
        return await self.server.ask(known[name], query)

    async def remove(self) -> None:
        """Drop all of them; RestoreError names what stayed."""
        stayed = []
        for wish in self.wishes:
            try:
                await self.server.remove(wish.name)
            except WenyamError as error:
                stayed.append(f"'{wish.name}': {error.sentence}")
        if stayed:
            raise RestoreError(f"databases stayed on the test machine, remove them by hand: {'; '.join(stayed)}")


@contextlib.asynccontextmanager
async def databases_there(
    workplace: Workplace, logins: tuple[Credential, Credential], source: Restorable, fetched: Path, manifest: Manifest
) -> AsyncIterator[RestoredThere]:
    """Load each database of a backup; `logins` are those of the machine and of its server."""
    machine = workplace.job.restore.machine
    if machine is None or machine.database is None:
        raise NotTestedError(f"{workplace.job.name} names no database server on a test machine")
    files = await fetched_files(workplace, fetched, manifest.parts)
    async with opened_server(workplace, logins[1], source) as server:
        refuse_production(server.identity, manifest)
        wrong = server.release_problem(manifest)
        if wrong:
            raise NotTestedError(f"wrong major version on the test machine: {wrong}")
        there = _There(server, _wishes(workplace, server, manifest, owners=machine.database.owners))
        try:
            with of_the_machine():
                left = note(workplace.job.name, left_among(await server.names(), workplace.clock.now()))
                loaded = [await _load(server, wish, files) for wish in there.wishes]
            expected = replace(manifest, parts=merged([each.expected.parts for each in loaded]))
            found = replace(manifest, parts=merged([each.found.parts for each in loaded]))
            yield RestoredThere(
                workplace, machine, logins[0], expected, found,
                (*left, *dict.fromkeys(said for each in loaded for said in each.notes)),
                {DATABASE: there.wishes[0].name}, there.answer,
            )  # fmt: skip
        finally:
            await there.remove()


@contextlib.asynccontextmanager
async def opened_server(workplace: Workplace, login: Credential | None, source: Restorable) -> AsyncIterator[ScratchServer]:
    """Log in to the server on the job's test machine; NotTestedError when that cannot be done."""
    machine = workplace.job.restore.machine
    if machine is None or machine.database is None or login is None:
        raise NotTestedError(f"{workplace.job.name} names no database server on a test machine")
    async with contextlib.AsyncExitStack() as opened:
        with of_the_machine():
            server = await opened.enter_async_context(_opened(workplace, machine, machine.database, login, source))
        if not isinstance(server, ScratchServer):
            raise NotTestedError(f"what source '{workplace.job.source}' backs up can be restored on this machine only")
        yield server


@contextlib.asynccontextmanager
async def _opened(
    workplace: Workplace, machine: RestoreMachine, database: MachineDatabase, login: Credential, source: Restorable
) -> AsyncIterator[Target]:
    """Log in to the machine's server with the options of the job, but for where it is and how it is reached."""
    place = workplace.scratch / "machine"
    place.mkdir(mode=places.PRIVATE, exist_ok=True)
    changes = {"port": database.port, "socket": None, "tls": database.tls, "authority": database.authority}
    kind: Any = type(source)
    there: Restorable = kind(workplace.job.options.model_copy(update=changes))
    deadline = workplace.deadline + REMOVING_SECONDS
    async with there.target(replace(workplace, address=machine.host, credential=login, spool=place, deadline=deadline)) as target:
        yield target


def _wishes(workplace: Workplace, server: Target, manifest: Manifest, *, owners: bool) -> list[Wish]:
    ending = database_ending(new_run(workplace.clock))
    return [
        Wish(database, server.new_name(database, ending), manifest, "", owners=owners) for database in server.databases(manifest)
    ]


async def _load(server: ScratchServer, wish: Wish, files: Mapping[str, Path]) -> Loaded:
    """Load one database; NotTestedError where this server cannot take it as it was."""
    look = await server.look(wish)
    if look.exists or look.refusals:
        raise NotTestedError(f"the test machine cannot take '{wish.database}': {'; '.join(look.refusals) or 'the name is taken'}")
    if wish.owners and look.roles_needed and look.missing_roles:
        raise NotTestedError(
            f"the test machine lacks the roles {', '.join(look.missing_roles)}",
            hint="Make them there, or leave owners and rights out: restore.machine.database.owners: false.",
        )
    await server.load(wish, files)
    return await server.measure(wish)
