"""Two real Wenyams on loopback guard each other, and one tells a dead-man switch: stopped, killed, blind; red, then green."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import bcrypt
import pytest

from wenyam.model.instants import Instant, Period
from wenyam.store.sqlite import open_reader
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.pings import CHECK, PingReceiver
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

ALWAYS = Period(Instant(0), Instant(2**53))
PASSWORD = "canary-of-the-exporter"
SEEING, BLIND = ("127.0.0.1", "127.0.0.2"), ("240.0.0.1", "240.0.0.2")
CONFIGURATION = """\
instance: {{name: {name}, site: here, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           credential_retry: 2s, exporter: {{listen: "127.0.0.1:{port}", web_config: web/config}}}}
sites: {{here: }}
people: {{anong: {{name: Anong}}}}
defaults: {{owner: anong, duty_officer: anong}}
devices: {{core-switch-7: {{kind: other, address: 127.0.0.1, alive: {{any_of: [icmp], interval: 1s, timeout: 500ms}}}}}}
credentials: {{exporters: {{kind: http-basic, username: peer, password: "file:secrets/peer"}}}}
witnesses: {{one: {{address: {first}}}, two: {{address: {second}}}}}
peers: {{other: {{url: "https://127.0.0.1:{other}", credential: exporters, authority: authority.pem, every: 1s, timeout: 900ms,
         heartbeat_late: 3s}}}}
{more}
"""
SWITCH = 'deadman: {url: "file:secrets/ping", every: 500ms, timeout: 400ms}'


class Site:
    """One Wenyam with its folder."""

    def __init__(self, place: Path, name: str, authority: TestAuthority, ports: tuple[int, int], more: str = "") -> None:
        self.place, self.name, self.ports, self.more = place, name, ports, more
        self.folder = place / "configuration"
        (self.folder / "secrets").mkdir(parents=True)
        self.secret(self.folder / "secrets" / "peer", PASSWORD)
        chain, key = authority.issue(name, "127.0.0.1")
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        self.secret(self.folder / "key.pem", key.read_text())
        (self.folder / "chain.pem").write_bytes(chain.read_bytes())
        (self.folder / "authority.pem").write_bytes(authority.certificate.read_bytes())
        web = f"tls_server_config: {{cert_file: ../chain.pem, key_file: ../key.pem}}\nbasic_auth_users: {{peer: '{hashed}'}}\n"
        (self.folder / "web").mkdir()
        (self.folder / "web" / "config").write_text(web)
        self.write(SEEING)
        self.watcher = RunningWatcher(self.folder, place / "run", place / "log")

    @staticmethod
    def secret(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)

    def write(self, witnesses: tuple[str, str]) -> None:
        text = CONFIGURATION.format(
            name=self.name, place=self.place, port=self.ports[0], other=self.ports[1], first=witnesses[0], second=witnesses[1],
            more=self.more,
        )  # fmt: skip
        path = self.folder / "wenyam.yaml"
        path.write_text(text)
        path.chmod(0o644)

    def look_at(self, witnesses: tuple[str, str]) -> None:
        """Have other witnesses, as if the cable were pulled or plugged."""
        self.write(witnesses)
        os.kill(self.watcher.pid, signal.SIGHUP)

    def wait(self, check: str, state: str, seconds: float = 20.0) -> str:
        subject = f"monitor:peer-other/{check}"
        self.watcher.wait_state(subject, state, seconds)
        return str((self.watcher.states() or {})[subject]["summary"])

    def facts(self, kind: str) -> list[dict[str, object]]:
        reader = open_reader(self.place / "state")
        try:
            return [dict(chained.fact.body) for chained in reader.facts(ALWAYS, kind)]
        finally:
            reader.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("authority") / "authority")


@pytest.fixture(scope="module")
def switch() -> Iterator[PingReceiver]:
    """Return where the DR site's dead-man switch is heard."""
    with PingReceiver() as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[PingReceiver]:
    with PingReceiver() as made:
        yield made


@pytest.fixture(scope="module")
def sites(
    tmp_path_factory: pytest.TempPathFactory, authority: TestAuthority, switch: PingReceiver
) -> Iterator[tuple[Site, Site]]:
    """Start both once; every test leaves them green."""
    place, here, there = tmp_path_factory.mktemp("sites"), free_port(), free_port()
    head = Site(place / "head", "head-office", authority, (here, there))
    dr = Site(place / "dr", "dr-site", authority, (there, here), SWITCH)
    Site.secret(dr.folder / "secrets" / "ping", switch.url)
    with head.watcher, dr.watcher:
        yield head, dr


def poll(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


def incidents(site: Site) -> list[str]:
    return [str(body["root"]) for body in site.facts("incident-opened")]


def test_two_sites_guard_each_other_stopped_killed_and_blind(sites: tuple[Site, Site], switch: PingReceiver) -> None:
    head, dr = sites
    for site in sites:
        for check in ("answers", "sight", "heartbeat", "store", "alerts", "clock", "chain"):
            site.wait(check, "ok")
    poll(lambda: any(ping.good for ping in switch.pings), 20, "a good ping")
    # Blind: the other one pages for it.
    dr.look_at(BLIND)
    assert "lost its own network" in head.wait("sight", "crit")
    poll(lambda: "monitor:peer-other/sight" in incidents(head), 10, "an incident for the blind one")
    # Who is blind itself accuses nobody.
    dr.watcher.wait_state("monitor:peer-other/answers", "unknown", 10)
    # The dead-man switch is told why the cycle is not good.
    poll(lambda: not switch.pings[-1].good, 5, "a failing ping")
    assert "own network lost" in switch.pings[-1].body
    dr.look_at(SEEING)
    head.wait("sight", "ok")
    poll(lambda: switch.pings[-1].good, 5, "a good ping")
    dr.wait("answers", "ok")
    # Stopped: it accepts connections and answers nothing.
    os.kill(dr.watcher.pid, signal.SIGSTOP)
    try:
        assert "no answer" in head.wait("answers", "crit").lower()
    finally:
        os.kill(dr.watcher.pid, signal.SIGCONT)
    head.wait("answers", "ok")
    # Killed.
    dr.watcher.stop(signal.SIGKILL)
    assert "refused" in head.wait("answers", "crit")
    poll(lambda: "monitor:peer-other/answers" in incidents(head), 10, "an incident for the dead one")
    dr.watcher.start()
    head.wait("answers", "ok")
    head.wait("chain", "ok")
    heads = head.facts("peer-head")
    assert 1 <= len(heads) <= 2
    assert heads[0]["instance"] == "dr-site"


@pytest.mark.long
def test_a_chain_that_went_back_or_changed_its_past_is_seen_until_a_person_believes_it(sites: tuple[Site, Site]) -> None:
    head, dr = sites
    head.wait("chain", "ok")
    poll(lambda: bool(head.facts("peer-head")), 10, "a head that is kept")
    kept = head.facts("peer-head")[0]
    # Its state is lost and begins anew under the same name: the chain is short.
    dr.watcher.stop()
    (dr.place / "state").rename(dr.place / "lost")
    dr.watcher.start()
    summary = head.wait("chain", "crit")
    assert "was cut off" in summary or "past was changed" in summary
    # A new start of ours forgets nothing.
    head.watcher.stop()
    head.watcher.start()
    head.wait("chain", "crit")
    # The old state comes back: green.
    dr.watcher.stop()
    (dr.place / "state").rename(dr.place / "short")
    (dr.place / "lost").rename(dr.place / "state")
    dr.watcher.start()
    head.wait("chain", "ok")
    # Somebody who can write the file changes one old fact and rebuilds nothing: the digest that is asked for differs.
    dr.watcher.stop()
    with sqlite3.connect(dr.place / "state" / "wenyam.db") as database:
        database.execute("DROP TRIGGER fact_never_changes")
        database.execute("UPDATE fact SET digest = zeroblob(32) WHERE sequence >= ?", (int(str(kept["sequence"])),))
    database.close()
    dr.watcher.start()
    assert "past was changed" in head.wait("chain", "crit")
    # A person looked into it and says so.
    words = [
        sys.executable,
        "-m",
        "wenyam",
        "--config",
        str(head.folder),
        "audit",
        "accept-peer",
        "other",
        "--reason",
        "restored",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, "is believed" in done.stdout) == (0, True), done.stderr
    head.wait("chain", "ok")
    (fact,) = head.facts("peer-head-accepted")
    assert (fact["peer"], fact["reason"]) == ("other", "restored")


def ask(site: Site, path: str, password: str | None, authority: Path) -> tuple[int, str]:
    import ssl  # noqa: PLC0415  # only here

    request = urllib.request.Request(f"https://127.0.0.1:{site.ports[0]}{path}")
    if password is not None:
        from base64 import b64encode  # noqa: PLC0415  # only here

        request.add_header("Authorization", "Basic " + b64encode(f"peer:{password}".encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=5, context=ssl.create_default_context(cafile=str(authority))) as answer:  # noqa: S310  # as above
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_health_needs_the_login_which_is_tried_now_and_then_names_no_device_and_shows_one_digest(
    sites: tuple[Site, Site], authority: TestAuthority
) -> None:
    head, _ = sites
    head.wait("answers", "ok")
    assert ask(head, "/-/health", None, authority.certificate)[0] == 401
    assert ask(head, "/-/health", "wrong", authority.certificate)[0] == 401
    status, text = ask(head, "/-/health?fact=1", PASSWORD, authority.certificate)
    answer = json.loads(text)
    assert status == 200
    assert answer["instance"] == "head-office"
    assert answer["shown"]["sequence"] == 1
    assert answer["head"]["sequence"] > 1
    assert "core-switch-7" not in text
    assert PASSWORD not in text
    for wrong in ("x", "-1", "1.5", "9" * 30, "1&fact=2x"):
        assert ask(head, f"/-/health?fact={wrong}", PASSWORD, authority.certificate)[0] in (200, 400)
    assert ask(head, "/-/health?fact=999999", PASSWORD, authority.certificate)[1].count("sequence") == 1
    Site.secret(head.folder / "secrets" / "peer", "another")
    assert "refused the credentials" in head.wait("answers", "crit")
    Site.secret(head.folder / "secrets" / "peer", PASSWORD)
    head.wait("answers", "ok")
    log = (head.place / "log").read_text()
    assert PASSWORD not in log
    assert "another" not in log


@pytest.mark.long
def test_a_dead_man_switch_that_cannot_be_told_is_a_state_and_disturbs_nothing(
    tmp_path: Path, authority: TestAuthority, receiver: PingReceiver
) -> None:
    here, there = free_port(), free_port()
    site = Site(tmp_path / "one", "head-office", authority, (here, there), SWITCH)
    Site.secret(site.folder / "secrets" / "ping", receiver.url + "\n")
    with site.watcher:
        poll(lambda: any(ping.good for ping in receiver.pings), 20, "a good ping")
        site.watcher.wait_state("monitor:deadman/pinged", "ok", 10)
        # The receiver refuses, hangs, is gone: a state of ours, and the watching goes on.
        receiver.status = 500
        site.watcher.wait_state("monitor:deadman/pinged", "crit", 10)
        receiver.status = 200
        site.watcher.wait_state("monitor:deadman/pinged", "ok", 10)
        receiver.hang()
        site.watcher.wait_state("monitor:deadman/pinged", "crit", 10)
        receiver.answer()
        site.watcher.wait_state("monitor:deadman/pinged", "ok", 10)
        Site.secret(site.folder / "secrets" / "ping", "not an address " + CHECK)
        site.watcher.wait_state("monitor:deadman/pinged", "crit", 10)
        Site.secret(site.folder / "secrets" / "ping", receiver.url)
        site.watcher.wait_state("monitor:deadman/pinged", "ok", 10)
        # Stopped: silence, which is what the other side pages for.
        os.kill(site.watcher.pid, signal.SIGSTOP)
        before = len(receiver.pings)
        time_up = time.monotonic() + 1.5
        poll(lambda: time.monotonic() > time_up, 3, "a moment of silence")
        assert len(receiver.pings) <= before + 1
        os.kill(site.watcher.pid, signal.SIGCONT)
        poll(lambda: len(receiver.pings) > before + 2, 20, "pings again")
        states = site.watcher.states() or {}
        assert states["device:core-switch-7"]["state"] == "up"
    shown = (site.place / "log").read_text() + json.dumps(states)
    assert CHECK not in shown
    database = b"".join(path.read_bytes() for path in (site.place / "state").iterdir() if path.is_file())
    assert CHECK.encode() not in database
