"""`wenyam run` at its defaults: a port closes, people hear of it in time and in their language, and take it by command line."""

import contextlib
import getpass
import io
import json
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wenyam.cli.alert import code_of_ssh
from wenyam.cli.main import main
from wenyam.errors import UsageError
from wenyam.testing.alerting import write_secret
from wenyam.testing.line_server import LineServer, line_id
from wenyam.testing.mail_server import MailServer
from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.sshd import Sshd
from wenyam.testing.watcher import POLL_SECONDS, RunningWatcher

pytestmark = pytest.mark.real

PROMISED_SECONDS = 20.0
LINE_USER = line_id("U", 7)
CONFIGURATION = """\
instance: {{name: end-to-end, site: head, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}, language: en}}
sites: {{head: {{label: {{th: สำนักงานใหญ่, en: Head office}}}}}}
people:
  anan: {{name: {{th: อนันต์ ใจดี, en: Anan Jaidee}}, mail: anan@example.org, line_id: {line_user}, os_user: {user}}}
defaults: {{owner: anan, duty_officer: anan}}
devices:
  erp-db: {{kind: server, address: 127.0.0.1, shared_address: true, alive: {{any_of: ["tcp:{port}"]}}}}
services:
  erp: {{label: {{th: ระบบ ERP, en: ERP}}, members: [erp-db]}}
channels:
  mail: {{kind: mail, sender: wenyam@example.org, language: th,
         relays: [{{host: 127.0.0.1, port: {mail}, security: none}}]}}
  line: {{kind: line, token: "{token}", url: "{line}", language: en}}
  hook: {{kind: webhook, url: "{hook}", language: en}}
"""


@dataclass
class World:
    """What is watched, who listens, and the command line."""

    place: Path
    door: socket.socket
    mail: MailServer
    line: LineServer
    hook: HttpReceiver

    def wenyam(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wenyam", "--config", str(self.place / "configuration"), "alert", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    def quickly(self, *words: str) -> tuple[int, str]:
        """Run a verb in this process; return exit code and what it printed."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                code = main(["--config", str(self.place / "configuration"), "alert", *words])
            except SystemExit as ended:
                code = int(ended.code or 0)
        return code, out.getvalue()

    def posts(self) -> list[dict[str, Any]]:
        return [heard.data for heard in self.hook.heard if heard.method == "POST"]

    def lines(self) -> list[str]:
        return ["".join(texts) for texts in self.line.received.get(LINE_USER, [])]

    def mails(self) -> list[tuple[str, str]]:
        return [(str(mailed.mail["Subject"]), mailed.text) for mailed in self.mail.mails]

    def counts(self) -> tuple[int, int, int]:
        return len(self.mails()), len(self.lines()), len(self.posts())


@pytest.mark.parametrize(
    ("wish", "code"), [("SC7X", "SC7X"), ("ack sc7x", "sc7x"), ("wenyam alert ack SC7X", "SC7X")], ids=["code", "ack", "whole"]
)
def test_the_last_word_of_what_is_asked_over_ssh_is_the_code(monkeypatch: pytest.MonkeyPatch, wish: str, code: str) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", wish)
    assert code_of_ssh() == code


@pytest.mark.parametrize("wish", ["", "rm -rf ; x", "$(id)", "SC7X; id", "SC7X --note", "../SC7X", "ลิฟต์", "SC7X\n/etc/passwd"])
def test_anything_else_asked_over_ssh_holds_no_code(monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", wish)
    with pytest.raises(UsageError, match="holds no code"):
        code_of_ssh()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "configuration"
    for directory in (folder, tmp_path / "state", tmp_path / "run"):
        directory.mkdir()
    token = write_secret(tmp_path / "line-token", "line-canary")
    with MailServer(security="none") as mail, LineServer("line-canary") as line, HttpReceiver() as hook:
        door = socket.create_server(("127.0.0.1", 0), backlog=256)
        text = CONFIGURATION.format(
            place=tmp_path, line_user=LINE_USER, user=getpass.getuser(), port=door.getsockname()[1], mail=mail.port,
            token=token, line=line.url.rstrip("/"), hook=hook.url,
        )  # fmt: skip
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        with contextlib.closing(door):
            yield World(tmp_path, door, mail, line, hook)


def waited(wanted: Callable[[], bool], seconds: float, what: str) -> float:
    begun = time.monotonic()
    while not wanted():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - begun


def test_a_port_that_closes_is_told_in_time_taken_by_command_line_and_told_again_when_it_is_back(world: World) -> None:
    port = world.door.getsockname()[1]
    with RunningWatcher(world.place / "configuration", world.place / "run", world.place / "log") as watcher:
        watcher.wait_state("device:erp-db", "up", 20)
        world.door.close()
        took = waited(lambda: min(world.counts()) >= 1, 2 * PROMISED_SECONDS, "all three have heard")
        assert took <= PROMISED_SECONDS
        code = heard_by_all(world)
        commands(world, code)
        before = world.counts()
        world.door = socket.create_server(("127.0.0.1", port), backlog=256)
        waited(lambda: all(now > then for now, then in zip(world.counts(), before, strict=True)), 20, "all three hear of the end")
        told_of_the_end(world, code)
        world.door.close()
    assert "canary" not in (world.place / "log").read_text(encoding="utf-8")


def heard_by_all(world: World) -> str:
    """Look at what each receiver got; return the code in it."""
    (alert,) = world.posts()[0]["alerts"]
    code = str(alert["annotations"]["code"])
    assert alert["annotations"]["title"] == "✖ DOWN erp-db · Head office"
    english = world.lines()[0]
    assert english.startswith("✖ DOWN erp-db · Head office\nSince ")
    assert "On duty: Anan Jaidee" in english
    assert "Services hurt: ERP" in english
    assert f"wenyam alert ack {code}" in english
    subject, thai = world.mails()[0]
    assert subject == f"✖ ใช้งานไม่ได้ erp-db · สำนักงานใหญ่ [{code}]"
    for words in ("ระบบ ERP", "อนันต์ ใจดี", f"wenyam alert ack {code}", "2569", "(2026-"):
        assert words in thai
    return code


def commands(world: World, code: str) -> None:
    """Take it, keep it quiet, try a channel, read what was sent."""
    wrong = world.wenyam("ack", "ZZZZ")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "ZZZZ" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    by_a_restricted_key(world, code)
    silenced, said = world.quickly("silence", "device:erp-db", "--for", "2h", "--reason", "new disk")
    name = said.partition(":")[0]
    assert silenced == 0
    listed = world.quickly("list", "--json")[1]
    assert json.loads(listed)
    assert code in listed
    assert name in listed
    shown = world.quickly("list")[1]
    assert code in shown
    assert "anan" in shown
    assert world.quickly("unsilence", name)[0] == 0
    assert world.quickly("unsilence", name)[0] == 2
    assert world.quickly("test", "hook")[0] == 0
    assert world.quickly("test", "hok")[0] == 2
    log = world.quickly("log")[1]
    assert "alert-delivered" in log
    assert code in log


def by_a_restricted_key(world: World, code: str) -> None:
    """Let a key with a `command=` line of a real sshd take the incident, and see that it can do nothing else."""
    with Sshd() as server:
        key = server.make_key("telephone")
        words = [sys.executable, "-m", "wenyam", "--config", str(world.place / "configuration"), "alert", "ack", "--from-ssh"]
        line = f'restrict,command="{shlex.join(words)}" {key.with_suffix(".pub").read_text(encoding="ascii")}'
        (server.directory / "authorized_keys").write_text(line, encoding="ascii")
        ssh = [
            "/usr/bin/ssh", "-F", "/dev/null", "-i", str(key), "-p", str(server.port), "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={server.known_hosts}", f"{server.username}@{server.address}",
        ]  # fmt: skip

        def asked(*command: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
            words = [*ssh[:-1], *options, ssh[-1], *command]
            return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)

        marker = world.place / "marker"
        refused = asked(f"{code}; touch {marker}")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "holds no code" in refused.stderr
        forwarded = asked(code, options=["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"])
        assert forwarded.returncode == 255, "a restricted key forwards no port"
        assert not marker.exists()
        taken = asked("ack", code.lower())
        assert (taken.returncode, taken.stderr) == (0, "")
        assert "taken by anan" in taken.stdout


def told_of_the_end(world: World, code: str) -> None:
    assert world.posts()[-1]["status"] == "resolved"
    assert world.posts()[-1]["alerts"][0]["annotations"]["code"] == code
    assert world.lines()[-1].startswith("✔ recovered erp-db · Head office")
    assert world.mails()[-1][0] == f"✔ กลับมาใช้งานได้ erp-db · สำนักงานใหญ่ [{code}]"
