"""The collector `cli` over real OpenSSH: a real FRR, this Linux, and devices that play transcripts made by hand."""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import ValidationError

from wenyam.collectors.cli import CliCollector, CliOptions
from wenyam.collectors.contract import Context, Target
from wenyam.errors import (
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    HostKeyChangedError,
    HostKeyUnknownError,
    MalformedReplyError,
    NoAnswerError,
    SecretError,
)
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading
from wenyam.testing.cases import written
from wenyam.testing.cli_device import CliDevice
from wenyam.testing.cli_transcripts import Case, cases
from wenyam.testing.collecting import make_context, make_credential, make_links, value
from wenyam.testing.frr import FrrRouter
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
HERE = Target("device-1", "127.0.0.1")
CASES = {case.family: case for case in cases(Path(__file__).parents[1] / "cases" / "cli")}
PASSWORD = "l0gin-canary"
ACCOUNTS = {"watcher": PASSWORD, "watcher+ct511w4098h": PASSWORD}
"""RouterOS takes options behind the name, and netmiko writes some there."""
INTERFACES = 300
ROUTER = "frr defaults traditional\nhostname edge-1\nservice integrated-vtysh-config\n!\n" + "".join(
    f"interface lan{number}\n description to floor ชั้น {number} ฅๅ\nexit\n!\n" for number in range(INTERFACES)
)
OF_THE_DRIVERS = {
    "set cli scripting-mode on": "mode on\n",
    "set cli screen-width 511": "Screen width set to 511\n",
    "set cli complete-on-space off": "Disabling complete-on-space\n",
    "set cli screen-length 0": "Screen length set to 0\n",
    "get system status | grep Virtual": "Virtual domain configuration: disable\n",
    "get system status | grep Version": "Version: FortiGate-100F v7.0.12\n",
}
"""What netmiko asks while it logs in, and must be answered."""


@pytest.fixture
def place() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="wy-"))
    root.chmod(0o711)
    yield root
    shutil.rmtree(root)


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


class Played:
    """A device that plays a family's transcripts, and the means to read it."""

    def __init__(self, folder: Path, case: Case, login: Credential) -> None:
        self.device = CliDevice(folder, case.transcripts.prompt, OF_THE_DRIVERS | case.good, ACCOUNTS)
        self.links = make_links(self.device.sshd.known_hosts)
        self.case, self.login = case, login

    def context(self, seconds: float = 40) -> Context:
        return make_context(self.links, seconds, self.login)

    async def read(self, context: Context | None = None, **options: object) -> Reading:
        collector = _collector(self.device.sshd, self.case.family, **options)
        return await collector.collect(HERE, context or self.context())


def _without_evidence(reading: Reading) -> str:
    return "".join(
        line for line in written(reading).splitlines(keepends=True) if not line.startswith(("fact evidence", "fact profile"))
    )


@pytest.mark.long
@pytest.mark.parametrize("family", CASES)
async def test_every_family_s_session_reads_good_answers_and_takes_nothing_from_cut_ones(
    family: str, place: Path, login: Credential
) -> None:
    played = Played(place / "device", CASES[family], login)
    with played.device.sshd:
        reading = await played.read()
        assert _without_evidence(reading) == CASES[family].expected.read_text(encoding="utf-8")
        cut = {command: transcript.cut_answer for command, transcript in CASES[family].transcripts.commands.items()}
        logging_in = {"show system info"} if family == "paloalto" else set()  # its session asks this itself, to the end
        for command in cut.keys() - logging_in:
            played.device.say(command, cut[command])
        if logging_in:
            reading = await played.read()
            assert [failure.reason.value for failure in reading.failures] == ["malformed"]
            assert not [each for each in reading.families if each.name.startswith("interface_")]
        else:
            with pytest.raises(MalformedReplyError, match="ends inside a line"):
                await played.read()
        for command, answer in CASES[family].good.items():
            played.device.say(command, answer)
        assert (await played.read()).complete
    await played.links.close()


async def test_an_answer_without_a_prompt_gives_nothing_and_is_asked_last_the_next_time(place: Path, login: Credential) -> None:
    case = CASES["cisco_ios"]
    played = Played(place / "device", case, login)
    with played.device.sshd:
        command = "show processes cpu"
        played.device.say(command, case.transcripts.commands[command].cut_answer, silent=True)
        context = played.context(seconds=8)
        reading = await played.read(context)
        sentences = [failure.sentence for failure in reading.failures]
        assert "'show processes cpu': no prompt came back" in sentences[0] or "within" in sentences[0]
        assert [sentence for sentence in sentences if "'show interface description' was not asked any more" in sentence]
        assert reading.facts["serial"] == "FOC0000A1B2"
        assert {family.name for family in reading.families} == {"system_info", "system_uptime_seconds"}
        again = make_context(played.links, 8, login)
        again.memory = context.memory
        later = {family.name for family in (await played.read(again)).families}
        assert later >= {"memory_total_bytes", "temperature_celsius", "power_supply_status", "interface_oper_status"}
        assert "cpu_utilization_ratio" not in later
        played.device.say(command, case.good[command])
        assert (await played.read()).failures == ()
    await played.links.close()


async def test_a_model_without_a_command_is_told_once_and_read_whole_without_it(place: Path, login: Credential) -> None:
    case = CASES["cisco_ios"]
    played = Played(place / "device", case, login)
    command = "show environment power all"
    with played.device.sshd:
        played.device.say(command, case.transcripts.commands[command].error)
        reading = await played.read()
        assert [command in failure.sentence and "'without'" in failure.sentence for failure in reading.failures] == [True]
        assert (await played.read(without=[command])).complete
        assert command not in played.device.heard[-8:]
    await played.links.close()


async def test_a_line_that_keeps_a_pattern_busy_for_ever_costs_only_its_own_command(place: Path, login: Credential) -> None:
    case = CASES["cisco_nxos"]
    played = Played(place / "device", case, login)
    command = "show interface status"
    with played.device.sshd:
        played.device.say(command, f"{case.good[command]}Eth1/9{' ' * 590}x\n")
        reading, ticks = await _while_ticking(played.read())
        assert [failure.reason.value for failure in reading.failures] == ["budget"], reading.failures
        assert f"the answer to '{command}' could not be read within 3 s of a processor" in reading.failures[0].sentence
        names = {family.name for family in reading.families}
        assert names >= {"cpu_utilization_ratio", "fan_status"}
        assert "interface_oper_status" not in names
        assert ticks > 20  # everything else went on meanwhile
        played.device.say(command, case.good[command])
        assert (await played.read()).complete
    await played.links.close()


async def _while_ticking(work: Coroutine[None, None, Reading]) -> tuple[Reading, int]:
    """Return a reading, and how often something else had its turn meanwhile."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.05)
            ticks += 1

    ticking = asyncio.create_task(tick())
    try:
        reading = await work
        return reading, ticks
    finally:
        ticking.cancel()


async def test_two_readings_of_one_device_log_in_one_after_the_other(place: Path, login: Credential) -> None:
    played = Played(place / "device", CASES["frr"], login)
    with played.device.sshd:
        first, second = await asyncio.gather(played.read(), played.read())
        assert first.families == second.families
        heard = played.device.heard
        half = len(heard) // 2
        assert heard[:half] == heard[half:]
    await played.links.close()


async def test_hostile_text_arrives_clean(place: Path, login: Credential) -> None:
    played = Played(place / "device", CASES["frr"], login)
    with played.device.sshd:
        command = "show interface description"
        hostile = "lan0 up up \x1b]0;owned\x07\x1b[31mrtr[/]\x1b[0m \u202eevil {{x}} =cmd|'/c'\n"
        played.device.say(command, "Interface Status Protocol Description\n" + hostile)
        reading = await played.read()
    await played.links.close()
    assert next(labels for family in reading.families for labels in family.labels) == (
        ("interface", "lan0"),
        ("alias", "rtr[/] evil {{x}} =cmd|'/c'"),
    )


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
