"""A course against the plain row of pairs it stands for, asked for every millisecond alone."""

from array import array
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.model.courses import LETTERS, Change, Course
from wenyam.model.instants import Instant
from wenyam.model.states import State

MOMENTS = st.integers(0, 60).map(Instant)
STATES = st.sampled_from(list(State))
UNORDERED = st.lists(st.tuples(MOMENTS, STATES), max_size=12)
CHANGES = UNORDERED.map(lambda changes: sorted(changes, key=lambda change: change[0]))


def state_at(changes: list[Change], initial: State, instant: int) -> State:
    held = initial
    for begun, state in changes:
        if begun <= instant:
            held = state
    return held


@given(CHANGES, STATES, MOMENTS, MOMENTS)
def test_the_time_spent_is_that_of_every_millisecond(changes: list[Change], initial: State, one: Instant, other: Instant) -> None:
    start, end = min(one, other), max(one, other)
    told = [state_at(changes, initial, instant) for instant in range(start, end)]
    assert Course.of(changes).spent(start, end, initial, State) == [told.count(state) for state in State]


@given(UNORDERED)
def test_a_change_dated_before_the_one_it_follows_counts_from_that_one_on(changes: list[Change]) -> None:
    moments = [*accumulate((instant for instant, _ in changes), max)]
    assert [*Course.of(changes)] == [(moment, state) for moment, (_, state) in zip(moments, changes, strict=True)]


@given(CHANGES, MOMENTS, STATES)
def test_a_cut_course_says_one_thing_from_then_on(changes: list[Change], instant: Instant, state: State) -> None:
    assert Course.of(changes).cut(instant, state) == [*(each for each in changes if each[0] < instant), (instant, state)]


@given(CHANGES, st.slices(12))
def test_a_course_is_the_sequence_of_its_changes(changes: list[Change], part: slice) -> None:
    course = Course.of(changes)
    assert course == changes
    assert course == Course.of(tuple(changes))
    assert hash(course) == hash(tuple(changes))
    assert [course[place] for place in range(-len(changes), len(changes))] == changes * 2
    assert [*course[part]] == changes[part]
    assert Course.of(course) is course


def test_courses_differ_in_length_state_and_instant() -> None:
    course = Course.of([(Instant(5), State.UP)])
    assert course != []
    assert course != [(Instant(5), State.DOWN)]
    assert course != [(Instant(6), State.UP)]
    assert course != {5: State.UP}
    assert repr(course) == "Course((5, <State.UP: 'up'>),)"


def test_every_state_has_a_letter_of_its_own() -> None:
    assert {*LETTERS} == {*State}
    assert len({*LETTERS.values()}) == len(State)


def test_columns_that_do_not_pair_up_are_no_course() -> None:
    with pytest.raises(ValueError, match="2 instants for 1 states"):
        Course(array("q", (1, 2)), b"u")
