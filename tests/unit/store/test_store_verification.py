"""Every way to falsify the history, done for real to the file, and the sentence that finds it."""

import hashlib
import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.model.calendar import RunOutcome
from wenyam.model.facts import ChainHead, Fact
from wenyam.model.instants import Instant
from wenyam.model.inventory import PlannedWindow
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.chain import canonical, genesis, link, parse
from wenyam.store.inspection import problems
from wenyam.store.interface import Transition, Verdict
from wenyam.store.owners import this_process
from wenyam.store.sqlite import open_reader
from wenyam.store.writer import SqliteWriter

START = Instant(1_792_000_000_000)
WEB = Subject.parse("device:web")
Opener = Callable[..., SqliteWriter]


@pytest.fixture
def anchor(opener: Opener) -> ChainHead:
    """Write a little of everything, stop cleanly, and keep the head."""
    writer = opener()
    writer.register({WEB: None}, START)
    for second, (old, new) in enumerate([(State.UNKNOWN, State.UP), (State.UP, State.DOWN), (State.DOWN, State.UP)]):
        moment = Instant(START + second * 1000)
        writer.apply([Transition(StateRecord(WEB, new, moment), StateChange(WEB, old, new, moment, moment, f"{new}"))])
    writer.enter_windows([PlannedWindow("move", (WEB,), None, START, START, None, "new disks", "p1", START)], START)
    writer.claim("backup", START, START, this_process())
    writer.finish("backup", START, START, RunOutcome.FAILED, "disk")
    writer.append(Fact("approval", START, "p1", {"plan": "dr"}, {"name": "somchai"}))
    writer.append(Fact("note", START, "p1", {"text": "last"}))
    head = writer.head()
    writer.close()
    return head


def falsify(directory: Path, *statements: str) -> None:
    """Do what somebody with the file and a shell can do: drop the triggers first."""
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            changed = connection.execute(statement).rowcount
            assert changed > 0, statement


def verify(directory: Path, anchor: ChainHead | None = None) -> Verdict:
    reader = open_reader(directory)
    try:
        return reader.verify(anchor)
    finally:
        reader.close()


def test_an_untouched_history_is_whole(directory: Path, anchor: ChainHead) -> None:
    verdict = verify(directory, anchor)
    assert (verdict.problem, verdict.sequence, verdict.untested, verdict.head) == ("", None, "", anchor)
    assert verdict.facts == anchor.sequence


FORGED_ROW = (
    "INSERT INTO state_change SELECT 9, subject, previous, state, effective, recorded, summary, NULL, NULL, NULL, NULL, '' "
    "FROM state_change WHERE sequence = 4"
)
# Facts: 1 chain-began, 2 subject-born, 3-5 state-change (up, down, up), 6 window-entered, 7 run-finished, 8 approval, 9 note.
FALSIFICATIONS: list[tuple[str, str, int | None]] = [
    ("UPDATE fact SET text = replace(text, 'down', 'okay') WHERE sequence = 4", r"fact 4 \(state-change, 2026-.*was changed", 4),
    ("UPDATE fact SET digest = zeroblob(32) WHERE sequence = 3", "fact 3 .*does not follow from the one before", 3),
    ("UPDATE fact SET at = at + 1 WHERE sequence = 4", "number, kind or time of fact 4 was changed", 4),
    ("UPDATE fact SET kind = 'other' WHERE sequence = 9", "number, kind or time of fact 9 was changed", 9),
    ("DELETE FROM fact WHERE sequence = 6", "fact 6 is missing; the next one is 7", 6),
    ("DELETE FROM fact WHERE sequence >= 5", "row 5 of state_change has no fact: it was added, or the end", 5),
    ("UPDATE state_change SET state = 'unknown' WHERE sequence = 4", r"row 4 of state_change \(device:web\) does not say", 4),
    ("UPDATE state_change SET effective = effective - 60000 WHERE sequence = 4", "row 4 of state_change", 4),
    ("UPDATE state_change SET recorded = recorded + 1 WHERE sequence = 5", "row 5 of state_change", 5),
    ("UPDATE state_change SET cause_code = 'power' WHERE sequence = 4", "row 4 of state_change", 4),
    ("DELETE FROM state_change WHERE sequence = 4", "fact 4 is a state change, but its row in state_change is missing", 4),
    (FORGED_ROW, "row 9 of state_change has no fact", 9),
    ("UPDATE state SET state = 'down'", "present state of device:web is 'down', its last fact says 'up'", 5),
    ("DELETE FROM state", "present state of device:web is missing", 5),
    ("UPDATE timeline SET effective = effective + 1 WHERE sequence = 4", "timeline of device:web does not follow", None),
    ("DELETE FROM timeline WHERE sequence = 4", "timeline of device:web does not follow", None),
    ("DELETE FROM timeline", "timeline of device:web does not follow", None),
    ("UPDATE timeline SET up = up + 1 WHERE sequence = 4", "running totals of device:web do not add up", 4),
    ("UPDATE timeline SET down = down - 1 WHERE sequence = 5", "running totals of device:web do not add up", 5),
    ("UPDATE timeline SET unreachable = 7 WHERE sequence = 5", "running totals of device:web do not add up", 5),
    ("UPDATE life SET born = born + 1", r"row of fact 2 \(subject-born\) does not say", 2),
    ("DELETE FROM life", r"fact 2 \(subject-born, device:web\) has no row in life", 2),
    ("UPDATE life SET retired = born + 1, retired_fact = 2", "a row says what no subject-retired fact says", 2),
    ("UPDATE planned_window SET entered_at = entered_at - 1", r"row of fact 6 \(window-entered\)", 6),
    ("UPDATE planned_window SET withdrawn_at = 0, withdrawn_fact = 6", "a row says what no window-withdrawn fact says", 6),
    ("DELETE FROM planned_window", r"fact 6 \(window-entered\) has no row in planned_window", 6),
    ("UPDATE run SET outcome = 'done'", r"row of fact 7 \(run-finished\)", 7),
    ("UPDATE run SET finished_fact = NULL, outcome = 'running', ended = NULL", r"fact 7 \(run-finished\) has no row in run", 7),
    ("UPDATE personal SET value = '\"mallory\"'", "personal field 'name' of fact 8", 8),
]


@pytest.mark.usefixtures("anchor")
@pytest.mark.parametrize(("statement", "sentence", "sequence"), FALSIFICATIONS)
def test_a_falsified_row_is_found(directory: Path, statement: str, sentence: str, sequence: int | None) -> None:
    falsify(directory, statement)
    verdict = verify(directory)
    assert re.search(sentence, verdict.problem), verdict.problem
    if sequence is not None:
        assert verdict.sequence == sequence


def test_a_cut_end_shows_only_against_an_anchor(directory: Path, anchor: ChainHead) -> None:
    falsify(directory, "DELETE FROM personal", "DELETE FROM fact WHERE sequence >= 8")
    assert verify(directory).problem == ""
    verdict = verify(directory, anchor)
    assert (verdict.problem, verdict.sequence) == ("the chain ends at fact 7, the anchor knows fact 9: its end was cut", 8)


def rewrite(directory: Path, sequence: int, old: str, new: str) -> None:
    """Change one fact and compute every digest after it afresh, as who knows the method can."""
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        digest = genesis("lab")
        for number, text in connection.execute("SELECT sequence, text FROM fact ORDER BY sequence").fetchall():
            now = text.replace(old, new) if number == sequence else text
            digest = link(digest, now)
            connection.execute("UPDATE fact SET text = ?, digest = ? WHERE sequence = ?", (now, bytes.fromhex(digest), number))


def test_a_history_rewritten_with_a_correct_chain_shows_against_an_anchor(directory: Path, anchor: ChainHead) -> None:
    falsify(directory, "UPDATE state_change SET summary = 'planned work' WHERE sequence = 4")
    rewrite(directory, 4, '"summary":"down"', '"summary":"planned work"')
    assert verify(directory).problem == ""
    verdict = verify(directory, anchor)
    assert verdict.problem == "fact 9 is not the one the anchor knows: the history was rewritten"
    assert verdict.sequence == 9


def test_an_older_anchor_still_proves_what_came_before_it(directory: Path, anchor: ChainHead, opener: Opener) -> None:
    writer = opener()
    writer.append(Fact("note", START, "p1", {"text": "later"}))
    writer.close()
    assert verify(directory, anchor).problem == ""
    assert verify(directory, anchor).head.sequence == anchor.sequence + 1


def test_an_anchor_of_another_instance_is_refused(directory: Path, anchor: ChainHead) -> None:
    other = ChainHead("other", anchor.sequence, anchor.digest, anchor.at)
    assert verify(directory, other).problem == "the anchor belongs to 'other', this chain to 'lab'"


@pytest.mark.usefixtures("anchor")
def test_the_file_check_misses_the_triggers(directory: Path) -> None:
    falsify(directory)
    reader = open_reader(directory)
    found = problems(reader)
    reader.close()
    assert len(found) == 8
    assert all(problem.startswith("missing or changed: CREATE TRIGGER") for problem in found)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE fact SET actor = 'x'", "no such column"),
        ("UPDATE fact SET kind = 'x'", "facts never change"),
        ("DELETE FROM fact WHERE sequence = 9", "only after their month is sealed"),
        ("INSERT OR REPLACE INTO fact SELECT * FROM fact WHERE sequence = 9", "facts are only appended"),
        ("UPDATE state_change SET state = 'up'", "state changes never change"),
        ("DELETE FROM state_change", "only after their month is sealed"),
        ("INSERT OR REPLACE INTO state_change SELECT * FROM state_change WHERE sequence = 5", "state changes are only appended"),
    ],
)
@pytest.mark.usefixtures("anchor")
def test_the_database_itself_refuses_to_change_what_was_written(directory: Path, statement: str, words: str) -> None:
    with (
        closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection,
        pytest.raises(sqlite3.DatabaseError, match=words),
    ):
        connection.execute(statement)


def test_the_chain_can_be_followed_by_hand(directory: Path, anchor: ChainHead) -> None:
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        texts = connection.execute("SELECT text FROM fact ORDER BY sequence").fetchall()
    digest = hashlib.sha256(b"wenyam fact chain 1\nlab").hexdigest()
    for (text,) in texts:
        digest = hashlib.sha256((digest + text).encode()).hexdigest()
    assert digest == anchor.digest


def test_the_chain_can_be_followed_with_the_lines_of_the_documentation(directory: Path, anchor: ChainHead) -> None:
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "facts.md").read_text(encoding="utf-8")
    lines = [line.removeprefix("    ") for line in page.splitlines() if line.startswith("    ")]
    script = "\n".join(lines[: next(number for number, line in enumerate(lines) if line.startswith("wenyam"))])
    done = subprocess.run(["bash", "-euc", script], cwd=directory, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == anchor.digest


def test_a_canonical_text_is_sorted_and_reads_back() -> None:
    text = canonical(7, Fact("note", START, "สมชาย", {"b": 1, "a": None, "ค": 0.1}), {})
    assert text == '{"actor":"สมชาย","at":1792000000000,"body":{"a":null,"b":1,"ค":0.1},"kind":"note","sequence":7}'
    assert parse(text).fact == Fact("note", START, "สมชาย", {"a": None, "b": 1, "ค": 0.1})


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"kind":"x"}', "[" * 100_000])
def test_what_is_no_fact_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)
