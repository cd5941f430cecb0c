"""Files on a real disk through the real restic and back: every kind of name and thing, every kind of damage, in sentences."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, compare, notes
from wenyam.backup.contract import Dump
from wenyam.backup.manifests import from_bytes, to_bytes
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.errors import RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.testing.backups import Restic, make_workplace, open_folder

pytestmark = pytest.mark.real
ODD = (
    "new\nline",
    "tab\there",
    "qu'o\"te",
    "-rf",
    "ไฟล์ ไทย.txt",
    "per%cent",
    "back\\slash",
    "*",
    " lead",
    "[a]",
    "$HOME",
    "\udcff\udcfe",
)


@pytest.fixture(scope="module")
def restic(tmp_path_factory: pytest.TempPathFactory) -> Restic:
    return Restic(tmp_path_factory.mktemp("restic"))


@pytest.fixture
def public() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def make_tree(top: Path) -> None:
    """Make one of everything."""
    top.mkdir(parents=True)
    for name in ODD:
        (top / name).write_bytes(name.encode("utf-8", "surrogateescape") * 3)
    (top / "empty").mkdir()
    (top / "empty").chmod(0o750)
    (top / "nothing").touch()
    (top / "strict").mkdir()
    (top / "strict/secret").write_text("s", encoding="ascii")
    (top / "strict/secret").chmod(0o400)
    (top / "strict/tool").touch()
    (top / "strict/tool").chmod(0o4755)
    (top / "strict").chmod(0o1500)
    (top / "link").symlink_to("a target with spaces/ไทย")
    (top / "first").write_text("shared", encoding="ascii")
    (top / "second").hardlink_to(top / "first")
    with (top / "sparse").open("wb") as file:
        file.truncate(8 << 20)
        file.seek(4 << 20)
        file.write(b"data")
    os.mkfifo(top / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(top / "door"))
    os.chown(top / "nothing", 1234, 4321)


def copy_below(fetched: Path, top: Path) -> Path:
    """Copy a tree to where a restore would lay it."""
    copy = fetched / str(top).lstrip("/")
    copy.parent.mkdir(parents=True)
    subprocess.run(["/usr/bin/cp", "-a", str(top), str(copy)], check=True)
    return copy


async def dump_of(folder: Path, *paths: Path, **options: object) -> Dump:
    source = FilesSource(FilesOptions.model_validate({"paths": [str(path) for path in paths], **options}))
    return await source.dump(make_workplace(folder))


async def measured(folder: Path, fetched: Path, dump: Dump, *paths: Path) -> Manifest:
    source = FilesSource(FilesOptions.model_validate({"paths": [str(path) for path in paths]}))
    async with source.restored(make_workplace(folder), fetched, dump.manifest) as restored:
        return await restored.manifest()


async def test_everything_comes_back_through_restic_as_it_was(tmp_path: Path, restic: Restic) -> None:
    top = tmp_path / "data"
    make_tree(top)
    dump = await dump_of(tmp_path, top)
    assert dump.paths == (top,)
    files = dump.manifest.parts["files"]
    assert files[f"{top}/second"] == f"type=file hardlink={top}/first"
    assert files[f"{top}/link"].endswith(" target=a%20target%20with%20spaces/ไทย")
    assert " mode=4755 " in files[f"{top}/strict/tool"]
    assert " owner=1234:4321 size=0 " in files[f"{top}/nothing"]
    assert hashlib.sha256((top / "sparse").read_bytes()).hexdigest() in files[f"{top}/sparse"]
    assert dump.manifest.parts[LEFT_OUT] == {f"{top}/pipe": "named pipe", f"{top}/door": "socket"}
    assert from_bytes(to_bytes(dump.manifest)) == dump.manifest
    assert dump.manifest.newest_data is not None
    restic.store(dump)
    listed = {json.loads(line).get("path") for line in restic.listing().splitlines()}
    assert set(dump.listed) <= listed
    assert len(files) - len(dump.listed) == 1  # the name that JSON cannot carry
    fetched = restic.fetch(tmp_path / "fetched")
    assert compare(dump.manifest, await measured(tmp_path, fetched, dump, top)) == ()
    assert notes(dump.manifest) == (f"left out: {top}/door (socket)", f"left out: {top}/pipe (named pipe)")


def _flip(path: Path) -> None:
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere")


def _become_file(path: Path) -> None:
    path.rmdir()
    path.touch()


def _copied(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)


DAMAGE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "flipped": ("first", _flip, ": sha256 "),
    "truncated": ("first", lambda path: os.truncate(path, 3), ": size 3, at backup time 6, mtime "),
    "emptied": ("ไฟล์ ไทย.txt", lambda path: os.truncate(path, 0), ": size 0, at backup time "),
    "gone": ("new\nline", Path.unlink, "data/new\\nline is missing"),
    "extra": ("stranger", Path.touch, "files: extra "),
    "mode": ("strict/secret", lambda path: path.chmod(0o644), ": mode 0644, at backup time 0400"),
    "owner": ("nothing", lambda path: os.chown(path, 0, 0), ": owner 0:0, at backup time 1234:4321"),
    "link": ("link", _relink, ": target elsewhere, at backup time a%20target%20with%20spaces/ไทย"),
    "no hard link": ("second", _copied, "hardlink nothing, at backup time "),
    "time": ("first", lambda path: os.utime(path, (1, 1)), ": mtime 1970-01-01T00:00:01.000000000Z, at backup time 20"),
    "directory": ("empty", _become_file, ": type file, at backup time directory"),
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_each_damage_of_the_restored_files_is_its_sentence(tmp_path: Path, name: str) -> None:
    top, fetched = tmp_path / "data", tmp_path / "fetched"
    make_tree(top)
    dump = await dump_of(tmp_path, top)
    copy = copy_below(fetched, top)
    assert compare(dump.manifest, await measured(tmp_path, fetched, dump, top)) == ()
    place, damage, sentence = DAMAGE[name]
    damage(copy / place)
    said = compare(dump.manifest, await measured(tmp_path, fetched, dump, top))
    assert len(said) == 1, said
    assert sentence in said[0]
    assert f"{top}" in said[0]


async def test_a_restore_of_nothing_is_never_equal(tmp_path: Path) -> None:
    top, fetched = tmp_path / "data", tmp_path / "fetched"
    make_tree(top)
    dump = await dump_of(tmp_path, top)
    fetched.mkdir()
    said = compare(dump.manifest, await measured(tmp_path, fetched, dump, top))
    assert said[0] == "nothing to compare: the manifest after the restore is empty"
    with pytest.raises(RestoreError, match="nothing was fetched there"):
        await measured(tmp_path, tmp_path / "absent", dump, top)


async def test_a_missing_path_is_named_and_its_return_is_green(tmp_path: Path) -> None:
    there, absent = tmp_path / "there", tmp_path / "ไม่มี"
    there.mkdir()
    (there / "y").touch()
    with pytest.raises(SourceError, match=f"{absent}: no such file or directory"):
        await dump_of(tmp_path, there, absent)
    absent.mkdir()
    with pytest.raises(SourceError, match="there is no file in it"):
        await dump_of(tmp_path, there, absent)
    (absent / "x").touch()
    assert len((await dump_of(tmp_path, there, absent)).manifest.parts["files"]) == 4


async def test_a_path_behind_a_symbolic_link_is_refused_because_only_the_link_would_be_stored(tmp_path: Path) -> None:
    (tmp_path / "real/inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for path in (tmp_path / "link", tmp_path / "link/inner"):
        with pytest.raises(SourceError, match=f"symbolic link; write {tmp_path}/real"):
            await dump_of(tmp_path, path)


async def test_a_path_that_its_own_pattern_excludes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(SourceError, match="excluded by a pattern of its own job"):
        await dump_of(tmp_path, tmp_path / "data", exclude=["data"])


UNREADABLE = """
import asyncio, os, sys
from pathlib import Path
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.testing.backups import make_workplace
os.setgroups([]); os.setgid(65534); os.setuid(65534)
source = FilesSource(FilesOptions(paths=(sys.argv[1],), owners=False))
async def main():
    try:
        print(len((await source.dump(make_workplace(Path(sys.argv[2])))).manifest.parts["files"]))
    except Exception as error:
        print(type(error).__name__, error)
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_cannot_be_read_is_named_and_readable_again_it_is_green(public: Path) -> None:
    top, place = public / "data", public / "place"
    (top / "closed").mkdir(parents=True)
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    (top / "private").write_text("x", encoding="ascii")
    (top / "private").chmod(0o600)
    (top / "closed").chmod(0o700)

    def as_nobody() -> str:
        words = [sys.executable, "-c", UNREADABLE, str(top), str(place)]
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, cwd="/").stdout

    said = as_nobody()
    assert said.startswith("SourceError")
    assert f"{top}/private: permission denied" in said
    assert f"{top}/closed: permission denied" in said
    (top / "private").chmod(0o644)
    (top / "closed").chmod(0o755)
    assert as_nobody() == "3\n"


async def test_a_file_that_grows_while_it_is_read_is_noted_and_no_damage(tmp_path: Path) -> None:
    top = tmp_path / "data"
    top.mkdir()
    (top / "quiet").write_bytes(b"quiet")
    (top / "log").write_bytes(b"x" * (96 << 20))
    place = make_workplace(tmp_path)
    grown = False

    def progress(_what: str, done: int, _total: int | None) -> None:
        nonlocal grown
        if done and not grown:
            grown = True
            with (top / "log").open("ab") as log:
                log.write(b"more")

    dump = await FilesSource(FilesOptions(paths=(str(top),))).dump(replace(place, progress=progress))
    assert grown
    assert dump.manifest.parts[UNSETTLED] == {f"{top}/log": f"size {96 << 20} to {(96 << 20) + 4}"}
    assert dump.listed == {str(top), f"{top}/quiet"}


async def test_what_changes_between_measuring_and_storing_is_told_from_damage(tmp_path: Path, restic: Restic) -> None:
    top = tmp_path / "data"
    top.mkdir()
    for name in ("quiet", "log"):
        (top / name).write_text("before", encoding="ascii")
        os.utime(top / name, (1_700_000_000, 1_700_000_000))
    dump = await dump_of(tmp_path, top)
    (top / "log").write_text("after it", encoding="ascii")
    (top / "new").write_text("new", encoding="ascii")
    restic.store(dump)
    fetched = restic.fetch(tmp_path / "fetched")
    found = await measured(tmp_path, fetched, dump, top)
    assert compare(dump.manifest, found) == ()
    assert [note.rpartition(" (")[0] for note in notes(dump.manifest, found)] == [
        f"changed during the backup: {top}/log", f"changed during the backup: {top}/new",
    ]  # fmt: skip
    inside = fetched / str(top).lstrip("/")
    _flip(inside / "quiet")
    (inside / "log").write_text("damage!", encoding="ascii")  # written after the restore began: no excuse
    said = compare(dump.manifest, await measured(tmp_path, fetched, dump, top))
    assert len(said) == 2
    assert f"files of {top}/log: size 7, at backup time 6" in said[0]
    assert f"files of {top}/quiet: sha256" in said[1]


async def test_the_answer_of_a_restored_file_is_its_first_line_or_its_digest(tmp_path: Path) -> None:
    top, fetched = tmp_path / "data", tmp_path / "fetched"
    top.mkdir()
    (top / "a b").write_text("แรก\nsecond\n", encoding="utf-8")
    (top / "link").symlink_to("/etc/passwd")
    (top / "etc").symlink_to("/etc")
    dump = await dump_of(tmp_path, top)
    copy_below(fetched, top)
    source = FilesSource(FilesOptions(paths=(str(top),)))
    async with source.restored(make_workplace(tmp_path), fetched, dump.manifest) as restored:
        assert await restored.answer(f"{top}/a b") == "แรก"
        assert await restored.answer(f"sha256 {top}/a b") == hashlib.sha256("แรก\nsecond\n".encode()).hexdigest()
        for question in (f"{top}/absent", f"{top}/link", "/etc/passwd", f"{top}/../data/a b", f"{top}/etc/passwd", "a b", ""):
            with pytest.raises(RestoreError, match="of the restored files"):
                await restored.answer(question)


async def test_a_link_in_the_restored_files_never_leads_back_to_production(tmp_path: Path) -> None:
    top, fetched = tmp_path / "data/inner", tmp_path / "fetched"
    make_tree(top)
    dump = await dump_of(tmp_path, top)
    copy = fetched / str(tmp_path / "data").lstrip("/")
    copy.parent.mkdir(parents=True)
    copy.symlink_to(tmp_path / "data")
    with pytest.raises(RestoreError, match="reached through a symbolic link now"):
        await measured(tmp_path, fetched, dump, top)


async def test_options_that_changed_since_the_backup_do_not_make_it_red(tmp_path: Path) -> None:
    top, fetched = tmp_path / "data", tmp_path / "fetched"
    make_tree(top)
    (tmp_path / "single").touch()
    dump = await dump_of(tmp_path, top, tmp_path / "single", checksums=False, owners=False)
    assert "sha256" not in dump.manifest.parts["files"][f"{tmp_path}/single"]
    copy_below(fetched, top)
    shutil.copy2(tmp_path / "single", fetched / str(tmp_path / "single").lstrip("/"))
    assert compare(dump.manifest, await measured(tmp_path, fetched, dump, tmp_path / "other")) == ()


PATTERNS = ("*.tmp", "cache", "/{top}/logs/*", "keep/cach?", "b*d/x", "ไทย*", "$dollar", "a.b", "new\nline", "?", "/{top}/logs2")


NAMES = (
    *("x.tmp", "x.tmp.old", "cache/inner", "keep/cache/x", "keep/cachet", "keep/CACHE", "logs/a/b", "logs", "logs2", "bird/x"),
    *(
        "bd/x",
        "bd/xx",
        "ไทย1/a",
        "ไท",
        "$dollar",
        "dollar",
        "a.b",
        "aXb",
        "new\nline/x",
        "q",
        "qq/q",
        "ก",
        "\udcff",
        "\udcff\udcfe",
    ),
)


@pytest.mark.parametrize("first", [0, 1])
async def test_restic_and_the_manifest_leave_out_the_same(tmp_path: Path, restic: Restic, first: int) -> None:
    top = tmp_path / "data"
    for name in NAMES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        if not (top / name).is_dir():
            (top / name).write_text(name[:1].encode("utf-8", "replace").decode(), encoding="utf-8")
    patterns = [pattern.replace("{top}", str(top).lstrip("/")) for pattern in PATTERNS[first::2]]
    dump = await dump_of(tmp_path, top, exclude=patterns)
    assert dump.excludes == tuple(patterns)
    restic.store(dump)
    fetched = restic.fetch(tmp_path / "fetched")
    assert compare(dump.manifest, await measured(tmp_path, fetched, dump, top)) == ()
    assert 1 < len(dump.manifest.parts["files"]) < len(NAMES) + 12


ONE_FILE_SYSTEM = """
import asyncio, sys, subprocess
from pathlib import Path
from wenyam.backup.comparison import compare
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.testing.backups import Restic, make_workplace, open_folder
place = Path(sys.argv[1]); top = place / "data"
(top / "mounted").mkdir(parents=True); (top / "inner").mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0711", "tmpfs", str(top / "mounted")], check=True)
(top / "mounted/foreign").write_text("x"); (top / "inner/own").write_text("x"); (top / "bound").write_text("x")
subprocess.run(["mount", "--bind", str(top / "mounted/foreign"), str(top / "bound")], check=True)
source = FilesSource(FilesOptions(paths=(str(top),), one_file_system=True))
async def main():
    dump = await source.dump(make_workplace(place))
    restic = Restic(place / "restic"); restic.store(dump)
    async with source.restored(make_workplace(place), restic.fetch(place / "fetched"), dump.manifest) as restored:
        print(compare(dump.manifest, await restored.manifest()))
    print(sorted(path.removeprefix(str(top)) for path in dump.manifest.parts["files"]))
asyncio.run(main())
"""


def test_one_file_system_means_the_same_to_restic(tmp_path: Path) -> None:
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    done = subprocess.run(
        [*alone, sys.executable, "-c", ONE_FILE_SYSTEM, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["()", "['', '/inner', '/inner/own', '/mounted']"]
