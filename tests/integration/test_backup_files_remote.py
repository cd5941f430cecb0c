"""Files of a device over the real sshd: a mirror that follows it, and every fault on the way in a sentence."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, compare
from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.errors import CommandFailedError, HostKeyChangedError, NoAnswerError, SourceError
from wenyam.testing.backups import make_workplace, open_folder
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
ODD = ("new\nline", "tab\t", "qu'o\"te", "-rf", "ไทย", "back\\slash", "*", "\udcff\udcfe")


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    with Sshd(settings=("Subsystem sftp internal-sftp",)) as server:
        yield server


@pytest.fixture
def public() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def make_tree(top: Path) -> None:
    (top / "inner/empty").mkdir(parents=True)
    for name in ODD:
        (top / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    (top / "inner/tool").write_bytes(os.urandom(1 << 20))
    (top / "inner/tool").chmod(0o750)
    os.utime(top / "inner/tool", (1_700_000_000, 1_700_000_000))
    (top / "inner/closed").mkdir()
    (top / "inner/closed/x").touch()
    (top / "inner/closed").chmod(0o500)
    (top / "link").symlink_to(b"\xff elsewhere")
    (top / "cache").mkdir()
    (top / "cache/junk").touch()
    os.mkfifo(top / "pipe")


def source_of(server: Sshd, *paths: Path, **options: object) -> FilesSource:
    return FilesSource(
        FilesOptions.model_validate(
            {"paths": [str(path) for path in paths], "port": server.port, "exclude": ["cache"], **options}
        )
    )


async def dump_of(place: Workplace, source: FilesSource) -> Dump:
    try:
        return await source.dump(place)
    finally:
        await place.links.close()


async def fetch(folder: Path, server: Sshd, *paths: Path) -> Dump:
    return await dump_of(make_workplace(folder, server), source_of(server, *paths))


def seen(mirror: Path) -> dict[str, tuple[int, int, int]]:
    """Return number, time and mode of everything in the mirror."""
    found = {}
    for directory, folders, names in os.walk(mirror):
        for name in (*folders, *names):
            status = Path(directory, name).lstat()
            found[os.path.relpath(Path(directory, name), mirror)] = (status.st_ino, int(status.st_mtime), status.st_mode)
    return found


async def test_the_mirror_holds_what_the_device_has_and_comes_back_equal(tmp_path: Path, sshd: Sshd) -> None:
    top = tmp_path / "device/data"
    make_tree(top)
    dump = await fetch(tmp_path, sshd, top)
    mirror = tmp_path / "spool/job/tree"
    assert dump.paths == (mirror,)
    assert dump.excludes == ()
    assert not (tmp_path / "spool/job/part").exists()
    local = await FilesSource(FilesOptions(paths=(str(top),), exclude=("cache",))).dump(make_workplace(tmp_path))
    for path, value in local.manifest.parts["files"].items():  # the protocol has whole seconds only
        there, here = (each.partition(" mtime=")[0] for each in (value, dump.manifest.parts["files"][path]))
        assert there == here
        assert value.partition(" sha256=")[2] == dump.manifest.parts["files"][path].partition(" sha256=")[2]
    assert dump.manifest.parts[LEFT_OUT] == {f"{top}/pipe": "named pipe"}
    assert f"{mirror}{top}/inner/tool" in dump.listed
    fetched = tmp_path / "fetched"
    copy = fetched / str(mirror).lstrip("/")
    copy.parent.mkdir(parents=True)
    subprocess.run(["/usr/bin/cp", "-a", str(mirror), str(copy)], check=True)  # noqa: ASYNC221  # a test may wait
    place = make_workplace(tmp_path, sshd)
    async with source_of(sshd, top).restored(place, fetched, dump.manifest) as restored:
        assert compare(dump.manifest, await restored.manifest()) == ()
        assert await restored.answer(f"{top}/ไทย") == "ไทย"
        (copy / str(top).lstrip("/") / "ไทย").write_text("changed", encoding="utf-8")
        assert "sha256" in compare(dump.manifest, await restored.manifest())[0]


async def test_the_next_night_only_what_changed_is_fetched_and_what_is_gone_goes(tmp_path: Path, sshd: Sshd) -> None:
    top, other = tmp_path / "device/data", tmp_path / "device/other"
    make_tree(top)
    (other / "inner").mkdir(parents=True)
    (other / "paper").touch()
    mirror = tmp_path / "spool/job/tree"
    await fetch(tmp_path, sshd, top, other)
    before = seen(mirror)
    (top / "-rf").unlink()
    shutil.rmtree(top / "inner/empty")
    (top / "*").write_text("longer than it was", encoding="ascii")
    (top / "link").unlink()
    (top / "link").mkdir()
    (top / "inner/tool").chmod(0o640)
    (top / "new").symlink_to("x")
    (top / "tab\t").unlink()
    (top / "tab\t").symlink_to("y")
    dump = await fetch(tmp_path, sshd, top)
    after = seen(mirror)
    inside = str(top).lstrip("/")
    assert after[f"{inside}/inner/tool"][0] == before[f"{inside}/inner/tool"][0]
    assert stat.S_IMODE(after[f"{inside}/inner/tool"][2]) == 0o640
    assert after[f"{inside}/*"][0] != before[f"{inside}/*"][0]
    gone = {name for name in before if name not in after}
    aside = str(other).lstrip("/")
    assert gone == {f"{inside}/-rf", f"{inside}/inner/empty", aside, f"{aside}/inner", f"{aside}/paper"}
    assert {name for name in after if name not in before} == {f"{inside}/new"}
    assert {f"/{name}" for name in after if f"/{name}".startswith(f"{top}/")} | {str(top)} == set(dump.manifest.parts["files"])


async def test_a_missing_path_is_named_and_its_return_is_green(tmp_path: Path, sshd: Sshd) -> None:
    top = tmp_path / "device/ไม่มี"
    with pytest.raises(SourceError, match=f"{top} on the device: no such file"):
        await fetch(tmp_path, sshd, top)
    top.mkdir(parents=True)
    (top / "x").touch()
    assert len((await fetch(tmp_path, sshd, top)).manifest.parts["files"]) == 2
    (tmp_path / "link").symlink_to(top)
    with pytest.raises(SourceError, match="is a symbolic link"):
        await fetch(tmp_path, sshd, tmp_path / "link")


async def test_a_changed_host_key_stops_everything_before_a_word_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").touch()
    with Sshd(settings=("Subsystem sftp internal-sftp",)) as own:
        old = own.known_hosts.read_text(encoding="ascii")
        own.rotate_host_key()
        with pytest.raises(HostKeyChangedError, match="on record is"):
            await fetch(tmp_path, own, tmp_path / "data")
        assert not (tmp_path / "spool/job/tree").exists()
        own.known_hosts.write_text(own.host_key_line, encoding="ascii")
        assert old != own.host_key_line
        assert (await fetch(tmp_path, own, tmp_path / "data")).manifest.items == 2


async def test_a_server_without_sftp_is_a_sentence(tmp_path: Path) -> None:
    with Sshd() as own, pytest.raises(CommandFailedError, match="offers no files to this account"):
        await fetch(tmp_path, own, tmp_path)


async def test_a_file_that_vanishes_midway_is_noted_and_the_rest_is_fetched(tmp_path: Path, sshd: Sshd) -> None:
    top = tmp_path / "data"
    top.mkdir()
    (top / "a-large").write_bytes(b"x" * (10 << 20))
    for name in ("b-gone", "c-folder/x", "d-stays"):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).touch()

    def progress(_what: str, _done: int, _total: int | None) -> None:
        if (top / "b-gone").exists():
            (top / "b-gone").unlink()
            shutil.rmtree(top / "c-folder")

    dump = await dump_of(replace(make_workplace(tmp_path, sshd), progress=progress), source_of(sshd, top))
    assert dump.manifest.parts[UNSETTLED] == {f"{top}/b-gone": "vanished", f"{top}/c-folder": "vanished"}
    assert set(dump.manifest.parts["files"]) == {str(top), f"{top}/a-large", f"{top}/d-stays"}


async def test_a_file_that_keeps_growing_is_fetched_with_a_note(tmp_path: Path, sshd: Sshd) -> None:
    top = tmp_path / "data"
    top.mkdir()
    (top / "log").write_bytes(b"x" * (6 << 20))
    done = asyncio.Event()

    async def grow() -> None:
        while not done.is_set():
            with (top / "log").open("ab") as log:  # a test may wait
                log.write(b"x")
            await asyncio.sleep(0.01)

    growing = asyncio.create_task(grow())
    dump = await fetch(tmp_path, sshd, top)
    done.set()
    await growing
    assert list(dump.manifest.parts[UNSETTLED]) == [f"{top}/log"]
    assert "size " in dump.manifest.parts[UNSETTLED][f"{top}/log"]
    assert dump.listed == {f"{tmp_path}/spool/job/tree{top}"}


@pytest.mark.long
async def test_a_server_that_falls_silent_ends_at_the_deadline(tmp_path: Path) -> None:
    top = tmp_path / "data"
    top.mkdir()
    (top / "large").write_bytes(b"x" * (48 << 20))
    with Sshd(settings=("Subsystem sftp internal-sftp",)) as own:
        frozen = False

        def progress(_what: str, done: int, _total: int | None) -> None:
            nonlocal frozen
            if done and not frozen:
                frozen = True
                children = Path(f"/proc/{own.process_id}/task/{own.process_id}/children").read_text(encoding="ascii").split()
                for child in children:  # the sessions of this server
                    os.kill(int(child), signal.SIGSTOP)

        place = replace(make_workplace(tmp_path, own, seconds=3.0), progress=progress)
        with pytest.raises((NoAnswerError, SourceError), match=r"time"):
            await dump_of(place, source_of(own, top))
        assert frozen


FULL = """
import asyncio, sys, subprocess, shutil
from pathlib import Path
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.testing.backups import make_workplace, open_folder
from wenyam.testing.sshd import Sshd
place = Path(sys.argv[1]); top = place / "data"; top.mkdir()
(top / "large").write_bytes(b"x" * (6 << 20))
(place / "run").mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(place / "run")], check=True)
async def fetch(server):
    work = make_workplace(place / "run", server)
    try:
        dump = await FilesSource(FilesOptions(paths=(str(top),), port=server.port)).dump(work)
        print("files", len(dump.manifest.parts["files"]))
    except Exception as error:
        print(type(error).__name__, error)
    finally:
        await work.links.close()
with Sshd(settings=("Subsystem sftp internal-sftp",)) as server:
    asyncio.run(fetch(server))
    (top / "large").write_bytes(b"x" * (1 << 20))
    asyncio.run(fetch(server))
"""


@pytest.mark.long
def test_a_full_disk_at_the_spool_is_red_and_with_room_again_green(tmp_path: Path) -> None:
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    words = [*alone, sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("SourceError")
    assert "/part here: no space left on device" in first
    assert second == "files 2"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_what_the_account_may_not_read_there_is_named(public: Path) -> None:
    top = public / "data"
    top.mkdir()
    (top / "private").touch(0o600)
    settings = ("Subsystem sftp internal-sftp",)
    with Sshd(passwords={"somebody": "pw"}, settings=settings) as own:
        accounts = own.directory / "passwd"  # the server's own view of accounts: make the user nobody
        accounts.write_text(
            accounts.read_text(encoding="utf-8").replace("somebody:x:0:0:", "somebody:x:65534:65534:"), encoding="utf-8"
        )
        own.directory.chmod(0o755)
        key = own.directory / "authorized_keys"
        key.chmod(0o644)
        place = make_workplace(public, own)
        credential = replace(place.credential, settings={"username": "somebody"}) if place.credential else None
        place = replace(place, credential=credential)
        with pytest.raises(SourceError, match=f"{top}/private on the device: permission denied"):
            await source_of(own, top).dump(place)
        (top / "private").chmod(0o644)
        assert (await source_of(own, top).dump(place)).manifest.items == 2
        await place.links.close()


AS_NOBODY = """
import asyncio, encodings.idna, os, sys, wenyam.links.ssh
from dataclasses import replace
from pathlib import Path
from wenyam.backup.comparison import compare
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.model.inventory import Credential, SecretReference
from wenyam.settings.secrets import SecretReader
from wenyam.testing.backups import CLOCK, make_workplace
from wenyam.links.pools import Links
place, top, port, user = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
os.setgroups([]); os.setgid(65534); os.setuid(65534)
key = Credential("key", "ssh-key", {"username": user}, {"key": SecretReference("file", str(place / "key"))})
links = Links(CLOCK, SecretReader({}), str(place / "known_hosts"))
work = replace(make_workplace(place), address="127.0.0.1", credential=key, links=links)
source = FilesSource(FilesOptions(paths=(top,), port=port, owners=False))
async def main():
    for _ in range(2):
        dump = await source.dump(work)
    async with source.restored(work, Path("/"), dump.manifest) as restored:
        print(compare(dump.manifest, await restored.manifest()))
    files = dump.manifest.parts["files"]
    print(*(files[f"{top}/{name}"].split()[1] for name in ("none", "closed", "closed/x")))
    await links.close()
asyncio.run(main())
"""


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_account_that_is_not_root_can_keep_a_mirror_of_files_with_no_rights(public: Path, sshd: Sshd) -> None:
    top, place = public / "data", public / "place"
    (top / "closed").mkdir(parents=True)
    (top / "closed/x").touch(0o640)
    (top / "closed/x").chmod(0o640)
    (top / "none").write_text("x", encoding="ascii")
    (top / "none").chmod(0)
    (top / "closed").chmod(0o070)
    place.mkdir()
    shutil.copy(sshd.client_key, place / "key")
    shutil.copy(sshd.known_hosts, place / "known_hosts")
    for path in (place, place / "key", place / "known_hosts"):
        os.chown(path, 65534, 65534)
    words = [sys.executable, "-c", AS_NOBODY, str(place), str(top), str(sshd.port), sshd.username]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, cwd="/")
    assert (done.stdout, done.stderr) == ("()\nmode=0400 mode=0570 mode=0640\n", "")
