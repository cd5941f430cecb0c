"""The collector `cli` over real OpenSSH, with devices behind it that play transcripts made by hand."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from pathlib import Path

import pytest

from wenyam.collectors import cli_reading
from wenyam.collectors.cli import CliCollector, CliOptions
from wenyam.collectors.contract import Context, Target
from wenyam.errors import (
    MalformedReplyError,
)
from wenyam.model.inventory import Credential
from wenyam.model.samples import Reading
from wenyam.testing.cases import written
from wenyam.testing.cli_device import CliDevice
from wenyam.testing.cli_transcripts import Case, cases
from wenyam.testing.collecting import make_context, make_credential, make_links
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
HERE = Target("device-1", "127.0.0.1")
CASES = {case.family: case for case in cases(Path(__file__).parents[1] / "cases" / "cli")}
PASSWORD = "l0gin-canary"
ACCOUNTS = {"watcher": PASSWORD, "watcher+ct511w4098h": PASSWORD}
"""RouterOS takes options behind the name, and netmiko writes some there."""
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


@pytest.fixture
def login(tmp_path: Path) -> Credential:
    return make_credential(tmp_path, "ssh-password", "watcher", password=PASSWORD)


def _collector(server: Sshd, family: str, **options: object) -> CliCollector:
    return CliCollector(CliOptions.model_validate({"family": family, "port": server.port, **options}))


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


async def test_a_line_that_keeps_a_pattern_busy_for_ever_costs_only_its_own_command(
    place: Path, login: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_reading, "CPU_SECONDS", 0.5)  # this pattern is busy for 1 to 5 s, by machine
    case = CASES["cisco_nxos"]
    played = Played(place / "device", case, login)
    command = "show interface status"
    with played.device.sshd:
        played.device.say(command, f"{case.good[command]}Eth1/9{' ' * 590}x\n")
        reading, ticks = await _while_ticking(played.read())
        assert [failure.reason.value for failure in reading.failures] == ["budget"], reading.failures
        assert f"the answer to '{command}' could not be read within 0.5 s of a processor" in reading.failures[0].sentence
        names = {family.name for family in reading.families}
        assert names >= {"cpu_utilization_ratio", "fan_status"}
        assert "interface_oper_status" not in names
        assert ticks > 5  # everything else went on meanwhile
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
