"""The pipeline: a collection becomes latest values, verdicts and states. No branch on device kind."""

from dataclasses import replace

from wenyam.checks.parameters import counter_of
from wenyam.engine.board import Board
from wenyam.engine.doubts import Doubts, is_partial
from wenyam.engine.latest import JobLatest, Latest
from wenyam.engine.rates import SPEED, UPTIME, Rates
from wenyam.engine.watched import Question, Watched
from wenyam.model.samples import Collection, Reading, SampleSet
from wenyam.model.states import CheckResult, Observation, State, Subject

WHY = "why:"
"""A reading may say in its facts, under this and the name of a check, why that check is not good."""


class Pipeline:
    """Takes collections of anything that is watched."""

    def __init__(self, board: Board, latest: Latest) -> None:
        """Take the board that holds states and the place for values."""
        self._board = board
        self._latest = latest
        self._doubts = Doubts()
        self._rates: dict[tuple[str, str], Rates] = {}
        self._bound: dict[Subject, str] = {}
        """The job that gives a check its samples, learned when they first come."""

    def take(self, watched: Watched, collection: Collection, monotonic: float) -> tuple[str, ...]:
        """Draw every consequence of one reading; return the checks that are UNKNOWN as it, though whole, lacks their rows."""
        job = self._latest.take(collection)
        if collection.reading is None:
            return ()
        self._derive(watched, collection, job, monotonic)
        samples = SampleSet(self._latest.families(watched.key), collection.reading.partial)
        given = {family.name for family in (*collection.reading.families, *job.derived)}
        self._doubts.note(collection)
        untold = []
        for question in watched.questions:
            if self._concerns(watched, question, collection.job, given):
                result = question.judge.judge(question.plan.parameters, samples, collection.started)
                result = self._doubts.judged(question, result, samples, collection)
                told = explained(result, collection.reading.facts.get(WHY + question.plan.name, ""))
                self._board.observe(question.subject, Observation(collection.started, told), question.plan.policy)
                if result.lacking and self._is_untold(question, collection.reading, given):
                    untold.append(question.plan.name)
        return tuple(untold)

    def _is_untold(self, question: Question, reading: Reading, given: set[str]) -> bool:
        """Tell whether it is hard UNKNOWN although the reading was whole; a rate takes two readings to be there."""
        waits = any(counter_of(name) in given for name in question.needs)
        return not waits and not is_partial(question, reading) and self._board.state(question.subject) is State.UNKNOWN

    @property
    def bindings(self) -> int:
        """How many checks have found their job; it only grows."""
        return len(self._bound)

    def bound_job(self, subject: Subject) -> str | None:
        """Return the job a check lives on; None while it has none."""
        return self._bound.get(subject)

    def _derive(self, watched: Watched, collection: Collection, job: JobLatest, monotonic: float) -> None:
        if collection.reading is None or not watched.rates:
            return
        rates = self._rates.setdefault((watched.key, collection.job), Rates())
        wanted = watched.rates | {UPTIME, SPEED}
        job.derived = rates.advance([family for family in collection.reading.families if family.name in wanted], monotonic)

    def _concerns(self, watched: Watched, question: Question, job: str, given: set[str]) -> bool:
        """Tell whether this job feeds the question: it did before, or it does now; a check of the user's own is always owed."""
        bound = self._bound.get(question.subject)
        if bound is not None:
            return bound == job
        # Where there is one reading only, no other will ever bring what a check is owed.
        alone = len(watched.reads) == 1 and not question.plan.optional
        if alone or not question.needs.isdisjoint(given):
            self._bound[question.subject] = job
            return True
        if question.plan.optional:
            return self._was_lost(watched, question) and job == next((plan.job for plan in watched.reads), None)
        return not self._was_fed_elsewhere(question)

    def _was_lost(self, watched: Watched, question: Question) -> bool:
        """Tell whether an earlier life of this process left it UNKNOWN and every job was read since without its samples."""
        record = self._board.record(question.subject)
        if record is None or record.state is not State.UNKNOWN:
            return False
        jobs = self._latest.jobs(watched.key)
        latest = [jobs[plan.job].collection if plan.job in jobs else None for plan in watched.reads]
        return all(collection is not None and collection.reading is not None for collection in latest)

    def _was_fed_elsewhere(self, question: Question) -> bool:
        record = self._board.record(question.subject)
        return record is not None and record.state is not State.UNKNOWN


def explained(result: CheckResult, why: str) -> CheckResult:
    """Return a verdict with the reason the reading itself gave; what is good needs none."""
    return result if not why or result.state.is_good else replace(result, summary=f"{result.summary}: {why}")
