"""Dumps of any program, here and over the real sshd: what is whole, what is not, and what was never proven."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from wenyam.backup.comparison import UNSETTLED, compare
from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources.command import CommandSource
from wenyam.backup.sources.command_options import CommandOptions
from wenyam.errors import HostKeyChangedError, NotTestedError, RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.testing.backups import Restic, make_workplace
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
WHERE = ["here", "there"]


@pytest.fixture(scope="module")
def restic(tmp_path_factory: pytest.TempPathFactory) -> Restic:
    return Restic(tmp_path_factory.mktemp("restic"))


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    with Sshd(settings=("Subsystem sftp internal-sftp",)) as server:
        yield server


def script(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def place_of(folder: Path, where: str, server: Sshd, seconds: float = 30.0) -> Workplace:
    return make_workplace(folder, server if where == "there" else None, seconds=seconds)


def source_of(server: Sshd, program: str, *arguments: str, **options: object) -> CommandSource:
    given = {"program": program, "arguments": arguments, "port": server.port, **options}
    return CommandSource(CommandOptions.model_validate(given))


async def dump_of(place: Workplace, source: CommandSource) -> Dump:
    try:
        return await source.dump(place)
    finally:
        await place.links.close()


@pytest.mark.parametrize("where", WHERE)
async def test_the_output_of_a_program_is_its_dump(tmp_path: Path, sshd: Sshd, where: str) -> None:
    program = script(tmp_path, "dump it", 'head -c 9000000 /dev/zero; printf "%s\\n" "$@" "-- Dump completed"; echo talk >&2')
    source = source_of(sshd, program, "$(id)", "; rm", "ไทย", trailer="-- Dump completed", minimum_bytes=9_000_000)
    dump = await dump_of(place_of(tmp_path, where, sshd), source)
    assert dump.paths[0].read_bytes() == bytes(9_000_000) + "$(id)\n; rm\nไทย\n-- Dump completed\n".encode()
    assert dump.paths[0].stat().st_mode & 0o777 == 0o600
    assert (
        dump.manifest.parts["dump files"]["dump"] == f"size={dump.paths[0].stat().st_size} sha256={dump.digests[dump.paths[0]]}"
    )


BAD = {
    "exit code": ("echo x; echo no room >&2; exit 3", "ended with exit code 3: no room"),
    "cut": ("echo 'INSERT INTO a;'", "does not end with '-- done' but with 'INSERT INTO a;': it was cut off"),
    "small": ("echo '-- done'", "dump has 8 bytes, at least 100 are expected"),
    "nothing": ("true", "dump has 0 bytes, at least 100 are expected"),
}


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", BAD)
async def test_a_dump_that_is_not_whole_is_red_and_a_whole_one_green(tmp_path: Path, sshd: Sshd, where: str, name: str) -> None:
    body, sentence = BAD[name]
    minimum = 100 if "100" in sentence else 1
    source = source_of(sshd, script(tmp_path, "dump", body), trailer="-- done", minimum_bytes=minimum)
    place = place_of(tmp_path, where, sshd)
    with pytest.raises(SourceError) as caught:
        await source.dump(place)
    assert sentence in str(caught.value)
    script(tmp_path, "dump", f"head -c 200 /dev/zero; echo '-- done {'   '}'")
    assert (await dump_of(place, source)).paths[0].stat().st_size > 200


@pytest.mark.parametrize("where", WHERE)
async def test_a_program_killed_midway_is_red(tmp_path: Path, sshd: Sshd, where: str) -> None:
    source = source_of(sshd, script(tmp_path, "dump", "echo half; kill -9 $$"))
    words = "was ended by signal 9" if where == "here" else "was killed before its end"
    with pytest.raises(SourceError, match=words):
        await dump_of(place_of(tmp_path, where, sshd), source)


@pytest.mark.long
@pytest.mark.parametrize("where", WHERE)
async def test_a_program_that_hangs_ends_at_the_deadline(tmp_path: Path, sshd: Sshd, where: str) -> None:
    source = source_of(sshd, script(tmp_path, "dump", "echo half; exec sleep 60"))
    with pytest.raises(SourceError, match=r"did not end (within|in time)"):
        await dump_of(place_of(tmp_path, where, sshd, seconds=1.5), source)


async def test_another_exit_code_can_mean_success(tmp_path: Path, sshd: Sshd) -> None:
    source = source_of(sshd, script(tmp_path, "dump", "echo x; exit 5"), success_exit_codes=[0, 5])
    assert (await dump_of(make_workplace(tmp_path), source)).manifest.items == 1


async def test_the_end_may_be_a_pattern(tmp_path: Path, sshd: Sshd) -> None:
    program = script(tmp_path, "dump", "echo 'x'; echo 'Job \"S\".\"E\" successfully completed at Mon elapsed 0 00:00:09'; echo")
    good = source_of(sshd, program, trailer_pattern=r"successfully completed at \w+ elapsed [\d :]+")
    assert (await dump_of(make_workplace(tmp_path), good)).manifest.items == 1
    with pytest.raises(SourceError, match="does not match 'successfully', it is"):
        await dump_of(make_workplace(tmp_path), source_of(sshd, program, trailer_pattern="successfully"))


@pytest.mark.parametrize("where", WHERE)
async def test_files_that_a_program_leaves_are_its_dump(tmp_path: Path, sshd: Sshd, where: str) -> None:
    first, second = tmp_path / "out/ไฟล์ 1.dmp", tmp_path / "out/2.dmp"
    first.parent.mkdir()
    program = script(tmp_path, "dump", f"echo 'first END' > '{first}'; echo \"second $1 END\" > '{second}'")
    source = source_of(sshd, program, "one", files=[str(first), str(second)], trailer="END")
    dump = await source.dump(place_of(tmp_path, where, sshd))
    assert [path.read_text(encoding="ascii") for path in dump.paths] == ["first END\n", "second one END\n"]
    assert (dump.paths == (first, second)) is (where == "here")
    assert set(dump.manifest.parts["dump files"]) == {str(first), str(second)}
    lazy = source_of(sshd, script(tmp_path, "lazy", "true"), files=[str(first)])
    with pytest.raises(SourceError, match="was not written by this run"):
        await dump_of(place_of(tmp_path, where, sshd), lazy)
    first.unlink()
    with pytest.raises(SourceError, match="the program left no such file"):
        await dump_of(place_of(tmp_path, where, sshd), lazy)


async def test_a_changed_host_key_stops_it_before_a_word_is_said(tmp_path: Path) -> None:
    with Sshd() as own:
        own.rotate_host_key()
        with pytest.raises(HostKeyChangedError):
            await dump_of(make_workplace(tmp_path, own), source_of(own, script(tmp_path, "dump", f"touch '{tmp_path}/ran'")))
    assert not (tmp_path / "ran").exists()


async def test_a_missing_program_is_named(tmp_path: Path, sshd: Sshd) -> None:
    with pytest.raises(SourceError, match="absent: no such file"):
        await dump_of(make_workplace(tmp_path), source_of(sshd, f"{tmp_path}/absent"))
    with pytest.raises(SourceError, match="ended with exit code 127"):
        await dump_of(make_workplace(tmp_path, sshd), source_of(sshd, f"{tmp_path}/absent"))


def proven(folder: Path, server: Sshd) -> CommandSource:
    """Make a source of a made-up system: a directory of one file per table."""
    live = folder / "live"
    live.mkdir(exist_ok=True)
    (live / "customer").write_text("1\n2\n3\n", encoding="ascii")
    count = 'cd "$1" && for table in *; do printf "rows\\t%s\\t%s\\n" "$table" "$(wc -l < "$table")"; done'
    measure = script(folder, "measure", count)
    return source_of(
        server,
        script(folder, "dump", f'cd "{live}" && tar cf - .'),
        measure=[measure, str(live)],
        restore=[script(folder, "restore", 'mkdir "$2/db" && tar xf "$1" -C "$2/db"'), "{dump}", "{scratch}"],
        compare=[measure, "{scratch}/db"],
        ask=[script(folder, "ask", 'grep -c "" "$1/db/$2"; echo more'), "{scratch}", "{question}"],
        remove=[script(folder, "remove", f'touch "{folder}/removed"'), "{scratch}"],
    )


async def restored_of(source: CommandSource, place: Workplace, root: Path, manifest: Manifest) -> Manifest:
    async with source.restored(place, root, manifest) as restored:
        assert await restored.answer("customer") == "3"
        return await restored.manifest()


@pytest.mark.parametrize("where", WHERE)
async def test_a_dump_is_proven_by_the_commands_it_names(tmp_path: Path, restic: Restic, sshd: Sshd, where: str) -> None:
    source = proven(tmp_path, sshd)
    dump = await dump_of(place_of(tmp_path, where, sshd), source)
    assert dump.manifest.parts["rows"] == {"customer": "3"}
    restic.store(dump)
    root = restic.fetch(tmp_path / "fetched")
    found = await restored_of(source, place_of(tmp_path, where, sshd), root, dump.manifest)
    assert compare(dump.manifest, found) == ()
    assert (tmp_path / "removed").exists()
    assert os.listdir(tmp_path / "scratch") == ["db"]  # noqa: PTH208  # names only


async def test_a_restore_that_lacks_something_or_fails_is_red(tmp_path: Path, sshd: Sshd) -> None:
    source = proven(tmp_path, sshd)
    dump = await dump_of(make_workplace(tmp_path), source)
    root = tmp_path / "fetched"
    copy = root / str(dump.paths[0]).lstrip("/")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(dump.paths[0].read_bytes())
    place = replace(make_workplace(tmp_path), scratch=tmp_path / "scratch 2")
    place.scratch.mkdir()
    async with source.restored(place, root, dump.manifest) as restored:
        (place.scratch / "db/customer").write_text("1\n", encoding="ascii")
        assert compare(dump.manifest, await restored.manifest()) == ("rows of customer: 1, at backup time 3",)
        (place.scratch / "db/customer").rename(place.scratch / "db/other")
        assert compare(dump.manifest, await restored.manifest()) == ("rows: customer is missing", "rows: extra other")
        copy.write_bytes(copy.read_bytes() + b"x")
        assert "dump files of dump: size " in compare(dump.manifest, await restored.manifest())[0]
    copy.write_bytes(b"no tar at all")
    place = replace(place, scratch=tmp_path / "scratch 3")
    place.scratch.mkdir()
    (tmp_path / "removed").unlink()
    with pytest.raises(RestoreError, match=r"restore ended with exit code 2: .*tar"):
        async with source.restored(place, root, dump.manifest):
            raise AssertionError
    assert (tmp_path / "removed").exists()
    copy.unlink()
    with pytest.raises(RestoreError):
        async with source.restored(place, root, dump.manifest):
            raise AssertionError


async def test_without_restore_and_compare_it_is_not_tested_for_ever(tmp_path: Path, sshd: Sshd) -> None:
    program = script(tmp_path, "dump", "echo x")
    for options in ({}, {"measure": [script(tmp_path, "measure", "printf 'a\\tb\\tc\\n'")]}):
        source = source_of(sshd, program, **options)
        dump = await dump_of(make_workplace(tmp_path), source)
        with pytest.raises(NotTestedError, match="names no 'measure', 'restore' and 'compare'"):
            async with source.restored(make_workplace(tmp_path), tmp_path, dump.manifest):
                raise AssertionError


async def test_what_moves_during_the_dump_is_noted_and_the_rest_must_be_the_same(tmp_path: Path, sshd: Sshd) -> None:
    live = tmp_path / "live"
    source = proven(tmp_path, sshd)
    (live / "log").touch()
    script(tmp_path, "dump", f'cd "{live}" && echo x >> log && tar cf - .')
    dump = await dump_of(make_workplace(tmp_path), source)
    assert dump.manifest.parts[UNSETTLED] == {"rows of log": "0 before the dump, 1 after it"}
    root = tmp_path / "fetched"
    copy = root / str(dump.paths[0]).lstrip("/")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(dump.paths[0].read_bytes())
    assert compare(dump.manifest, await restored_of(source, make_workplace(tmp_path), root, dump.manifest)) == ()


LINES = {
    "nothing": ("true", "printed no line"),
    "words": ("echo three words here", "line 1 is no 'section<TAB>item<TAB>value': 'three words here'"),
    "twice": ("printf 'a\\tb\\t1\\na\\tb\\t2\\n'", "line 2 tells 'b' of a twice, and differently"),
    "reserved": ("printf 'left out\\tb\\t1\\n'", "line 1 is no 'section"),
    "failed": ("printf 'a\\tb\\t1\\n'; exit 1", "ended with exit code 1"),
}


@pytest.mark.parametrize("name", LINES)
async def test_a_measuring_command_that_says_nothing_sensible_is_red(tmp_path: Path, sshd: Sshd, name: str) -> None:
    body, sentence = LINES[name]
    source = source_of(sshd, script(tmp_path, "dump", "echo x"), measure=[script(tmp_path, "measure", body)])
    with pytest.raises(SourceError) as caught:
        await dump_of(make_workplace(tmp_path), source)
    assert sentence in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_a_program_can_run_as_another_account(tmp_path: Path, sshd: Sshd) -> None:
    dump = await dump_of(make_workplace(tmp_path), source_of(sshd, "/usr/bin/id", "-un", run_as="nobody"))
    assert dump.paths[0].read_text(encoding="ascii") == "nobody\n"


FULL = """
import asyncio, sys, subprocess
from pathlib import Path
from wenyam.backup.sources.command import CommandSource
from wenyam.backup.sources.command_options import CommandOptions
from wenyam.testing.backups import make_workplace
from wenyam.testing.sshd import Sshd
place = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(place)], check=True)
async def dump(server, size):
    work = make_workplace(place, server)
    port = {} if server is None else {"port": server.port}
    source = CommandSource(CommandOptions(program="/usr/bin/head", arguments=("-c", str(size), "/dev/zero"), **port))
    try:
        print("bytes", (await source.dump(work)).paths[0].stat().st_size)
    except Exception as error:
        print(type(error).__name__, error)
    finally:
        await work.links.close()
with Sshd() as server:
    for where in (None, server):
        asyncio.run(dump(where, 9000000))
        asyncio.run(dump(where, 90000))
"""


@pytest.mark.long
def test_a_full_disk_at_the_spool_is_red_and_with_room_again_green(tmp_path: Path) -> None:
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    words = [*alone, sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    here, again, there, there_again = done.stdout.splitlines()
    assert here.startswith("SourceError")
    assert "No space left on device" in here
    assert there.startswith("SourceError")
    assert "spool/job/dump: no space left on device" in there
    assert (again, there_again) == ("bytes 90000", "bytes 90000")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"program": "rman"}, "no absolute path"),
        ({"trailer": "a", "trailer_pattern": "b"}, "give either"),
        ({"trailer": " \n"}, "is empty"),
        ({"trailer_pattern": "("}, "no regular expression"),
        ({"restore": ["/r", "{dump}"]}, "belong together"),
        ({"restore": ["/r", "{dump}"], "compare": ["/c"]}, "needs 'measure'"),
        ({"restore": ["/r"], "compare": ["/c"], "measure": ["/m"]}, "does not name {dump}"),
        ({"measure": ["m"]}, "must be the absolute path"),
        ({"success_exit_codes": []}, "at least 1 item"),
        ({"minimum_bytes": 0}, "greater than or equal to 1"),
        ({"files": ["x"]}, "no absolute path"),
        ({"password": "x"}, "Extra inputs"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CommandOptions.model_validate({"program": "/bin/x", **options})
    assert words in str(caught.value)
