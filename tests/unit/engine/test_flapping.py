import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.engine.flapping import TRANSITIONS, advance, flapping, share

EVERY = (1 << TRANSITIONS) - 1


def after(changes: list[bool]) -> int:
    history = 0
    for changed in changes:
        history = advance(history, changed)
    return history


def test_a_calm_history_has_no_share_and_a_restless_one_all() -> None:
    assert share(0) == 0.0
    assert share(EVERY) == 1.0


def test_the_newest_change_weighs_half_as_much_again_as_the_oldest() -> None:
    assert share(1) == pytest.approx(1.2 / 20)
    assert share(1 << 19) == pytest.approx(0.8 / 20)


def test_only_the_last_twenty_changes_count() -> None:
    assert after([True] + [False] * 20) == 0
    assert after([True] + [False] * 19) == 1 << 19
    assert after([True] * 500) == EVERY


def test_it_goes_on_at_thirty_percent_and_off_under_twenty_five() -> None:
    five, six = after([True] * 5), after([True] * 6)
    assert share(five) == pytest.approx(0.2895, abs=0.001)
    assert not flapping(five, was=False)
    assert flapping(five, was=True)
    assert flapping(six, was=False)
    calming = six
    seen = [flapping(calming := advance(calming, False), was=True) for _ in range(20)]  # noqa: FBT003  # one bit
    assert seen[0]
    assert not seen[-1]
    assert seen == sorted(seen, reverse=True)


def test_exactly_thirty_percent_is_flapping() -> None:
    ages = [0, 2, 4, 15, 17, 19]
    history = sum(1 << age for age in ages)
    assert share(history) == 0.3
    assert flapping(history, was=False)


@given(st.lists(st.booleans(), max_size=60))
def test_the_share_is_the_weighted_mean_of_the_last_twenty(changes: list[bool]) -> None:
    last = ([False] * 20 + changes)[-20:]
    naive = sum((0.8 + 0.4 * place / 19) * changed for place, changed in enumerate(last)) / 20
    assert share(after(changes)) == pytest.approx(naive)
    assert 0 <= share(after(changes)) <= 1
