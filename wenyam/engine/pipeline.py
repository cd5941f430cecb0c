"""The pipeline: a collection becomes latest values, verdicts and states. No branch on device kind."""

from wenyam.engine.board import Board
from wenyam.engine.latest import JobLatest, Latest
from wenyam.engine.rates import SPEED, UPTIME, Rates
from wenyam.engine.watched import Question, Watched
from wenyam.model.samples import Collection, SampleSet
from wenyam.model.states import Observation, State, Subject


class Pipeline:
    """Takes collections of anything that is watched."""

    def __init__(self, board: Board, latest: Latest) -> None:
        """Take the board that holds states and the place for values."""
        self._board = board
        self._latest = latest
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
            if self._concerns(question, collection.job, given):
                result = question.judge.judge(question.plan.parameters, samples, collection.started)
                self._board.observe(question.subject, Observation(collection.started, result), question.plan.policy)

    def bound_job(self, subject: Subject) -> str | None:
        """Return the job a check lives on; None while it has none."""
        return self._bound.get(subject)

    def _derive(self, watched: Watched, collection: Collection, job: JobLatest, monotonic: float) -> None:
        if collection.reading is None or not watched.rates:
            return
        rates = self._rates.setdefault((watched.key, collection.job), Rates())
        wanted = watched.rates | {UPTIME, SPEED}
        job.derived = rates.advance([family for family in collection.reading.families if family.name in wanted], monotonic)

    def _concerns(self, question: Question, job: str, given: set[str]) -> bool:
        """Tell whether this job feeds the question: it did before, or it does now; a check of the user's own is always owed."""
        bound = self._bound.get(question.subject)
        if bound is not None:
            return bound == job
        if question.needs & given:
            self._bound[question.subject] = job
            return True
        return not question.plan.optional and not self._was_fed_elsewhere(question)

    def _was_fed_elsewhere(self, question: Question) -> bool:
        record = self._board.record(question.subject)
        return record is not None and record.state is not State.UNKNOWN
