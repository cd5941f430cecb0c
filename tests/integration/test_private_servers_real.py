"""Private servers: started for one block, reached by a socket, and never left behind, whatever happens."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.errors import CommandFailedError, NoAnswerError
from wenyam.links.private_servers import account_for, prepare_directory, private_server, socket_fits
from wenyam.links.processes import is_mapped
from wenyam.testing.collecting import CLOCK
from wenyam.testing.database_backups import running, until

pytestmark = pytest.mark.real
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not is_mapped(65534), reason="only a root that has other users becomes one of them"
)


@pytest.fixture
def place() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="wy-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _script(place: Path, body: str) -> list[str]:
    path = place / "serve"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return [str(path), str(place / "mark")]


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def test_it_runs_for_the_block_and_is_asked_to_stop(place: Path) -> None:
    words = _script(place, "trap 'echo bye; exit 0' INT; echo hello; while :; do sleep 0.05; done")

    async def hello() -> bool:
        return "hello" in (place / "server.log").read_text(encoding="utf-8")

    async with private_server(words, directory=place, ready=hello, seconds=10, clock=CLOCK, stop=signal.SIGINT) as server:
        assert running("sh", str(place / "mark"))
        assert server.process_id
    assert server.words() == "hello\nbye"
    assert running("sh", str(place / "mark")) == []


async def test_children_that_made_groups_of_their_own_end_with_it(place: Path) -> None:
    words = _script(place, f'setsid sleep 300 "{place}" & setsid sh -c "sleep 301; true" {place} & wait')
    async with private_server(words, directory=place, ready=_yes, seconds=10, clock=CLOCK):
        await until(lambda: bool(running("sh", str(place))))
    await until(lambda: running("sh", str(place)) + running("sleep", "301") == [])


async def test_one_that_ends_at_once_is_told_with_its_own_words(place: Path) -> None:
    with pytest.raises(CommandFailedError, match=r"ended at once \(status 3\): no such option"):
        async with private_server(
            _script(place, "echo no such option; exit 3"), directory=place, ready=_no, seconds=10, clock=CLOCK
        ):
            pass


async def test_one_that_never_answers_is_ended(place: Path) -> None:
    with pytest.raises(NoAnswerError, match=r"was not ready within 0\.3 s: starting"):
        async with private_server(
            _script(place, "echo starting; exec sleep 300"), directory=place, ready=_no, seconds=0.3, clock=CLOCK
        ):
            pass
    assert running("sh", str(place / "mark")) == []


async def test_one_that_ignores_the_request_is_killed_when_its_block_is_cancelled(place: Path) -> None:
    words = _script(place, "trap '' TERM INT; while :; do sleep 0.05; done")

    async def serve() -> None:
        async with private_server(words, directory=place, ready=_yes, seconds=10, clock=CLOCK, stop=signal.SIGKILL):
            await asyncio.sleep(300)

    task = asyncio.create_task(serve())
    await until(lambda: bool(running("sh", str(place / "mark"))))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running("sh", str(place / "mark")) == []


@as_root
async def test_it_runs_as_the_account_that_owns_its_directory(place: Path) -> None:
    directory = place / "own"
    await prepare_directory(directory, account_for("nobody"))
    words = _script(place, 'id -un > "$1"; exec sleep 300')
    words[1] = str(directory / "who")
    async with private_server(words, directory=directory, ready=_yes, seconds=10, clock=CLOCK, user="nobody"):
        await until(lambda: (directory / "who").exists() and bool((directory / "who").read_text(encoding="utf-8")))
        assert (directory / "who").read_text(encoding="utf-8") == "nobody\n"
    assert directory.stat().st_mode & 0o777 == 0o700


@as_root
async def test_a_directory_the_account_cannot_reach_is_named(place: Path) -> None:
    closed = place / "closed"
    await prepare_directory(closed, None)
    with pytest.raises(CommandFailedError, match=f"account 'nobody' cannot enter {closed}") as refused:
        await prepare_directory(closed / "own", "nobody")
    assert f"setfacl -m u:nobody:x {closed}" in refused.value.advice
    await prepare_directory(closed, "nobody")
    await prepare_directory(closed / "own", "nobody")


async def test_an_unknown_account_is_named(place: Path) -> None:
    with pytest.raises(CommandFailedError, match="cannot be given to account 'nosuchuser'"):
        await prepare_directory(place / "own", "nosuchuser")


def test_a_socket_path_longer_than_the_kernel_takes_is_refused_before() -> None:
    socket_fits(Path("/" + "s" * 106))
    with pytest.raises(CommandFailedError, match="path of 108 bytes, the kernel takes 107"):
        socket_fits(Path("/" + "s" * 107))
