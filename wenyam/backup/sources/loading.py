"""What loading a dump has in common for database servers, private ones and real ones."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import FILES, digests, files_section, scratch_account, seconds_left
from wenyam.errors import CollectError, RestoreError
from wenyam.links.private_servers import prepare_directory, socket_fits
from wenyam.links.programs import run_program
from wenyam.links.sql_sessions import Rows, Session
from wenyam.model.backup import Manifest, Parts

START_SECONDS: Final = 60.0
"""Seconds in which a private server must answer."""
_SHOWN: Final = 600


async def intact_files(folder: Path, parts: Parts, wanted: Collection[str] | None = None) -> dict[str, Path]:
    """Return the dump's files (those wanted) as they came back; RestoreError for one that is missing or not what was dumped."""
    recorded = {name: text for name, text in parts.get(FILES, {}).items() if wanted is None or name in wanted}
    paths = {name: folder / name for name in recorded}
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing or not paths:
        raise RestoreError(f"the backup lacks {', '.join(missing) or 'every dump file'} under {folder}")
    found = files_section(await digests(list(paths.values())))
    changed = [name for name, text in recorded.items() if found[name] != text]
    if changed:
        told = "; ".join(f"{name} now {found[name]}, when it was made {recorded[name]}" for name in changed)
        raise RestoreError(f"what came back is not what was dumped: {told}")
    return paths


async def fetched_files(workplace: Workplace, fetched: Path, parts: Parts) -> dict[str, Path]:
    """Return all files of a dump where the repository laid them."""
    return await intact_files(fetched / workplace.spool.relative_to("/"), parts)


async def private_directory(workplace: Workplace, name: str, server: str, socket: str) -> tuple[Path, str | None]:
    """Make a directory for a private server; return it and the account that the server runs as."""
    user = scratch_account(workplace, server)
    directory = workplace.scratch / name
    socket_fits(directory / socket)
    await prepare_directory(workplace.scratch, user)
    await prepare_directory(directory, user)
    return directory, user


async def run_to_end(
    workplace: Workplace, words: Sequence[str], what: str, *, user: str | None = None, stdin_from: Path | None = None
) -> None:
    """Run a program; RestoreError with its own last words unless it ends well."""
    done = await run_program(words, timeout=seconds_left(workplace), user=user, clock=workplace.clock, stdin_from=stdin_from)
    if done.exit_status:
        raise RestoreError(f"{what} {ending(done.exit_status)}: {last_words(done.stderr or done.stdout)}")


async def load_each(workplace: Workplace, databases: Mapping[str, Path], load: Callable[[str, Path], Awaitable[None]]) -> None:
    """Load each database from its dump, one after the other, and tell which it is."""
    for database, path in databases.items():
        workplace.progress(f"load {database}", 0, path.stat().st_size)
        await load(database, path)


def ending(status: int) -> str:
    """Say how a program ended that did not end well."""
    return f"was ended by signal {-status}" if status < 0 else f"failed (status {status})"


def last_words(said: bytes) -> str:
    """Return the end of what a program said."""
    return said.decode("utf-8", "replace").strip()[-_SHOWN:] or "it said nothing"


async def answers(login: AbstractAsyncContextManager[Session]) -> bool:
    """Tell whether a server that is starting takes a login and a statement."""
    try:
        async with login as session:
            return bool(await session.rows("SELECT 1"))
    except CollectError:
        return False


def refuse_production(identity: str, manifest: Manifest) -> None:
    """Raise RestoreError when the target is the server that was backed up."""
    if identity == manifest.tools.get("identity"):
        raise RestoreError(f"the target is the server that was backed up ({identity}); nothing was loaded")


def question_for(question: str, databases: Mapping[str, Path]) -> tuple[str, str]:
    """Return which database a smoke question is for, and the query: `DATABASE: query` asks another one than the first."""
    name, _, rest = question.partition(":")
    return (name, rest) if name in databases else (next(iter(databases)), question)


def first_value(rows: Rows) -> str:
    """Return the first value as text; empty when there is none."""
    return "" if not rows or rows[0][0] is None else str(rows[0][0])
