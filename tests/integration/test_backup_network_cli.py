"""netmiko against real OpenSSH servers: host keys, credentials, deadlines; and a device whose answers are no configuration.

The device is OpenSSH with a small script for its command line, because nothing here makes a real switch page, cut or refuse.
"""

import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from netmiko import ConnectHandler

from wenyam.backup.contract import Workplace
from wenyam.backup.size import UnusualLinesError
from wenyam.backup.sources.network_config import CONFIGURATION, NetworkConfigOptions, NetworkConfigSource
from wenyam.backup.sources.network_copies import FOLDER, copies
from wenyam.backup.sources.network_families import FAMILIES
from wenyam.clock import SystemClock
from wenyam.errors import (
    BudgetSpentError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    HostKeyChangedError,
    HostKeyUnknownError,
    MalformedReplyError,
    NoAnswerError,
    NotTestedError,
    RestoreError,
    SecretError,
    SourceError,
)
from wenyam.links.cli import CliPool, _reading
from wenyam.links.cli_devices import CliDevice
from wenyam.model.inventory import Credential, SecretReference
from wenyam.settings.secrets import SecretReader
from wenyam.testing.backups import make_workplace
from wenyam.testing.collecting import make_credential
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
CLOCK = SystemClock()
CANARY = "can4ryS3cret"
PASSWORD, ENABLE = "l0gin-canary", "en4ble-canary"
SHELL = "/usr/bin/env PS1='srv-1$ ' /bin/sh -i"
GOOD = (
    "Building configuration...\n\nCurrent configuration : 900 bytes\n!\nversion 15.2\nhostname core-1\n!\n"
    + "".join(f"interface Gi0/{number}\n description ชั้น {number} ฅๅ\n!\n" for number in range(20))
    + f"snmp-server community {CANARY} RO\nend\n"
)
COMMAND_LINE = """#!/bin/sh
prompt='core-1>'
while printf '%s' "$prompt" && read -r line; do
  case "$line" in
    enable) stty -echo; printf 'Password: '; read -r given; stty echo; echo
      [ "$given" = "$(cat {0}/enable)" ] && prompt='core-1#' ;;
    'show running-config')
      if [ -e {0}/pager ]; then head -n 9 {0}/answer; printf ' --More-- '; read -r _; else cat {0}/answer; fi ;;
    exit) exit 0 ;;
    terminal*|'') ;;
    *) echo "% Invalid input detected at '^' marker." ;;
  esac
done
"""


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    with Sshd(passwords={"watcher": PASSWORD}, force_command=SHELL) as server:
        yield server


@pytest_asyncio.fixture
async def pool(sshd: Sshd) -> AsyncIterator[CliPool]:
    made = CliPool(CLOCK, SecretReader({}), str(sshd.known_hosts))
    yield made
    await made.close()


@pytest.fixture
def login(tmp_path: Path) -> Credential:
    return make_credential(tmp_path, "ssh-password", "watcher", password=PASSWORD)


def _linux(server: Sshd, credential: Credential, platform: str = "linux") -> CliDevice:
    return CliDevice(server.address, server.port, credential, platform)


async def _run(pool: CliPool, device: CliDevice, *commands: str, seconds: float = 20.0) -> tuple[bytes, ...]:
    return await pool.run(device, commands, CLOCK.monotonic() + seconds)


async def test_every_byte_comes_through_netmiko(pool: CliPool, sshd: Sshd, login: Credential, tmp_path: Path) -> None:
    text = "".join(f"{number} ชั้น ฅๅ \xa0\n" for number in range(5000)).encode() + b"tis-620 \xaa\xb1\xe9\xb9\nend"
    (tmp_path / "text").write_bytes(text + b"\n")
    assert await _run(pool, _linux(sshd, login), f"cat {tmp_path}/text", "echo second") == (text, b"second")


async def test_a_key_logs_in_as_well(pool: CliPool, sshd: Sshd) -> None:
    key = Credential("key", "ssh-key", {"username": sshd.username}, {"key": SecretReference("file", str(sshd.client_key))})
    assert await _run(pool, _linux(sshd, key), "echo here") == (b"here",)


async def test_a_changed_or_unknown_host_key_stops_everything_before_a_secret_is_read(tmp_path: Path, login: Credential) -> None:
    unreadable = replace(login, secrets={"password": SecretReference("file", str(tmp_path / "absent"))})
    with Sshd(passwords={"watcher": PASSWORD}, force_command=SHELL) as own:
        pool, before = CliPool(CLOCK, SecretReader({}), str(own.known_hosts)), own.fingerprint
        assert await _run(pool, _linux(own, login), "echo good") == (b"good",)
        own.rotate_host_key()
        mark = own.log.stat().st_size
        with pytest.raises(HostKeyChangedError, match="nothing was sent") as changed:
            await _run(pool, _linux(own, unreadable), "echo no")
        assert {before, own.fingerprint} <= set(str(changed.value).replace(";", " ").replace(". ", " ").split())
        own.known_hosts.write_text("", encoding="ascii")
        with pytest.raises(HostKeyUnknownError, match=own.fingerprint.replace("+", r"\+")):
            await _run(pool, _linux(own, unreadable), "echo no")
        said = own.log.read_bytes()[mark:]
        assert b"password" not in said
        assert b"publickey" not in said
        own.known_hosts.write_text(own.host_key_line, encoding="ascii")
        assert await _run(pool, _linux(own, login), "echo good again") == (b"good again",)
        with pytest.raises(SecretError, match="absent"):
            await _run(pool, _linux(own, unreadable), "echo no")
        await pool.close()


def test_netmiko_alone_takes_any_host_key(sshd: Sshd) -> None:
    with ConnectHandler(
        device_type="linux", host=sshd.address, port=sshd.port, username="watcher", password=PASSWORD
    ) as session:  # the hazard that the strict login is for
        assert session.send_command("echo taken") == "taken"


async def test_a_wrong_password_is_tried_once(sshd: Sshd, pool: CliPool, tmp_path: Path) -> None:
    wrong = make_credential(tmp_path, "ssh-password", "watcher", password="wrong-canary")
    mark = sshd.log.stat().st_size
    with pytest.raises(CredentialsRefusedError, match="test-login") as caught:
        await _run(pool, _linux(sshd, wrong), "echo no")
    assert sshd.log.read_bytes()[mark:].count(b"Failed password") == 1
    assert "canary" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.long
async def test_a_hanging_command_and_a_silent_device_end_at_the_deadline(pool: CliPool, sshd: Sshd, login: Credential) -> None:
    begun = CLOCK.monotonic()
    with pytest.raises(NoAnswerError):
        await _run(pool, _linux(sshd, login), "sleep 60", seconds=2.0)
    assert CLOCK.monotonic() - begun < 3
    with Sshd(passwords={"watcher": PASSWORD}, force_command="/usr/bin/sleep 60") as silent:
        own = CliPool(CLOCK, SecretReader({}), str(silent.known_hosts))
        with pytest.raises(NoAnswerError):
            await _run(own, _linux(silent, login), "echo no", seconds=1.0)
        await own.close()
    assert await _run(pool, _linux(sshd, login), "echo good") == (b"good",)


@pytest.mark.long
async def test_a_lost_session_and_a_flood_are_named(
    pool: CliPool, sshd: Sshd, login: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConnectionRefusedByDeviceError, match="the session was lost while 'exit'"):
        await _run(pool, _linux(sshd, login), "exit")
    monkeypatch.setattr("wenyam.links.cli.OUTPUT_LIMIT", 200_000)
    with pytest.raises(BudgetSpentError, match="200000 bytes"):
        await _run(pool, _linux(sshd, login), "yes")
    monkeypatch.undo()
    assert await _run(pool, _linux(sshd, login), "echo good") == (b"good",)


@pytest.mark.parametrize("platform", ["cisco_ios_telnet", "cisco_ios_serial", "no_such_thing", "generic_telnet"])
async def test_a_platform_without_host_keys_is_refused(pool: CliPool, sshd: Sshd, login: Credential, platform: str) -> None:
    with pytest.raises(CommandFailedError, match=f"no platform '{platform}' over SSH"):
        await _run(pool, _linux(sshd, login, platform), "show version")


@pytest.mark.parametrize("family", [family for family, found in FAMILIES.items() if found.platform])
def test_no_platform_of_a_family_can_enter_the_configuration_mode(family: str) -> None:
    session: Any = object.__new__(_reading(FAMILIES[family].platform))
    with pytest.raises(CommandFailedError, match="nothing is ever changed on a device"):
        session.config_mode()
    assert session._get_output_mode() == "standard"  # FortiOS's console is left as it is


class Device:
    """A switch as far as its words go: real OpenSSH, a script for the command line, files for what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.say(GOOD)
        (folder / "enable").write_text(ENABLE, encoding="ascii")
        script = folder / "cli"
        script.write_text(COMMAND_LINE.replace("{0}", str(folder)), encoding="ascii")
        script.chmod(0o755)
        self.sshd = Sshd(directory=folder / "sshd", passwords={"watcher": PASSWORD}, force_command=str(script))

    def say(self, text: str) -> None:
        (self.folder / "answer").write_text(text, encoding="utf-8")

    def page(self, *, on: bool) -> None:
        (self.folder / "pager").touch() if on else (self.folder / "pager").unlink()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(tmp_path)
    with made.sshd:
        yield made


@pytest_asyncio.fixture
async def workplace(device: Device, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = make_workplace(tmp_path, device.sshd)
    credential = make_credential(tmp_path, "ssh-password", "watcher", password=PASSWORD, enable=ENABLE)
    yield replace(made, credential=credential)
    await made.links.close()


def _source(device: Device, **options: Any) -> NetworkConfigSource:
    return NetworkConfigSource(NetworkConfigOptions(family="cisco_ios", port=device.sshd.port, **options))


async def test_the_privileged_mode_is_entered_with_its_own_secret(device: Device, workplace: Workplace, tmp_path: Path) -> None:
    text = (await workplace.links.cli.run(_cli(device, workplace), ["show running-config"], workplace.deadline))[0].decode()
    assert text.strip() == GOOD.strip()
    wrong = make_credential(tmp_path, "ssh-password", "watcher", password=PASSWORD, enable="wrong-canary")
    with pytest.raises(CredentialsRefusedError, match="'enable' of credential 'test-login'") as caught:
        await _source(device).dump(replace(workplace, credential=wrong))
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def _cli(device: Device, workplace: Workplace) -> CliDevice:
    assert workplace.credential is not None
    return CliDevice(device.sshd.address, device.sshd.port, workplace.credential, "cisco_ios")


FAULTS = {
    GOOD[: GOOD.index("interface Gi0/9")]: "does not end as a whole configuration does",
    GOOD.replace("interface Gi0/7", " --More-- \ninterface Gi0/7"): "line 29 is a pager's text: '--More--'",
    "% Invalid input detected at '^' marker.\n": "line 1 is an error of the device: '% Invalid input detected",
    GOOD.replace("!\nversion", "core-1#show clock\n!\nversion"): "line 4 is a prompt: 'core-1#show clock'",
    GOOD.replace("hostname core-1", "hostname core-1\x1b[1m"): "control characters",
    "": "the answer is empty",
    "hostname core-1\nend\n": "it has only 2 lines",
}


async def test_no_answer_that_fails_the_gate_replaces_the_last_good_copy(
    device: Device, workplace: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    source, state = _source(device), device.sshd.known_hosts.parent
    told = []
    with caplog.at_level(logging.DEBUG):
        await source.dump(workplace)
        good = copies(state, "job")
        for answer, words in FAULTS.items():
            device.say(answer)
            with pytest.raises(SourceError) as caught:
                await source.dump(workplace)
            assert words in str(caught.value)
            assert copies(state, "job") == good
            told.append("".join(traceback.format_exception(caught.value)))
        device.say(GOOD.replace("end\n", "ip route 10.0.0.0 255.0.0.0 10.1.1.1\nend\n"))
        dump = await source.dump(workplace)
    assert len(copies(state, "job")) == 2
    assert CANARY in (workplace.spool / CONFIGURATION).read_text(encoding="utf-8")
    shown = "".join(told) + caplog.text + str(dump) + "".join(path.read_text("utf-8") for path in (state / FOLDER).rglob("*.txt"))
    assert not [secret for secret in (CANARY, PASSWORD, ENABLE) if secret in shown]
    assert "ชั้น 7 ฅๅ" in shown


async def test_an_answer_that_ends_inside_a_line_is_told_and_not_shortened(device: Device, workplace: Workplace) -> None:
    device.say(GOOD[: GOOD.index("cription")])
    with pytest.raises(MalformedReplyError, match=r"the answer to 'show running-config' at .* ends inside a line"):
        await _source(device).dump(workplace)
    device.say(GOOD)
    await _source(device).dump(workplace)


@pytest.mark.long
async def test_a_device_that_really_pages_is_told_at_once(device: Device, workplace: Workplace) -> None:
    device.page(on=True)
    begun = CLOCK.monotonic()
    with pytest.raises(SourceError, match="is a pager's text: '--More--'"):
        await _source(device).dump(workplace)
    assert CLOCK.monotonic() - begun < 8
    assert copies(device.sshd.known_hosts.parent, "job") == ()
    device.page(on=False)
    await _source(device).dump(workplace)


async def test_a_configuration_that_shrank_too_far_is_refused_until_a_person_calls_it_right(
    device: Device, workplace: Workplace
) -> None:
    large = GOOD.replace("end\n", "".join(f"ip route 10.{number}.0.0 255.255.0.0 10.1.1.1\n" for number in range(200)) + "end\n")
    device.say(large)
    await _source(device).dump(workplace)
    device.say(GOOD)
    with pytest.raises(UnusualLinesError, match=r"the last good copy 2.*wenyam backup accept-size") as refused:
        await _source(device).dump(workplace)
    with pytest.raises(UnusualLinesError):
        await _source(device).dump(replace(workplace, accepted_lines=3 * refused.value.lines))
    await _source(device).dump(replace(workplace, accepted_lines=refused.value.lines))
    assert len(copies(device.sshd.known_hosts.parent, "job")) == 2


async def test_a_family_without_a_scratch_device_is_text_only_and_damage_is_still_a_failure(
    device: Device, workplace: Workplace, tmp_path: Path
) -> None:
    source = _source(device)
    dump = await source.dump(workplace)
    assert dump.manifest.parts["grade"] == {"configuration": "text only"}
    folder = tmp_path / "fetched" / workplace.spool.relative_to("/")
    folder.mkdir(parents=True)
    for path in dump.paths:
        (folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(NotTestedError, match="text only: what came back is whole, but no scratch device of family 'cisco_ios'"):
        async with source.restored(workplace, tmp_path / "fetched", dump.manifest):
            pass
    (folder / CONFIGURATION).write_text(GOOD.replace("Gi0/7", "Gi0/8"), encoding="utf-8")
    with pytest.raises(RestoreError, match="not what was read from the device"):
        async with source.restored(workplace, tmp_path / "fetched", dump.manifest):
            pass
    (folder / CONFIGURATION).unlink()
    with pytest.raises(RestoreError, match=r"lacks configuration\.txt"):
        async with source.restored(workplace, tmp_path / "fetched", dump.manifest):
            pass
