"""`wenyam record` and `wenyam replay` with a real agent of net-snmp: no canary survives, the replay reads as the agent."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.cli import main
from wenyam.testing.snmpd import Snmpd

pytestmark = pytest.mark.real

COMMUNITY = "CanaryCommunity7"
CANARIES = (COMMUNITY, "canary-host-9", "CANARYSERIAL77", "Canary Street", "canary@example.go.th", "203.0.113.77")
SETTINGS = (
    "sysName canary-host-9",
    "sysLocation 12 Canary Street",
    "sysContact Somebody <canary@example.go.th>",
    "sysDescr Linux canary-host-9 6.1.0-test x86_64",
    "override 1.3.6.1.2.1.47.1.1.1.1.5.1 integer 3",
    'override 1.3.6.1.2.1.47.1.1.1.1.11.1 octet_str "CANARYSERIAL77"',
    'override 1.3.6.1.4.1.99999.1.1.0 octet_str "CANARYSERIAL77 on canary-host-9 at 203.0.113.77"',
    "override 1.3.6.1.4.1.99999.1.2.0 integer 42",
)
STEADY = (
    "memory_total_bytes",
    "filesystem_size_bytes",
    "interface_admin_status",
    "interface_speed_bytes_per_second",
    "swap_total_bytes",
)


@pytest.fixture(scope="module")
def agent() -> Iterator[Snmpd]:
    with Snmpd(community=COMMUNITY, settings=SETTINGS) as running:
        yield running


def secret(folder: Path, community: str) -> str:
    path = folder / "community"
    path.write_text(community)
    path.chmod(0o600)
    return str(path)


def collected(port: int, community_file: str, capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    main.main(["collect", "--host", "127.0.0.1", "--port", str(port), "--community-file", community_file, "--json"])
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["profile"] == "linux"
    return {name: sorted(each["value"] for each in outcome["samples"] if each["name"] == name) for name in STEADY}


def test_a_recording_holds_no_canary_and_its_replay_reads_as_the_agent_did(
    agent: Snmpd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    community, output = secret(tmp_path, COMMUNITY), tmp_path / "made.snmprec"
    words = ["record", agent.address, "--port", str(agent.port), "--community-file", community, "--output", str(output)]
    assert main.main([*words, "--kept"]) == 0
    said = capsys.readouterr()
    recording = output.read_text(encoding="ascii")
    octets = b" ".join(bytes.fromhex(value) for value in re.findall(r"\|(?:4|68)x\|([0-9a-f]+)", recording)).decode("latin-1")
    for canary in CANARIES:
        for place in (recording, octets, said.out, said.err):
            assert canary.lower() not in place.lower()
        assert ".".join(str(byte) for byte in canary.encode()) not in recording
    assert "1.3.6.1.4.1.99999.1.2.0|2|42" in recording
    assert "\n1.3.6.1.6.3" not in recording
    assert re.search(r"replaced \d+ names and texts", said.out)
    assert output.stat().st_mode & 0o777 == 0o600
    before = collected(agent.port, community, capsys)
    assert before["memory_total_bytes"]
    command = [sys.executable, "-m", "wenyam", "replay", str(output), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as playing:
        try:
            assert playing.stdout is not None
            port = int(playing.stdout.readline().partition(" port ")[2].partition(",")[0])
            assert collected(port, secret(tmp_path, "public"), capsys) == before
        finally:
            playing.send_signal(signal.SIGINT)
            try:
                ended = playing.wait(30)
            finally:
                playing.kill()  # or leaving the block would wait for ever
        assert ended == main.INTERRUPTED


def test_a_walk_cut_short_is_written_and_told(agent: Snmpd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "short.snmprec"
    words = ["record", agent.address, "--port", str(agent.port), "--community-file", secret(tmp_path, COMMUNITY)]
    assert main.main([*words, "--output", str(output), "--maximum-rows", "50", "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["values"] == 50
    assert "more than 50 rows" in said["errors"][0]
    assert main.main([*words, "--output", str(output)]) == 2
    assert "exists" in capsys.readouterr().err


def test_a_silent_agent_and_a_wrong_file_are_sentences(agent: Snmpd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "none.snmprec"
    words = ["record", agent.address, "--port", str(agent.port), "--community-file", secret(tmp_path, "wrong")]
    assert main.main([*words, "--timeout", "1", "--output", str(output)]) == 1
    assert "did not answer" in capsys.readouterr().err
    assert not output.exists()
    (tmp_path / "empty").write_text("nothing\n")
    assert main.main(["replay", str(tmp_path / "empty")]) == 2
    assert main.main(["replay", str(tmp_path / "absent")]) == 2
    assert main.main(["replay", str(tmp_path / "empty"), "--address", "0.0.0.0"]) == 2
    assert "is not an address of this machine alone" in capsys.readouterr().err
