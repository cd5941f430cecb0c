"""What was read in part makes nothing good: a row that was there when a check was bad may be among those that are missing now."""

from collections.abc import Mapping
from dataclasses import replace

from wenyam.checks.parameters import counter_of
from wenyam.engine.watched import Question
from wenyam.model.samples import Labels, Reading, SampleSet
from wenyam.model.states import CheckResult, State, Subject

_BAD = (State.WARN, State.CRIT)

Rows = Mapping[str, tuple[Labels, ...]]


class Doubts:
    """Remembers, of each check that is bad, which rows there were; until it is good beyond doubt."""

    def __init__(self) -> None:
        """Start without any doubt."""
        self._rows: dict[Subject, Rows] = {}

    def judged(self, question: Question, result: CheckResult, samples: SampleSet, reading: Reading) -> CheckResult:
        """Return the verdict; UNKNOWN instead of good while rows are missing that were there when it was bad."""
        subject, partial = question.subject, is_partial(question, reading)
        if result.state in _BAD:
            if not partial or subject not in self._rows:
                self._rows[subject] = _rows(question, samples)
            return result
        known = self._rows.get(subject)
        if known is None or not result.state.is_good:
            return result
        if partial and _is_short(known, _rows(question, samples)):
            why = f": {reading.failures[0].sentence}" if reading.failures else ""
            return replace(result, state=State.UNKNOWN, summary=f"{result.summary}, but rows are missing and one was bad{why}")
        del self._rows[subject]
        return result


def is_partial(question: Question, reading: Reading) -> bool:
    """Tell whether rows that the question is about may be missing."""
    return bool(reading.partial) and any((counter_of(name) or name) in reading.partial for name in question.needs)


def _rows(question: Question, samples: SampleSet) -> Rows:
    found = {name: samples.family(name) for name in question.needs}
    return {name: family.labels for name, family in found.items() if family is not None}


def _is_short(before: Rows, now: Rows) -> bool:
    """Tell whether a row of before is not there now."""
    return any(not set(labels) <= set(now.get(name, ())) for name, labels in before.items())
