"""The Linux host collector over a real OpenSSH server on this machine."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import ValidationError

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.ssh import SshCollector, SshOptions
from wenyam.errors import (
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    MalformedReplyError,
    NoAnswerError,
    SecretError,
)
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading
from wenyam.testing.collecting import make_context, make_credential, make_links, rows, value
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
HERE = Target("server-1", "127.0.0.1")


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    with Sshd(passwords={"watcher": "s3cret"}) as server:
        yield server


@pytest_asyncio.fixture
async def links(sshd: Sshd) -> AsyncIterator[Links]:
    made = make_links(sshd.known_hosts)
    yield made
    await made.close()


def _login(server: Sshd) -> Credential:
    return Credential(
        "test-key", "ssh-key", {"username": server.username}, {"key": SecretReference("file", str(server.client_key))}
    )


def _context(links: Links, server: Sshd, seconds: float = 30.0) -> Context:
    return make_context(links, seconds, _login(server))


async def _collect(links: Links, server: Sshd, context: Context | None = None, **options: object) -> Reading:
    collector = SshCollector(SshOptions.model_validate({"port": server.port, **options}))
    return await collector.collect(HERE, context or _context(links, server))


async def test_one_command_reads_the_whole_host(sshd: Sshd, links: Links) -> None:
    reading = await _collect(links, sshd)
    assert reading.complete, reading.failures
    names = {family.name for family in reading.families}
    expected = """
        cpu_utilization_ratio load_average memory_total_bytes memory_used_bytes memory_utilization_ratio swap_total_bytes
        swap_used_bytes filesystem_size_bytes filesystem_utilization_ratio filesystem_inodes_used_ratio disk_read_bytes_total
        processes logged_in_users os_updates_pending system_uptime_seconds clock_offset_seconds system_info
    """
    assert names >= set(expected.split())
    assert reading.facts["name"] == os.uname().nodename
    assert "Debian" in reading.facts["os_version"]


async def test_the_numbers_agree_with_what_the_machine_says_itself(sshd: Sshd, links: Links) -> None:
    reading = await _collect(links, sshd)
    root = os.statvfs("/")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert value(reading, "memory_total_bytes") == pytest.approx(memory, rel=0.02)
    assert value(reading, "filesystem_size_bytes", {"mount": "/"}) == pytest.approx(root.f_blocks * root.f_frsize, rel=0.01)
    offset = value(reading, "clock_offset_seconds")
    assert offset is not None
    assert abs(offset) < 1  # the two clocks are one; a busy machine lets the answer wait
    assert 0 <= (value(reading, "cpu_utilization_ratio", {"cpu": "all"}) or 0) <= 1


async def test_later_polls_use_the_earlier_processor_reading_and_ask_for_updates_rarely(sshd: Sshd, links: Links) -> None:
    context = _context(links, sshd)
    first = await _collect(links, sshd, context)
    begun = time.monotonic()
    second = await _collect(links, sshd, context)
    assert time.monotonic() - begun < 2
    assert value(second, "cpu_utilization_ratio", {"cpu": "all"}) is not None
    assert value(second, "os_updates_pending") == value(first, "os_updates_pending")
    rows = [next(family for family in reading.families if family.name == "filesystem_size_bytes") for reading in (first, second)]
    assert rows[0].labels is rows[1].labels


async def test_units_on_a_host_without_systemd_are_a_failure_and_the_rest_is_read(sshd: Sshd, links: Links) -> None:
    reading = await _collect(links, sshd, units=["ssh", "cron.service"])
    is_systemd = Path("/run/systemd/system").is_dir()  # noqa: ASYNC240  # one look
    assert reading.complete == is_systemd
    assert value(reading, "memory_total_bytes") is not None
    if not is_systemd:
        assert "section 'units'" in reading.failures[0].sentence
        assert reading.partial == {"service_status"}


SMARTCTL = """\
#!/bin/sh
[ "$1" = --scan ] && { echo /dev/sda; echo /dev/sdb; exit; }
[ "$4" = /dev/sda ] && { cat {place}/sda; exit; }
echo "SMART Health Status: OK"
"""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Smartctl open device: /dev/sda failed: No such device", "no longer gets an answer from /dev/sda"),
        ("Device is in STANDBY mode, exit(2)", ""),
        ("", "hides those after it"),
    ],
)
async def test_a_disk_that_no_longer_answers_smartctl_is_missed(tmp_path: Path, said: str, words: str) -> None:
    program, disk = tmp_path / "smartctl", tmp_path / "sda"
    program.write_text(SMARTCTL.replace("{place}", str(tmp_path)))
    program.chmod(0o755)
    disk.write_text("SMART Health Status: OK\n")
    there = f"s#PATH=/usr/sbin#PATH={tmp_path}:/usr/sbin#"
    with Sshd(force_command=f'eval "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed {there})"') as host:
        links = make_links(host.known_hosts)
        context = _context(links, host, 8.0)
        first = await _collect(links, host, context, updates_interval=86_400)
        assert rows(first, "disk_status") == {"/dev/sda": 1, "/dev/sdb": 1}
        if said:
            disk.write_text(f"{said}\n")
        else:
            disk.unlink()
            os.mkfifo(disk)  # reading it hangs
        context = replace(_context(links, host, 8.0), memory=context.memory)
        second = await _collect(links, host, context, updates_interval=86_400)
        assert rows(second, "disk_status") == ({"/dev/sdb": 1} if said else {})
        found = [failure.sentence for failure in second.failures if "smartctl" in failure.sentence]
        assert [words in sentence for sentence in found] == ([True] if words else [])
        assert ("disk_status" in second.partial) == bool(words)
        await links.close()


async def test_a_shell_that_is_no_shell_is_malformed() -> None:
    with Sshd(force_command="/bin/echo this is a switch") as device:
        links = make_links(device.known_hosts)
        with pytest.raises(MalformedReplyError, match="POSIX shell"):
            await _collect(links, device)
        await links.close()


async def test_a_host_whose_commands_hang_is_silent_at_the_deadline() -> None:
    with Sshd(force_command="/bin/sleep 60") as device:
        links = make_links(device.known_hosts)
        begun = time.monotonic()
        with pytest.raises(NoAnswerError, match="may still be running"):
            await _collect(links, device, _context(links, device, 1.5))
        assert time.monotonic() - begun < 3
        await links.close()


async def test_a_refused_login_and_a_missing_credential_are_told_apart(sshd: Sshd, links: Links, tmp_path: Path) -> None:
    wrong = make_credential(tmp_path, "ssh-password", "watcher", password="wrong")
    with pytest.raises(CredentialsRefusedError):
        await _collect(links, sshd, make_context(links, credential=wrong))
    with pytest.raises(SecretError, match="needs a credential"):
        await _collect(links, sshd, make_context(links))


async def test_the_probe_needs_no_login_and_knows_ssh(links: Links) -> None:
    with Sshd() as own:
        collector = SshCollector(SshOptions(port=own.port))
        assert await collector.probe(HERE, make_context(links)) < 5
        own.freeze()
        with pytest.raises(NoAnswerError):
            await collector.probe(HERE, make_context(links, 0.5))
        own.thaw()
        own.stop()
        with pytest.raises(ConnectionRefusedByDeviceError):
            await collector.probe(HERE, make_context(links))


@pytest.mark.parametrize("unit", ["a b", "-x", "a;b", "$(id)", ""])
def test_what_is_no_unit_name_is_refused(unit: str) -> None:
    with pytest.raises(ValidationError, match="no name of a systemd unit"):
        SshOptions(units=(unit,))
