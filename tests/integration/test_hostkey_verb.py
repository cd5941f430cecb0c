"""`wenyam hostkey` against real OpenSSH servers: shown, recorded, changed, replaced, and believed by the watcher's own link."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from wenyam.links.host_keys import with_key
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period
from wenyam.store.sqlite import open_reader
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real

EVER = Period(Instant(0), Instant(2**53))


class Site:
    """Two devices read over SSH, one of them by two readings, and one that is not."""

    def __init__(self, folder: Path, sshd: Sshd) -> None:
        self.sshd = sshd
        self.folder, self.state = folder / "etc", folder / "state"
        self.known_hosts = self.state / "known_hosts"
        self.folder.mkdir(mode=0o755)
        login = f"username: {sshd.username}, key: 'file:{sshd.client_key}'"
        lines = [
            f"instance: {{name: keys, site: here, state_directory: {self.state}, run_directory: {folder}/run}}",
            "sites: {here: }",
            f"people: {{anong: {{name: Anong, os_user: {_own_name()}}}}}",
            "defaults: {owner: anong, duty_officer: anong}",
            f"credentials: {{login: {{kind: ssh-key, {login}}}}}",
            "devices:",
            f"  web: {{kind: other, address: {sshd.address},",
            f"        reads: {{host: {{collector: ssh, credential: login, port: {sshd.port}}},",
            f"                machines: {{collector: virsh, credential: login, port: {sshd.port}}}}}}}",
            "  gone: {kind: other, address: 127.0.0.1, shared_address: true,",
            "         reads: {host: {collector: ssh, credential: login, port: 1}}}",
            "  plain: {kind: other, address: 127.0.0.2}",
        ]
        (self.folder / "wenyam.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "wenyam", "--config", str(self.folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def look(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = self.run("hostkey", "web", "--json", *words)
        assert done.stdout, done.stderr
        (row,) = json.loads(done.stdout)["keys"]
        return done.returncode, row

    def facts(self) -> list[ChainedFact]:
        reader = open_reader(self.state)
        try:
            assert reader.verify().problem == ""
            return reader.facts(EVER, "host-key-recorded")
        finally:
            reader.close()


def _own_name() -> str:
    login = Path("/proc/self/loginuid")
    user = int(login.read_text(encoding="ascii")) if login.exists() else 2**32 - 1
    return pwd.getpwuid(os.getuid() if user == 2**32 - 1 else user).pw_name


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Sshd() as sshd:
        yield Site(tmp_path, sshd)


@pytest.mark.long
def test_a_new_key_is_shown_and_recorded_only_when_accepted(site: Site) -> None:
    code, row = site.look()
    assert (code, row["state"], row["fingerprint"], row["names"]) == (3, "new", site.sshd.fingerprint, ["web"])
    assert not site.known_hosts.exists()
    assert "the device's console" in site.run("hostkey", "web").stderr
    code, row = site.look("--accept")
    assert (code, row["accepted"]) == (0, True)
    assert site.known_hosts.read_text(encoding="ascii") == site.sshd.host_key_line
    assert site.known_hosts.stat().st_mode & 0o007 == 0
    (fact,) = [chained.fact for chained in site.facts()]
    assert (fact.actor, fact.body["device"], fact.body["fingerprint"]) == ("anong", "web", site.sshd.fingerprint)
    assert site.look("--accept")[1]["accepted"] is False
    assert (site.look()[0], site.look()[1]["state"], len(site.facts())) == (0, "recorded", 1)
    assert json.loads(site.run("collect", "--device", "web", "--json").stdout.splitlines()[0])["errors"] == []


@pytest.mark.long
def test_a_changed_key_is_replaced_only_by_its_exact_fingerprint(site: Site) -> None:
    site.look("--accept")
    old, before = site.sshd.fingerprint, site.known_hosts.read_bytes()
    site.sshd.rotate_host_key()
    new = site.sshd.fingerprint
    code, row = site.look("--accept")
    assert (code, row["state"], row["fingerprint"], row["on_record"], row["accepted"]) == (1, "changed", new, [old], False)
    shown = site.run("hostkey", "web")
    assert ("CHANGED" in shown.stdout, new in shown.stdout, old in shown.stdout) == (True, True, True)
    assert "reinstalled device or somebody in between" in shown.stderr
    for wrong in (old, new[:-1], new.removeprefix("SHA256:"), ""):
        done = site.run("hostkey", "web", "--replace", wrong)
        assert done.returncode == 1
        assert "NotReplaced" not in done.stderr
        assert site.known_hosts.read_bytes() == before
    assert "The fingerprint is not the one the device shows" in site.run("hostkey", "web", "--replace", old).stderr
    assert site.look("--replace", new)[0] == 0
    assert site.known_hosts.read_text(encoding="ascii") == site.sshd.host_key_line
    assert [chained.fact.body["replaced"] for chained in site.facts()] == ["", old]
    assert site.look()[1]["state"] == "recorded"


def test_a_second_kind_of_key_is_no_change(site: Site) -> None:
    more = site.sshd.directory / "rsa_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(more)], check=True, capture_output=True)
    kind, key = more.with_suffix(".pub").read_text(encoding="ascii").split()[:2]
    site.state.mkdir(mode=0o2770)
    site.known_hosts.write_text(f"[{site.sshd.address}]:{site.sshd.port} {kind} {key}\n", encoding="ascii")
    site.sshd.stop()
    with (site.sshd.directory / "sshd_config").open("a", encoding="ascii") as file:
        file.write(f"HostKey {more}\n")
    site.sshd.start()
    assert (site.look()[0], site.look()[1]["state"]) == (0, "recorded")


def test_all_shows_every_server_once_and_goes_on_after_one_that_is_silent(site: Site) -> None:
    done = site.run("hostkey", "--all", "--accept", "--json")
    rows = {row["names"][0]: row for row in json.loads(done.stdout)["keys"]}
    assert done.returncode == 1
    assert {name: row["state"] for name, row in rows.items()} == {"web": "new", "gone": "silent"}
    assert rows["web"]["accepted"] is True
    assert "The device refused the connection" in rows["gone"]["problem"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("plain",), "'plain' is not read over SSH"),
        (("nobody",), "there is no host 'nobody' in "),
        (("--all", "--replace", "x"), "--replace is for one device"),
        ((), "one of the arguments DEVICE --all is required"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(site: Site, words: tuple[str, ...], sentence: str) -> None:
    done = site.run("hostkey", *words)
    assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr


def test_a_damaged_file_is_named_and_left(site: Site) -> None:
    site.state.mkdir(mode=0o2770)
    site.known_hosts.write_bytes(b"web ssh-ed25519 !!!!A\n")
    done = site.run("hostkey", "web", "--accept", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{site.known_hosts} has a line that holds no key: 'web ssh-ed25519 !!!!A'. Correct the file" in done.stderr
    assert site.known_hosts.read_bytes() == b"web ssh-ed25519 !!!!A\n"


def test_without_its_fact_no_key_is_recorded(site: Site) -> None:
    site.run("hostkey", "web", "--accept")
    site.known_hosts.unlink()
    (site.state / "wenyam.db").write_bytes(b"no database" * 1000)
    done = site.run("hostkey", "web", "--accept")
    assert (done.returncode, site.known_hosts.exists()) == (1, False)
    assert "wenyam.db" in done.stderr


def test_two_who_record_at_once_lose_nothing(tmp_path: Path) -> None:
    with Sshd() as first, Sshd() as second:
        site = Site(tmp_path, first)
        text = (site.folder / "wenyam.yaml").read_text(encoding="utf-8").replace("port: 1}", f"port: {second.port}}}")
        (site.folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        site.run("hostkey", "web", "--accept")
        site.known_hosts.unlink()
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda name: site.run("hostkey", name, "--accept"), ("web", "gone")))
        lines = site.known_hosts.read_text(encoding="ascii").splitlines(keepends=True)
        assert sorted(lines) == sorted([first.host_key_line, second.host_key_line])


def test_only_the_one_server_leaves_a_file_of_many(tmp_path: Path) -> None:
    hashed = subprocess.run(["ssh-keygen", "-H", "-f", str(_file(tmp_path))], check=False, capture_output=True)
    assert hashed.returncode == 0, hashed.stderr
    text = "# by hand\n10.0.0.1,{}[web]:2222 ssh-ed25519 OLD note\n@revoked web ssh-rsa BAD\nother ssh-ed25519 KEPT\n"
    hidden = (tmp_path / "hidden").read_text(encoding="ascii")
    assert hidden.startswith("|1|")
    left = text.format("") + "web ssh-ed25519 NEW\n"
    assert with_key(text.format("web,") + hidden, "web", 22, "web ssh-ed25519 NEW") == left
    assert hidden in with_key(hidden, "elsewhere", 22, "elsewhere ssh-ed25519 NEW")


def _file(folder: Path) -> Path:
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, capture_output=True)
    kind, public = key.with_suffix(".pub").read_text(encoding="ascii").split()[:2]
    (folder / "hidden").write_text(f"web {kind} {public}\n", encoding="ascii")
    os.utime(folder / "hidden")
    return folder / "hidden"
