"""Mounts and unmounts real file systems under a repository (argument: a directory) and prints, as JSON lines, what was said."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path

from wenyam.backup.contract import Stored, no_progress
from wenyam.backup.repositories.restic import ResticRepository
from wenyam.errors import WenyamError
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.testing.collecting import make_credential, make_links
from wenyam.testing.quick_key import make_quick
from wenyam.testing.rclone import USER, RcloneServer
from wenyam.testing.repositories import dump_of, lay_empty, make_plan, opened
from wenyam.testing.sshd import Sshd

MARKER = "wenyam-disk-1"


async def tell(step: str, doing: Awaitable[object], look: Path | None = None) -> None:
    """Print the error of an action, or nothing but that it went well, and what lies in a directory afterwards."""
    error = sentence = ""
    try:
        await doing
    except WenyamError as caught:
        error, sentence = type(caught).__name__, str(caught)
    sys.stdout.write(json.dumps({"step": step, "error": error, "sentence": sentence, "left": listed(look)}) + "\n")
    sys.stdout.flush()


def listed(place: Path | None) -> list[str]:
    """Return the names in a directory."""
    return [] if place is None else [path.name for path in place.iterdir()]


def mount(place: Path, size: str = "64m") -> None:
    """Mount an empty file system."""
    subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", place], check=True)


def change_mounts(how: str, place: Path, to: Path) -> None:
    """Move a mounted file system, or lay something over a file."""
    subprocess.run(["/usr/bin/mount", f"--{how}", place, to], check=True)


def unmount(place: Path) -> None:
    """Take it away again."""
    subprocess.run(["/usr/bin/umount", place], check=True)


def store(repository: ResticRepository, *paths: Path) -> Awaitable[Stored]:
    """Store some paths."""
    return repository.store(dump_of(*paths), job="files", run="r1", progress=no_progress, seconds=60)


async def external(folder: Path, links: Links, source: Path) -> None:
    """Carry a disk in and out."""
    disk = folder / "disk"
    disk.mkdir()
    repository = opened(make_plan(folder, "external", "disk", mount=str(disk), marker=MARKER), links, folder)
    await tell("no disk", repository.prepare(create=True), look=disk)
    mount(disk)
    await tell("a strange disk", repository.prepare(create=True), look=disk)
    (disk / MARKER).touch()
    await tell("the right disk", repository.prepare(create=True))
    make_quick(disk / "restic", links.secrets.read(repository._plan.key))
    await tell("a backup", store(repository, source))
    other = make_plan(folder, "external", "uuid", mount=str(disk), uuid="0000-0000")
    await tell("another UUID", opened(other, links, folder).prepare(create=True))
    change_mounts("move", disk, folder / "away")
    await tell("a backup without the disk", store(repository, source), look=disk)
    change_mounts("move", folder / "away", disk)
    await tell("a backup on its return", store(repository, source))
    unmount(disk)


async def full(folder: Path, links: Links, source: Path) -> None:
    """Fill the disk of a repository."""
    small = folder / "small"
    small.mkdir()
    mount(small, "6m")
    repository = opened(make_plan(folder, path=str(small / "first")), links, folder)
    lay_empty(small / "first", repository._plan.key)
    (source / "large").write_bytes(os.urandom(12_000_000))
    await tell("more than fits", store(repository, source))
    (source / "large").unlink()
    await tell("clear the lock", repository.unlock_dead())
    await tell("prune", repository.forget([], prune=True, seconds=60))
    await tell("what fits", store(repository, source))
    await tell("still whole", repository.verify((1, 1), 60))
    unmount(small)


async def full_over_sftp(folder: Path, links: Links, source: Path) -> None:
    """Fill the disk of a repository on a server that says no more than Failure."""
    far = folder / "far"
    far.mkdir()
    mount(far, "6m")
    with Sshd(settings=("Subsystem sftp internal-sftp",)) as server:
        (folder / "known_hosts").write_text(server.host_key_line, encoding="ascii")
        login = Credential(
            "dr", "ssh-key", {"username": server.username}, {"key": SecretReference("file", str(server.client_key))}
        )
        plan = make_plan(folder, "sftp", "far", host=server.address, port=server.port, path=str(far / "first"))
        lay_empty(far / "first", plan.key)
        repository = opened(plan, links, folder, login)
        (source / "large").write_bytes(os.urandom(12_000_000))
        dump = dump_of(source)
        await tell("full over SFTP", repository.store(dump, job="a", run="b", progress=no_progress, seconds=6))
        (source / "large").unlink()
        await repository.unlock_dead()
        await repository.forget([], prune=True, seconds=60)
        await tell("fits over SFTP", store(repository, source))
    unmount(far)


async def full_over_rest(folder: Path, links: Links, source: Path) -> None:
    """Fill the disk of a server of restic's REST protocol, which says 500 and, when it is append-only, 403."""
    for name, append_only in (("append-only", True), ("plain", False)):
        disk = folder / name
        disk.mkdir()
        mount(disk, "6m")
        with RcloneServer("p", append_only=append_only, data=disk) as server:
            login = make_credential(folder, "http-basic", USER, password="p")
            plan = make_plan(folder, "rest", name, url=server.url)
            lay_empty(disk / "repository", plan.key)
            repository = opened(plan, links, folder, login)
            (source / "large").write_bytes(os.urandom(12_000_000))
            dump = dump_of(source)
            await tell(f"full over REST, {name}", repository.store(dump, job="a", run="b", progress=no_progress, seconds=8))
            (source / "large").unlink()
            for part in (path for path in (disk / "repository" / "data").rglob("*") if path.is_file()):
                part.unlink()
            await repository.unlock_dead()
            await tell(f"fits over REST, {name}", store(repository, source))
        unmount(disk)


async def unreadable(folder: Path, links: Links, source: Path) -> None:
    """Lay something over a file that nobody can read."""
    repository = opened(make_plan(folder), links, folder)
    lay_empty(folder / "first", repository._plan.key)
    change_mounts("bind", Path(f"/proc/{os.getpid()}/mem"), source / "small")
    await tell("unreadable", store(repository, source))
    unmount(source / "small")
    await tell("readable", store(repository, source))


async def main(folder: Path) -> None:
    """Play the whole story."""
    links = make_links(folder / "known_hosts")
    source = folder / "source"
    source.mkdir()
    (folder / "away").mkdir()
    (source / "small").write_bytes(b"small")
    for story in (external, full, full_over_sftp, full_over_rest, unreadable):
        await story(folder, links, source)
    await links.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
