"""The reading side: a connection that cannot write, a consistent snapshot for every question."""

import contextlib
import json
import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from wenyam.model.calendar import Run
from wenyam.model.facts import ChainedFact, ChainHead
from wenyam.model.instants import Instant, Period
from wenyam.model.receiving import Received
from wenyam.model.states import StateChange, StateRecord, Subject
from wenyam.model.totals import Totals
from wenyam.store import heartbeat, ledger, rollups, verification
from wenyam.store.chain import STATE_CHANGE, genesis, personal_text
from wenyam.store.failures import explained
from wenyam.store.interface import EnteredWindow, History, Life, RollupRow, Verdict
from wenyam.store.opening import DATABASE, connect_reader, file_identity, wal_exists
from wenyam.store.queries import query
from wenyam.store.rows import STATES, Row, chained_fact, course, planned_window, received, state_change, state_record
from wenyam.store.subjects import shared_subjects

T = TypeVar("T")


class SqliteReader:
    """Reads with `mode=ro`, or `immutable=1` while no -wal exists; notices when that changes and asks again."""

    def __init__(self, directory: Path) -> None:
        """Open the database of a state directory."""
        self._directory = directory
        self._path = directory / DATABASE
        self._lock = threading.RLock()
        self._open()

    def _open(self) -> None:
        self._seen = self._identity()
        self._connection, self._immutable = connect_reader(self._directory)
        self._subjects = shared_subjects(self._connection, file_identity(self._path))

    def _identity(self) -> tuple[int, ...]:
        """Which file this is, and for an immutable one whether it is still as it was."""
        with contextlib.suppress(OSError):
            status = os.stat(self._path)  # noqa: PTH116  # never opened, see opening.py
            return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        return ()

    def _is_stale(self) -> bool:
        if self._immutable:
            return wal_exists(self._directory) or self._identity() != self._seen
        return self._identity()[:2] != self._seen[:2]

    def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Answer a question inside one read transaction."""
        with self._lock, explained(self._path):
            if self._is_stale():
                self._reopen()
            answer = self._ask(question)
            if self._immutable and self._is_stale():  # a writer started meanwhile
                self._reopen()
                answer = self._ask(question)
            return answer

    def _reopen(self) -> None:
        self._connection.close()
        self._open()

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        self._connection.execute("BEGIN")
        try:
            self._subjects.refresh(self._connection)
            return question(self._connection)
        finally:
            self._connection.execute("ROLLBACK")

    def _rows(self, name: str, values: Row = ()) -> list[Row]:
        return self.read(lambda connection: connection.execute(query(name), values).fetchall())

    def instance(self) -> str:
        """Return the name of the instance whose history this is."""
        return str(self._rows("instance_name")[0][0])

    def states(self) -> dict[Subject, StateRecord]:
        """Return the current record of every subject that is watched."""
        records = (state_record(row, self._subjects) for row in self._rows("states"))
        return {record.subject: record for record in records}

    def changes(self, period: Period, subjects: Iterable[Subject] | None = None) -> list[StateChange]:
        """Return the changes effective in the period, oldest first."""
        wanted = None if subjects is None else tuple(subjects)

        def ask(connection: sqlite3.Connection) -> list[Row]:
            if wanted is None:
                return connection.execute(query("changes_of_period"), (period.start, period.end)).fetchall()
            values = (self._subjects.json(wanted), period.start, period.end)
            return connection.execute(query("changes_of_subjects"), values).fetchall()

        return [state_change(row, self._subjects) for row in self.read(ask)]

    def changes_in_force(self, places: Sequence[tuple[Subject, Instant]]) -> dict[tuple[Subject, Instant], StateChange]:
        """Return the change of liveness that made each subject what it was at an instant, where there is one."""
        rows = self.read(lambda connection: connection.execute(query("changes_in_force"), (self._places(places),)).fetchall())
        return {places[place]: state_change(row, self._subjects) for place, *row in rows}

    def _places(self, places: Iterable[tuple[Subject, Instant]]) -> str:
        return json.dumps([(self._subjects.numbers.get(subject, 0), instant) for subject, instant in places])

    def changes_since(self, sequence: int, limit: int) -> list[StateChange]:
        """Return changes written after this row number, in the order of writing."""
        return [state_change(row, self._subjects) for row in self._rows("changes_since", (sequence, limit))]

    def histories(self, period: Period, subjects: Iterable[Subject] | None = None) -> list[History]:
        """Return liveness histories; a subject that was never seen is UNKNOWN throughout."""
        wanted = None if subjects is None else tuple(subjects)
        return self.read(lambda connection: self._histories(connection, period, wanted))

    def _histories(self, connection: sqlite3.Connection, period: Period, wanted: tuple[Subject, ...] | None) -> list[History]:
        if wanted is None:
            wanted = tuple(self._subjects.by_number[row[0]] for row in connection.execute(query("liveness_subjects")))
        numbers = self._subjects.json(wanted)
        initial = dict(connection.execute(query("initial_states"), (period.start, numbers)).fetchall())
        known = [(subject, self._subjects.numbers.get(subject, 0)) for subject in wanted]
        return [
            History(subject, STATES[initial.get(number) or "unknown"], course(connection, number, period))
            for subject, number in known
        ]

    def totals(self, moments: Sequence[Instant], known_until: Instant) -> list[Totals]:
        """Return what every life had spent by each moment, all of one snapshot."""
        asked = json.dumps([(at, min(at, known_until)) for at in moments])
        columns = [
            *map(json.loads, self.read(lambda connection: connection.execute(query("totals_of_lives"), (asked,)).fetchone()))
        ]
        subjects = [*map(self._subjects.by_number.__getitem__, columns[0])]
        step = len(moments)
        return [Totals(subjects, *(column[place::step] for column in columns[1:])) for place in range(step)]

    def lives(self) -> dict[Subject, Life]:
        """Return when each liveness subject was born and retired, with the stretches in between."""
        found: dict[Subject, Life] = {}
        for number, born, retired, _, _ in self._rows("lives"):
            subject = self._subjects.by_number[number]
            if not subject.is_liveness:
                continue
            before = found.get(subject)
            if before is None or before.retired is None:
                found[subject] = Life(subject, born, retired)
            else:
                found[subject] = Life(subject, before.born, retired, (*before.absences, Period(before.retired, born)))
        return found

    def windows(self) -> list[EnteredWindow]:
        """Return every planned window ever entered."""
        return [EnteredWindow(planned_window(text), entered, gone) for _, text, entered, _, gone, _ in self._rows("windows")]

    def last_heartbeat(self) -> Instant | None:
        """Return the last heartbeat of the work loop."""
        return heartbeat.last(self._directory)

    def runs(self, job: str | None, period: Period) -> list[Run]:
        """Return recorded runs by due time; one whose process died without a result has failed."""
        if job is None:
            return [ledger.run(row) for row in self._rows("runs_of_period", (period.start, period.end))]
        return [ledger.run(row) for row in self._rows("runs_of_job", (job, period.start, period.end))]

    def facts(self, period: Period, kind: str | None = None) -> list[ChainedFact]:
        """Return facts in the order of the chain, with those personal values that were not erased."""
        values: Row = (period.start, period.end) if kind in (None, STATE_CHANGE) else (kind, period.start, period.end)
        name = {None: "facts_of_period", STATE_CHANGE: "facts_of_state_changes"}.get(kind, "facts_of_rare_kind")
        return self._facts(name, values)

    def facts_after(self, sequence: int, kinds: Sequence[str]) -> list[ChainedFact]:
        """Return the facts of these kinds written after this one, whatever time they are of, in the order of writing."""
        if STATE_CHANGE in kinds:
            return self._facts("facts_of_kinds_after", (sequence, json.dumps(list(kinds))))
        return self._facts("facts_of_rare_kinds_after", (json.dumps(list(kinds)), sequence))

    def _facts(self, name: str, values: Row) -> list[ChainedFact]:
        def ask(connection: sqlite3.Connection) -> list[ChainedFact]:
            rows = connection.execute(query(name), values).fetchall()
            personal: defaultdict[int, dict[str, Any]] = defaultdict(dict)
            for sequence, field, value in connection.execute(query("personal_of_facts"), (json.dumps([row[0] for row in rows]),)):
                personal[sequence][field] = json.loads(value)
            return [chained_fact(row, personal.get(row[0], {})) for row in rows]

        return self.read(ask)

    def head(self) -> ChainHead:
        """Return the end of the fact chain."""
        instance = self.instance()
        rows = self._rows("chain_head")
        if not rows:
            return ChainHead(instance, 0, genesis(instance), Instant(0))
        sequence, digest, at = rows[0]
        return ChainHead(instance, sequence, digest.hex(), at)

    def digest_of(self, sequence: int) -> str | None:
        """Return the digest of one fact; None when there is none of this number, or its month was sealed."""
        rows = self._rows("fact_digest", (sequence,))
        return rows[0][0].hex() if rows else None

    def verify(self, anchor: ChainHead | None = None) -> Verdict:
        """Check the whole chain, its projections, and that it still contains the anchor."""
        instance = self.instance()
        return self.read(lambda connection: verification.verify(connection, instance, self._subjects, anchor))

    def rollups(self, device: str, period: Period) -> list[RollupRow]:
        """Return the hours kept of a device."""
        return self.read(lambda connection: rollups.read(connection, device, period))

    def received(self, period: Period, limit: int) -> list[Received]:
        """Return what others sent in the period, newest first."""
        return [received(row) for row in self._rows("received_of_period", (period.start, period.end, limit))]

    def cursor(self, name: str) -> int:
        """Return how far this reader of the outbox has come."""
        rows = self._rows("cursor", (name,))
        return int(rows[0][0]) if rows else 0

    def personal_with(self, value: str | float | None) -> list[int]:
        """Return the sequences of facts in which a personal field has this value."""
        return [row[0] for row in self._rows("personal_with_value", (personal_text(value),))]

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._connection.close()
