"""The ledger of scheduled runs: who took which due time, and what became of it."""

from dataclasses import replace

from wenyam.errors import StoreError
from wenyam.model.calendar import Run, RunOutcome
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant, to_iso
from wenyam.store.chain import storable
from wenyam.store.owners import is_dead
from wenyam.store.rows import Row
from wenyam.store.transaction import Transaction
from wenyam.store.transitions import PROGRAM

FINISHED = "run-finished"


def claim(transaction: Transaction, job: str, due: Instant, at: Instant, owner: str) -> bool:
    """Take one due run unless somebody already has."""
    return bool(transaction.execute("claim_run", (job, due, at, owner)).rowcount)


def finish(transaction: Transaction, job: str, due: Instant, *, at: Instant, outcome: RunOutcome, detail: str) -> None:
    """End a claimed run; StoreError when it was not claimed, or has ended."""
    if outcome in (RunOutcome.RUNNING, RunOutcome.MISSED):
        raise ValueError(f"a run cannot end as '{outcome}'")
    body: FactBody = {"job": job, "due": due, "ended": at, "outcome": outcome.value, "detail": storable(detail)}
    fact = transaction.append(Fact(FINISHED, at, PROGRAM, body))
    values = (at, outcome.value, storable(detail), fact.sequence, job, due)
    if not transaction.execute("finish_run", values).rowcount:
        raise StoreError(f"the run of '{job}' due {to_iso(due)} was not claimed, or has ended")


def run(row: Row) -> Run:
    """Build a run from its row; a running one whose process is gone has failed."""
    job, due, started, owner, ended, outcome, detail = row
    found = Run(job, due, RunOutcome(outcome), started, ended, detail)
    if found.outcome is RunOutcome.RUNNING and is_dead(owner):
        return replace(found, outcome=RunOutcome.FAILED, detail=f"its process ({owner}) ended without a result")
    return found
