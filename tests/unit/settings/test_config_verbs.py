"""`wenyam init` and `wenyam config`, started as a person would."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

EVERYTHING = Path(__file__).parents[2] / "cases" / "configuration-good" / "everything"
CANARY = "canary-9d4e"


def wenyam(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wenyam", *words],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def started(tmp_path: Path) -> Path:
    folder = tmp_path / "etc" / "wenyam"
    assert wenyam("init", str(folder)).returncode == 0
    return folder


def test_a_starter_is_good_as_it_stands_and_its_secrets_folder_is_closed(started: Path) -> None:
    done = wenyam("config", "check", str(started))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"{started}: good; 1 device, 0 links, 0 services, 0 readings, 0 checks; about 1 kept series needs 2.7 MiB\n"
    )
    assert stat.S_IMODE((started / "secrets").stat().st_mode) == 0o700


def test_a_starter_overwrites_nothing(started: Path) -> None:
    before = {path.name: path.read_bytes() for path in started.glob("*.yaml")}
    (started / "wenyam.yaml").unlink()
    done = wenyam("init", str(started))
    assert done.returncode == 2
    assert "devices.yaml would be overwritten" in done.stderr
    assert "wenyam.yaml" not in done.stderr
    del before["wenyam.yaml"]
    assert {path.name: path.read_bytes() for path in started.glob("*.yaml")} == before


def test_the_commented_examples_of_the_starter_are_good_too(started: Path) -> None:
    for path in started.glob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        examples = [uncommented(line) for line in lines]
        path.write_text("\n".join(examples) + "\n", encoding="utf-8")
    done = wenyam("config", "check", str(started), "--json")
    problems = [problem["sentence"] for problem in json.loads(done.stdout)["problems"]]
    assert problems == [], done.stdout
    assert json.loads(done.stdout)["counts"]["devices"] == 3


def uncommented(line: str) -> str:
    """Take the single # away, as the starter's first lines say."""
    return re.sub(r"^(\s*)# ", r"\1", line)


def test_the_check_counts_what_no_backup_job_covers(started: Path) -> None:
    (started / "more.yaml").write_text("devices:\n  app: {kind: vm, address: 192.0.2.1}\n", encoding="utf-8")
    done = wenyam("config", "check", str(started))
    assert done.returncode == 0
    assert done.stderr == "1 system is in no backup job; 'wenyam backup status' lists what is not covered\n"
    assert json.loads(wenyam("config", "check", "--json", str(started)).stdout)["counts"]["not_covered"] == 1


def test_problems_go_to_stdout_their_count_to_stderr(tmp_path: Path) -> None:
    (tmp_path / "wenyam.yaml").write_text("instance: {name: a, site: b, nmae: c}\n", encoding="utf-8")
    done = wenyam("config", "check", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "wenyam.yaml:1: instance.site: there is no site 'b'",
        "wenyam.yaml:1: instance: unknown key 'nmae'; did you mean 'name'?",
    ]
    assert done.stderr == f"2 problems in {tmp_path}\n"
    data = json.loads(wenyam("config", "check", "--json", str(tmp_path)).stdout)
    assert data["version"] == 1
    assert data["problems"][0] == {"file": "wenyam.yaml", "line": 1, "sentence": "instance.site: there is no site 'b'"}


def test_show_is_versioned_data_and_never_a_secret(started: Path) -> None:
    secret = started / "secrets" / "snmp-read"
    secret.write_text(CANARY, encoding="utf-8")
    secret.chmod(0o600)
    (started / "credentials.yaml").write_text(
        "credentials:\n"
        "  snmp-read: {kind: snmp-community, community: file:secrets/snmp-read}\n"
        "  shell: {kind: ssh-password, username: watch, password: env:SHELL_PASSWORD}\n"
        "devices:\n"
        "  core-1: {kind: switch, address: 192.0.2.1, credentials: {snmp: snmp-read}}\n",
        encoding="utf-8",
    )
    for words in (("show",), ("show", "--json"), ("check",), ("check", "--json")):
        done = wenyam("--config", str(started), "config", *words, SHELL_PASSWORD=CANARY)
        assert done.returncode == 0, done.stderr
        assert CANARY not in done.stdout + done.stderr
    data = json.loads(wenyam("--config", str(started), "config", "show", "--json").stdout)
    assert data["version"] == 1
    assert data["configuration"]["credentials"]["snmp-read"]["secrets"] == {"community": f"file:{secret}"}
    assert data["configuration"]["devices"]["core-1"]["reads"][0]["credential"] == "snmp-read"


def test_the_schema_is_printed_as_json() -> None:
    done = wenyam("config", "schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["title"] == "Wenyam configuration"


def test_config_without_an_action_is_a_usage_error() -> None:
    assert wenyam("config").returncode == 2
