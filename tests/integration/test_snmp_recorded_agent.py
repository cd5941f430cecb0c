"""The player of recordings as the lab starts it: its own process, several addresses, values changed while it runs."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wenyam.links.snmp import oids, questions
from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.security import Community
from wenyam.testing.ports import free_port
from wenyam.testing.recorded_agent import command
from wenyam.testing.recording import package_path

pytestmark = pytest.mark.real

ADDRESSES = ("127.31.1.1", "127.31.1.2")
SOURCE, CHARGE = "1.3.6.1.2.1.33.1.4.1.0", "1.3.6.1.2.1.33.1.2.4.0"


@dataclass
class Played:
    """A running player."""

    port: int
    control: Path

    def ask(self, name: str, address: str = ADDRESSES[0], community: str = "lab", patience: float = 5.0) -> Value:
        security = Community("2c", community.encode())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(patience)
            asker.connect((address, self.port))
            asker.send(security.seal(2**30, questions.get([oids.encode(name)]).pdu(2**30)))
            return security.unseal(asker.recv(65_535)).values[0]


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    port, control = free_port(ADDRESSES[0]), tmp_path / "control"
    words = [
        sys.executable,
        "-m",
        "wenyam.testing.recorded_agent",
        "--recording",
        str(package_path("UPS/eaton-93e-80.snmprec.bz2")),
    ]
    words += [word for address in ADDRESSES for word in ("--address", address)]
    words += ["--port", str(port), "--community", "lab", "--replace", f"{CHARGE}=integer:97", "--control", str(control)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("serving 1225 values at 127.31.1.1, 127.31.1.2")
    yield Played(port, control)
    process.kill()
    process.wait()
    process.stdout.close()


def test_every_address_answers_with_the_recording_and_its_replacements(played: Played) -> None:
    for address in ADDRESSES:
        assert played.ask(SOURCE, address) == 3
        assert played.ask(CHARGE, address) == 97


def test_another_community_is_met_with_silence(played: Played) -> None:
    with pytest.raises(TimeoutError):
        played.ask(SOURCE, community="public", patience=0.3)


def test_values_change_while_it_runs(played: Played) -> None:
    command(played.control, f"set {SOURCE}=integer:5", f"set {CHARGE}=integer:41")
    assert (played.ask(SOURCE), played.ask(CHARGE)) == (5, 41)
    command(played.control, f"remove {SOURCE}")
    assert played.ask(SOURCE) is Absent.NO_SUCH_OBJECT


def test_a_slow_agent_answers_late_but_answers(played: Played) -> None:
    command(played.control, "delay 0.4")
    started = time.monotonic()
    assert played.ask(SOURCE) == 3
    assert 0.4 <= time.monotonic() - started < 2
    command(played.control, "delay 0")
    assert played.ask(SOURCE) == 3


@pytest.mark.parametrize("line", ["set 1.3.6=integer:x", "set 1.3.6", "delay soon", "explode"])
def test_a_command_that_makes_no_sense_is_refused(played: Played, line: str) -> None:
    with pytest.raises(RuntimeError, match="refused"):
        command(played.control, line)
    assert played.ask(SOURCE) == 3
