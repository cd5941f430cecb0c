"""Programs and plug-ins: real ones, and every way in which one can misbehave."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from wenyam.collectors.contract import Target
from wenyam.collectors.plugin import PluginCollector, PluginOptions
from wenyam.errors import BudgetSpentError, CommandFailedError, NoAnswerError
from wenyam.links.pools import Links
from wenyam.links.programs import run_program, trusted_program
from wenyam.model.samples import Reading
from wenyam.testing.collecting import make_context, value

pytestmark = pytest.mark.real
HERE = Target("server-1", "127.0.0.1")


def _script(folder: Path, body: str, mode: int = 0o700) -> str:
    path = folder / "check_it"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(mode)
    return str(path)


async def _collect(links: Links, *command: str, seconds: float = 10.0) -> Reading:
    return await PluginCollector(PluginOptions(command=command)).collect(HERE, make_context(links, seconds))


async def test_a_real_plug_in_brings_state_text_and_data(links: Links) -> None:
    reading = await _collect(
        links, "/usr/lib/nagios/plugins/check_ping", "-H", "{address}", "-w", "100,50%", "-c", "200,90%", "-p", "1"
    )
    assert value(reading, "plugin_state", {"plugin": "check_ping"}) == 0
    assert value(reading, "plugin_value", {"plugin": "check_ping", "metric": "pl"}) == 0
    assert reading.facts["plugin_text"].startswith("PING OK")


@pytest.mark.parametrize("state", [0, 1, 2, 3])
async def test_each_verdict_is_a_reading(links: Links, state: int) -> None:
    reading = await _collect(links, "/usr/lib/nagios/plugins/check_dummy", str(state), "words")
    assert value(reading, "plugin_state", {"plugin": "check_dummy"}) == state


async def test_arguments_reach_the_plug_in_as_they_are(links: Links, tmp_path: Path) -> None:
    script = _script(tmp_path, 'printf "%s/" "$@"')
    reading = await _collect(links, script, "a b", "$(id)", "; rm", "{device}", "ไทย")
    assert reading.facts["plugin_text"] == "a b/$(id)/; rm/server-1/ไทย/"


async def test_a_hanging_plug_in_is_killed_with_all_it_started(links: Links, tmp_path: Path) -> None:
    pid_file = tmp_path / "child"
    script = _script(tmp_path, f'sleep 300 & echo $! > "{pid_file}"; wait')
    begun = time.monotonic()
    with pytest.raises(NoAnswerError, match="was killed"):
        await _collect(links, script, seconds=0.7)
    assert time.monotonic() - begun < 3
    child = int(pid_file.read_text(encoding="ascii"))
    await _until_gone(child)


def _is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


async def _until_gone(process: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if _is_gone(process):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"process {process} is still there")


async def test_a_child_that_outlives_its_plug_in_is_killed_too(links: Links, tmp_path: Path) -> None:
    pid_file = tmp_path / "child"
    script = _script(tmp_path, f'sleep 300 >/dev/null 2>&1 & echo $! > "{pid_file}"; echo OK')
    assert (await _collect(links, script)).facts["plugin_text"] == "OK"
    await _until_gone(int(pid_file.read_text(encoding="ascii")))


async def test_a_flood_of_output_is_cut_off(links: Links, tmp_path: Path) -> None:
    with pytest.raises(BudgetSpentError, match="more than its limit"):
        await _collect(links, _script(tmp_path, "yes"))


async def test_garbage_in_the_data_is_a_partial_reading(links: Links, tmp_path: Path) -> None:
    script = _script(tmp_path, "printf 'OK | good=1 rubbish \\033[31m=x\\n'; exit 0")
    reading = await _collect(links, script)
    assert value(reading, "plugin_value", {"plugin": "check_it", "metric": "good"}) == 1
    assert reading.refused == {"plugin_value": 1}
    assert not reading.complete


async def test_hostile_text_is_cleaned(links: Links, tmp_path: Path) -> None:
    reading = await _collect(links, _script(tmp_path, "printf 'OK \\033[31mred\\007 [/]\\342\\200\\256'"))
    assert reading.facts["plugin_text"] == "OK red [/]"


@pytest.mark.parametrize(("body", "words"), [("exit 127", "status 127"), ("kill -9 $$", "signal 9"), ("exit 64", "status 64")])
async def test_an_end_that_is_no_verdict_is_an_error(links: Links, tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(CommandFailedError, match=words):
        await _collect(links, _script(tmp_path, body))


async def test_a_plug_in_that_others_could_change_is_not_started(links: Links, tmp_path: Path) -> None:
    script = _script(tmp_path, f"touch {tmp_path}/ran", mode=0o777)
    with pytest.raises(CommandFailedError, match="others may write"):
        await _collect(links, script)
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    inside = _script(folder, f"touch {tmp_path}/ran")
    with pytest.raises(CommandFailedError, match="others may write"):
        await _collect(links, inside)
    link = tmp_path / "link"
    link.symlink_to(inside)
    with pytest.raises(CommandFailedError, match="others may write"):
        await _collect(links, str(link))
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
async def test_a_plug_in_of_another_user_is_not_started(links: Links, tmp_path: Path) -> None:
    script = _script(tmp_path, "exit 0")
    os.chown(script, 65534, 65534)
    with pytest.raises(CommandFailedError, match="belongs to another user"):
        await _collect(links, script)


async def test_a_missing_or_unstartable_plug_in_is_named(links: Links, tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="no such file"):
        await _collect(links, str(tmp_path / "absent"))
    plain = tmp_path / "plain"
    plain.write_text("text", encoding="ascii")
    plain.chmod(0o600)
    with pytest.raises(CommandFailedError, match="is no program"):
        await _collect(links, str(plain))
    plain.chmod(0o700)
    with pytest.raises(CommandFailedError, match="exec format error"):
        await _collect(links, str(plain))


async def test_a_program_sees_a_clean_environment_and_its_input() -> None:
    os.environ["WENYAM_CANARY"] = "canary"
    try:
        done = await run_program(["/usr/bin/env"], timeout=10, environment={"EXTRA": "1"})
        echoed = await run_program(["/usr/bin/cat"], timeout=10, input=b"given")
        ignored = await run_program(["/usr/bin/true"], timeout=10, input=b"x" * 1_000_000)
    finally:
        del os.environ["WENYAM_CANARY"]
    assert b"canary" not in done.stdout
    assert {b"LC_ALL=C", b"EXTRA=1"} <= set(done.stdout.splitlines())
    assert echoed.stdout == b"given"
    assert ignored.exit_status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_a_program_can_be_started_as_another_account() -> None:
    done = await run_program(["/usr/bin/id", "-u"], timeout=10, user="nobody")
    assert done.stdout == b"65534\n"


def test_a_relative_path_is_never_searched_for() -> None:
    with pytest.raises(CommandFailedError, match="must be absolute"):
        trusted_program("ls")
