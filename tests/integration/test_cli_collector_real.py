"""The collector `cli` over real OpenSSH: a real FRR, and this Linux."""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import ValidationError

from wenyam.collectors.cli import CliCollector, CliOptions
from wenyam.collectors.contract import Target
from wenyam.errors import (
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    HostKeyChangedError,
    HostKeyUnknownError,
    NoAnswerError,
    SecretError,
)
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading
from wenyam.testing.collecting import make_context, make_credential, make_links, value
from wenyam.testing.frr import FrrRouter
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
HERE = Target("device-1", "127.0.0.1")
PASSWORD = "l0gin-canary"
INTERFACES = 300
ROUTER = "frr defaults traditional\nhostname edge-1\nservice integrated-vtysh-config\n!\n" + "".join(
    f"interface lan{number}\n description to floor ชั้น {number} ฅๅ\nexit\n!\n" for number in range(INTERFACES)
)


@pytest.fixture(scope="module")
def router() -> Iterator[FrrRouter]:
    root = Path(tempfile.mkdtemp(prefix="wy-"))
    root.chmod(0o711)
    with FrrRouter(root / "router", ROUTER, {"watcher": PASSWORD}) as running:
        yield running
    shutil.rmtree(root)


@pytest_asyncio.fixture
async def links(router: FrrRouter) -> AsyncIterator[Links]:
    made = make_links(router.sshd.known_hosts)
    yield made
    await made.close()


@pytest.fixture
def login(tmp_path: Path) -> Credential:
    return make_credential(tmp_path, "ssh-password", "watcher", password=PASSWORD)


def _collector(server: Sshd, family: str, **options: object) -> CliCollector:
    return CliCollector(CliOptions.model_validate({"family": family, "port": server.port, **options}))


async def _from_router(router: FrrRouter, links: Links, login: Credential, family: str = "frr", seconds: float = 20) -> Reading:
    return await _collector(router.sshd, family).collect(HERE, make_context(links, seconds, login))


async def test_every_interface_of_a_real_router_is_read_by_password_and_by_key(
    router: FrrRouter, links: Links, login: Credential
) -> None:
    reading = await _from_router(router, links, login)
    assert reading.complete
    assert reading.facts == {"profile": "frr", "evidence": "proven on FRR 8.4"}
    states = {family.name: family for family in reading.families}
    assert len(states["interface_oper_status"].values) == INTERFACES + 1
    labels = {"interface": "lan7", "alias": "to floor ชั้น 7 ฅๅ"}
    assert value(reading, "interface_oper_status", labels) == 2
    assert value(reading, "interface_admin_status", labels) == 1
    key = Credential(
        "key", "ssh-key", {"username": router.sshd.username}, {"key": SecretReference("file", str(router.sshd.client_key))}
    )
    assert (await _from_router(router, links, key)).families == reading.families


async def test_a_real_router_of_another_family_gives_sentences_and_no_sample(
    router: FrrRouter, links: Links, login: Credential
) -> None:
    with pytest.raises(CollectError, match="the answer to 'show version'"):  # FRR prints how it was built in one long line
        await _from_router(router, links, login, family="cisco_ios")
    asked = ("show version", "show environment temperature", "show environment power all", "show interface description")
    with pytest.raises(CommandFailedError, match="not understood or not allowed: '% Unknown command: show processes cpu'"):
        await _collector(router.sshd, "cisco_ios", without=asked).collect(HERE, make_context(links, 20, login))
    assert (await _from_router(router, links, login)).complete


async def test_a_real_router_that_shows_less_to_this_account_gives_no_sample(
    router: FrrRouter, links: Links, login: Credential, tmp_path: Path
) -> None:
    shell = router.home.parent / "login"
    whole = shell.read_text(encoding="utf-8")
    shell.write_text(whole.replace("exec vtysh\n", "exec vtysh -u\n"), encoding="utf-8")
    with pytest.raises(CommandFailedError, match="not understood or not allowed: '% Can't find interface description'"):
        await _from_router(router, links, login)
    more = make_credential(tmp_path, "ssh-password", "watcher", password=PASSWORD, enable="en4ble-canary")
    with pytest.raises(CredentialsRefusedError, match="the 'enable' of credential 'test-login'"):
        await _from_router(router, links, more)
    shell.write_text(whole, encoding="utf-8")
    assert (await _from_router(router, links, more)).complete


async def test_a_real_router_whose_pager_cannot_be_switched_off_is_told(
    router: FrrRouter, links: Links, login: Credential
) -> None:
    shell = router.home.parent / "login"
    whole = shell.read_text(encoding="utf-8")
    paged = "VTYSH_PAGER='/usr/bin/more -20'; export VTYSH_PAGER; exec vtysh\n"
    shell.write_text(whole.replace("exec vtysh\n", paged), encoding="utf-8")
    with pytest.raises(NoAnswerError):
        await _from_router(router, links, login, seconds=4)
    shell.write_text(whole, encoding="utf-8")
    assert (await _from_router(router, links, login)).complete


async def test_a_changed_or_unknown_host_key_stops_the_reading(router: FrrRouter, links: Links, login: Credential) -> None:
    router.sshd.rotate_host_key()
    with pytest.raises(HostKeyChangedError, match=r"on record is SHA256:"):
        await _from_router(router, links, login)
    router.sshd.known_hosts.write_text("", encoding="ascii")
    with pytest.raises(HostKeyUnknownError):
        await _from_router(router, links, login)
    router.sshd.known_hosts.write_text(router.sshd.host_key_line, encoding="ascii")
    assert (await _from_router(router, links, login)).complete


async def test_a_probe_waits_for_the_greeting_and_logs_in_nowhere(router: FrrRouter, links: Links) -> None:
    mark = router.sshd.log.stat().st_size
    assert await _collector(router.sshd, "frr").probe(HERE, make_context(links)) >= 0
    assert b"Accepted" not in router.sshd.log.read_bytes()[mark:]
    with pytest.raises(SecretError, match="cli needs a credential"):
        await _collector(router.sshd, "frr").collect(HERE, make_context(links))
    with pytest.raises(ConnectionRefusedByDeviceError):
        await CliCollector(CliOptions(family="frr", port=1)).probe(HERE, make_context(links))


async def test_the_interfaces_of_this_machine_are_read_as_the_kernel_names_them(login: Credential) -> None:
    with Sshd(passwords={"watcher": PASSWORD}, force_command="/usr/bin/env PS1='srv-1$ ' /bin/sh -i") as host:
        links = make_links(host.known_hosts)
        collector = _collector(host, "linux", without=["dmidecode -t system"])
        reading = await collector.collect(HERE, make_context(links, 20, login))
        await links.close()
    families = {family.name: family for family in reading.families}
    read = {dict(labels)["interface"] for labels in families["interface_oper_status"].labels}
    assert read == {path.name for path in Path("/sys/class/net").iterdir() if path.is_dir()}  # noqa: ASYNC240  # one look
    assert families["interface_admin_status"].values[0] in (1, 2)


async def test_the_command_line_shows_what_was_read_and_its_evidence(
    router: FrrRouter, login: Credential, tmp_path: Path
) -> None:
    secret, state = login.secrets["password"].location, router.sshd.known_hosts.parent
    lines = [
        f"instance: {{name: reads, site: here, state_directory: {state}, run_directory: {tmp_path}/run}}",
        "sites: {here: }",
        "people: {anong: {name: Anong}}",
        "defaults: {owner: anong, duty_officer: anong}",
        f"credentials: {{login: {{kind: ssh-password, username: watcher, password: 'file:{secret}'}}}}",
        "devices:",
        "  edge-1: {kind: other, address: 127.0.0.1, shared_address: true, credentials: {cli: login},",
        f"           reads: {{screen: {{collector: cli, family: frr, port: {router.sshd.port}}}}}}}",
    ]
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "wenyam.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table, answer = await _shown(tmp_path / "etc"), json.loads(await _shown(tmp_path / "etc", "--json"))
    assert "evidence: proven on FRR 8.4" in table
    assert 'interface_oper_status{interface="lan7",alias="to floor ชั้น 7 ฅๅ"} 2' in table
    assert (answer["profile"], answer["complete"], answer["errors"]) == ("frr", True, [])
    assert {"lan7", "lo"} < {sample["labels"]["interface"] for sample in answer["samples"]}
    assert PASSWORD not in table


async def _shown(configuration: Path, *words: str) -> str:
    command = [sys.executable, "-m", "wenyam", "--config", str(configuration), "collect", "--device", "edge-1", *words]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False, timeout=60)
    assert PASSWORD not in done.stderr
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def test_options_say_what_there_is() -> None:
    for options, words in (
        ({"family": "cisco"}, "'cisco' is no family that can be read; there are cisco_ios"),
        (
            {"family": "frr", "without": ["show version"]},
            "'show version' is not asked of frr; asked are show interface description",
        ),
        ({"family": "frr", "without": ["show interface description"]}, "'without' leaves no command"),
        ({"family": "frr", "commands": ["reload"]}, "Extra inputs"),
    ):
        with pytest.raises(ValidationError, match=words):
            CliOptions.model_validate(options)
