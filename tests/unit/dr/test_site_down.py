"""Site down, path fault, site up: every table of sights, and that one answer anywhere is life."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.dr.site_down import Answer, Sight, judge, merged

HERE = Sight("this machine", "inter-site line", works=True)
THERE = Sight("user-1", "internet", works=True)
SEES = Sight("user-1", "internet", works=True, answered=("db-main",))
BLIND = Sight("user-1", "internet", works=False, why_blind="no login")


@pytest.mark.parametrize(
    ("sights", "answer", "words"),
    [
        ([HERE, THERE], Answer.SITE_DOWN, "nothing of site main answers on 2 paths: inter-site line, internet"),
        ([HERE, SEES], Answer.PATH_FAULT, "site main lives: user-1 (internet) sees it, this machine (inter-site line) does not"),
        ([HERE, BLIND], Answer.PATH_FAULT, "only inter-site line could be looked along"),
        ([HERE, Sight("other", "inter-site line", works=True)], Answer.PATH_FAULT, "only inter-site line"),
        ([Sight("this machine", "inter-site line", works=False), BLIND], Answer.PATH_FAULT, "no path could be looked along"),
        ([Sight("this machine", "x", works=True, answered=("a",)), SEES], Answer.SITE_UP, "answers on every path"),
    ],
)
def test_each_answer_has_its_reason(sights: list[Sight], answer: Answer, words: str) -> None:
    found = judge("main", sights)
    assert found.answer is answer
    assert words in found.reason


@given(st.lists(st.builds(Sight, st.just("v"), st.sampled_from("abc"), st.booleans(), st.sampled_from([(), ("x",)])), min_size=1))
def test_a_site_is_never_down_while_anything_answers_or_one_path_alone_is_silent(sights: list[Sight]) -> None:
    if judge("main", sights).answer is Answer.SITE_DOWN:
        assert not any(sight.answered for sight in sights)
        assert len({sight.path for sight in sights if sight.works}) > 1


def test_an_answer_in_any_round_counts_and_so_does_blindness() -> None:
    both = merged([[HERE, THERE], [HERE, SEES], [HERE, BLIND]])
    assert both[0] == HERE
    assert (both[1].answered, both[1].works) == (("db-main",), False)
