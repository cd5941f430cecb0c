"""What tests of backups share: a repository of any kind with a key of its own, files with odd names, damage done to packs."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen, run
from tempfile import TemporaryDirectory
from typing import Any

from wenyam import plugins
from wenyam.backup.contract import Dump
from wenyam.backup.repositories.locks import Unlocked
from wenyam.backup.repositories.restic import ResticRepository, open_repository
from wenyam.links.pools import Links
from wenyam.links.tools import Tools
from wenyam.model.backup import Manifest, RepositoryPlan
from wenyam.model.inventory import Credential, SecretReference
from wenyam.testing.collecting import CLOCK
from wenyam.testing.quick_key import make_quick

HOST = "wenyam-test"
RESTIC = "/usr/bin/restic"
NAMES = (
    b"plain",
    b"new\nline",
    b"qu\"o'te",
    b"-dash",
    "ไทย เวรยาม".encode(),
    b"star[1]*?",
    b"back\\slash",
    b"$HOME",
    b" spaces ",
    b"no-utf8-\xff",
    b"tab\there",
)


def key_file(folder: Path, name: str, key: str = "") -> SecretReference:
    """Write a repository's key to a file of mode 0600."""
    path = folder / f"key-{name}"
    path.touch(0o600)
    path.write_text((key or f"key of {name}") + "\n", encoding="utf-8")
    return SecretReference("file", str(path))


def make_plan(folder: Path, kind: str = "local", name: str = "first", **options: Any) -> RepositoryPlan:
    """Plan a repository; a local one lies in the folder."""
    config: Any = plugins.load(plugins.DESTINATIONS, kind).Config
    if kind == "local" and not options:
        options = {"path": str(folder / name)}
    return RepositoryPlan(name, kind, config(**options), key_file(folder, name), "here", minimum_free_bytes=1)


def no_record(_locks: Sequence[str]) -> None:
    """Tell nobody of removed locks."""


def opened(
    plan: RepositoryPlan,
    links: Links,
    folder: Path,
    credential: Credential | None = None,
    unlocked: Unlocked = no_record,
    **changes: Any,
) -> ResticRepository:
    """Open a planned repository, with changes to the plan, as the backup room does."""
    return open_repository(
        replace(plan, **changes),
        clock=CLOCK,
        links=links,
        tools=Tools(),
        host=HOST,
        cache=folder / "cache",
        credential=credential,
        unlocked=unlocked,
    )


def lay_empty(place: Path, key: SecretReference) -> None:
    """Lay an empty repository at a place, under this key; restic's own init takes seconds, so it is asked only once.

    All of them have one identity inside, so that no two of them can be told apart by restic's cache or in a copy.
    """
    for name, content in _empty().items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name in ("data", "index", "locks", "snapshots"):
        (place / name).mkdir(exist_ok=True)
    make_quick(place, "first", Path(key.location).read_text(encoding="utf-8").removesuffix("\n"))


@cache
def _empty() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        environment = {"RESTIC_PASSWORD": "first", "RESTIC_REPOSITORY": folder, "HOME": folder}
        run([RESTIC, "--no-cache", "init"], check=True, capture_output=True, env=environment, timeout=60)
        found = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def dump_of(*paths: Path, **more: Any) -> Dump:
    """Return a dump that consists of these paths."""
    return Dump(paths, Manifest("files", CLOCK.now(), {}), **more)


def odd_files(folder: Path) -> Path:
    """Make a directory with files of every odd name, each holding its own name."""
    place = folder / "source"
    place.mkdir()
    for name in NAMES:
        (place / os.fsdecode(name)).write_bytes(name)
    return place


def packs(repository: Path) -> Iterator[Path]:
    """Yield the packs of a repository that lies here, largest first."""
    found = [path for path in (repository / "data").rglob("*") if path.is_file()]
    yield from sorted(found, key=lambda path: path.stat().st_size, reverse=True)


def flip_byte(path: Path, at: int) -> None:
    """Flip one bit of one byte; twice, and the file is whole again."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def hold_lock(repository: Path, key: SecretReference, *before: str, words: Sequence[str] = ("backup", "--stdin")) -> Popen[bytes]:
    """Start a real restic that waits for its input and so holds a lock; `before` are words that start it elsewhere."""
    environment = {**os.environ, "RESTIC_PASSWORD_FILE": key.location, "RESTIC_REPOSITORY": str(repository)}
    return Popen([*before, RESTIC, "--no-cache", *words], stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment)


def kill(process: Popen[bytes]) -> None:
    """End it as a crash would, and leave no zombie."""
    process.kill()
    process.communicate()


async def until_locked(repository: Path, count: int = 1) -> None:
    """Wait until so many locks lie in a repository on this machine."""
    deadline = CLOCK.monotonic() + 20
    while sum("-tmp-" not in path.name for path in (repository / "locks").iterdir()) < count:
        if CLOCK.monotonic() > deadline:
            raise TimeoutError(f"no {count} locks in {repository}")
        await CLOCK.sleep(0.02)
