"""Rows of a sample set: chosen by labels, and the one verdict for rows that are not there."""

from collections.abc import Mapping

from wenyam.model.samples import Labels, SampleSet
from wenyam.model.states import CheckResult, State

Row = tuple[Labels, float]

SEVERITY = {State.OK: 0, State.UNKNOWN: 1, State.WARN: 2, State.CRIT: 3}
"""A known fault is worse than a row nobody can judge, which is worse than a good one."""


def select(samples: SampleSet, name: str, labels: Mapping[str, str]) -> list[Row]:
    """Return the rows of this name that carry all these label values."""
    family = samples.family(name)
    if family is None:
        return []
    rows = zip(family.labels, family.values, strict=True)
    if not labels:
        return list(rows)
    wanted = labels.items()
    return [row for row in rows if all(pair in row[0] for pair in wanted)]


def no_data(name: str, labels: Mapping[str, str], found: int = 0, at_least: int = 1) -> CheckResult:
    """Give the verdict UNKNOWN for rows that were not read."""
    which = ", ".join(f"{label}={value}" for label, value in labels.items())
    what = f"{name} {{{which}}}" if which else name
    if found:
        return CheckResult(State.UNKNOWN, f"only {found} of at least {at_least} rows of {what}", lacking=True)
    return CheckResult(State.UNKNOWN, f"no data for {what}", lacking=True)


def worst(results: list[CheckResult]) -> CheckResult:
    """Return the worst of some verdicts, the first among equals."""
    return max(results, key=lambda result: SEVERITY[result.state])
