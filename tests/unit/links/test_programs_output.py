"""Programs whose output goes to a file or is handed over line by line."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from wenyam.errors import CommandFailedError
from wenyam.links.programs import run_program
from wenyam.testing.database_backups import running, until

ECHO, SH, SEQ = "/bin/echo", "/bin/sh", "/usr/bin/seq"


async def test_output_goes_to_a_new_private_file(tmp_path: Path) -> None:
    target = tmp_path / "dump"
    done = await run_program([ECHO, "เวรยาม"], timeout=10, stdout_to=target)
    assert (done.exit_status, done.stdout, target.read_text(encoding="utf-8")) == (0, b"", "เวรยาม\n")
    assert target.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "dump"
    target.write_text("the last good one", encoding="utf-8")
    with pytest.raises(CommandFailedError, match=r"dump: file exists"):
        await run_program([ECHO, "new"], timeout=10, stdout_to=target)
    assert target.read_text(encoding="utf-8") == "the last good one"


async def test_what_goes_to_a_file_does_not_count_against_the_limit_but_complaints_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "dump"
    done = await run_program([SH, "-c", "seq 100000; echo careful >&2; exit 3"], timeout=20, output_limit=1000, stdout_to=target)
    assert (done.exit_status, done.stderr) == (3, b"careful\n")
    assert len(target.read_bytes().splitlines()) == 100_000


async def test_every_line_is_handed_over_once_and_whole() -> None:
    lines: list[bytes] = []
    done = await run_program([SEQ, "50000"], timeout=20, output_limit=1000, on_line=lines.append)
    assert (done.stdout, len(lines), lines[0], lines[-1]) == (b"", 50_000, b"1", b"50000")


async def test_a_very_long_line_and_one_without_an_end() -> None:
    lines: list[bytes] = []
    await run_program([SH, "-c", "head -c 300000 /dev/zero | tr '\\0' x; echo; printf rest"], timeout=20, on_line=lines.append)
    assert [len(line) for line in lines] == [300_000, 4]


async def test_output_in_pieces_is_whole_and_never_counts_against_the_limit() -> None:
    pieces: list[bytes] = []
    done = await run_program([SEQ, "50000"], timeout=20, output_limit=1000, on_chunk=pieces.append)
    assert done.stdout == b""
    assert b"".join(pieces) == b"".join(b"%d\n" % number for number in range(1, 50_001))


STARTER = """
import asyncio, sys
from wenyam.links.programs import run_program
asyncio.run(run_program(["/bin/sleep", sys.argv[1]], timeout=60, ends_with_us=True))
"""


async def test_a_program_that_ends_with_us_is_gone_when_we_are_killed() -> None:
    unmistakable = f"57.{os.getpid()}"
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTER, unmistakable)
    await until(lambda: bool(running("sleep", unmistakable)))
    starter.kill()
    await starter.wait()
    await until(lambda: not running("sleep", unmistakable))
