"""Whatever value stands in whatever place, the loader gives a configuration or sentences, never a traceback."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenyam.settings.graph import cycles
from wenyam.settings.loader import load
from wenyam.settings.problems import BrokenConfigurationError, Findings, Problem
from wenyam.settings.tree import read_yaml

EVERYTHING = Path(__file__).parents[2] / "cases" / "configuration-good" / "everything"

Steps = tuple[str | int, ...]


def whole() -> dict[str, Any]:
    """Return everything the good configuration says, as plain data."""
    merged: dict[str, Any] = {}
    for path in sorted(EVERYTHING.glob("*.yaml")):
        merged |= json.loads(json.dumps(read_yaml(path.read_text(encoding="utf-8"), path.name, Findings())))
    return merged


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the way to every value."""
    if steps:
        yield steps
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*steps, key))


PLACES = list(places(whole()))
VALUES: list[Any] = [
    None, True, False, 0, -1, 7, 1e300, 0.5, "", " ", "x", "5s", "0s", "95%", "2569-01-01", "device:core-1", "group:network",
    "..", "a" * 300, "\u0000", "=1+1", "file:", "env:X", [], [None], [[]], ["x", "x"], {}, {"": 1}, {"x": {}}, {"all": []},
    {"at_least": 1, "of": ["core-1"]}, "127.0.0.1", "::1", "icmp", ["icmp"], ["tcp:0"], "snmp", "threshold", "http",
]  # fmt: skip


def replaced(data: dict[str, Any], steps: Steps, value: Any) -> dict[str, Any]:
    """Put a value in a place, if the place is still there."""
    here: Any = data
    last: Any = steps[-1]
    for step in steps[:-1]:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return data
    if isinstance(here, dict) or (isinstance(here, list) and isinstance(last, int) and last < len(here)):
        here[last] = value
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("any")
    shutil.copy(EVERYTHING / "devices-branch.csv", place)
    return place


def test_what_is_changed_was_good_before(folder: Path) -> None:
    (folder / "wenyam.yaml").write_text(json.dumps(whole()), encoding="utf-8")
    assert problems_of(folder) == ()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), min_size=1, max_size=3))
def test_any_value_in_any_place_is_accepted_or_told(folder: Path, changes: list[tuple[Steps, Any]]) -> None:
    data = whole()
    for steps, value in changes:
        data = replaced(data, steps, json.loads(json.dumps(value)))
    (folder / "wenyam.yaml").write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    for problem in problems_of(folder):
        assert problem.file in ("wenyam.yaml", "devices-branch.csv")
        assert "\n" not in problem.sentence


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """Return what is wrong; nothing when it is good."""
    try:
        load(folder)
    except BrokenConfigurationError as error:
        return error.problems
    return ()


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3, unique=True)))
def test_a_circle_is_found_exactly_when_there_is_one(edges: dict[str, list[str]]) -> None:
    found = list(cycles(edges))
    for cycle in found:
        assert all(after in edges[before] for before, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        assert cycle[0] == min(cycle)
    assert bool(found) == any(reaches(edges, name, name) for name in edges)


def reaches(edges: dict[str, list[str]], start: str, goal: str) -> bool:
    """Tell whether one or more steps lead from start to goal (a second, naive way)."""
    seen: set[str] = set()
    frontier = set(edges.get(start, ()))
    while frontier:
        seen |= frontier
        frontier = {after for name in frontier for after in edges.get(name, ())} - seen
    return goal in seen
