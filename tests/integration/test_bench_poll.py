"""`scripts/bench poll` on a few devices and a few seconds: it runs, its counts are the agent's, its JSON has its shape."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wenyam.clock import SystemClock
from wenyam.links.pools import Links
from wenyam.links.snmp import Endpoint
from wenyam.settings.secrets import SecretReader
from wenyam.testing.bench import rival
from wenyam.testing.bench.collecting import credential
from wenyam.testing.bench.devices import DEVICES, SYSTEM_NAME, SYSTEM_UPTIME
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.programs import AgentProgram
from wenyam.testing.bench.stages import ALONE, EVERYTHING, LEARNING, LOOKS, READS, REST, RIVAL
from wenyam.testing.ports import free_port

pytestmark = pytest.mark.real
ENVIRONMENT = {"COMMUNITY": "public", "AUTHENTICATION": "authentication-canary", "PRIVACY": "privacy-canary-key"}
STAGE_KEYS = {
    "stage", "seconds", "varbinds", "requests", "cpu", "agent_cpu", "own_count", "resident", "others",
    "microseconds_per_varbind", "microseconds_per_value", "ratio_to_snmp_exporter", "varbinds_per_request",
}  # fmt: skip


def plan(folder: Path, version: Any, letter: str = "B") -> Plan:
    return Plan(letter, 3, 1.0, version, 1.0, free_port(""), folder)


@pytest.mark.parametrize("version", ["2c", "3"])
async def test_the_agent_answers_from_the_address_asked_and_counts_what_it_answers(tmp_path: Path, version: str) -> None:
    run = plan(tmp_path, version)
    agent = AgentProgram(run)
    agent.start()
    links = Links(SystemClock(), SecretReader(ENVIRONMENT), "")
    try:
        for address in ("127.50.0.1", "127.50.3.7"):
            asked, answered, _, _ = agent.counters.read()
            deadline = links.clock.monotonic() + 5.0
            async with await links.snmp.session(Endpoint(address, run.port, version), credential(version), deadline) as session:
                values = await session.get([SYSTEM_NAME, SYSTEM_UPTIME])
                column = await session.walk(DEVICES["B"].columns[0].oid)
            assert values[SYSTEM_NAME] == b"bench-b"
            assert len(column.values) == DEVICES["B"].interfaces
            assert column.partial is None
            now_asked, now_answered, _, _ = agent.counters.read()
            assert now_asked - asked >= 2
            assert now_answered - answered >= 2 + len(column.values)
    finally:
        await links.close()
        agent.remove()


def test_the_agent_is_deaf_to_a_wrong_community(tmp_path: Path) -> None:
    run = plan(tmp_path, "2c")
    agent = AgentProgram(run)
    agent.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.5)
            asker.sendto(bytes.fromhex("302602010104066e6f626f6479a019020101020100020100300e300c06082b060102010103000500"),
                         ("127.50.0.1", run.port))  # fmt: skip
            with pytest.raises(TimeoutError):
                asker.recv(100)
        assert agent.counters.read()[:2] == (0, 0)
    finally:
        agent.remove()


@pytest.mark.parametrize(("letter", "values"), [("A", 291), ("B", 99)])
def test_the_devices_are_as_large_as_the_figures_say(letter: str, values: int) -> None:
    device = DEVICES[letter]
    assert device.values == values
    assert len(device.tree().names) == device.interfaces * (len(device.columns) + 1) + 4


@pytest.mark.long
def test_a_short_run_counts_what_the_agent_counts_and_prints_its_shape(tmp_path: Path) -> None:
    devices, seconds, factor = 6, 4.0, 30.0  # a factor of 30: a poll every 2 s, so that 4 s are two rounds
    words = [
        "poll",
        "--devices",
        str(devices),
        "--seconds",
        str(seconds),
        "--factor",
        str(factor),
        "--device",
        "B",
        "--settle",
        "0",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "wenyam.testing.bench", *words, "--json", "--keep", str(tmp_path)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == (0 if rival.is_installed() else 3), done.stderr
    data = json.loads(done.stdout)
    assert data["version"] == 1
    assert set(data["machine"]) == {"cpu", "cores", "kernel", "python", "snmp_exporter"}
    assert data["run"]["factor"] == factor
    stages = {stage["stage"]: stage for stage in data["stages"]}
    expected = {EVERYTHING, READS, LOOKS, REST, LEARNING, ALONE}
    assert set(stages) == (expected | {RIVAL} if rival.is_installed() else expected)
    assert all(set(stage) == STAGE_KEYS for stage in stages.values())
    counts_agree(stages, devices * 99)
    assert stages[LEARNING]["own_count"] >= devices
    assert data["exposition"]["alive"] == data["exposition"]["read"] == devices
    assert data["exposition"]["series"] > devices * 99


def counts_agree(stages: dict[str, Any], a_round: int) -> None:
    """Compare what was read with what the agent counted: two rounds, give or take what was under way at the edges."""
    alone = stages[ALONE]
    poll = a_round / 6
    learnt = 3  # a walk that learns rows afresh reads more than a poll; at worst every device learns in these seconds
    assert (alone["own_count"] - 1) * poll <= alone["varbinds"] <= (alone["own_count"] + 1) * poll * learnt
    for stage in (EVERYTHING, READS):
        assert 1.8 * a_round <= stages[stage]["varbinds"] <= 2.2 * a_round * learnt
    for stage in (LOOKS, REST):
        assert stages[stage]["varbinds"] == 0
    for stage in stages.values():
        assert stage["cpu"] > 0


def test_questions_are_asked_of_a_real_history_and_answered() -> None:
    words = ["ask", "--subjects", "20", "--changes", "400", "--series", "2000", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "wenyam.testing.bench", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["size"] == {"subjects": 20, "changes": 400, "series": 2000}
    answers = {question["question"]: question["answer"] for question in data["questions"]}
    assert answers["writing the history"] == "400 changes"
    assert answers["status, stored states, first"] == "20 states"
    assert answers["availability of 90 days, first"].startswith("23 lines")
    assert answers["/metrics, every value new"].startswith("1728 series")
    assert all(set(question) == {"question", "wall", "cpu", "answer"} for question in data["questions"])
