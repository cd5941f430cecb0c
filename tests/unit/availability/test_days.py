"""Days of a timeline: their sum is the whole, and each moment lies in the day it belongs to."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wenyam.availability.buckets import Buckets, count, pooled
from wenyam.availability.days import daily
from wenyam.availability.spans import merged
from wenyam.availability.timeline import Timeline
from wenyam.model.instants import Instant
from wenyam.model.states import State

STATES = st.sampled_from([State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN])
MOMENTS = st.integers(0, 1000).map(Instant)


def test_an_outage_over_midnight_lies_in_both_days_and_planned_work_is_apart() -> None:
    changes = ((Instant(80), State.DOWN), (Instant(130), State.UP), (Instant(250), State.UNREACHABLE))
    line = Timeline(Instant(20), Instant(280), State.UP, changes)
    days = daily([(line, [(Instant(120), Instant(140))])], [Instant(edge) for edge in (0, 100, 200, 300)])
    assert days == [Buckets(up=60, down=20), Buckets(up=70, down=20, planned=10), Buckets(up=50, unreachable=30)]


def test_what_did_not_live_has_days_without_time() -> None:
    line = Timeline(Instant(250), Instant(260), State.UP)
    assert daily([(line, [])], [Instant(edge) for edge in (0, 100, 200, 300)]) == [Buckets(), Buckets(), Buckets(up=10)]


@given(
    st.lists(st.tuples(MOMENTS, STATES), max_size=12),
    st.lists(st.tuples(MOMENTS, MOMENTS), max_size=4),
    st.lists(st.tuples(MOMENTS, MOMENTS), max_size=2),
    st.tuples(MOMENTS, MOMENTS), STATES, st.sets(MOMENTS, max_size=8),
)  # fmt: skip
def test_the_days_together_are_the_whole(  # noqa: PLR0917  # what hypothesis hands over
    changes: list[tuple[Instant, State]],
    planned: list[tuple[Instant, Instant]],
    absences: list[tuple[Instant, Instant]],
    life: tuple[Instant, Instant],
    initial: State,
    cuts: set[Instant],
) -> None:
    ordered = tuple(sorted(changes, key=lambda change: change[0]))
    line = Timeline(min(life), max(life), initial, ordered, merged(absences))
    spans = merged(planned)
    edges = sorted({Instant(0), Instant(1000), *cuts})
    days = daily([(line, spans)], edges)
    assert pooled(days) == count(line, spans)
    assert days == [count(inside(line, *day), spans) for day in pairwise(edges)]
    bare = daily([(line, [])], edges)
    assert daily([(line, []), (line, spans)], edges) == [pooled(day) for day in zip(days, bare, strict=True)]


def inside(line: Timeline, start: Instant, end: Instant) -> Timeline:
    begin = max(line.start, start)
    return replace(line, start=begin, end=max(begin, min(line.end, end)))
