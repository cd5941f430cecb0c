import os
import socket
from pathlib import Path

import pytest

from wenyam.links.systemd import ALIVE, READY, notify, watchdog_interval


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_what_was_said(tmp_path: Path, abstract: bool) -> None:  # noqa: FBT001  # two kinds of address
    path = f"@wenyam-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + path[1:] if abstract else path)
        manager.settimeout(5)
        assert notify(f"{READY}\nSTATUS=watching 25 devices", {"NOTIFY_SOCKET": path})
        assert manager.recv(1000) == b"READY=1\nSTATUS=watching 25 devices"
        assert notify(ALIVE, {"NOTIFY_SOCKET": path})
        assert manager.recv(1000) == b"WATCHDOG=1"


def test_the_environment_of_the_process_is_asked_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        assert notify(READY)


@pytest.mark.parametrize("path", ["", "relative", "/nowhere/notify", "@nobody-listens-here"])
def test_without_a_listener_nothing_happens(path: str) -> None:
    assert not notify(READY, {"NOTIFY_SOCKET": path} if path else {})


def test_a_full_socket_does_not_hold_us_up(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        results = [notify(ALIVE, {"NOTIFY_SOCKET": path}) for _ in range(5000)]
    assert results[0]
    assert not results[-1]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_asks(environment: dict[str, str], expected: float | None) -> None:
    assert watchdog_interval(environment, process=7) == expected
