"""A small data centre with a real store: October 2026 holds one planned outage, one that is not, and a blind hour."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.availability.corrections import CorrectedState, Correction
from wenyam.cli.main import main
from wenyam.engine.calendar import changed_schedules
from wenyam.model.calendar import Job, RunOutcome, Schedule
from wenyam.model.instants import Instant, after, from_datetime
from wenyam.model.inventory import PlannedWindow
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.interface import Transition
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

CONFIGURATION = """
instance: {name: watch-1, site: head-office, language: th, time_zone: Asia/Bangkok, state_directory: STATE, run_directory: STATE}
sites: {head-office: {label: {th: สำนักงานใหญ่, en: Head office}}}
people: {somchai: {name: {th: สมชาย, en: Somchai}, roles: [operator, duty_officer]}}
defaults: {owner: somchai, duty_officer: somchai}
devices:
  core-switch: {kind: switch, address: 192.0.2.1}
  web-1: {kind: server, address: 192.0.2.11, parents: [core-switch], label: {th: เครื่องเว็บ, en: Web server}}
  web-2: {kind: server, address: 192.0.2.12, parents: [core-switch]}
services:
  saraban: {label: {th: ระบบสารบรรณอิเล็กทรอนิกส์, en: e-Saraban}, members: {any: [web-1, web-2]}}
groups:
  webs: {label: {th: กลุ่มเว็บ, en: Web servers}, members: [web-1, web-2]}
"""
SWITCH, WEB_1, WEB_2 = (Subject.parse(name) for name in ("core-switch", "web-1", "web-2"))
SERVICE = Subject.parse("service:saraban")


def local(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Bangkok")))


def change(subject: Subject, previous: State, state: State, at: Instant, **said: object) -> Transition:
    record = StateRecord(subject, state, since=at, soft_state=state)
    return Transition(record, StateChange(subject, previous, state, at, after(at, 3), **said))  # type: ignore[arg-type]  # test data


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return the configuration folder of a site whose store holds October 2026 and a heartbeat of 2026-11-02."""
    state, folder = tmp_path / "state", tmp_path / "configuration"
    state.mkdir()
    folder.mkdir(mode=0o700)
    (folder / "wenyam.yaml").write_text(CONFIGURATION.replace("STATE", str(state)))
    october = local("2026-10-01")
    writer = open_writer(state, FakeClock(october), "watch-1", ballast_bytes=0)
    try:
        weekly = Job("weekly", Schedule("every sun 01:00"), ("db", "check"))
        writer.apply([], facts=changed_schedules([weekly], [], october))
        writer.register(dict.fromkeys((SWITCH, WEB_1, WEB_2, SERVICE), october), october)
        window = PlannedWindow(
            name="patching", subjects=(WEB_1,), schedule=None, starts=local("2026-10-10T01:00"), ends=local("2026-10-10T03:00"),
            duration=None, reason="updates", approved_by="somchai", approved_at=local("2026-10-05T09:00"),
        )  # fmt: skip
        writer.enter_windows([window], local("2026-10-05T10:00"))
        up, down = State.UP, State.DOWN
        writer.apply([change(subject, State.UNKNOWN, up, october) for subject in (SWITCH, WEB_1, WEB_2)])
        writer.apply([change(WEB_1, up, down, local("2026-10-10T01:00"))])
        writer.apply([change(WEB_1, down, up, local("2026-10-10T04:00"))])
        writer.apply([change(WEB_2, up, down, local("2026-10-20T08:00"), cause_code="power", summary="no answer to icmp")])
        writer.apply([change(WEB_2, down, up, local("2026-10-20T10:00"))])
        writer.apply([change(each, up, State.UNKNOWN, local("2026-10-25T12:00")) for each in (SWITCH, WEB_1, WEB_2)])
        writer.apply([change(each, State.UNKNOWN, up, local("2026-10-25T13:00")) for each in (SWITCH, WEB_1, WEB_2)])
        for day, outcome in ((1, RunOutcome.DONE), (2, RunOutcome.FAILED)):
            due = local(f"2026-10-0{day}T01:30")
            writer.claim("nightly", due, after(due, 5), "host:1")
            writer.finish("nightly", due, after(due, 60), outcome, "" if outcome is RunOutcome.DONE else "=disk full")
        moved = local("2026-10-20T08:00"), local("2026-10-20T09:00"), CorrectedState.PLANNED, "moved rack"
        writer.append(Correction(WEB_2, *moved, "somchai", local("2026-11-01T09:00")).fact())
        writer.heartbeat(local("2026-11-02"))
    finally:
        writer.close()
    return folder


@pytest.fixture
def wenyam(site: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs a verb on the site and gives its stdout."""

    def run(*words: str) -> str:
        assert main(["--config", str(site), *words]) == 0
        return capsys.readouterr().out

    return run
