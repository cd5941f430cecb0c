"""What every collector needs to bring samples home: a builder that cleans, checks and reuses, and a deadline with a margin."""

import math
from collections.abc import Iterable
from typing import Any

from wenyam.collectors.contract import Context
from wenyam.errors import CollectError
from wenyam.i18n.clean_text import clean
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Failure, FailureReason, Family, Labels, Reading
from wenyam.nearest import near_names

_SENTENCE_LIMIT = 1000
_NEAR_SAMPLES = 3
_MARGIN_SHARE, _MARGIN_SECONDS = 0.05, 0.05


def budget(context: Context) -> float:
    """Return the seconds to work with: a little less than what is left, so that our own error names what was silent."""
    left = context.remaining
    return left - min(left * _MARGIN_SHARE, _MARGIN_SECONDS)


def failure(error: CollectError) -> Failure:
    """Keep an error as a value."""
    debug = repr(error.__cause__) if error.__cause__ else ""
    return Failure(FailureReason(error.reason), clean(str(error), _SENTENCE_LIMIT), clean(debug, _SENTENCE_LIMIT))


class ReadingBuilder:
    """Gathers samples by name and label values; text is cleaned, a value outside its definition is refused and counted."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        """With a reading's `memory`, unchanged rows get the labels object of the reading before."""
        self._rows_before: dict[str, tuple[Labels, ...]] = {} if memory is None else memory.setdefault("rows", {})
        self._samples: dict[str, dict[Labels, float]] = {}
        self._failures: list[Failure] = []
        self._refused: dict[str, int] = {}
        self._facts: dict[str, str] = {}
        self._lacking: set[str] = set()

    def add(self, name: str, value: float | None, *label_values: str | bytes) -> None:
        """Add one sample, its label values in the order of the name's definition; None is left out."""
        if value is None:
            return
        definition = SAMPLES.get(name)
        if definition is None:
            near = ", ".join(near_names(name, SAMPLES, most=_NEAR_SAMPLES)) or "nothing near"
            raise ValueError(f"there is no sample '{name}' in wenyam/model/names.py, but {near}")
        if len(definition.labels) != len(label_values):
            raise ValueError(f"{name} has the labels {definition.labels}, not {len(label_values)}")
        low, high = definition.minimum, definition.maximum
        if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
            self._refused[name] = self._refused.get(name, 0) + 1
            return
        family = self._samples.setdefault(name, {})
        labels = tuple(zip(definition.labels, map(clean, label_values), strict=True))
        family[_free(labels, family)] = float(value)

    def refuse(self, name: str) -> None:
        """Count a value that was no number at all."""
        self._refused[name] = self._refused.get(name, 0) + 1

    def fact(self, name: str, text: str | bytes) -> None:
        """Keep cleaned text that is no number; empty text is left out."""
        cleaned = clean(text)
        if cleaned:
            self._facts[name] = cleaned

    def failed(self, error: CollectError, names: Iterable[str]) -> None:
        """Note a part that could not be read, and the samples it would have given rows of."""
        self._failures.append(failure(error))
        self.lacks(names)

    def lacks(self, names: Iterable[str]) -> None:
        """Note samples of which rows may be missing."""
        self._lacking.update(names)

    def build(self) -> Reading:
        """Return the reading."""
        families = tuple(self._family(name, rows) for name, rows in self._samples.items())
        return Reading(families, tuple(self._failures), self._refused, self._facts, partial=frozenset(self._lacking))

    def _family(self, name: str, rows: dict[Labels, float]) -> Family:
        labels = tuple(rows)
        known = self._rows_before.get(name)
        if known == labels:
            labels = known
        else:
            self._rows_before[name] = labels
        return Family(name, labels, tuple(rows.values()))


def _free(labels: Labels, taken: dict[Labels, float]) -> Labels:
    """Return labels nobody has yet: two names that differ only in unprintable characters stay two series."""
    candidate, number = labels, 1
    while labels and candidate in taken:
        number += 1
        candidate = (*labels[:-1], (labels[-1][0], f"{labels[-1][1]} #{number}"))
    return candidate
