"""What the watcher knows right now, as plain data for the control socket, `status`, `check` and the dashboards."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wenyam.model.instants import to_iso
from wenyam.model.inventory import Device
from wenyam.model.samples import Failure, Family
from wenyam.model.states import State, StateRecord, SubjectKind
from wenyam.settings.unknown import unknown

if TYPE_CHECKING:  # `status` and `tui` read what was asked; the watcher alone brings its whole engine
    from wenyam.engine.latest import JobLatest
    from wenyam.engine.watcher import Watcher

VERSION = 1
_VALUES = {state: state.value for state in State}
_KINDS = {kind: kind.value for kind in SubjectKind}
"""Looked up, for asking an enum for its value costs ten times as much, and there are tens of thousands of states to write."""


def record_data(record: StateRecord) -> dict[str, Any]:
    """Write one state as plain data."""
    subject = record.subject
    return {
        "subject": str(subject),
        "kind": _KINDS[subject.kind],
        "name": subject.name,
        "check": subject.check,
        "state": _VALUES[record.state],
        "since": to_iso(record.since),
        "observed": None if record.observed_at is None else to_iso(record.observed_at),
        "summary": record.summary,
        "value": record.value,
        "limit": record.limit,
        "cause": None if record.cause is None else str(record.cause),
        "window": record.window,
        "soft": None if record.settled else _VALUES[record.soft_state],
        "attempt": record.attempt,
        "flapping": record.flapping,
    }


def snapshot(watcher: "Watcher", since: str = "") -> dict[str, Any]:
    """Write every state, and how the watcher itself does; with the `revision` of an earlier answer only what has moved since.

    The rows are made when they are taken; all are of this moment, for a record never changes, another takes its place.
    """
    moved = watcher.board.moved_since(since) if since else None
    if moved is None:
        return _head(watcher) | {
            "states": map(record_data, tuple(watcher.board.records())),
            "jobs": [
                job_data(watched.subject.name, watcher.latest.families(watched.key))
                for watched in watcher.subjects.fed().values()
            ],
        }
    records, gone = moved
    return _head(watcher) | {
        "since": since,
        "states": map(record_data, records),
        "gone": [str(each) for each in gone],
    }


def _head(watcher: "Watcher") -> dict[str, Any]:
    figures = watcher.wheel.figures
    return {
        "version": VERSION,
        "instance": watcher.configuration.instance.name,
        "at": to_iso(watcher.clock.now()),
        "heartbeat_age": watcher.heartbeat.age,
        "configuration": watcher.configuration.digest,
        "wheel": {"started": figures.started, "skipped": figures.skipped, "late": figures.late, "latest": figures.latest},
        "revision": watcher.board.revision,
    }


def job_data(name: str, families: Iterable[Family]) -> dict[str, Any]:
    """Write what is known of one job as plain data."""
    return {"name": name, "samples": [row for family in families for row in _rows(family)]}


def device(watcher: "Watcher", name: str) -> dict[str, Any]:
    """Write one device or service: states, latest values and the last failure with what was seen on the wire."""
    inventory = watcher.configuration.inventory
    if name not in inventory.devices and name not in inventory.services:
        raise unknown("device or service", name, [*inventory.devices, *inventory.services])
    key = name if name in inventory.devices else f"service:{name}"
    known = inventory.devices.get(name)
    return {
        "version": VERSION,
        "name": name,
        "inventory": {} if known is None else _inventory_data(known),
        "states": [record_data(record) for record in watcher.board.records() if record.subject.name == name],
        "jobs": {job: _job_data(latest) for job, latest in watcher.latest.jobs(key).items()},
    }


def _inventory_data(known: Device) -> dict[str, Any]:
    return {
        "kind": known.kind,
        "addresses": list(known.addresses),
        "site": known.site,
        "owner": known.owner,
        "duty_officer": known.duty_officer,
        "parents": list(known.parents),
        "alive": [str(probe) for probe in known.alive.any_of],
    }


def _job_data(latest: "JobLatest") -> dict[str, Any]:
    collection = latest.collection
    reading = None if collection is None else collection.reading
    return {
        "started": None if collection is None else to_iso(collection.started),
        "took": None if collection is None else collection.took,
        "last_success": None if latest.last_success is None else to_iso(latest.last_success),
        "errors": latest.errors,
        "facts": {} if reading is None else dict(reading.facts),
        "samples": [] if reading is None else [row for family in reading.families for row in _rows(family)],
        "rates": [row for family in latest.derived for row in _rows(family)],
        "last_failure": None if latest.last_failure is None else _failure_data(latest.last_failure),
        "last_failure_at": None if latest.last_failure_at is None else to_iso(latest.last_failure_at),
    }


def _rows(family: Family) -> list[dict[str, Any]]:
    return [{"name": sample.name, "labels": dict(sample.labels), "value": sample.value} for sample in family]


def _failure_data(failure: Failure) -> dict[str, Any]:
    return {"reason": failure.reason.value, "sentence": failure.sentence, "debug": failure.debug}
