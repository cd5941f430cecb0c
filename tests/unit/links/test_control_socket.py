"""The control socket: what may be in its way, each thing told for what it is and left alone."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.errors import WatcherSilentError
from wenyam.links.control import ROWS_AT_ONCE, ControlServer, ControlSocketError, ask


async def answer(_user: int, _request: dict[str, Any]) -> dict[str, Any]:
    return {"good": True}


async def serve_once(path: Path) -> dict[str, Any]:
    server = ControlServer(path, "nosuchgroup", answer)
    await server.start()
    try:
        return await asyncio.to_thread(ask, path, {"action": "any"})
    finally:
        await server.stop()


async def refused(path: Path) -> str:
    server = ControlServer(path, "nosuchgroup", answer)
    with pytest.raises(ControlSocketError) as caught:
        await server.start()
    await server.stop()
    assert "instance.run_directory" in str(caught.value)
    return caught.value.what


async def test_the_directory_is_made_and_the_socket_goes_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "control.sock"
    assert await serve_once(path) == {"good": True}
    assert list(path.parent.iterdir()) == []


async def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert await serve_once(path) == {"good": True}


@pytest.mark.parametrize("backlog", [5, 0])
async def test_another_programs_socket_is_left_alone(tmp_path: Path, backlog: int) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as waiting:
        other.bind(str(path))
        other.listen(backlog)
        waiting.connect(str(path))
        assert await refused(path) == f"another program listens on {path}"
        assert path.is_socket()
        other.accept()[0].close()


async def test_a_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("mine", encoding="ascii")
    assert await refused(path) == f"{path} is there and is no socket"
    assert path.read_text(encoding="ascii") == "mine"
    assert await refused(path / "below") == f"{path}: there is a file of this name"


async def test_a_path_longer_than_a_socket_may_have_is_told_with_its_length(tmp_path: Path) -> None:
    longest = tmp_path / ("x" * (107 - len(os.fsencode(tmp_path)) - 1))
    assert await serve_once(longest) == {"good": True}
    path = longest.with_name(f"{longest.name}ย")
    assert await refused(path) == f"{path} has 110 bytes, a socket's path at most 107"
    with pytest.raises(WatcherSilentError, match="path too long"):
        ask(path, {})


async def test_a_place_that_cannot_be_written_is_named() -> None:
    assert re.fullmatch("/proc/(wenyam|self)?.*: .*", await refused(Path("/proc/wenyam/control.sock")))


def test_a_peer_that_says_nothing_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with pytest.raises(WatcherSilentError, match="timed out"):
            ask(path, {}, seconds=0.1)


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 20 * ROWS_AT_ONCE])
async def test_rows_are_made_while_others_have_their_turn_and_arrive_whole(tmp_path: Path, count: int) -> None:
    """A dashboard's first look at a large site takes a second to write, in which nothing may be late."""
    turns = 0
    seen: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(count):
            seen.append(turns)
            yield {"name": f"เครื่อง {number}"}

    async def many(_user: int, _request: dict[str, Any]) -> dict[str, Any]:
        return {"first": 1, "rows": rows(), "last": [2]}

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    path = tmp_path / "control.sock"
    server = ControlServer(path, "nosuchgroup", many)
    await server.start()
    other = asyncio.create_task(others())
    found = await asyncio.to_thread(ask, path, {"action": "any"})
    other.cancel()
    await server.stop()
    assert found == {"first": 1, "rows": [{"name": f"เครื่อง {number}"} for number in range(count)], "last": [2]}
    assert all(seen[place] < seen[place + ROWS_AT_ONCE] for place in range(count - ROWS_AT_ONCE))
