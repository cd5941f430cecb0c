"""The pipeline: a collection becomes latest values, verdicts and states. No branch on device kind."""

from dataclasses import replace

from wenyam.engine.board import Board
from wenyam.engine.doubts import Doubts
from wenyam.engine.latest import JobLatest, Latest
from wenyam.engine.rates import SPEED, UPTIME, Rates
from wenyam.engine.watched import Question, Watched
from wenyam.model.samples import Collection, SampleSet
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

    def take(self, watched: Watched, collection: Collection, monotonic: float) -> None:
        """Draw every consequence of one reading."""
        job = self._latest.take(collection)
        if collection.reading is None:
            return
        self._derive(watched, collection, job, monotonic)
        samples = SampleSet(self._latest.families(watched.key))
        given = {family.name for family in (*collection.reading.families, *job.derived)}
        for question in watched.questions:
            if self._concerns(watched, question, collection.job, given):
                result = question.judge.judge(question.plan.parameters, samples, collection.started)
                result = self._doubts.judged(question, result, samples, collection.reading)
                told = explained(result, collection.reading.facts.get(WHY + question.plan.name, ""))
                self._board.observe(question.subject, Observation(collection.started, told), question.plan.policy)

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
        if alone or question.needs & given:
            self._bound[question.subject] = job
            return True
        return not question.plan.optional and not self._was_fed_elsewhere(question)

    def _was_fed_elsewhere(self, question: Question) -> bool:
        record = self._board.record(question.subject)
        return record is not None and record.state is not State.UNKNOWN


def explained(result: CheckResult, why: str) -> CheckResult:
    """Return a verdict with the reason the reading itself gave; what is good needs none."""
    return result if not why or result.state.is_good else replace(result, summary=f"{result.summary}: {why}")
