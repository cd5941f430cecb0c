"""A repository of the real restic on this machine: what is stored comes back, and nothing that went wrong is called a success."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.backup.contract import no_progress
from wenyam.backup.repositories.restic import ResticRepository
from wenyam.errors import (
    NoRoomError,
    RepositoryAbsentError,
    RepositoryDamagedError,
    RepositoryError,
    RepositoryKeyError,
    SourceError,
)
from wenyam.links.pools import Links
from wenyam.settings.secrets import SecretReader
from wenyam.testing.collecting import CLOCK
from wenyam.testing.quick_key import make_quick
from wenyam.testing.repositories import NAMES, dump_of, flip_byte, key_file, lay_empty, make_plan, odd_files, opened, packs

pytestmark = pytest.mark.real


@pytest.fixture
def repository(tmp_path: Path, links: Links) -> ResticRepository:
    plan = make_plan(tmp_path)
    lay_empty(tmp_path / "first", plan.key)
    return opened(plan, links, tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a directory with a large file and a small one."""
    place = tmp_path / "source"
    place.mkdir()
    (place / "large").write_bytes(os.urandom(3_000_000))
    (place / "small").write_bytes(b"small")
    return place


async def _store(repository: ResticRepository, *paths: Path, run: str = "r1") -> str:
    stored = await repository.store(dump_of(*paths), job="files", run=run, progress=no_progress, seconds=60)
    return (await repository.listing(stored.snapshot)).snapshot.id


async def test_odd_names_survive_storing_listing_reading_back_and_fetching(repository: ResticRepository, tmp_path: Path) -> None:
    source = odd_files(tmp_path)
    told: list[tuple[str, int, int | None]] = []
    dump = dump_of(source)
    stored = await repository.store(dump, job="files", run="r1", progress=lambda *what: told.append(what), seconds=60)
    assert (stored.files, stored.bytes, stored.complaints) == (len(NAMES), sum(map(len, NAMES)), ())
    assert stored.added_bytes > 0
    assert told
    listed = {entry.path: entry for entry in (await repository.listing(stored.snapshot)).entries}
    assert {str(source / os.fsdecode(name)): len(name) for name in NAMES} == {
        path: entry.size for path, entry in listed.items() if entry.kind == "file"
    }
    for name in NAMES[1:6:2]:
        path = str(source / os.fsdecode(name))
        assert await repository.read_back(stored.snapshot, path, 60) == hashlib.sha256(name).hexdigest()
    await repository.fetch(stored.snapshot, tmp_path / "all", seconds=60)
    chosen = [str(source / os.fsdecode(name)) for name in NAMES[::2]]
    await repository.fetch(stored.snapshot, tmp_path / "some", include=chosen, seconds=60)
    back = tmp_path / "all" / source.relative_to("/")
    some = tmp_path / "some" / source.relative_to("/")
    assert {os.fsencode(path.name): path.read_bytes() for path in back.iterdir()} == {name: name for name in NAMES}
    assert {os.fsencode(path.name) for path in some.iterdir()} == set(NAMES[::2])


async def test_snapshots_are_found_by_job_and_only_those_named_are_forgotten(repository: ResticRepository, source: Path) -> None:
    first, second = await _store(repository, source, run="r1"), await _store(repository, source / "small", run="r2")
    found = await repository.snapshots("files")
    assert [(one.id, one.run, one.paths) for one in found] == [
        (first, "r1", (str(source),)),
        (second, "r2", (f"{source}/small",)),
    ]
    assert await repository.snapshots("another") == ()
    with pytest.raises(RepositoryError, match=r"there is no snapshot 0123456789.*nothing was removed"):
        await repository.forget([first, "0123456789"], prune=True, seconds=60)
    await repository.forget([first], prune=True, seconds=60)
    assert [one.id for one in await repository.snapshots()] == [second]
    assert (await repository.statistics()).bytes < 1_000_000
    await repository.verify((1, 1), 60)


async def test_a_snapshot_that_is_gone_though_restic_said_saved_is_not_listed(repository: ResticRepository, source: Path) -> None:
    kept, gone = await _store(repository, source, run="r1"), await _store(repository, source, run="r2")
    assert (await repository.listing(gone[:8])).snapshot.run == "r2"
    next(source.parent.glob(f"first/snapshots/{gone}")).unlink()
    for asked in (gone, gone[:8]):  # restic's own cache still holds it
        with pytest.raises(RepositoryError, match=gone[:8]):
            await repository.listing(asked)
    assert (await repository.listing(kept)).snapshot.id == kept


async def test_excluded_files_stay_out(repository: ResticRepository, source: Path) -> None:
    dump = dump_of(source, excludes=(f"{source}/small",), one_file_system=True)
    stored = await repository.store(dump, job="files", run="r1", progress=no_progress, seconds=60)
    paths = [entry.path for entry in (await repository.listing(stored.snapshot)).entries]
    assert (f"{source}/large" in paths, f"{source}/small" in paths) == (True, False)


async def test_a_missing_path_is_an_error_and_not_a_smaller_backup(repository: ResticRepository, source: Path) -> None:
    with pytest.raises(SourceError, match="gone: no such file"):
        await _store(repository, source, source / "gone")
    assert await repository.snapshots() == ()
    # The same when it vanishes after we looked: restic's own exit code is 0 here.
    with pytest.raises(SourceError, match="gone does not exist, skipping"):
        await repository._call("backup", "--json", "--", str(source), str(source / "gone"), seconds=60)
    (source / "gone").write_bytes(b"back")
    assert await _store(repository, source, source / "gone")


async def test_a_file_that_cannot_be_read_is_named(repository: ResticRepository, source: Path) -> None:
    unreadable = Path(f"/proc/{os.getpid()}/mem")  # opens, but its first byte cannot be read, not even by root
    with pytest.raises(SourceError, match=r"/proc/\d+/mem: input/output error"):
        await _store(repository, source, unreadable)
    assert await _store(repository, source)


@pytest.mark.long
async def test_a_wrong_key_an_absent_repository_and_a_full_place_are_told_apart(
    repository: ResticRepository, tmp_path: Path, links: Links
) -> None:
    plan = repository._plan
    wrong = opened(plan, links, tmp_path, key=key_file(tmp_path, "wrong"))
    with pytest.raises(RepositoryKeyError, match="first: wrong password or no key found") as caught:
        await wrong.prepare(create=True)
    assert "key of wrong" not in str(caught.value)
    with pytest.raises(NoRoomError, match=r"MiB are free at .*first, \d+ MiB must be"):
        await opened(plan, links, tmp_path, minimum_free_bytes=1 << 60).prepare(create=False)
    (tmp_path / "first").rename(tmp_path / "moved")
    with pytest.raises(RepositoryAbsentError, match=r"place: first: /.*/first\. .*wenyam backup init"):
        await repository.prepare(create=False)
    elsewhere = make_plan(tmp_path, path=str(tmp_path / "none" / "first"))
    with pytest.raises(RepositoryAbsentError, match="none: no such file"):
        await opened(elsewhere, links, tmp_path).prepare(create=True)
    (tmp_path / "moved").rename(tmp_path / "first")
    await repository.prepare(create=True)


async def test_a_key_from_the_environment_never_shows(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    lay_empty(tmp_path / "first", plan.key)
    secret = replace(plan.key, scheme="env", location="REPOSITORY_KEY")
    links = Links(CLOCK, SecretReader({"REPOSITORY_KEY": "key of first"}), str(tmp_path / "known_hosts"))
    repository = opened(plan, links, tmp_path, key=secret)
    assert len(await repository.identity()) == 64
    assert "key of first" not in repr(repository.door())


@pytest.mark.long
async def test_a_flipped_bit_is_found_only_by_reading_the_data(
    repository: ResticRepository, source: Path, tmp_path: Path
) -> None:
    snapshot = await _store(repository, source)
    pack = next(packs(tmp_path / "first"))
    flip_byte(pack, 500)
    await repository.verify(None, 60)  # restic's check alone does not see it
    with pytest.raises(
        RepositoryDamagedError, match=rf"Pack ID does not match, want {pack.name}|pack {pack.name} contains .* unexpected pack id"
    ):
        await repository.verify((1, 1), 60)
    with pytest.raises(RepositoryDamagedError, match="ciphertext verification failed"):
        await repository.fetch(snapshot, tmp_path / "back", seconds=60)
    with pytest.raises(RepositoryDamagedError, match="ciphertext verification failed"):
        await repository.read_back(snapshot, f"{source}/large", 60)
    flip_byte(pack, 500)
    await repository.verify((1, 1), 60)
    await repository.fetch(snapshot, tmp_path / "again", seconds=60)


@pytest.mark.long
async def test_a_lost_pack_is_found_even_where_restics_cache_still_has_it(
    repository: ResticRepository, source: Path, tmp_path: Path
) -> None:
    snapshot = await _store(repository, source)
    trees = list(packs(tmp_path / "first"))[-1]
    trees.rename(tmp_path / "kept")
    with pytest.raises(RepositoryDamagedError, match=f"pack {trees.name}: does not exist"):
        await repository.verify(None, 3)
    await repository.unlock_dead()
    await repository._call("restore", f"--target={tmp_path}/cached", snapshot, seconds=60, cached=True)  # a proof of nothing
    with pytest.raises(RepositoryDamagedError, match=r"(?:did not end within 3 s and was killed|failed: open).*no such file"):
        await repository.fetch(snapshot, tmp_path / "back", seconds=3)
    (tmp_path / "kept").rename(trees)
    await repository.unlock_dead()
    await repository.verify(None, 60)
    await repository.fetch(snapshot, tmp_path / "again", seconds=60)


async def test_a_path_that_is_not_in_the_snapshot_is_an_error(repository: ResticRepository, source: Path, tmp_path: Path) -> None:
    snapshot = await _store(repository, source)
    with pytest.raises(RepositoryError, match="absent: not in snapshot"):
        await repository.fetch(snapshot, tmp_path / "back", include=[f"{source}/absent"], seconds=60)
    with pytest.raises(RepositoryError, match=r'"/absent" not found in snapshot'):
        await repository.read_back(snapshot, "/absent", 60)


@pytest.mark.long
async def test_a_copy_has_another_key_remembers_its_origin_and_shares_what_is_equal(
    repository: ResticRepository, source: Path, tmp_path: Path, links: Links
) -> None:
    snapshot = await _store(repository, source)
    other = opened(make_plan(tmp_path, name="second"), links, tmp_path)
    await other.create(repository)
    make_quick(tmp_path / "second", links.secrets.read(other._plan.key))
    await repository.copy_to(other, [snapshot], 60)
    (copied,) = await other.snapshots("files")
    assert (copied.original, copied.run, copied.id == snapshot) == (snapshot, "r1", False)
    await repository.copy_to(other, [snapshot], 60)  # once more changes nothing
    assert len(await other.snapshots()) == 1
    again = await other.store(dump_of(source), job="files", run="r2", progress=no_progress, seconds=60)
    assert again.added_bytes < 10_000
    with pytest.raises(RepositoryError, match="first: there is no snapshot 0123456789"):
        await repository.copy_to(other, ["0123456789"], 60)
    with pytest.raises(RepositoryKeyError):
        await repository.copy_to(opened(other._plan, links, tmp_path, key=repository._plan.key), [snapshot], 60)


@pytest.mark.long
async def test_names_and_ids_that_restic_would_misread_are_refused(repository: ResticRepository, source: Path) -> None:
    with pytest.raises(RepositoryError, match="is no name for a tag"):
        await _store(repository, source, run="r1,job=another")
    with pytest.raises(RepositoryError, match="is no id of a snapshot"):
        await repository.listing("--help")
    with pytest.raises(SourceError, match="is no plain absolute path"):
        await _store(repository, Path("relative"))
    with pytest.raises(SourceError, match="must be UTF-8"):
        await _store(repository, source / os.fsdecode(b"\xff"))
