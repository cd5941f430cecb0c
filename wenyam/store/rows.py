"""Between rows and the nouns of the model."""

import json
import sqlite3
from array import array
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from wenyam.model.courses import Course
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import PlannedWindow
from wenyam.model.receiving import Received, ReceivedKind
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.chain import finite, parse, storable
from wenyam.store.queries import query
from wenyam.store.subjects import Subjects

Row = tuple[Any, ...]
STATES: dict[str, State] = {state.value: state for state in State}


def state_values(record: StateRecord, cause: int | None) -> Row:
    """Return a record's columns in the order of the query `change_state`."""
    return (
        record.state.value, record.since, storable(record.summary), finite(record.value), finite(record.limit), cause,
        record.window, record.soft_state.value, record.recent, record.failing_since, record.observed_at, record.history,
        int(record.flapping),
    )  # fmt: skip


def state_record(row: Row, subjects: Subjects) -> StateRecord:
    """Build a record from a row of the query `states`."""
    number, state, since, summary, value, limit, cause, window, soft, recent, failing, observed, history, flapping = row
    return StateRecord(
        subjects.by_number[number], STATES[state], since, summary, value, limit, subjects.get(cause), window, STATES[soft],
        recent, failing, observed, history, bool(flapping),
    )  # fmt: skip


def change_values(sequence: int, number: int, change: StateChange, cause: int | None) -> Row:
    """Return a change's columns in the order of the query `insert_change`."""
    return (
        sequence, number, change.previous.value, change.state.value, change.effective, change.recorded,
        storable(change.summary), finite(change.value), finite(change.limit), cause, change.window, change.cause_code,
    )  # fmt: skip


def state_change(row: Row, subjects: Subjects) -> StateChange:
    """Build a change from its row."""
    sequence, number, previous, state, effective, recorded, summary, value, limit, cause, window, code = row
    return StateChange(
        subjects.by_number[number], STATES[previous], STATES[state], effective, recorded, summary, value, limit,
        subjects.get(cause), window, code, sequence,
    )  # fmt: skip


def change_body(change: StateChange) -> dict[str, str | int | float | None]:
    """Return what the fact of a change says; what is empty is left out."""
    body: dict[str, str | int | float | None] = {
        "subject": storable(str(change.subject)), "previous": change.previous.value, "state": change.state.value,
        "effective": change.effective, "summary": storable(change.summary), "value": finite(change.value),
        "limit": finite(change.limit), "cause": None if change.cause is None else storable(str(change.cause)),
        "window": change.window, "cause_code": change.cause_code,
    }  # fmt: skip
    return {key: value for key, value in body.items() if value not in (None, "")}


def chained_fact(row: Row, personal: dict[str, Any]) -> ChainedFact:
    """Build a fact from (sequence, text, digest) and those of its personal values that were not erased."""
    sequence, text, digest = row
    fact = parse(text).fact
    return ChainedFact(sequence, Fact(fact.kind, fact.at, fact.actor, fact.body, personal), text, digest.hex())


def received_values(row: Received) -> Row:
    """Return a received row's columns in the order of the query `insert_received`."""
    device = None if row.device is None else storable(row.device)
    return row.at, storable(row.source), device, row.kind.value, storable(row.name), storable(row.text), row.count


def received(row: Row) -> Received:
    """Build what was received from its row."""
    at, source, device, kind, name, text, count = row
    return Received(at, source, device, ReceivedKind(kind), name, text, count)


def course(connection: sqlite3.Connection, number: int, period: Period) -> Course:
    """Return how a subject's liveness went inside a period."""
    times, letters = connection.execute(query("course_of_subject"), (number, period.start, period.end)).fetchone()
    return course_of_columns(json.loads(times), letters or "")


def course_of_columns(times: list[int], letters: str) -> Course:
    """Build a course from an aggregate's two columns, whose rows SQLite promises in no order (it reads them by their key)."""
    ordered = sorted(times)
    if times != ordered:
        letters = "".join(letter for _, letter in sorted(zip(times, letters, strict=True)))
    return Course(array("q", ordered), letters.encode())


def window_text(window: PlannedWindow) -> str:
    """Return a window as canonical JSON; two windows are the same when this is."""
    fields = asdict(window) | {"subjects": [str(subject) for subject in window.subjects]}
    for later in ("change", "entered_by"):  # left out while empty: a window written before they existed is still the same
        if not fields[later]:
            del fields[later]
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def planned_window(text: str) -> PlannedWindow:
    """Read what `window_text` wrote."""
    fields = json.loads(text)
    subjects = tuple(Subject.parse(subject) for subject in fields.pop("subjects"))
    return PlannedWindow(subjects=subjects, **fields)


def instants(values: Iterable[int | None]) -> tuple[Instant | None, ...]:
    """Return numbers as instants."""
    return tuple(None if value is None else Instant(value) for value in values)
