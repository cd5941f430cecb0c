"""Births and retirements of subjects, and planned windows as they were entered and withdrawn."""

from collections.abc import Mapping, Sequence

from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.inventory import PlannedWindow
from wenyam.model.states import Subject
from wenyam.store.chain import storable
from wenyam.store.rows import window_text
from wenyam.store.transaction import Transaction
from wenyam.store.transitions import PROGRAM, retire

BORN, RETIRED = "subject-born", "subject-retired"
ENTERED, WITHDRAWN = "window-entered", "window-withdrawn"


def register(transaction: Transaction, subjects: Mapping[Subject, Instant | None], at: Instant) -> None:
    """Make the living subjects exactly these."""
    living = {transaction.subjects.by_number[number]: born for number, born in transaction.execute("open_lives").fetchall()}
    for subject, born in living.items():
        if subject not in subjects:
            _retire(transaction, subject, born, at)
    for subject, born in subjects.items():
        if subject not in living:
            _bear(transaction, subject, at if born is None else born, at)


def _bear(transaction: Transaction, subject: Subject, born: Instant, at: Instant) -> None:
    number = transaction.number(subject)
    retired = transaction.execute("last_retirement", (number,)).fetchone()[0]
    born = born if retired is None else Instant(max(born, retired))
    fact = transaction.append(Fact(BORN, at, PROGRAM, {"subject": storable(str(subject)), "born": born}))
    if retired is not None and transaction.execute("reopen_life", (number, born)).rowcount:
        return
    transaction.execute("insert_life", (number, born, fact.sequence))


def _retire(transaction: Transaction, subject: Subject, born: Instant, at: Instant) -> None:
    retired = Instant(max(born, at))
    fact = transaction.append(Fact(RETIRED, at, PROGRAM, {"subject": storable(str(subject)), "retired": retired}))
    number = transaction.number(subject)
    transaction.execute("end_life", (retired, fact.sequence, number, born))
    checks = transaction.execute("checks_of", (subject.kind.value, subject.name)).fetchall() if subject.is_liveness else []
    retire(transaction, (subject, *(transaction.subjects.by_number[row[0]] for row in checks)), at)


def enter_windows(transaction: Transaction, windows: Sequence[PlannedWindow], at: Instant) -> None:
    """Record windows not yet known as entered, and those no longer present as withdrawn; a changed one is both."""
    wanted = {window_text(window): window for window in windows}
    present: set[str] = set()
    for number, text, _, _, withdrawn, _ in transaction.execute("windows").fetchall():
        if withdrawn is not None:
            continue
        if text in wanted:
            present.add(text)
            continue
        fact = transaction.append(Fact(WITHDRAWN, at, PROGRAM, {"window": text, "withdrawn": at}))
        transaction.execute("withdraw_window", (at, fact.sequence, number))
    for text in wanted:
        if text in present:
            continue
        fact = transaction.append(Fact(ENTERED, at, PROGRAM, {"window": text, "entered": at}))
        transaction.execute("insert_window", (text, at, fact.sequence))
