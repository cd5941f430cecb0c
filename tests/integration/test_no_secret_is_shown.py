"""A canary in every kind of credential, read rightly and wrongly, is found nowhere: output, log, socket, metrics, files."""

import base64
import http.server
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from wenyam.links.control import ask
from wenyam.testing.databases import Postgres
from wenyam.testing.ports import free_port
from wenyam.testing.snmpd import Snmpd, SnmpdUser
from wenyam.testing.sshd import Sshd
from wenyam.testing.watcher import Rows, RunningWatcher

pytestmark = pytest.mark.real

ENVIRONMENT = "WENYAM_TEST_PASSWORD"
DEADLINE = 60.0


class Echo(http.server.BaseHTTPRequestHandler):
    """Lets nobody in but the right login, and says back in every place whatever it was told."""

    admitted: frozenset[str] = frozenset()

    def do_GET(self) -> None:
        said = self.headers.get("Authorization", "")
        secret = said.partition(" ")[2]
        self.send_response(200 if said in self.admitted else 401, f"You said {secret}")
        self.send_header("Server", secret)
        self.send_header("WWW-Authenticate", f'Basic realm="{secret}"')
        self.end_headers()
        self.wfile.write(f"You said {said}, that is {base64.b64decode(secret + '==')!r}".encode())

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # as the library names it
        """Say nothing."""


@dataclass
class World:
    """Servers, a configuration that reads each of them rightly and wrongly, and every secret in it."""

    place: Path
    secrets: dict[str, str] = field(default_factory=dict)
    credentials: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    exporter: int = 0

    def canary(self, name: str) -> str:
        return self.secrets.setdefault(name, f"canary-{name}-d41d8cd98f")

    def file(self, name: str, text: str | None = None) -> str:
        path = self.place / "etc/secrets" / name
        path.touch(0o600)
        path.write_text(self.canary(name) if text is None else text, encoding="utf-8")
        return f'"file:{path}"'

    def device(self, name: str, address: str, credential: str, read: str) -> None:
        self.credentials.append(f"  {name}: {{{credential}}}")
        reads = f"reads: {{job: {{{read}, credential: {name}, interval: 8s, timeout: 8s}}}}"
        self.devices.append(f"  {name}: {{kind: other, address: {address}, shared_address: true, {reads}}}")

    def write(self) -> None:
        self.exporter = free_port()
        lines = [
            f"instance: {{name: canary, site: here, state_directory: {self.place}/state, run_directory: {self.place}/run,",
            f'           exporter: {{listen: "127.0.0.1:{self.exporter}"}}}}',
            "sites: {here: }",
            "people: {anong: {name: Anong}}",
            "defaults: {owner: anong, duty_officer: anong}",
            "credentials:",
            *self.credentials,
            "devices:",
            *self.devices,
        ]
        (self.place / "etc/wenyam.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def names(self) -> list[str]:
        return [line.strip().partition(":")[0] for line in self.devices]

    def run(self, *words: str) -> bytes:
        environment = os.environ | {ENVIRONMENT: self.secrets["basic"]}
        command = [sys.executable, "-m", "wenyam", "--config", str(self.place / "etc"), *words]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120, env=environment)
        assert b"Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def needles(self) -> dict[str, bytes]:
        """Return every form in which a secret could be seen."""
        found = {}
        for name, secret in self.secrets.items():
            found[name] = secret.encode()
            found[f"{name} in base64"] = base64.b64encode(secret.encode())[:-3]
            found[f"{name} as a login in base64"] = base64.b64encode(f"watcher:{secret}".encode())[:-3]
            found[f"{name} in hexadecimal"] = secret.encode().hex().encode()
        return found

    def assert_unseen(self, where: str, content: bytes) -> None:
        """Demand that no secret is in it; the content itself is not printed."""
        assert [name for name, needle in self.needles().items() if needle in content] == [], where


def snmp(world: World, stack: ExitStack) -> None:
    user = SnmpdUser("watcher", "sha256", world.canary("authentication"), "aes128", world.canary("privacy"))
    agent = stack.enter_context(Snmpd(community=world.canary("community"), users=(user,)))
    for name in ("community", "wrong-community"):
        world.device(
            name, agent.address, f"kind: snmp-community, community: {world.file(name)}", f"collector: snmp, port: {agent.port}"
        )
    for name, keys in (
        ("v3", ("authentication", "privacy")),
        ("wrong-v3-authentication", ("other-authentication", "privacy")),
        ("wrong-v3-privacy", ("authentication", "other-privacy")),
    ):
        login = (
            f"kind: snmp-v3, username: watcher, authentication: sha256, authentication_key: {world.file(keys[0])}, "
            f"privacy: aes128, privacy_key: {world.file(keys[1])}"
        )
        world.device(name, agent.address, login, f'collector: snmp, version: "3", port: {agent.port}')


def ssh(world: World, stack: ExitStack) -> None:
    server = stack.enter_context(Sshd(passwords={"watcher": world.canary("password")}))
    key = server.make_key("encrypted", world.canary("passphrase"))
    server.authorise(key)
    private = world.file("private-key", key.read_text(encoding="ascii"))
    world.secrets["private-key"] = key.read_text(encoding="ascii").splitlines()[3]
    read = f"collector: ssh, port: {server.port}"
    for name in ("password", "wrong-password"):
        world.device(name, server.address, f"kind: ssh-password, username: watcher, password: {world.file(name)}", read)
    for name in ("passphrase", "wrong-passphrase"):
        login = f"kind: ssh-key, username: {server.username}, key: {private}, passphrase: {world.file(name)}"
        world.device(name, server.address, login, read)


def sql(world: World, stack: ExitStack) -> None:
    server = stack.enter_context(Postgres(password=world.canary("database")))
    for name in ("database", "wrong-database"):
        login = f"kind: sql, username: {server.superuser}, password: {world.file(name)}"
        world.device(name, server.address, login, f"collector: sql, engine: postgresql, database: postgres, port: {server.port}")


def web(world: World, stack: ExitStack) -> None:
    basic = base64.b64encode(f"watcher:{world.canary('basic')}".encode()).decode()
    Echo.admitted = frozenset({f"Basic {basic}"})
    server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    for name, password in (("basic", f'"env:{ENVIRONMENT}"'), ("wrong-basic", world.file("wrong-basic"))):
        login = f"kind: http-basic, username: watcher, password: {password}"
        world.device(name, "127.0.0.1", login, f"collector: http, port: {server.server_port}, expect_text: nothing")
    world.credentials.append(f"  token: {{kind: token, token: {world.file('token')}}}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("canary"))
    (made.place / "etc/secrets").mkdir(parents=True, mode=0o700)
    (made.place / "etc").chmod(0o755)
    with ExitStack() as stack:
        for servers in (snmp, ssh, sql, web):
            servers(made, stack)
        made.write()
        made.run("hostkey", "--all", "--accept")
        yield made


def test_a_needle_is_found_where_it_is(world: World) -> None:
    with pytest.raises(AssertionError):
        world.assert_unseen("itself", b"... " + world.secrets["community"].encode() + b" ...")
    assert len(world.needles()) == 4 * len(world.secrets)


@pytest.mark.long
def test_no_verb_shows_a_secret(world: World) -> None:
    for words in (
        ("config", "check"),
        ("config", "show"),
        ("config", "show", "--json"),
        ("doctor", "--probe"),
        ("hostkey", "--all"),
    ):
        world.assert_unseen(" ".join(words), world.run(*words))
    for name in world.names:
        said = world.run("collect", "--device", name, "--json")
        world.assert_unseen(f"collect --device {name}", said)
        assert (b'"samples": []' in said) is name.startswith("wrong"), name
    world.assert_unseen("collect", world.run("collect", "--host", "127.0.0.1", "--port", "1", "--credential", "wrong-community"))


@pytest.mark.long
def test_a_watcher_that_says_all_it_can_shows_no_secret(world: World) -> None:
    folder, log = world.place / "etc", world.place / "log"
    options = ("--log-level", "debug")
    control = world.place / "run/control.sock"
    os.environ[ENVIRONMENT] = world.secrets["basic"]
    try:
        watcher = RunningWatcher(folder, world.place / "run", log, options=options).start()
    finally:
        del os.environ[ENVIRONMENT]
    try:
        for name in world.names:
            wanted = "last_failure" if name.startswith("wrong") else "last_success"
            watcher.wait_for(partial(_has, control, name, wanted), DEADLINE, f"{name}: {wanted}")
            world.assert_unseen(f"device {name}", repr(ask(control, {"action": "device", "name": name})).encode())
            world.assert_unseen(f"check {name}", world.run("check", name))
        world.assert_unseen("snapshot", repr(ask(control, {"action": "snapshot"})).encode())
        world.assert_unseen("status", world.run("status", "--all") + world.run("status", "--json"))
        for page in ("/metrics", *(f"/device?name={name}" for name in world.names), "/"):
            with urllib.request.urlopen(f"http://127.0.0.1:{world.exporter}{page}", timeout=10) as answer:
                world.assert_unseen(page, answer.read())
        for path in Path(f"/proc/{watcher.pid}").glob("cmdline"):
            world.assert_unseen("argument list", path.read_bytes())
    finally:
        watcher.stop()
    world.assert_unseen("log", log.read_bytes())
    assert b"DEBUG" in log.read_bytes()
    for path in (world.place / "state").rglob("*"):
        if path.is_file():
            world.assert_unseen(str(path), path.read_bytes())
    for words in (("audit", "list", "--json"), ("db", "export", "state_change"), ("report", "month")):
        world.assert_unseen(" ".join(words), world.run(*words))


def _has(control: Path, name: str, wanted: str, _rows: Rows | None) -> bool:
    job = ask(control, {"action": "device", "name": name})["jobs"].get("job")
    return job is not None and job[wanted] is not None
