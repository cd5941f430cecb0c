"""Ports for tests: no two askers get one, and none that is in use."""

import socket
import subprocess
import sys

import pytest

from wenyam.testing.ports import free_port

ASKERS = 4
EACH = 50
ASK = f"from wenyam.testing.ports import free_port\nfor _ in range({EACH}): print(free_port())"


def test_processes_that_ask_at_once_get_different_ports() -> None:
    askers = [subprocess.Popen([sys.executable, "-c", ASK], stdout=subprocess.PIPE, text=True) for _ in range(ASKERS)]
    ports = [int(word) for asker in askers for word in asker.communicate(timeout=60)[0].split()]
    assert len(ports) == ASKERS * EACH
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_is_passed_over(kind: socket.SocketKind) -> None:
    following = free_port() + 1
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", following))
        assert free_port() != following


def test_one_may_be_asked_for_ipv6() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as server:
        server.bind(("::1", free_port("::1")))
