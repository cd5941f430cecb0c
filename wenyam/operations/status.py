"""The present states for `status`: from the running watcher, else the last ones stored, with their age."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.engine.calendar_jobs import verify_name
from wenyam.errors import WatcherSilentError
from wenyam.garbage import collector_paused
from wenyam.links.control import ask
from wenyam.model.backup import BackupJob
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, seconds_between, to_iso
from wenyam.model.states import ALIVE, State, SubjectKind
from wenyam.operations.snapshot import VERSION, job_data, record_data
from wenyam.store.interface import Reader

CONTROL_SOCKET = "control.sock"


@dataclass(frozen=True, slots=True)
class Present:
    """States as plain data (see operations.snapshot) and whether they are live."""

    states: tuple[dict[str, Any], ...]
    live: bool
    age: float | None
    """Seconds since the watcher last showed life; None when it never did."""
    at: str
    silence: str = ""
    """Why the watcher does not answer, when it does not."""
    jobs: tuple[dict[str, Any], ...] = ()
    """Samples of every backup job and repository (see operations.snapshot)."""
    revision: str = ""
    """What to ask `since` for, to be told only of what has moved."""
    since: str = ""
    """Set when `states` are only those that have moved since then."""
    configuration: str = ""
    """Digest of the configuration that the watcher goes by."""
    gone: tuple[str, ...] = ()
    """Subjects that are watched no more, with `since`."""


def socket_path(configuration: Configuration) -> Path:
    """Return where the watcher's control socket is."""
    return Path(configuration.instance.run_directory) / CONTROL_SOCKET


def present(configuration: Configuration, now: Instant, since: str = "") -> Present:
    """Ask the watcher, with `since` only for what has moved; when it is silent read what it stored last."""
    try:
        answer = ask(socket_path(configuration), {"action": "snapshot", **({"since": since} if since else {})})
    except WatcherSilentError as error:
        return _stored(configuration, now, str(error))
    return Present(
        tuple(answer["states"]),
        live=True,
        age=answer["heartbeat_age"],
        at=answer["at"],
        jobs=tuple(answer.get("jobs", ())),
        revision=answer.get("revision", ""),
        configuration=answer.get("configuration", ""),
        since=answer.get("since", ""),
        gone=tuple(answer.get("gone", ())),
    )


@collector_paused()
def _stored(configuration: Configuration, now: Instant, silence: str) -> Present:
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # not needed while the watcher answers

    reader = open_reader(Path(configuration.instance.state_directory))
    try:
        states = tuple(record_data(record) for record in reader.states().values())
        last = reader.last_heartbeat()
        jobs = _stored_jobs(configuration, reader, now)
    finally:
        reader.close()
    age = None if last is None else seconds_between(last, now)
    return Present(states, live=False, age=age, at=to_iso(now), silence=silence, jobs=jobs)


def _stored_jobs(configuration: Configuration, reader: Reader, now: Instant) -> tuple[dict[str, Any], ...]:
    if not configuration.backup.jobs:
        return ()
    from wenyam.backup.record import Memory, readings  # noqa: PLC0415  # not needed without backups, nor while the watcher answers

    found = readings(configuration.backup, Memory().look(reader, configuration.backup, now))
    return tuple(job_data(subject.name, reading.families) for subject, reading in found.items())


def kept_at(job: BackupJob) -> set[str]:
    """Return the names under which the states of a backup job are kept: its own, and those of its repositories."""
    return {job.name, *(verify_name(name) for name in (job.repository, *job.copies))}


def known(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return states as they are known now: a check is UNKNOWN while its device is not up, whatever was recorded (ADR 0003)."""
    rows = list(rows)
    gone = {row["name"]: row for row in rows if row["kind"] == SubjectKind.DEVICE and row["check"] == ALIVE}
    gone = {name: row for name, row in gone.items() if State(row["state"]) is not State.UP}
    return [
        _nothing_known(row, gone[row["name"]])
        if row["kind"] == SubjectKind.DEVICE and row["check"] != ALIVE and row["name"] in gone
        else row
        for row in rows
    ]


def _nothing_known(row: dict[str, Any], owner: dict[str, Any]) -> dict[str, Any]:
    nothing = {"value": None, "limit": None, "soft": None, "attempt": 0, "flapping": False}
    return row | nothing | {"state": State.UNKNOWN.value, "since": owner["since"], "summary": before_that(row["summary"] or "")}


def before_that(summary: str) -> str:
    """Return what is said of a check of a device that is not up, with what was known before."""
    return f"not known while the device is not up; before that: {summary}" if summary else "not known while the device is not up"


def data(view: Present) -> dict[str, Any]:
    """Write the view as versioned data."""
    return {
        "version": VERSION,
        "live": view.live,
        "age": view.age,
        "at": view.at,
        "states": known(view.states),
        "jobs": list(view.jobs),
    }
