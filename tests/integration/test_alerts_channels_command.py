"""The command channel with real programs: delivered, put off, refused, hung, killed, not to be trusted."""

import json
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.command import CommandNotifier, CommandOptions
from wenyam.testing.alerting import HOSTILE, KEY, make_item, make_message, make_person, make_surroundings

pytestmark = pytest.mark.real


def program(folder: Path, lines: str, mode: int = 0o755) -> str:
    path = folder / "notify"
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(mode)
    return str(path)


def channel(*command: str, **options: Any) -> CommandNotifier:
    given = {"command": list(command), "timeout": "5s", **options}
    return CommandNotifier(CommandOptions.model_validate(given), make_surroundings())


async def test_the_message_is_json_on_the_standard_input_and_nowhere_else(tmp_path: Path) -> None:
    path = program(tmp_path, f'cat > {tmp_path}/heard; echo "$@" > {tmp_path}/words; echo "queued as 17"')
    delivery = await channel(path, "--gateway", "sms 1").send(make_message(), [make_person("anong", mail="a@example.org")], KEY)
    heard = json.loads((tmp_path / "heard").read_text(encoding="utf-8"))
    assert (heard["version"], heard["key"], heard["event"], heard["severity"]) == (1, KEY, "opened", "critical")
    assert (heard["title"], heard["body"]) == ("DOWN core-1, head office", "since 12:00\nfirst step: ping")
    assert heard["items"][0] == {
        "code": "W7K2",
        "subject": "device:core-1",
        "state": "down",
        "severity": "critical",
        "site": "head-office",
        "since": "2026-10-14T17:46:40.000Z",
        "ended": None,
        "summary": "no answer to icmp",
        "value": 3.0,
        "limit": 2.5,
        "others": 4,
    }
    assert [person["mail"] for person in heard["people"]] == ["a@example.org"]
    assert (tmp_path / "words").read_text(encoding="utf-8") == "--gateway sms 1\n"
    assert delivery.detail == "queued as 17"


@pytest.mark.parametrize(
    ("lines", "lasting", "words"),
    [
        ("echo 'the modem is busy' >&2; exit 75", False, "status 75: the modem is busy"),
        ("printf '\\n\\033[31mno such number\\nsecond line\\n' >&2; exit 1", True, "status 1: no such number"),
        ("exit 2", True, "status 2"),
        ("kill -9 $$", False, "signal 9"),
        ("sleep 30", False, "did not end within"),
        ("head -c 200000 /dev/zero; exit 0", False, "wrote more than its limit"),
    ],
    ids=["busy", "refused", "silent", "killed", "hung", "flood"],
)
async def test_an_end_lasts_or_passes(tmp_path: Path, lines: str, words: str, *, lasting: bool) -> None:
    sender = channel(program(tmp_path, lines), timeout="0.5s")
    with pytest.raises(NotifyError, match=words) as failed:
        await sender.send(make_message(), [], KEY)
    assert failed.value.lasting is lasting
    assert "second" not in str(failed.value)
    program(tmp_path, "exit 0")
    assert (await sender.send(make_message(), [], KEY)).detail == f"{tmp_path}/notify took it"


async def test_a_program_that_others_may_change_is_not_started(tmp_path: Path) -> None:
    path = program(tmp_path, f"touch {tmp_path}/started", 0o777)
    for verb in ("send", "probe"):
        with pytest.raises(NotifyError, match="others may write") as failed:
            await (channel(path).probe() if verb == "probe" else channel(path).send(make_message(), [], KEY))
        assert failed.value.lasting
    assert not (tmp_path / "started").exists()
    program(tmp_path, "exit 0")
    assert "may be started" in await channel(path).probe()


async def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotifyError, match="no such file") as failed:
        await channel(f"{tmp_path}/nothing").send(make_message(), [], KEY)
    assert failed.value.lasting


async def test_a_program_that_reads_nothing_has_taken_it(tmp_path: Path) -> None:
    long = make_message(body="\n".join(["x" * 900] * 20))
    await channel(program(tmp_path, "exit 0")).send(long, [], KEY)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_arrives_as_harmless_values(tmp_path: Path, name: str) -> None:
    said = HOSTILE[name]
    path = program(tmp_path, f"cat > {tmp_path}/heard")
    await channel(path).send(make_message(said, f"first\n{said}\nlast", items=(make_item(said, summary=said),)), [], KEY)
    written = (tmp_path / "heard").read_text(encoding="utf-8")
    assert all(letter.isprintable() or letter == "\n" for letter in written)
    heard = json.loads(written)
    assert (heard["body"].split("\n")[0], heard["body"].split("\n")[-1]) == ("first", "last")
    assert "\n" not in heard["title"] + heard["items"][0]["subject"] + heard["items"][0]["summary"]
