"""The writing side: every call is one transaction under the write lock; facts are durable before it returns."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from wenyam.clock import Clock
from wenyam.errors import DiskFullError, StoreError
from wenyam.model.calendar import RunOutcome
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instance import Retention
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import PlannedWindow
from wenyam.model.receiving import Received
from wenyam.model.states import StateChange, StateRecord, Subject
from wenyam.store import inventory, ledger, personal, retention, rollups, verification
from wenyam.store import transitions as changes_of_state
from wenyam.store.ballast import BYTES, Ballast
from wenyam.store.failures import explained, free_bytes
from wenyam.store.files import prepare_directory
from wenyam.store.heartbeat import Heartbeat
from wenyam.store.interface import RollupRow, Storage, Transition
from wenyam.store.locks import write_lock
from wenyam.store.opening import DATABASE, connect_writer, file_identity
from wenyam.store.queries import query
from wenyam.store.reader import SqliteReader
from wenyam.store.rows import received_values
from wenyam.store.subjects import Subjects
from wenyam.store.transaction import Transaction

T = TypeVar("T")
_RENEWAL = 10.0
"""Seconds between tries to take the ballast back."""
_LONG_LOG, _SHORT_LOG = 1000, 16
"""Pages after which the log is emptied: SQLite's own default, and while the disk is full."""


class SqliteWriter(SqliteReader):
    """Writes through one connection and reads through another, so that a long question never holds up a fact."""

    def __init__(self, directory: Path, clock: Clock, instance: str, rules: Retention, ballast_bytes: int = BYTES) -> None:
        """Open for writing: make or migrate the database, check it, hold the ballast."""
        self._clock = clock
        self._instance = instance
        self._rules = rules
        self._ballast = Ballast(directory, ballast_bytes)
        self._write_lock = threading.RLock()
        self._known_subjects = Subjects()
        self._known_series: dict[tuple[str, str], int] = {}
        self._critical = False
        self._durable = True
        self._closed = False
        self._next_renewal = clock.monotonic()
        prepare_directory(directory)
        with write_lock(directory):
            self._writing = connect_writer(directory, instance, clock.now())
            self._file = file_identity(directory / DATABASE)
        try:
            self._check_instance(directory / DATABASE)
            super().__init__(directory)
            self._heartbeat = Heartbeat(directory)
            self._renew_ballast()
        except BaseException:
            with write_lock(directory):
                self._writing.close()
            raise

    def _check_instance(self, path: Path) -> None:
        name = self._writing.execute(query("instance_name")).fetchone()[0]
        if name != self._instance:
            raise StoreError(
                f"{path} is the history of '{name}', not of '{self._instance}'",
                hint="Give instance.name back its old value, or use another state_directory.",
            )

    def _write(self, work: Callable[[Transaction], T], *, durable: bool = True, samples: bool = False) -> T:
        """Run one transaction; a full disk gives facts the ballast and makes samples wait."""
        with self._write_lock:
            if not self._renew_ballast() and samples:
                raise DiskFullError(f"{self._path}: samples wait, what space there is belongs to facts")
            try:
                result = self._attempt(work, durable=durable)
            except DiskFullError:
                if samples or not durable:
                    raise
                result = self._attempt_with_ballast(work)
            if durable:
                self._critical = False
            return result

    def _attempt_with_ballast(self, work: Callable[[Transaction], T]) -> T:
        self._ballast.release()
        # While room is short the log is emptied often, so that its space is written again and again.
        self._writing.execute(f"PRAGMA wal_autocheckpoint = {_SHORT_LOG:d}")
        with contextlib.suppress(StoreError):
            self._checkpoint()
        try:
            return self._attempt(work, durable=True)
        except DiskFullError:
            self._critical = True
            raise

    def _attempt(self, work: Callable[[Transaction], T], *, durable: bool) -> T:
        with write_lock(self._directory), explained(self._path):
            self._require_our_file()
            with self._transaction(durable=durable) as transaction:
                return work(transaction)

    def _require_our_file(self) -> None:
        """Refuse to write into a file that nobody will find again, which SQLite would do without a word."""
        if file_identity(self._path) != self._file:
            hint = "Stop 'wenyam run', put the right database in its place, and start it again."
            raise StoreError(f"{self._path} was removed or replaced while it was written to", hint=hint)

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[Transaction]:
        if durable is not self._durable:
            self._writing.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        try:
            self._writing.execute("BEGIN IMMEDIATE")
            yield Transaction(self._writing, self._instance, self._known_subjects)
            self._writing.execute("COMMIT")
        except BaseException:
            if self._writing.in_transaction:
                self._writing.execute("ROLLBACK")
            # Numbers given in what was undone may be given again to others.
            self._known_subjects, self._known_series = Subjects(), {}
            raise

    def _renew_ballast(self) -> bool:
        if self._ballast.whole:
            return True
        if self._clock.monotonic() < self._next_renewal:
            return False
        self._next_renewal = self._clock.monotonic() + _RENEWAL
        if not self._ballast.renew():
            return False
        self._writing.execute(f"PRAGMA wal_autocheckpoint = {_LONG_LOG:d}")
        return True

    def apply(
        self, transitions: Sequence[Transition], soft: Sequence[StateRecord] = (), facts: Sequence[Fact] = ()
    ) -> list[StateChange]:
        """Write hard changes, soft records and further facts; return the changes that passed their guard."""

        def work(transaction: Transaction) -> list[StateChange]:
            passed = changes_of_state.apply(transaction, transitions, soft)
            for fact in facts:
                transaction.append(verification.free(fact))
            return passed

        return self._write(work, durable=bool(transitions or facts))

    def register(self, subjects: Mapping[Subject, Instant | None], at: Instant) -> None:
        """Make the living subjects exactly these."""
        self._write(lambda transaction: inventory.register(transaction, subjects, at))

    def retire(self, subjects: Iterable[Subject], at: Instant) -> None:
        """End the records of checks that are no longer made."""
        gone = tuple(subjects)
        self._write(lambda transaction: changes_of_state.retire(transaction, gone, at))

    def enter_windows(self, windows: Sequence[PlannedWindow], at: Instant) -> None:
        """Record new windows as entered and missing ones as withdrawn."""
        self._write(lambda transaction: inventory.enter_windows(transaction, windows, at))

    def heartbeat(self, at: Instant) -> None:
        """Record that the work loop is alive: two microseconds, no lock, no space."""
        self._heartbeat.beat(at)

    def append(self, fact: Fact) -> ChainedFact:
        """Add one fact to the chain."""
        return self._write(lambda transaction: transaction.append(verification.free(fact)))

    def advance(self, name: str, sequence: int, facts: Sequence[Fact]) -> list[ChainedFact]:
        """Add facts to the chain and move a reader's cursor, both or neither."""

        def work(transaction: Transaction) -> list[ChainedFact]:
            written = [transaction.append(verification.free(fact)) for fact in facts]
            transaction.execute("move_cursor", (name, sequence))
            return written

        return self._write(work)

    def receive(self, rows: Sequence[Received]) -> None:
        """Keep what others sent; a flood never takes the ballast that belongs to facts."""
        values = [received_values(row) for row in rows]

        def work(transaction: Transaction) -> None:
            for row in values:
                transaction.execute("insert_received", row)

        self._write(work, samples=True)

    def erase_personal(self, sequences: Iterable[int], at: Instant, actor: str, reason: str) -> int:
        """Erase the clear values of personal fields, then empty the log so that no copy of them stays in it."""
        gone = sorted(set(sequences))
        erased = self._write(lambda transaction: personal.erase(transaction, gone, at, actor, reason))
        self._checkpoint()
        return erased

    def _checkpoint(self) -> None:
        with self._write_lock, write_lock(self._directory), explained(self._path):
            self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def claim(self, job: str, due: Instant, at: Instant, owner: str) -> bool:
        """Take one due run; False when somebody already has."""
        return self._write(lambda transaction: ledger.claim(transaction, job, due, at, owner))

    def finish(self, job: str, due: Instant, at: Instant, outcome: RunOutcome, detail: str) -> None:
        """Record how a claimed run ended."""
        self._write(lambda transaction: ledger.finish(transaction, job, due, at=at, outcome=outcome, detail=detail))

    def write_rollups(self, rows: Sequence[RollupRow]) -> None:
        """Merge points into their hours."""
        self._write(lambda transaction: rollups.write(transaction, rows, self._known_series), durable=False, samples=True)

    def retain(self, now: Instant, *, clock_stepped: bool = False) -> str:
        """Seal months past their retention, one transaction each, drop old rollups and rows received; not after a clock step."""
        if clock_stepped:
            return "nothing was removed by age, because the clock has stepped"
        months: list[str] = []
        while month := self._write(lambda transaction: retention.seal_oldest_month(transaction, now, self._rules.facts)):
            months.append(month)
        limit = after(now, -self._rules.rollups)
        hours = self._write(lambda transaction: transaction.execute("drop_rollups", (limit,)).rowcount)
        rows = self._write(lambda transaction: transaction.execute("drop_received", (limit, retention.RECEIVED_ROWS)).rowcount)
        return retention.sentence(months, hours, rows, self._rules)

    def storage(self) -> Storage:
        """Tell how much room is left, taking back the ballast when there is room again; StoreError when the file is not ours."""
        with self._write_lock:
            self._require_our_file()
            held = self._renew_ballast()
            self._critical = self._critical and not held
        return Storage(free_bytes(self._directory), held, self._critical)

    def close(self) -> None:
        """Stop cleanly: the last writer leaves no -wal behind. A second time is harmless."""
        with self._write_lock:
            if self._closed:
                return
            self._closed = True
            self._heartbeat.close()
            super().close()
            with write_lock(self._directory), contextlib.suppress(sqlite3.OperationalError):
                self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            with write_lock(self._directory):
                self._writing.close()
