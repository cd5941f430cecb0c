"""Locks of the real restic: a live one and one of another host are respected, those of dead processes here are cleared."""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wenyam.backup.contract import no_progress
from wenyam.backup.repositories.restic import ResticRepository
from wenyam.errors import RepositoryLockedError
from wenyam.links.pools import Links
from wenyam.model.inventory import SecretReference
from wenyam.testing.backup_site import MAIN, BackupSite
from wenyam.testing.repositories import dump_of, hold_lock, kill, lay_empty, make_plan, opened, until_locked

pytestmark = [pytest.mark.real, pytest.mark.long]
SLOW_CHECK = ("check", "--read-data", "--limit-download=20")
ANOTHER_HOST = (
    "/usr/bin/unshare",
    "--user",
    "--map-root-user",
    "--uts",
    "/bin/sh",
    "-c",
    'hostname another-host; exec "$@"',
    "sh",
)


@pytest.fixture
def on_record() -> list[str]:
    return []


@pytest.fixture
def repository(tmp_path: Path, links: Links, on_record: list[str]) -> ResticRepository:
    plan = make_plan(tmp_path)
    lay_empty(tmp_path / "first", plan.key)
    made = opened(plan, links, tmp_path, unlocked=on_record.extend)
    made.lock_seconds = 1.0
    return made


async def test_the_locks_of_a_killed_backup_are_cleared_and_the_next_run_is_good(
    repository: ResticRepository, on_record: list[str], tmp_path: Path
) -> None:
    place, key = tmp_path / "first", repository._plan.key
    killed = hold_lock(place, key)
    await until_locked(place)
    assert killed.stdin is not None
    killed.stdin.write(os.urandom(20_000_000))  # packs are on their way
    alive = await repository.locks.all()
    assert [(lock.process, lock.exclusive, lock.host) for lock in alive] == [(killed.pid, False, os.uname().nodename)]
    await repository.prepare(create=False)  # a backup may run beside another
    assert await repository.unlock_dead() == ()
    with pytest.raises(RepositoryLockedError, match=f"first: by process {killed.pid} of root on .* since .* ago"):
        await repository.verify(None, 60)
    assert killed.poll() is None  # restic's own unlock would have sent it SIGHUP
    kill(killed)
    await repository.prepare(create=False)
    (removed,) = on_record
    assert f"of process {killed.pid} of root on {os.uname().nodename}, from 2" in removed
    stored = await repository.store(dump_of(key_path := Path(key.location)), job="a", run="b", progress=no_progress, seconds=60)
    await repository.verify((1, 1), 60)  # what the killed one left is no damage
    assert await repository.read_back(stored.snapshot, str(key_path), 60)
    await repository.forget([(await repository.listing(stored.snapshot)).snapshot.id], prune=True, seconds=60)


async def test_an_exclusive_lock_bars_everything_until_its_process_is_gone(repository: ResticRepository, tmp_path: Path) -> None:
    place, key = tmp_path / "first", repository._plan.key
    (tmp_path / "data").write_bytes(os.urandom(1_000_000))
    await repository.store(dump_of(tmp_path / "data"), job="a", run="a", progress=no_progress, seconds=60)
    holder = hold_lock(place, key, words=SLOW_CHECK)
    await until_locked(place)
    try:
        with pytest.raises(RepositoryLockedError, match=f"exclusive lock .* of process {holder.pid}"):
            await repository.prepare(create=False)
        with pytest.raises(RepositoryLockedError, match=f"exclusively by process {holder.pid} of root"):
            await repository.store(dump_of(tmp_path), job="a", run="b", progress=no_progress, seconds=60)
        assert await repository.unlock_dead() == ()
    finally:
        kill(holder)
    await repository.prepare(create=False)
    await repository.store(dump_of(tmp_path / "data"), job="a", run="c", progress=no_progress, seconds=60)


async def test_a_call_waits_for_another_process_to_let_go_and_clears_the_lock_of_a_dead_one(
    repository: ResticRepository, on_record: list[str], tmp_path: Path
) -> None:
    place, key = tmp_path / "first", repository._plan.key
    repository.lock_seconds = 60.0
    holder = hold_lock(place, key)
    await until_locked(place)
    waiting = asyncio.create_task(repository.verify(None, 60))
    await asyncio.sleep(3)
    assert not waiting.done()
    holder.communicate(b"the end of what it stores")
    await waiting
    dead = hold_lock(place, key)
    await until_locked(place)
    kill(dead)
    begun = time.monotonic()
    await repository.verify(None, 60)
    assert time.monotonic() - begun < 30
    assert [f"of process {dead.pid} of root" in line for line in on_record] == [True]


async def test_whoever_finds_the_lock_of_a_dead_process_clears_it_and_goes_on(
    repository: ResticRepository, on_record: list[str], links: Links, tmp_path: Path
) -> None:
    plan = make_plan(tmp_path, name="second")
    lay_empty(tmp_path / "second", plan.key)
    second = opened(plan, links, tmp_path, unlocked=on_record.extend)
    (data := tmp_path / "data").write_bytes(os.urandom(1_000_000))
    dump = dump_of(data)
    stored = await repository.store(dump, job="a", run="a", progress=no_progress, seconds=60)
    snapshot = (await repository.listing(stored.snapshot)).snapshot.id
    await repository.copy_to(second, [snapshot], 60)  # so that there is something to check while it is barred
    (back := tmp_path / "back").mkdir()
    another = await repository.store(dump, job="a", run="b", progress=no_progress, seconds=60)
    works: Sequence[tuple[ResticRepository, Callable[[], Awaitable[object]]]] = (
        (repository, lambda: repository.store(dump, job="a", run="c", progress=no_progress, seconds=60)),
        (repository, lambda: repository.read_back(snapshot, str(data), 60)),
        (repository, lambda: repository.fetch(snapshot, back, seconds=60)),
        (repository, lambda: repository.copy_to(second, [snapshot], 60)),
        (second, lambda: repository.copy_to(second, [snapshot], 60)),
        (repository, lambda: repository.forget([another_id], prune=True, seconds=60)),
    )
    another_id = (await repository.listing(another.snapshot)).snapshot.id
    for barred, work in works:
        holder = hold_lock(tmp_path / barred.name, barred._plan.key, words=SLOW_CHECK)
        await until_locked(tmp_path / barred.name)
        kill(holder)
        on_record.clear()
        await work()
        assert [f"of process {holder.pid} of root" in line for line in on_record] == [True]


def test_a_run_and_a_restore_test_wait_for_who_bars_the_repository_and_go_on_when_it_dies(tmp_path: Path) -> None:
    site = BackupSite(tmp_path)
    (content := tmp_path / "content").mkdir()
    (content / "file").write_bytes(os.urandom(1_000_000))
    site.job("files", "files", paths=[str(content)])
    site.configure()
    assert site.run("backup", "init", MAIN).returncode == 0
    assert site.run("backup", "run", "files", "--again").returncode == 0
    for words in (("backup", "run", "files", "--again"), ("restore", "test", "files"), ("backup", "verify", MAIN)):
        holder = hold_lock(site.repositories[MAIN], SecretReference("file", str(site.folder / "main.key")), words=SLOW_CHECK)
        asyncio.run(until_locked(site.repositories[MAIN]))
        with ThreadPoolExecutor(1) as beside:
            going = beside.submit(site.run, *words)
            time.sleep(4)
            waited = not going.done()
            kill(holder)
        assert waited, going.result().stdout + going.result().stderr
        assert going.result().returncode == 0, going.result().stdout + going.result().stderr
    assert len(site.facts("repository-unlocked")) == 3


async def test_the_lock_of_another_host_is_never_touched(repository: ResticRepository, tmp_path: Path) -> None:
    place, key = tmp_path / "first", repository._plan.key
    ours, theirs = hold_lock(place, key), hold_lock(place, key, *ANOTHER_HOST)
    await until_locked(place, 2)
    kill(ours)
    kill(theirs)
    assert {lock.host for lock in await repository.locks.all()} == {os.uname().nodename, "another-host"}
    assert await repository.unlock_dead() == ()
    assert len(list((place / "locks").iterdir())) == 2
    with pytest.raises(RepositoryLockedError, match=r"first: by process \d+ of root on "):
        await repository.forget([], prune=True, seconds=60)
    shutil.rmtree(place / "locks")
    (place / "locks").mkdir()
    await repository.forget([], prune=True, seconds=60)
