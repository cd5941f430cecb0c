"""What was read in part makes nothing good: a row that is missing now may be a bad one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from wenyam.checks.parameters import FilterParameters, counter_of
from wenyam.engine.watched import Question
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Collection, Family, Labels, Reading, SampleSet
from wenyam.model.states import CheckResult, State, Subject

_BAD = (State.WARN, State.CRIT)

Rows = Mapping[str, tuple[Labels, ...]]


class Doubts:
    """Remembers which rows there were when a check was bad, until it is good beyond doubt; and what was last read whole."""

    def __init__(self) -> None:
        """Start without any doubt."""
        self._rows: dict[Subject, Rows] = {}
        self._whole: dict[tuple[str, str], Reading] = {}

    def note(self, collection: Collection) -> None:
        """Keep a reading in which no rows were missing; as long as readings are whole it is the latest one anyway."""
        reading = collection.reading
        if reading is not None and not reading.partial:
            self._whole[collection.device, collection.job] = reading

    def judged(self, question: Question, result: CheckResult, samples: SampleSet, collection: Collection) -> CheckResult:
        """Return the verdict; UNKNOWN instead of good while rows are missing that were there before, or may always have been."""
        subject, reading = question.subject, collection.reading or Reading()
        partial = is_partial(question, reading)
        if result.state in _BAD:
            if not partial or subject not in self._rows:
                self._rows[subject] = _rows(question, samples)
            return result
        if not result.state.is_good:
            return result
        known = self._rows.get(subject)
        if partial and known is not None and _is_short(known, _rows(question, samples)):
            return _doubted(result, reading, "rows are missing and one was bad")
        if partial and known is None and self._may_lack(question, collection):
            return _doubted(result, reading, "not everything could be read")
        self._rows.pop(subject, None)
        return result

    def _may_lack(self, question: Question, collection: Collection) -> bool:
        """Tell whether a row the question is about was in the last whole reading and is not in this one; or nobody knows."""
        parameters, reading = question.plan.parameters, collection.reading
        if reading is None or not isinstance(parameters, FilterParameters):
            return False  # a check that names its rows itself knows which are not there
        whole = self._whole.get((collection.device, collection.job))
        for name in _partial_names(question, reading):
            if set(SAMPLES[name].labels) <= parameters.labels.keys():
                continue  # there is one such row only, and it is good
            if whole is None or not _labels(whole, name, parameters) <= _labels(reading, name, parameters):
                return True
        return False


def is_partial(question: Question, reading: Reading) -> bool:
    """Tell whether rows that the question is about may be missing."""
    return bool(reading.partial) and any(True for _ in _partial_names(question, reading))


def _partial_names(question: Question, reading: Reading) -> Iterable[str]:
    names = (counter_of(name) or name for name in question.needs)
    return (name for name in names if name in reading.partial)


def _labels(reading: Reading, name: str, parameters: FilterParameters) -> set[Labels]:
    """Return the rows of a sample that a check looks at."""
    families: Iterable[Family] = (family for family in reading.families if family.name == name)
    wanted = parameters.labels.items()
    return {labels for family in families for labels in family.labels if all(pair in labels for pair in wanted)}


def _doubted(result: CheckResult, reading: Reading, doubt: str) -> CheckResult:
    why = f": {reading.failures[0].sentence}" if reading.failures else ""
    return replace(result, state=State.UNKNOWN, summary=f"{result.summary}, but {doubt}{why}")


def _rows(question: Question, samples: SampleSet) -> Rows:
    found = {name: samples.family(name) for name in question.needs}
    return {name: family.labels for name, family in found.items() if family is not None}


def _is_short(before: Rows, now: Rows) -> bool:
    """Tell whether a row of before is not there now."""
    return any(not set(labels) <= set(now.get(name, ())) for name, labels in before.items())
