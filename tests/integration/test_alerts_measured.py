"""What was promised of alerts, on real servers: seconds from a dead host to a message; one message for one wrong secret."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from wenyam.testing.alerting import write_secret
from wenyam.testing.mail_server import MailServer
from wenyam.testing.snmpd import Snmpd, SnmpdUser
from wenyam.testing.sshd import Sshd
from wenyam.testing.watcher import POLL_SECONDS, RunningWatcher

pytestmark = pytest.mark.real

PROMISED_SECONDS = 20.0
DEVICES = 200
QUIET_SECONDS = 4.0
"""With the wait before the first message two of the readings' intervals: without patience each device would be asked again."""
USER, RIGHT, WRONG = "watch", "the right pass phrase", "canary-wrong-pass-phrase"
WRONG_DIGESTS = "1.3.6.1.6.3.15.1.1.5.0"
"""SNMP-USER-BASED-SM-MIB: usmStatsWrongDigests, counted by the agent itself."""


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer(security="none") as server:
        yield server


def watcher(place: Path, mail: MailServer, sections: Mapping[str, Any]) -> RunningWatcher:
    """Write a configuration whose duty officer hears by mail, and return its watcher."""
    folder = place / "configuration"
    for directory in (folder, place / "state", place / "run"):
        directory.mkdir(exist_ok=True)
    relay = {"host": "127.0.0.1", "port": mail.port, "security": "none"}
    text = {
        "instance": {"name": "measured", "site": "head", "state_directory": str(place / "state"), "ballast": "1MiB",
                     "run_directory": str(place / "run"), "exporter": {"enabled": False}, "language": "en"},
        "sites": {"head": {"label": {"th": "สำนักงานใหญ่", "en": "Head office"}}},
        "people": {"anan": {"name": "Anan", "mail": "anan@example.org"}},
        "defaults": {"owner": "anan", "duty_officer": "anan"},
        "channels": {"mail": {"kind": "mail", "sender": "wenyam@example.org", "language": "en", "relays": [relay]}},
        **sections,
    }  # fmt: skip
    with (folder / "wenyam.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(text, file)
    return RunningWatcher(folder, place / "run", place / "log")


def titles(mail: MailServer) -> list[str]:
    return [str(each.mail["Subject"]) for each in mail.mails]


def waited(wanted: Callable[[], bool], seconds: float, what: Callable[[], object]) -> float:
    begun = time.monotonic()
    while not wanted():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what()}")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - begun


@pytest.mark.parametrize("how", ["killed", pytest.param("frozen", marks=pytest.mark.long)])
def test_from_an_agent_that_dies_to_the_message_at_its_receiver_it_takes_at_most_twenty_seconds(
    tmp_path: Path, mail: MailServer, how: str
) -> None:
    """All at defaults. Killed, its port answers that nobody is there; frozen, as a host without power, it says nothing at all."""
    secret = write_secret(tmp_path / "community", "seen-only-here")
    with Snmpd(community="seen-only-here") as agent:
        device = {
            "kind": "switch", "address": agent.address, "alive": {"any_of": ["snmp"]},
            "credentials": {"snmp": "read"}, "reads": {"snmp": {"port": agent.port}},
        }  # fmt: skip
        sections = {"credentials": {"read": {"kind": "snmp-community", "community": secret}}, "devices": {"core-1": device}}
        with watcher(tmp_path, mail, sections) as running:
            running.wait_state("device:core-1", "up", 30)
            os.kill(agent.pid, signal.SIGKILL if how == "killed" else signal.SIGSTOP)
            took = waited(lambda: bool(mail.mails), 3 * PROMISED_SECONDS, running.tail)
        os.kill(agent.pid, signal.SIGKILL)
    assert titles(mail)[0].startswith("✖ DOWN core-1 · Head office [")
    assert took <= PROMISED_SECONDS


@dataclass
class Refusing:
    """A real server that refuses the credential, and how many tries it counted itself."""

    server: AbstractContextManager[Any]
    credential: dict[str, str]
    device: dict[str, Any]
    tries: Callable[[], int]
    known_hosts: str = ""


def by_ssh(place: Path) -> Refusing:
    server = Sshd(directory=place / "sshd", passwords={USER: RIGHT})
    refused = re.compile(rf"Failed password for {USER} ")
    device = {
        "kind": "other",
        "alive": {"any_of": [f"tcp:{server.port}"]},
        "reads": {"ssh": {"collector": "ssh", "port": server.port}},
    }
    credential = {"kind": "ssh-password", "username": USER, "password": write_secret(place / "password", WRONG)}
    return Refusing(
        server, credential, device, lambda: len(refused.findall(server.log.read_text(errors="replace"))), server.host_key_line
    )


def by_snmp(place: Path) -> Refusing:
    users = (SnmpdUser(USER, "sha256", "right-authentication", "aes128", "right-privacy"),)
    server = Snmpd(users=users, community="counts")
    words = ["/usr/bin/snmpget", "-v2c", "-c", "counts", "-Oqv", f"127.0.0.1:{server.port}", WRONG_DIGESTS]

    def tries() -> int:
        return int(subprocess.run(words, check=True, capture_output=True, timeout=10, text=True).stdout)

    device = {"kind": "other", "alive": {"any_of": ["icmp"]}, "reads": {"snmp": {"collector": "snmp", "port": server.port}}}
    credential = {
        "kind": "snmp-v3", "username": USER, "authentication": "sha256", "privacy": "aes128",
        "authentication_key": write_secret(place / "auth", WRONG), "privacy_key": write_secret(place / "priv", "right-privacy"),
    }  # fmt: skip
    return Refusing(server, credential, device, tries)


@pytest.mark.parametrize("way", [by_snmp, pytest.param(by_ssh, marks=pytest.mark.long)], ids=["SNMP version 3", "SSH"])
def test_a_wrong_secret_of_two_hundred_devices_is_one_message_and_one_try_at_most_for_each(
    tmp_path: Path, mail: MailServer, way: Callable[[Path], Refusing]
) -> None:
    refusing = way(tmp_path)
    ((job, reading),) = refusing.device["reads"].items()
    common = {**refusing.device, "address": "127.0.0.1", "shared_address": True, "credentials": {job: "fleet"}}
    common["reads"] = {job: {**reading, "interval": "4s", "timeout": "3s"}}
    sections = {
        "sites": {"head": {"label": {"th": "สำนักงานใหญ่", "en": "Head office"}, "parallel_reads": 8}},
        "credentials": {"fleet": refusing.credential},
        "devices": {f"host-{number:03}": common for number in range(DEVICES)},
    }
    with refusing.server:
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "known_hosts").write_text(refusing.known_hosts, encoding="ascii")
        with watcher(tmp_path, mail, sections) as running:
            running.wait_state("credential:fleet/login", "crit", 30)
            waited(lambda: bool(mail.mails), 30, running.tail)
            begun = time.monotonic()
            waited(
                lambda: time.monotonic() - begun > QUIET_SECONDS or len(mail.mails) > 1, 2 * QUIET_SECONDS, lambda: titles(mail)
            )
            states = running.states() or {}
        tries = refusing.tries()
    (title,) = titles(mail)
    assert title.startswith("✖ CRIT fleet login · Head office [")
    assert 1 <= tries <= DEVICES
    assert sum(states[f"device:host-{number:03}"]["state"] == "up" for number in range(DEVICES)) == DEVICES
    assert "canary" not in (tmp_path / "log").read_text(encoding="utf-8") + mail.mails[0].text
