"""The tables that repeat what facts say, compared with the facts: whoever changes one is found."""

import itertools
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from wenyam.model.facts import FactBody
from wenyam.model.states import State
from wenyam.store import inventory, ledger
from wenyam.store.chain import salted, storable
from wenyam.store.queries import query
from wenyam.store.retention import Seal
from wenyam.store.rows import Row
from wenyam.store.subjects import Subjects


class BrokenError(Exception):
    """Something does not agree; carries the sentence and the number of the fact."""

    def __init__(self, sentence: str, sequence: int | None = None) -> None:
        """Say what is wrong, and at which fact."""
        super().__init__(sentence)
        self.sentence = sentence
        self.sequence = sequence


@dataclass(slots=True)
class Expected:
    """What the facts say the tables must hold."""

    facts: dict[tuple[str, int], FactBody] = field(default_factory=dict)
    """By kind and sequence."""
    personal: dict[int, Mapping[str, str]] = field(default_factory=dict)
    last_state: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Last hard state of each subject's number, and the fact that says so."""

    def body(self, kind: str, sequence: int | None) -> FactBody | None:
        """Take away and return a fact's body."""
        return None if sequence is None else self.facts.pop((kind, sequence), None)


def check(connection: sqlite3.Connection, subjects: Subjects, expected: Expected, seal: Seal | None) -> None:
    """Compare every table; BrokenError at the first that disagrees."""
    sealed = 0 if seal is None else seal.last
    _check_states(connection, subjects, expected, sealed)
    _check_timeline(connection, subjects, sealed)
    _check_lives(connection, subjects, expected, sealed)
    _check_windows(connection, expected, sealed)
    _check_runs(connection, expected, sealed)
    _check_personal(connection, expected, sealed)


def _check_states(connection: sqlite3.Connection, subjects: Subjects, expected: Expected, sealed: int) -> None:
    present = {row[0]: row[1] for row in connection.execute(query("states"))}
    for number, state in present.items():
        said, sequence = expected.last_state.get(number, (State.UNKNOWN.value, None))
        if state != said and not (sequence is None and sealed):
            subject = subjects.by_number[number]
            raise BrokenError(f"the present state of {subject} is '{state}', its last fact says '{said}'", sequence)
    for number, (said, sequence) in expected.last_state.items():
        if number not in present and said != State.UNKNOWN.value:
            subject = subjects.by_number[number]
            raise BrokenError(f"the present state of {subject} is missing; its last fact says '{said}'", sequence)


def _check_timeline(connection: sqlite3.Connection, subjects: Subjects, sealed: int) -> None:
    rows = (row for row in connection.execute(query("timeline_in_order")) if row[3] > sealed)
    found = itertools.groupby(rows, itemgetter(0))
    wanted = itertools.groupby(connection.execute(query("liveness_changes")), itemgetter(0))
    for (number, changes), (other, group) in itertools.zip_longest(wanted, found, fillvalue=(-1, iter(()))):
        kept = list(group)
        if number != other or _overruled(changes) != kept:
            subject = subjects.by_number[number if number >= 0 else other]
            raise BrokenError(f"the timeline of {subject} does not follow from its state changes", kept[0][3] if kept else None)
    wrong = connection.execute(query("wrong_totals")).fetchone()
    if wrong is not None:
        raise BrokenError(f"the running totals of {subjects.by_number[wrong[0]]} do not add up", wrong[1])


def _overruled(changes: Iterable[Row]) -> list[Row]:
    stack: list[Row] = []
    for change in changes:
        while stack and stack[-1][1] >= change[1]:
            stack.pop()
        stack.append(change)
    return stack


def _check_lives(connection: sqlite3.Connection, subjects: Subjects, expected: Expected, sealed: int) -> None:
    lives = connection.execute(query("lives")).fetchall()
    for number, born, retired, born_fact, retired_fact in lives:
        name = storable(str(subjects.by_number[number]))
        _agree(expected, inventory.BORN, born_fact, {"subject": name, "born": born}, sealed)
        if retired is not None:
            _agree(expected, inventory.RETIRED, retired_fact, {"subject": name, "retired": retired}, sealed)
    # A subject that left and came back at the same instant keeps one life; the pair of facts inside it has no row.
    spans = {(storable(str(subjects.by_number[row[0]])), row[1], row[2]) for row in lives}
    for kind, key in ((inventory.BORN, "born"), (inventory.RETIRED, "retired")):
        for _, sequence in [item for item in expected.facts if item[0] == kind]:
            body = expected.facts.pop((kind, sequence))
            if not any(name == body["subject"] and _spans(born, retired, body[key]) for name, born, retired in spans):
                raise BrokenError(f"fact {sequence} ({kind}, {body['subject']}) has no row in life", sequence)


def _spans(born: int, retired: int | None, instant: object) -> bool:
    return isinstance(instant, int) and born <= instant and (retired is None or instant < retired)


def _check_windows(connection: sqlite3.Connection, expected: Expected, sealed: int) -> None:
    for _, content, entered_at, entered, withdrawn_at, withdrawn in connection.execute(query("windows")):
        _agree(expected, inventory.ENTERED, entered, {"window": content, "entered": entered_at}, sealed)
        if withdrawn_at is not None:
            _agree(expected, inventory.WITHDRAWN, withdrawn, {"window": content, "withdrawn": withdrawn_at}, sealed)
    _nothing_left(expected, (inventory.ENTERED, inventory.WITHDRAWN), "planned_window")


def _check_runs(connection: sqlite3.Connection, expected: Expected, sealed: int) -> None:
    for sequence, job, due, ended, outcome, detail in connection.execute(query("finished_runs"), (sealed,)):
        body = {"job": job, "due": due, "ended": ended, "outcome": outcome, "detail": detail}
        _agree(expected, ledger.FINISHED, sequence, body, sealed)
    _nothing_left(expected, (ledger.FINISHED,), "run")


def _agree(expected: Expected, kind: str, sequence: int | None, row: Mapping[str, object], sealed: int) -> None:
    if sequence is not None and sequence <= sealed:
        return
    body = expected.body(kind, sequence)
    if body is None:
        raise BrokenError(f"a row says what no {kind} fact says: {dict(row)}", sequence)
    if dict(body) != dict(row):
        raise BrokenError(f"the row of fact {sequence} ({kind}) does not say what the fact says", sequence)


def _nothing_left(expected: Expected, kinds: tuple[str, ...], table: str) -> None:
    for kind, sequence in expected.facts:
        if kind in kinds:
            raise BrokenError(f"fact {sequence} ({kind}) has no row in {table}", sequence)


def _check_personal(connection: sqlite3.Connection, expected: Expected, sealed: int) -> None:
    for sequence, name, salt, value in connection.execute(query("personal_all"), (sealed,)):
        if expected.personal.get(sequence, {}).get(name) != salted(salt, value):
            raise BrokenError(f"the personal field '{name}' of fact {sequence} is not the one that was recorded", sequence)
