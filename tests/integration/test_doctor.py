"""Each fault is caused for real, seen as FAIL, put right and seen as PASS."""

import asyncio
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from wenyam.links.control import ControlServer
from wenyam.links.kernel_clock import kernel_clock
from wenyam.model.calendar import Schedule
from wenyam.operations import (
    cron_file,
    doctor,
    doctor_configuration,
    doctor_cron,
    doctor_devices,
    doctor_state,
    doctor_system,
    doctor_timers,
)
from wenyam.operations.findings import Examination, Finding, Surroundings, Verdict, bad, good, untested
from wenyam.settings.loader import load
from wenyam.store.heartbeat import Heartbeat
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.cron_machine import lay_cron
from wenyam.testing.ports import free_port

REPOSITORY = Path(__file__).parents[2]
CANARY = "canary-7f3a-secret"
CONFIGURATION = """
instance:
  name: watch-1
  site: head-office
  state_directory: {folder}/state
  run_directory: {folder}/run
  exporter: {{listen: "127.0.0.1:{port}"}}
sites:
  head-office: {{label: {{th: สำนักงานใหญ่, en: Head office}}}}
people:
  operator: {{name: {{th: เจ้าหน้าที่, en: Operator}}, roles: [operator]}}
defaults: {{owner: operator, duty_officer: operator}}
credentials:
  snmp-read: {{kind: snmp-community, community: "file:{folder}/secret"}}
tools: {{tool: {tool}}}
devices:
  this-machine: {{kind: other, address: 127.0.0.1}}
"""


class Place:
    """A configuration with everything in order, to be put out of order."""

    def __init__(self, folder: Path, tools: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.clock = FakeClock()
        self.state, self.secret = folder / "state", folder / "secret"
        self.tool = tools / "tool"
        self.file = folder / "etc" / "wenyam.yaml"
        self.file.parent.mkdir()
        self.file.write_text(CONFIGURATION.format(folder=folder, tool=self.tool, port=port), encoding="utf-8")
        self.secret.write_text(CANARY, encoding="utf-8")
        self.secret.chmod(0o600)
        self.tool.write_text("#!/bin/sh\n", encoding="utf-8")
        self.tool.chmod(0o755)

    def start_once(self) -> None:
        self.state.mkdir()
        self.state.chmod(0o2770)
        open_writer(self.state, self.clock, "watch-1").close()

    def look(self, examination: Examination, *, reach_devices: bool = False) -> list[Finding]:
        around = doctor.surroundings(self.clock, self.file.parent, root=self.folder, reach_devices=reach_devices)
        return doctor.examine(around, [examination])

    def verdict(self, examination: Examination) -> Verdict:
        (finding,) = self.look(examination)
        return finding.verdict


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    # Not below the usual place of temporary files: everybody may write there, and not everywhere is it sticky.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as tools:
        yield Place(tmp_path, Path(tools), free_port())


def test_a_broken_configuration_is_named_and_hides_nothing(place: Place) -> None:
    assert place.verdict(doctor_configuration.configuration) is Verdict.PASS
    place.file.write_text(place.file.read_text(encoding="utf-8").replace("kind: other", "kind: othr"), encoding="utf-8")
    (finding,) = place.look(doctor_configuration.configuration)
    assert finding.verdict is Verdict.FAIL
    assert "wenyam.yaml:" in finding.sentence
    around = doctor.surroundings(place.clock, place.file.parent, root=place.folder)
    found = {finding.about: finding.verdict for finding in doctor.examine(around)}
    assert found["python"] is Verdict.PASS
    assert found["database"] is Verdict.NOT_TESTED


def test_a_secret_others_may_read_fails_until_it_is_narrow(place: Place) -> None:
    assert place.verdict(doctor_configuration.secrets) is Verdict.PASS
    place.secret.chmod(0o644)
    (finding,) = place.look(doctor_configuration.secrets)
    assert (finding.verdict, finding.advice) == (Verdict.FAIL, f"Run: chmod 0600 {place.secret}")
    place.secret.chmod(0o600)
    place.secret.write_text("", encoding="utf-8")
    assert place.verdict(doctor_configuration.secrets) is Verdict.FAIL
    place.secret.unlink()
    assert place.verdict(doctor_configuration.secrets) is Verdict.FAIL


@pytest.mark.parametrize("reference", ["credential:core", "env:WENYAM_NOT_SET_ANYWHERE"])
def test_a_secret_only_the_service_gets_is_not_tested(place: Place, reference: str) -> None:
    text = place.file.read_text(encoding="utf-8").replace(f"file:{place.secret}", reference)
    place.file.write_text(text, encoding="utf-8")
    assert place.verdict(doctor_configuration.secrets) is Verdict.NOT_TESTED


def test_a_program_that_others_can_change_fails(place: Place) -> None:
    assert place.verdict(doctor_configuration.tools) is Verdict.PASS
    place.tool.chmod(0o777)
    (finding,) = place.look(doctor_configuration.tools)
    assert (finding.verdict, finding.advice) == (Verdict.FAIL, f"Run: chmod go-w {place.tool}")
    place.tool.chmod(0o755)
    place.tool.parent.chmod(0o777)
    assert place.verdict(doctor_configuration.tools) is Verdict.FAIL
    place.tool.parent.chmod(0o755)
    assert place.verdict(doctor_configuration.tools) is Verdict.PASS
    place.tool.chmod(0o644)
    assert place.verdict(doctor_configuration.tools) is Verdict.FAIL


def test_known_hosts_that_miss_a_device_are_not_tested(place: Place) -> None:
    assert place.verdict(doctor_configuration.known_hosts) is Verdict.PASS
    path = place.folder / "known_hosts"
    path.write_text(
        "# note\n192.0.2.1,core ssh-ed25519 AAAA\n@revoked bad ssh-rsa AAAA\n[192.0.2.2]:2222 ssh-rsa A\n|1|x|y ssh-rsa A\n"
    )
    assert doctor_configuration.recorded_hosts(path) == {"192.0.2.1", "core", "192.0.2.2"}


def test_a_port_another_program_holds_fails(place: Place) -> None:
    assert place.verdict(doctor_configuration.port) is Verdict.PASS
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()
        (finding,) = place.look(doctor_configuration.port)
        assert (finding.verdict, finding.sentence) == (Verdict.FAIL, f"127.0.0.1 port {place.port} is taken by another program")
        with watcher_answering(place.folder / "run" / "control.sock"):
            assert place.verdict(doctor_configuration.port) is Verdict.PASS
    assert place.verdict(doctor_configuration.port) is Verdict.PASS


@contextmanager
def watcher_answering(path: Path) -> Iterator[None]:
    """Serve our control socket by its own loop in a thread."""

    async def answer(_user: int, _request: dict[str, Any]) -> dict[str, Any]:
        return {"instance": "watch-1"}

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ControlServer(path, "root", answer)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def test_an_address_that_is_not_ours_fails(place: Place) -> None:
    text = place.file.read_text(encoding="utf-8").replace(f"127.0.0.1:{place.port}", f"192.0.2.99:{place.port}")
    place.file.write_text(text, encoding="utf-8")
    assert place.verdict(doctor_configuration.port) is Verdict.FAIL


def test_a_state_directory_open_to_all_fails(place: Place) -> None:
    assert place.verdict(doctor_state.directory) is Verdict.NOT_TESTED
    place.start_once()
    assert place.verdict(doctor_state.directory) is Verdict.PASS
    for mode in (0o2777, 0o770):
        place.state.chmod(mode)
        (finding,) = place.look(doctor_state.directory)
        assert (finding.verdict, finding.advice) == (Verdict.FAIL, f"Run: chmod 2770 {place.state}")


def test_too_little_space_fails(place: Place) -> None:
    place.start_once()
    assert place.verdict(doctor_state.space) is Verdict.PASS
    text = place.file.read_text(encoding="utf-8").replace("site: head-office\n", "site: head-office\n  ballast: 900000TiB\n", 1)
    place.file.write_text(text, encoding="utf-8")
    assert place.verdict(doctor_state.space) is Verdict.FAIL


def test_a_missing_ballast_fails(place: Place) -> None:
    assert place.verdict(doctor_state.ballast) is Verdict.NOT_TESTED
    place.start_once()
    assert place.verdict(doctor_state.ballast) is Verdict.PASS
    (place.state / "ballast").write_bytes(b"")
    assert place.verdict(doctor_state.ballast) is Verdict.FAIL


def test_a_damaged_or_newer_database_fails(place: Place) -> None:
    assert place.verdict(doctor_state.database) is Verdict.NOT_TESTED
    place.start_once()
    database = place.state / "wenyam.db"
    whole = database.read_bytes()
    assert place.verdict(doctor_state.database) is Verdict.PASS
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    (finding,) = place.look(doctor_state.database)
    assert finding.verdict is Verdict.FAIL
    assert "newer" in finding.sentence
    database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert place.verdict(doctor_state.database) is Verdict.FAIL
    database.write_bytes(whole)
    assert place.verdict(doctor_state.database) is Verdict.PASS


def test_a_silent_watcher_is_not_tested(place: Place) -> None:
    assert place.verdict(doctor_state.watcher) is Verdict.NOT_TESTED
    place.state.mkdir()
    beating = Heartbeat(place.state)
    beating.beat(place.clock.now())
    assert place.verdict(doctor_state.watcher) is Verdict.PASS
    place.clock.step(60)
    assert place.look(doctor_state.watcher)[0].sentence == "does not run; last heartbeat 1 m ago"
    place.clock.step(-3600)
    ahead = place.look(doctor_state.watcher)[0]
    assert (ahead.verdict, ahead.sentence) == (
        Verdict.NOT_TESTED,
        "its last heartbeat is 59 m in the future: the clock was set back",
    )
    beating.close()


def test_cron_lines_that_lost_their_schedule_fail(place: Place) -> None:
    path = place.folder / "etc/cron.d/wenyam"
    assert place.verdict(doctor_cron.cron) is Verdict.PASS
    lay_cron(place.folder)
    jobs = cron_file.read_schedules(REPOSITORY / "config/cron/wenyam.schedule")
    text = cron_file.cron_file(jobs, "Etc/UTC")
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    assert place.verdict(doctor_cron.cron) is Verdict.PASS
    (place.folder / "etc/timezone").write_text("Asia/Bangkok\n", encoding="ascii")
    assert place.verdict(doctor_cron.cron) is Verdict.FAIL
    (place.folder / "etc/timezone").unlink()
    path.write_text(text.replace("10 20 * * *", "11 20 * * *"), encoding="utf-8")
    assert {finding.verdict for finding in place.look(doctor_cron.cron)} == {Verdict.FAIL}
    earlier = cron_file.cron_file({**jobs, "retention": Schedule("every day 02:10")}, "Etc/UTC")
    path.write_text(earlier, encoding="utf-8")
    (finding,) = place.look(doctor_cron.cron)
    said = "job 'retention' is started every day 02:10 (Asia/Bangkok), the configuration says every day 03:10 (Asia/Bangkok)"
    assert (finding.verdict, finding.sentence) == (Verdict.FAIL, f"{path}: {said}")
    path.write_text(text, encoding="utf-8")
    path.chmod(0o664)
    assert place.verdict(doctor_cron.cron) is Verdict.FAIL


def test_a_file_that_cron_ignores_or_starts_nothing_of_fails(place: Place) -> None:
    """Each of these was laid before Debian's cron, which then started nothing of the file."""
    path = place.folder / "etc/cron.d/wenyam"
    text = cron_file.cron_file(cron_file.read_schedules(REPOSITORY / "config/cron/wenyam.schedule"), "Etc/UTC")

    def told(change: Callable[[], object]) -> list[str]:
        lay_cron(place.folder)
        path.write_text(text, encoding="utf-8")
        assert place.verdict(doctor_cron.cron) is Verdict.PASS
        change()
        return [finding.sentence.removeprefix(f"{path} ") for finding in place.look(doctor_cron.cron)]

    def exchange() -> None:
        other = path.with_name("elsewhere")
        other.write_text(text, encoding="utf-8")
        path.unlink()
        path.hardlink_to(other)

    assert told(lambda: path.write_text(text.removesuffix("\n"), encoding="utf-8")) == [
        "does not end with a line end, so cron ignores it"
    ]
    assert told(exchange) == ["is linked under another name as well, so cron ignores it"]
    path.unlink()
    assert told((place.folder / "etc/passwd").unlink) == [
        "is for the account wenyam-backup, which is not there, so cron ignores it"
    ]
    assert told((place.folder / "opt/wenyam/bin/wenyam").unlink) == ["starts /opt/wenyam/bin/wenyam, which is not there"]
    assert told((place.folder / "proc/812/comm").unlink) == ["is there, but no cron is running, so nothing starts"]
    service = place.folder / doctor_timers.UNITS / doctor_timers.SERVICE
    service.parent.mkdir(parents=True)
    service.symlink_to("/lib/systemd/system/wenyam-jobs.service")
    assert place.verdict(doctor_cron.cron) is Verdict.PASS  # the service starts them
    if os.geteuid() == 0:
        assert told(lambda: os.chown(path, 1000, -1)) == ["belongs to another account than root, so cron ignores it"]


def systemctl(place: Place, *words: str) -> None:
    """Let the real systemctl enable or disable a unit below the place."""
    subprocess.run(["/usr/bin/systemctl", f"--root={place.folder}", *words], check=True, capture_output=True, timeout=30)


def test_timers_that_do_not_say_what_the_configuration_says_fail(place: Place) -> None:
    units = place.folder / "etc/systemd/system"
    units.mkdir(parents=True)
    wanted = cron_file.schedules_of(load(place.file.parent))
    names = [f"wenyam-job@{name}.timer" for name in wanted]
    for name, text in cron_file.timer_units(wanted).items():
        (units / name).write_text(text, encoding="utf-8")
        (units / name).chmod(0o644)
    assert place.verdict(doctor_timers.timers) is Verdict.PASS  # none is enabled
    systemctl(place, "enable", names[0])
    found = place.look(doctor_timers.timers)
    assert {finding.verdict for finding in found} == {Verdict.FAIL}
    assert len(found) == len(names) - 1
    assert "has no enabled timer, and neither wenyam-jobs.service nor cron starts it" in found[0].sentence
    systemctl(place, "enable", *names[1:])
    (finding,) = place.look(doctor_timers.timers)
    assert (finding.verdict, finding.sentence) == (
        Verdict.PASS, f"{len(names)} enabled timers in {units} keep the schedules of the configuration",
    )  # fmt: skip
    timer = units / "wenyam-job@retention.timer"
    good = timer.read_text(encoding="utf-8")
    timer.write_text(good.replace("03:10", "03:11").replace(" 3:10", " 3:11"), encoding="utf-8")
    (finding,) = place.look(doctor_timers.timers)
    said = "wenyam-job@retention.timer does not say what the configuration says: every day 03:10 (Asia/Bangkok)"
    assert (finding.verdict, finding.sentence) == (Verdict.FAIL, said)
    timer.write_text(good, encoding="utf-8")
    timer.chmod(0o666)
    assert "may be written by others" in place.look(doctor_timers.timers)[0].sentence
    timer.chmod(0o644)
    old = units / "wenyam-job@backup-old.timer"
    old.write_text(good, encoding="utf-8")
    systemctl(place, "enable", old.name)
    assert place.look(doctor_timers.timers)[0].sentence == f"{old.name} is enabled, but there is no job 'backup-old'"
    old.unlink()
    systemctl(place, "disable", old.name)
    assert place.verdict(doctor_timers.timers) is Verdict.PASS
    (units / f"{timer.name}.d").mkdir()
    assert place.verdict(doctor_timers.timers) is Verdict.NOT_TESTED


def test_an_examination_that_breaks_hides_no_other(place: Place) -> None:
    def explodes(_: Surroundings) -> list[Finding]:
        raise ZeroDivisionError("by zero")

    def unreadable(_: Surroundings) -> list[Finding]:
        return [good("file", Path("/nowhere/at/all").read_text(encoding="utf-8"))]

    around = doctor.surroundings(place.clock, place.file.parent, root=place.folder)
    found = doctor.examine(around, [explodes, unreadable, doctor_system.python])
    assert [finding.verdict for finding in found] == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS]
    assert found[0].sentence == "the examination itself failed: ZeroDivisionError: by zero"
    assert found[1].sentence == "/nowhere/at/all: No such file or directory"


def test_the_exit_code_is_the_worst() -> None:
    assert doctor.exit_code([good("a", "")]) == 0
    assert doctor.exit_code([good("a", ""), untested("b", "")]) == 3
    assert doctor.exit_code([untested("b", ""), bad("c", ""), good("a", "")]) == 1


def test_every_device_is_asked_only_when_wanted(place: Place) -> None:
    assert place.verdict(doctor_devices.devices) is Verdict.NOT_TESTED
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        reads = f"reads: {{door: {{collector: tcp, port: {server.getsockname()[1]}}}}}"
        text = place.file.read_text(encoding="utf-8").replace("address: 127.0.0.1}", f"address: 127.0.0.1, {reads}}}")
        place.file.write_text(text, encoding="utf-8")
        found = {finding.about: finding.verdict for finding in place.look(doctor_devices.devices, reach_devices=True)}
        assert found == {"device this-machine, door": Verdict.PASS, "device this-machine, ping": Verdict.PASS}
    found = {finding.about: finding.verdict for finding in place.look(doctor_devices.devices, reach_devices=True)}
    assert found == {"device this-machine, door": Verdict.FAIL, "device this-machine, ping": Verdict.PASS}


def wenyam(place: Place, *words: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    script = "import sys; from wenyam.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [*before, sys.executable, "-c", script, "--config", str(place.file.parent), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def verdicts(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {row["about"]: row["verdict"] for row in json.loads(done.stdout)["findings"]}


def test_the_verb_prints_text_and_versioned_data_and_no_secret(place: Place) -> None:
    place.start_once()
    data = wenyam(place, "doctor", "--json")
    assert json.loads(data.stdout)["version"] == 1
    assert data.returncode == doctor.exit_code([Finding("", Verdict(verdict), "") for verdict in verdicts(data).values()])
    text = wenyam(place, "doctor", "--probe")
    assert any(line.startswith("PASS        ping ") for line in text.stdout.splitlines())
    assert "PASS        device this-machine, ping" in text.stdout
    assert CANARY not in data.stdout + data.stderr + text.stdout + text.stderr
    failed = [row["about"] for row in json.loads(data.stdout)["findings"] if row["verdict"] == "FAIL"]
    last = text.stdout.splitlines()[-1]
    assert f" PASS, {len(failed)} FAIL, " in last
    assert last.endswith(f"; failed: {', '.join(failed)}" if failed else " NOT TESTED")


def test_a_device_that_is_read_by_ping_is_pinged_once(place: Place) -> None:
    text = place.file.read_text(encoding="utf-8").replace(
        "address: 127.0.0.1}", "address: 127.0.0.1, reads: {echo: {collector: icmp}}}"
    )
    place.file.write_text(text, encoding="utf-8")
    found = place.look(doctor_devices.devices, reach_devices=True)
    assert [finding.about for finding in found] == ["device this-machine, echo"]
    assert re.fullmatch(r"127\.0\.0\.1 answered in [0-9.]+ (ms|s)", found[0].sentence)


def test_too_few_descriptors_fail(place: Place) -> None:
    done = wenyam(place, "doctor", "--json", before=("/bin/bash", "-c", 'ulimit -n 200; exec "$@"', "-"))
    assert verdicts(done)["descriptors"] == "FAIL"
    assert done.returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has the right that is taken away here")
def test_without_the_right_to_ping_it_fails_with_advice(place: Place) -> None:
    low, high = (int(number) for number in Path("/proc/sys/net/ipv4/ping_group_range").read_text(encoding="ascii").split())
    done = wenyam(place, "doctor", "--json", before=("/usr/bin/setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"))
    expected = "PASS" if low <= os.getegid() <= high else "FAIL"
    assert verdicts(done)["ping"] == expected
    unit = place.folder / "etc/systemd/system/wenyam.service"
    assert not doctor_system.granted_by_unit(place.folder)
    unit.parent.mkdir(parents=True)
    unit.write_text((REPOSITORY / "config/systemd/wenyam.service").read_text(encoding="utf-8"), encoding="utf-8")
    assert doctor_system.granted_by_unit(place.folder)
    assert verdicts(wenyam(place, "doctor", "--json"))["ping"] == "PASS"


def test_the_kernel_says_how_wrong_its_clock_may_be() -> None:
    found = kernel_clock()
    assert 0 <= found.maximum_error <= 2**31
    status = Path("/run/systemd/timesync/synchronized").exists()
    assert found.in_step or not status


@pytest.fixture(autouse=True)
def _no_credentials_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
