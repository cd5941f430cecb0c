"""The watcher on the lab: real agents, real servers, deaths by nftables, and what everybody should see."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from wenyam.model.instants import Instant, Period
from wenyam.model.states import State, StateChange, Subject
from wenyam.settings.loader import load
from wenyam.store.interface import Reader
from wenyam.store.sqlite import open_reader
from wenyam.testing.lab import Lab
from wenyam.testing.watched_lab import FIRST_ROUND_SECONDS, all_devices, all_well
from wenyam.testing.watcher import Rows, RunningWatcher

pytestmark = pytest.mark.real

DEATH_SECONDS = 15.0
WRITTEN_SECONDS = 20.0
SILENCE = float(os.environ.get("WENYAM_SILENCE", "10"))
"""Seconds for which nobody watches after a kill: 60 in scripts/test --all, as required; the rule is the same for any length."""
EVER = Period(Instant(0), Instant(2**53))


def _reader(lab: Lab) -> Reader:
    return open_reader(lab.directory / "state")


def _rows_since(lab: Lab, subject: str, since: float) -> list[State]:
    reader = _reader(lab)
    try:
        changes = reader.changes(EVER, [Subject.parse(subject)])
    finally:
        reader.close()
    return [change.state for change in changes if change.recorded >= since * 1000]


def _wait_changes(lab: Lab, subject: str, since: float, expected: list[State]) -> list[StateChange]:
    """Wait until these rows are written (memory is a moment ahead of the store), and return them."""
    end = time.monotonic() + WRITTEN_SECONDS
    while True:
        reader = _reader(lab)
        try:
            changes = [each for each in reader.changes(EVER, [Subject.parse(subject)]) if each.recorded >= since * 1000]
        finally:
            reader.close()
        if [change.state for change in changes] == expected:
            return changes
        assert time.monotonic() < end, [change.state for change in changes]
        time.sleep(0.1)


def test_a_host_off_is_down_within_15_seconds_with_one_row_and_up_again(lab: Lab, watcher: RunningWatcher) -> None:
    since = time.time()
    with lab.fault("host-off", "erp-app"):
        took = watcher.wait_state("device:erp-app", "down", DEATH_SECONDS)
        assert took <= DEATH_SECONDS
        watcher.wait_state("service:erp/overall", "down", 5)
        _wait_changes(lab, "erp-app", since, [State.DOWN])
        others = [row for row in (watcher.states() or {}).values() if row["kind"] == "device" and row["state"] == "down"]
        assert [row["name"] for row in others] == ["erp-app"]
    watcher.wait_state("device:erp-app", "up", DEATH_SECONDS)
    watcher.wait_state("service:erp/overall", "up", 30)
    _wait_changes(lab, "erp-app", since, [State.DOWN, State.UP])
    watcher.wait_for(all_well, FIRST_ROUND_SECONDS, "all is well again")


@pytest.mark.long
@pytest.mark.parametrize("fault", ["agent-killed", "agent-frozen"])
def test_a_silent_agent_on_a_live_host_is_management_lost_and_stays_up(lab: Lab, watcher: RunningWatcher, fault: str) -> None:
    since = time.time()
    chosen = lab.fault(fault)
    name = chosen.device.name
    subject = f"device:{name}/management-snmp"
    with chosen:
        watcher.wait_state(subject, "crit", 60)
        rows = watcher.states() or {}
        assert rows[f"device:{name}"]["state"] == "up"
        assert "management lost" in rows[subject]["summary"]
    watcher.wait_state(subject, "ok", 60)
    assert _rows_since(lab, name, since) == []


@pytest.mark.long
def test_a_slow_agent_delays_only_its_own_reading(lab: Lab, watcher: RunningWatcher) -> None:
    chosen = lab.fault("slow-agent")
    subject = f"device:{chosen.device.name}/management-snmp"
    with chosen:
        watcher.wait_for(lambda rows: _took(rows, subject) >= 3.0, 60, f"{subject} takes three seconds")
        rows = watcher.states() or {}
        others = [row for row in rows.values() if row["check"] == "management-snmp" and row["subject"] != subject]
        assert len(others) >= 10
        assert [row["subject"] for row in others if row["value"] >= 3.0] == []
        assert all_well({name: row for name, row in rows.items() if row["name"] != chosen.device.name})
    watcher.wait_for(lambda rows: _took(rows, subject) < 3.0, 60, f"{subject} is quick again")
    watcher.wait_for(all_well, 60, "all is well again")


def _took(rows: Rows | None, subject: str) -> float:
    """Return the seconds a reading took; not a number, so neither short nor long, while it has none."""
    value = (rows or {})[subject]["value"]
    return float("nan") if value is None else float(value)


@pytest.mark.long
def test_a_lying_agent_is_its_own_trouble_and_nobody_elses(lab: Lab, watcher: RunningWatcher) -> None:
    since = time.time()
    chosen = lab.fault("hostile-agent")
    subject = f"device:{chosen.device.name}/management-snmp"
    with chosen:
        watcher.wait_for(
            lambda rows: rows is not None and rows[subject]["state"] in ("crit", "warn"), 90, f"{subject} is in trouble"
        )
        rows = watcher.states() or {}
        assert rows[f"device:{chosen.device.name}"]["state"] == "up"
        others = [row for row in rows.values() if row["name"] != chosen.device.name and row["kind"] != "job"]
        assert [f"{row['subject']} {row['summary']}" for row in others if row["state"] not in ("up", "ok")] == []
    watcher.wait_for(all_well, 90, "all is well again")
    assert _rows_since(lab, chosen.device.name, since) == []


def test_a_cut_core_is_one_down_and_all_behind_it_unreachable(lab: Lab, watcher: RunningWatcher) -> None:
    since = time.time()
    chosen = lab.fault("parent-cut")
    with chosen:
        watcher.wait_state(f"device:{chosen.device.name}", "down", DEATH_SECONDS)
        behind = _behind(lab, chosen.device.name)
        assert len(behind) >= 5
        for name in behind:
            watcher.wait_state(f"device:{name}", "unreachable", 30)
        down = [row["name"] for row in (watcher.states() or {}).values() if row["state"] == "down" and row["kind"] == "device"]
        assert down == [chosen.device.name]
        done = _wenyam(lab, "check", f"{chosen.device.name}/cpu")
        assert done.returncode == 3, done.stdout
        assert "not known while the device is not up; before that: cpu" in done.stdout
        told = json.loads(_wenyam(lab, "status", "--json").stdout)["states"]
        dead = {chosen.device.name, *behind}
        assert {row["state"] for row in told if row["name"] in dead and row["check"] != "alive"} == {"unknown"}
    watcher.wait_for(all_devices("up"), 30, "every device is up again")
    for name in behind:
        assert State.DOWN not in _rows_since(lab, name, since)
    watcher.wait_for(all_well, FIRST_ROUND_SECONDS, "all is well again")


def _behind(lab: Lab, core: str) -> list[str]:
    """Return the devices all of whose paths run through the core."""
    devices = load(lab.configuration).inventory.devices
    behind = {core}
    for _ in devices:
        behind |= {name for name, device in devices.items() if device.parents and set(device.parents) <= behind}
    return sorted(behind - {core})


@pytest.mark.long
def test_a_web_server_that_stopped_is_a_service_down_on_a_live_host(lab: Lab, watcher: RunningWatcher) -> None:
    chosen = lab.fault("nginx-stopped")
    with chosen:
        watcher.wait_for(lambda rows: _services(rows, "down") != [], 60, "a service is down")
        assert (watcher.states() or {})[f"device:{chosen.device.name}"]["state"] == "up"
    watcher.wait_for(lambda rows: _services(rows, "down") == [], 60, "no service is down")


def _services(rows: Rows | None, state: str) -> list[str]:
    return [row["name"] for row in (rows or {}).values() if row["kind"] == "service" and row["state"] == state]


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "expected"),
    [("on-battery", "battery"), ("disk-full", "filesystem"), ("certificate-expired", "certificate"), ("database-broken", "")],
)
def test_a_fault_of_health_is_seen_red_and_then_green(lab: Lab, watcher: RunningWatcher, fault: str, expected: str) -> None:
    chosen = lab.fault(fault)
    with chosen:
        watcher.wait_for(lambda rows: _bad_about(rows, expected) != [], 90, f"{fault} is seen")
        assert (watcher.states() or {})[f"device:{chosen.device.name}"]["state"] == "up"
    watcher.wait_for(lambda rows: _bad_about(rows, expected) == [], 90, f"{fault} is over")


def _bad_about(rows: Rows | None, word: str) -> list[str]:
    return [
        name
        for name, row in (rows or {}).items()
        if row["state"] in ("crit", "warn", "down") and word in name + row["summary"] and row["kind"] != "job"
    ]


@pytest.mark.long
def test_a_rotated_credential_is_its_own_state_and_nobody_is_called_down(lab: Lab, watcher: RunningWatcher) -> None:
    chosen = lab.fault("credential-rotated")
    with chosen:
        watcher.wait_for(
            lambda rows: any(row["kind"] == "credential" and row["state"] == "crit" for row in (rows or {}).values()),
            60,
            "the credential is refused",
        )
        assert (watcher.states() or {})[f"device:{chosen.device.name}"]["state"] == "up"
    os.kill(watcher.pid, signal.SIGHUP)  # new secrets are taken up by a reload, without waiting for the next spaced-out try
    watcher.wait_for(
        lambda rows: not any(row["kind"] == "credential" and row["state"] == "crit" for row in (rows or {}).values()),
        60,
        "the credential is accepted again",
    )


@pytest.mark.long
def test_own_network_lost_is_unknown_for_all_and_down_for_none(lab: Lab, watcher: RunningWatcher) -> None:
    since = time.time()
    with lab.fault("own-network-lost"):
        watcher.wait_state("monitor:own-network/sight", "crit", 30)
        watcher.wait_for(all_devices("unknown"), 30, "every device is unknown")
    watcher.wait_for(all_devices("up"), 30, "every device is up again")
    reader = _reader(lab)
    try:
        states = {
            change.state for change in reader.changes(EVER) if change.recorded >= since * 1000 and change.subject.is_liveness
        }
    finally:
        reader.close()
    assert State.DOWN not in states


def test_a_kill_leaves_exactly_the_silence_unknown_and_loses_no_fact(lab: Lab, watcher: RunningWatcher) -> None:
    reader = _reader(lab)
    try:
        before = reader.head().sequence
    finally:
        reader.close()
    killed = time.time()
    watcher.stop(signal.SIGKILL)
    time.sleep(SILENCE)
    started = time.time()
    watcher.start()
    watcher.wait_for(all_devices("up"), 30, "every device is up")
    changes = _wait_changes(lab, "core-1", started, [State.UNKNOWN, State.UP])
    reader = _reader(lab)
    try:
        verdict = reader.verify()
    finally:
        reader.close()
    assert abs(changes[0].effective / 1000 - killed) <= 2.0
    assert started <= changes[1].effective / 1000 <= started + 15
    assert verdict.problem == ""
    assert verdict.head.sequence >= before


@pytest.mark.long
def test_a_stopped_process_is_unknown_for_the_time_it_was_stopped(lab: Lab, watcher: RunningWatcher) -> None:
    stopped = time.time()
    os.kill(watcher.pid, signal.SIGSTOP)
    time.sleep(8.0)
    resumed = time.time()
    os.kill(watcher.pid, signal.SIGCONT)
    watcher.wait_for(all_devices("up"), 30, "every device is up")
    changes = _wait_changes(lab, "core-1", stopped, [State.UNKNOWN, State.UP])
    assert abs(changes[0].effective / 1000 - stopped) <= 2.0
    assert changes[1].effective / 1000 >= resumed - 0.1


def test_a_second_watcher_is_refused_with_a_sentence(lab: Lab, watcher: RunningWatcher) -> None:
    words = [*lab.command(sys.executable, "-m", "wenyam", "--config", str(lab.configuration), "run")]
    second = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"Another Wenyam is already watching with this state directory: {lab.directory}/state/daemon.lock" in second.stderr
    assert str(watcher.pid) in second.stderr


def test_a_broken_new_configuration_leaves_the_old_one_running_and_says_so(lab: Lab, watcher: RunningWatcher) -> None:
    file = lab.configuration / "broken.yaml"
    file.write_text("devices:\n  nonsense: {kind: spaceship, address: 127.20.99.1, site: head-office}\n")
    try:
        os.kill(watcher.pid, signal.SIGHUP)
        watcher.wait_state("monitor:configuration/valid", "crit", 15)
        rows = watcher.states() or {}
        assert "the old one goes on" in rows["monitor:configuration/valid"]["summary"]
        assert rows["device:core-1"]["state"] == "up"
        assert "spaceship" in watcher.tail()
    finally:
        file.unlink()
    os.kill(watcher.pid, signal.SIGHUP)
    watcher.wait_state("monitor:configuration/valid", "ok", 15)


@pytest.mark.long
def test_the_metrics_show_what_is_true_now(lab: Lab, watcher: RunningWatcher) -> None:
    with lab.fault("host-off", "hr-app" if "hr-app" in _names(lab) else "erp-app") as chosen:
        watcher.wait_state(f"device:{chosen.device.name}", "down", DEATH_SECONDS)
        text = _metrics(lab)
        assert f'device="{chosen.device.name}",kind="server"}} 0' in text
        assert f'wenyam_system_uptime_seconds{{site="head-office",device="{chosen.device.name}"' not in text
    watcher.wait_state(f"device:{chosen.device.name}", "up", DEATH_SECONDS)


def _names(lab: Lab) -> set[str]:
    return set(load(lab.configuration).inventory.devices)


def _metrics(lab: Lab) -> str:
    exporter = load(lab.configuration).instance.exporter
    words = lab.command("curl", "-sf", f"http://{exporter.host}:{exporter.port}/metrics")
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout


def _wenyam(lab: Lab, *words: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "wenyam", "--config", str(lab.configuration)]
    return subprocess.run([*program, *words], capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.long
def test_check_speaks_as_a_plugin_and_status_as_data(lab: Lab, watcher: RunningWatcher) -> None:
    assert watcher.states()
    check = _wenyam(lab, "check", "core-1")
    assert (check.returncode, check.stdout[:12]) == (0, "OK - core-1:")
    unknown = _wenyam(lab, "check", "core-x")
    assert unknown.returncode == 3
    assert unknown.stdout.startswith("UNKNOWN - ")
    assert "core-x" in unknown.stdout
    status = _wenyam(lab, "status", "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout)["live"] is True
