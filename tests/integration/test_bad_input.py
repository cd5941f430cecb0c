"""What people and machines get wrong, put to the real programs: the sentence, the exit code, and nothing lost or overwritten."""

import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.testing.ports import free_port
from wenyam.testing.snmpd import Snmpd, SnmpdUser
from wenyam.testing.sshd import Sshd
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

RETRY = "tries are spaced out so that the account is not locked"
WITHOUT_RIGHTS = [
    "/usr/bin/setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]
"""Root that must keep to modes and owners, as everybody else."""

CONFIGURATION = """\
instance:
  name: bad
  site: here
  state_directory: {folder}/state
  run_directory: {folder}/run
  ballast: 1MiB
  exporter: {{listen: "127.0.0.1:{exporter}"}}
sites: {{here: }}
people: {{anong: {{name: Anong}}}}
defaults: {{owner: anong, duty_officer: anong}}
"""

Done = subprocess.CompletedProcess[str]


class Site:
    """A configuration folder and what is kept beside it."""

    def __init__(self, folder: Path) -> None:
        self.place, self.folder, self.state = folder, folder / "etc", folder / "state"
        self.database = self.state / "wenyam.db"
        self.exporter = free_port()
        self.folder.mkdir(mode=0o755)
        self.write(CONFIGURATION.format(folder=folder, exporter=self.exporter))

    def write(self, text: str, name: str = "wenyam.yaml") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def secret(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.place / name
        path.touch(0o600)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "wenyam", "--config", str(self.folder), *words]

    def run(self, *words: str, rights: bool = True) -> Done:
        before = [] if rights or os.geteuid() != 0 else WITHOUT_RIGHTS
        done = subprocess.run([*before, *self.command(*words)], capture_output=True, text=True, check=False, timeout=60)
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def start_once(self) -> None:
        """Let a watcher make the database and stop cleanly."""
        with self.watcher():
            pass
        assert not (self.state / "wenyam.db-wal").exists()

    def watcher(self) -> RunningWatcher:
        return RunningWatcher(self.folder, self.place / "run", self.place / "log")


def prints(folder: Path) -> dict[str, str]:
    """Return a hash of every file below, locks and heartbeat left out."""
    passing = {"daemon.lock", "jobs.lock", "write.lock", "heartbeat"}
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in passing
    }


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="module")
def agent() -> Iterator[Snmpd]:
    users = (SnmpdUser("watch", "sha256", "right-authentication", "aes128", "right-privacy"),)
    with Snmpd(users=users) as running:
        yield running


def expect(done: Done, code: int, *sentences: str) -> None:
    """Demand an exit code and the parts of what was said; what is an error is said once."""
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    for sentence in sentences:
        assert sentence in said


def over_snmp(site: Site, agent: Snmpd, *words: str, port: int | None = None, host: str | None = None, seconds: int = 5) -> Done:
    reached = ("--host", host or agent.address, "--port", str(port or agent.port), "--timeout", str(seconds))
    return site.run("collect", *reached, "--json", *words)


def test_an_unknown_host(site: Site, agent: Snmpd) -> None:
    community = site.secret("community", "public")
    done = over_snmp(site, agent, "--community-file", str(community), host="no.such.host.invalid")
    expect(done, 1, "The name could not be resolved: 'no.such.host.invalid'. Use an IP address in the inventory")


def test_a_closed_port(site: Site, agent: Snmpd) -> None:
    community = site.secret("community", "public")
    done = over_snmp(site, agent, "--community-file", str(community), port=1)
    expect(
        done, 1, "The device refused the connection: nothing listens at 127.0.0.1:1", "Is the service running and the port right?"
    )


def test_reading_the_profiles_takes_longer_than_a_device_has_and_is_not_its_time(site: Site, agent: Snmpd) -> None:
    done = over_snmp(site, agent, "--community-file", str(site.secret("community", "public")), port=1, seconds=1)
    expect(done, 1, "nothing listens at 127.0.0.1:1")


@pytest.mark.long
def test_a_wrong_community_and_then_the_right_one(site: Site, agent: Snmpd) -> None:
    done = over_snmp(site, agent, "--community-file", str(site.secret("wrong", "not-the-community")))
    expect(done, 1, f"{agent.address}:{agent.port} did not answer SNMP v2c in time (a wrong community looks the same)")
    assert "not-the-community" not in done.stdout + done.stderr
    done = over_snmp(site, agent, "--community-file", str(site.secret("right", agent.community)))
    assert json.loads(done.stdout)["samples"]


RIGHT = ("watch", "right-authentication", "right-privacy")


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        (("watch", "wrong-authentication", "right-privacy"), "wrong authentication key or protocol for user 'watch'"),
        (
            ("watch", "right-authentication", "wrong-privacy"),
            "it answers discovery but not user 'watch' (authPriv): wrong key or protocol",
        ),
        (("nobody", "right-authentication", "right-privacy"), "the agent does not know user 'nobody'"),
        (RIGHT, ""),
    ],
)
def test_a_wrong_v3_key(site: Site, agent: Snmpd, login: tuple[str, str, str], sentence: str) -> None:
    keys = [site.secret(f"key-{number}", text) for number, text in enumerate(login[1:])]
    site.write(
        "credentials:\n"
        f"  login: {{kind: snmp-v3, username: {login[0]}, authentication: sha256, authentication_key: 'file:{keys[0]}',\n"
        f"          privacy: aes128, privacy_key: 'file:{keys[1]}'}}\n",
        "credentials.yaml",
    )
    done = over_snmp(site, agent, "--snmp-version", "3", "--credential", "login")
    if login == RIGHT:
        assert json.loads(done.stdout)["samples"]
        return
    expect(done, 1, f"The device refused the credentials: {agent.address}:{agent.port}: {sentence}. ", RETRY)
    assert not any(secret in done.stdout + done.stderr for secret in login[1:])


def over_ssh(site: Site, server: Sshd, key: Path) -> Done:
    site.write(
        f"credentials: {{login: {{kind: ssh-key, username: {server.username}, key: 'file:{key}'}}}}\n"
        f"devices: {{host: {{kind: other, address: {server.address}, "
        f"reads: {{host: {{collector: ssh, port: {server.port}, credential: login}}}}}}}}\n",
        "devices.yaml",
    )
    site.state.mkdir(mode=0o2770, exist_ok=True)
    if not (site.state / "known_hosts").exists():
        shutil.copy(server.known_hosts, site.state / "known_hosts")
    return site.run("collect", "--device", "host", "--json", rights=False)


@pytest.mark.long
def test_a_changed_host_key(site: Site) -> None:
    with Sshd() as server:
        assert json.loads(over_ssh(site, server, server.client_key).stdout)["samples"]
        old, before = server.fingerprint, prints(site.state)
        server.rotate_host_key()
        done = over_ssh(site, server, server.client_key)
        expect(
            done, 1, "The SSH host key is not the one on record; nothing was sent", f"showed ssh-ed25519 {server.fingerprint}",
            f"on record is {old}", "wenyam hostkey DEVICE --replace FINGERPRINT",
        )  # fmt: skip
        assert prints(site.state) == before


@pytest.mark.long
def test_a_key_file_that_is_absent_closed_open_to_others_or_no_key(site: Site) -> None:
    with Sshd() as server:
        absent = site.place / "absent"
        expect(
            over_ssh(site, server, absent),
            1,
            f"A secret could not be read: file:{absent}: No such file or directory. Put the secret",
        )
        closed = site.secret("closed", server.client_key.read_text(encoding="ascii"), 0o000)
        if os.geteuid() == 0:
            os.chown(closed, 65534, 65534)
        expect(
            over_ssh(site, server, closed), 1, f"file:{closed}: Permission denied. Put the secret there, readable for the account"
        )
        wide = site.secret("wide", server.client_key.read_text(encoding="ascii"), 0o640)
        expect(over_ssh(site, server, wide), 1, f"file:{wide}: mode 0640 lets others read it. Run: chmod 0600 {wide}")
        rubbish = site.secret("rubbish", "no key at all")
        expect(over_ssh(site, server, rubbish), 1, f"credential 'login': the key {rubbish} cannot be read")
        wide.chmod(0o600)
        assert json.loads(over_ssh(site, server, wide).stdout)["samples"]


def test_a_port_that_is_taken(site: Site) -> None:
    site.start_once()
    before = prints(site.state)
    with socket.socket() as other:
        other.bind(("127.0.0.1", site.exporter))
        other.listen()
        done = site.run("run")
    expect(
        done, 1, f"wenyam run: The address to listen on is taken by another program: 127.0.0.1:{site.exporter}. "
        "Choose another port under exporter.listen.",
    )  # fmt: skip
    assert prints(site.state).keys() == before.keys()  # a clean stop: no log of the database is left
    site.start_once()


@pytest.mark.parametrize("trouble", ["file", "other", "long", "closed"])
def test_a_run_directory_that_will_not_do(site: Site, trouble: str) -> None:
    site.start_once()
    before, run = prints(site.state), site.place / "run"
    if trouble == "file":
        run.rmdir()
        run.write_text("mine", encoding="ascii")
        sentence = f"{run}: there is a file of this name"
    elif trouble == "long":
        text = (site.folder / "wenyam.yaml").read_text(encoding="utf-8")
        site.write(text.replace(f"run_directory: {run}", f"run_directory: {run}/{'x' * 100}"))
        sentence = "a socket's path at most 107"
    elif trouble == "closed":
        run.chmod(0o500)
        if os.geteuid() == 0:
            os.chown(run, 65534, 65534)
        sentence = f"{run}/control.sock: Permission denied"
    with socket.socket(socket.AF_UNIX) as other:
        if trouble == "other":
            other.bind(str(run / "control.sock"))
            other.listen()
            sentence = f"another program listens on {run}/control.sock"
        done = site.run("run", rights=False)
    expect(done, 1, "wenyam run: The control socket cannot be opened: ", sentence, "Correct instance.run_directory")
    assert prints(site.state).keys() == before.keys()
    for name in ("daemon.lock", "write.lock"):
        assert subprocess.run(["flock", "-n", str(site.state / name), "true"], check=False).returncode == 0


def test_a_second_watcher(site: Site) -> None:
    with site.watcher() as first:
        done = site.run("run")
        expect(
            done, 1, "wenyam run: Another Wenyam is already watching with this state directory: "
            f"{site.state}/daemon.lock is held by process {first.pid}. Stop it first, or use another state_directory.",
        )  # fmt: skip
        assert first.states() is not None
        assert site.run("audit", "verify").stdout.startswith("whole: ")


DATABASE_TROUBLE = {
    "newer": "The database was written by a newer Wenyam and was left untouched: {path} has schema 99, this program knows ",
    "corrupt": "The database is damaged and was left untouched: {path}: ",
    "no database": "The database is damaged and was left untouched: {path}: file is not a database",
    "another program's": "{path} is a database of another program and was left untouched",
    "another instance's": "{path} is the history of 'bad', not of 'other'",
}


def spoil(site: Site, how: str) -> None:
    content = site.database.read_bytes()
    if how == "newer":
        with closing(sqlite3.connect(site.database)) as connection:
            connection.execute("PRAGMA user_version = 99")
    elif how == "corrupt":
        site.database.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    elif how == "no database":
        site.database.write_bytes(b"Dear Wenyam, this is a letter.\n" * 500)
    elif how == "another program's":
        site.database.unlink()
        with closing(sqlite3.connect(site.database)) as connection:
            connection.executescript("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);")
    else:
        text = (site.folder / "wenyam.yaml").read_text(encoding="utf-8")
        site.write(text.replace("name: bad", "name: other"))


@pytest.mark.long
@pytest.mark.parametrize("how", DATABASE_TROUBLE)
def test_a_database_that_cannot_be_used_is_left_as_it_is(site: Site, how: str) -> None:
    site.write("devices: {box: {kind: other, address: 127.0.0.1}}\n", "devices.yaml")
    site.start_once()
    spoil(site, how)
    before = prints(site.state)
    sentence = DATABASE_TROUBLE[how].format(path=site.database)
    done = site.run("run")
    expect(done, 1, "wenyam run: ", sentence)
    assert done.stderr.count(str(site.database)) <= 2
    expect(site.run("jobs", "run", "retention"), 1, sentence)
    if how != "another instance's":
        expect(site.run("status"), 1, sentence)
        expect(site.run("check", "box"), 3, "UNKNOWN - ", sentence)
        expect(site.run("db", "info"), 1, sentence)
        expect(site.run("audit", "verify"), 1, sentence)
        expect(site.run("availability"), 1, sentence)
    assert prints(site.state) == before


def test_a_state_directory_that_may_not_be_written(site: Site) -> None:
    site.start_once()
    before = prints(site.state)
    site.state.chmod(0o555)
    if os.geteuid() == 0:
        os.chown(site.state, 65534, 65534)
        for path in site.state.iterdir():
            if path.is_file():
                path.chmod(0o444)
                os.chown(path, 65534, 65534)
    done = site.run("run", rights=False)
    expect(done, 1, "wenyam run: ", str(site.state), "Permission denied")
    expect(site.run("status", rights=False), 1)
    expect(site.run("audit", "verify", rights=False), 0, "whole: ")
    if os.geteuid() == 0:
        os.chown(site.state, 0, 0)
    site.state.chmod(0o2770)
    assert prints(site.state) == before


def test_a_state_directory_that_may_not_be_looked_into(site: Site) -> None:
    site.start_once()
    site.state.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(site.state, 65534, 65534)
    else:
        site.state.chmod(0)
    for words in (
        ("status",),
        ("backup", "status"),
        ("dr", "list"),
        ("audit", "verify"),
        ("report", "month"),
        ("incident", "list"),
    ):
        expect(site.run(*words, rights=False), 1, "wenyam.db: Permission denied. Are you in the group that may read it?")
    expect(site.run("oncall", rights=False), 0, "is not in it: ", "Are you in the group that may read it?")
    expect(site.run("check", "box", rights=False), 3)
    if os.geteuid() == 0:
        os.chown(site.state, 0, 0)
    site.state.chmod(0o2770)


def test_a_state_directory_that_cannot_be_made(site: Site) -> None:
    site.place.joinpath("state").write_text("a file", encoding="ascii")
    done = site.run("run")
    expect(done, 1, f"{site.state}", "Not a directory")
    assert site.state.read_text(encoding="ascii") == "a file"
    site.state.unlink()
    text = (site.folder / "wenyam.yaml").read_text(encoding="utf-8")
    site.write(text.replace(f"{site.place}/state", f"{site.place}/none/state"))
    expect(
        site.run("run"),
        1,
        f"cannot make the state directory {site.place}/none/state: No such file or directory. Correct instance",
    )


READERS = (
    ("run",),
    ("status",),
    ("config", "check"),
    ("collect", "--device", "box"),
    ("db", "info"),
    ("audit", "verify"),
    ("jobs", "list"),
)


@pytest.mark.long
@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_configuration_that_is_absent_or_broken(site: Site, words: tuple[str, ...]) -> None:
    site.write("devices:\n  box: {kind: switchh, adress: 10.0.0.1}\n  bad: [unclosed\n", "devices.yaml")
    expect(site.run(*words), 2, "devices.yaml:3: is not YAML: ")
    site.write("devices:\n  box: {kind: switchh, adress: 10.0.0.1}\n", "devices.yaml")
    expect(site.run(*words), 2, "devices.yaml:2: ", "adress", "did you mean 'address'?")
    (site.folder / "wenyam.yaml").unlink()
    expect(site.run(*words), 2, f"there is no wenyam.yaml in {site.folder}; 'wenyam init {site.folder}' writes one")
    shutil.rmtree(site.folder)
    expect(site.run(*words), 2, f"there is no folder {site.folder}")
    assert not site.state.exists()


def test_check_says_unknown_where_the_others_fail(site: Site) -> None:
    shutil.rmtree(site.folder)
    expect(site.run("check", "box"), 3, "UNKNOWN - The configuration has problems", f"there is no folder {site.folder}")
