"""What the tests of database backups share: workplaces in directories that a server's account can reach, and stored copies."""

import asyncio
import hashlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources.databases import FILES
from wenyam.links.tools import Tools
from wenyam.model.backup import BackupJob, Manifest
from wenyam.model.calendar import Schedule
from wenyam.testing.collecting import CLOCK, make_credential, make_links
from wenyam.testing.databases import Database

_POLL_SECONDS = 0.005


@contextmanager
def database_workplace(
    server: Database, *, username: str = "", password: str = "", tools: Callable[[str], str] | None = None
) -> Iterator[Workplace]:
    """Give a workplace of a job that backs this server up, in a temporary directory of its own."""
    root = Path(tempfile.mkdtemp(prefix="wy-"))
    root.chmod(0o711)  # the private server's account must pass through
    for name in ("spool", "scratch", "secrets", "fetched"):
        (root / name).mkdir(mode=0o700)
    try:
        yield Workplace(
            job=BackupJob("erp-db", server.name, None, "somebody", Schedule("every day 01:30"), "main"),
            clock=CLOCK,
            links=make_links(root / "known_hosts"),
            tools=tools or Tools(),
            address=server.address,
            credential=make_credential(
                root / "secrets", "sql", username or server.superuser, password=password or server.password
            ),
            spool=root / "spool",
            scratch=root / "scratch",
            scratch_user=server.account if os.geteuid() == 0 else None,
            deadline=CLOCK.monotonic() + 300,
        )
    finally:
        shutil.rmtree(root, ignore_errors=True)


def stored(workplace: Workplace, dump: Dump) -> Path:
    """Copy a dump as a repository gives it back; return the root it lies under."""
    root = workplace.spool.parent / "fetched"
    for path in dump.paths:
        copy = root / path.relative_to("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return root


def damaged(fetched: Path, workplace: Workplace, manifest: Manifest, name: str, damage: Callable[[bytes], bytes]) -> Manifest:
    """Damage one stored dump and return a manifest that says it was made so."""
    path = fetched / workplace.spool.relative_to("/") / name
    content = damage(path.read_bytes())
    path.write_bytes(content)
    said = f"sha256={hashlib.sha256(content).hexdigest()} bytes={len(content)}"
    return replace(manifest, parts={**manifest.parts, FILES: {**manifest.parts[FILES], name: said}})


def fresh_scratch(workplace: Workplace) -> None:
    """Empty the scratch directory, as each restore test finds it."""
    shutil.rmtree(workplace.scratch)
    workplace.scratch.mkdir(mode=0o700)


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until a condition holds; TimeoutError when it never does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(_POLL_SECONDS)


async def kill_when_writing(program: str, path: Path) -> bool:
    """Kill a program by its name and the file it writes, once the file has grown; tell whether there was one."""
    await until(lambda: _has_grown(path))
    found = running(program, str(path))
    for process in found:
        os.kill(process, signal.SIGKILL)
    return bool(found)


def _has_grown(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def running(program: str, word: str) -> list[int]:
    """Return the processes of a program that were started with a word in their arguments."""
    return [int(place.name) for place in Path("/proc").iterdir() if place.name.isdecimal() and _is_of(place, program, word)]


def _is_of(place: Path, program: str, word: str) -> bool:
    try:
        words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:  # it ended meanwhile
        return False
    return Path(words[0]).name == program and any(word in each for each in words[1:])
