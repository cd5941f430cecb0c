"""From changes of state to incidents: roots, causes in circles, windows, what opens nothing, what is dropped."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.incidents import facts
from wenyam.incidents.book import Book
from wenyam.incidents.intake import Intake, change_of, free_code, root_of
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.testing.incident_cases import CORE, ERP, INVENTORY, THURSDAY, UPS

BEHIND = Subject.parse("device:files-1")
SUBJECTS = (CORE, BEHIND, UPS, ERP)


@dataclass
class Present:
    """A board of records, as tests set them."""

    records: dict[Subject, StateRecord] = field(default_factory=dict)

    def record(self, subject: Subject) -> StateRecord | None:
        return self.records.get(subject)

    def see(
        self, subject: Subject, state: State, now: Instant, cause: Subject | None = None, window: str | None = None
    ) -> StateChange:
        record = StateRecord(subject, state, now, summary="seen", cause=cause, window=window)
        self.records[subject] = record
        return replace(change_of(record, now), window=window)


def intake(book: Book | None = None) -> Intake:
    return Intake(book or Book(), INVENTORY, "head", 600.0)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.UP, State.OK])
def test_what_is_unknown_or_good_opens_nothing(state: State) -> None:
    taking, board = intake(), Present()
    assert taking.take(board.see(CORE, state, THURSDAY), board, THURSDAY) == []
    assert taking.book.incidents == {}


def test_the_end_of_a_chain_of_causes_is_the_root_whichever_is_heard_of_first() -> None:
    taking, board = intake(), Present()
    board.see(CORE, State.DOWN, THURSDAY)
    taking.take(board.see(BEHIND, State.UNREACHABLE, THURSDAY, CORE), board, THURSDAY)
    taking.take(board.see(ERP, State.DOWN, THURSDAY, BEHIND), board, THURSDAY)
    taking.take(board.see(CORE, State.DOWN, THURSDAY), board, THURSDAY)
    (incident,) = taking.book.open()
    assert incident.root == CORE
    assert set(incident.members) == {CORE, BEHIND, ERP}


def test_what_is_red_of_one_job_is_one_incident_until_somebody_has_taken_it() -> None:
    taking, board = intake(), Present()
    behind, failed, unproven = (Subject.parse(f"job:erp/{check}") for check in ("copy-dr", "last-success", "proven"))
    other = Subject.parse("job:hr/last-success")
    for subject, state in ((behind, State.WARN), (failed, State.CRIT), (other, State.CRIT)):
        taking.take(board.see(subject, state, THURSDAY), board, THURSDAY)
    first, second = taking.book.open()
    assert (set(first.members), first.severity, set(second.members)) == ({behind, failed}, Severity.CRITICAL, {other})
    taking.book.adopt(facts.acted(facts.ACKNOWLEDGED, first.code, THURSDAY, "somchai"))
    taking.take(board.see(unproven, State.CRIT, THURSDAY), board, THURSDAY)
    assert [set(each.members) for each in taking.book.open()] == [{behind, failed}, {other}, {unproven}]


@pytest.mark.parametrize("causes", [{CORE: CORE}, {CORE: BEHIND, BEHIND: CORE}, {CORE: BEHIND, BEHIND: UPS, UPS: BEHIND}])
def test_causes_in_a_circle_end(causes: dict[Subject, Subject]) -> None:
    board = Present()
    for subject, cause in causes.items():
        board.see(subject, State.DOWN, THURSDAY, cause)
    record = board.records[CORE]
    assert root_of(change_of(record, THURSDAY), board) in SUBJECTS


def test_a_window_defers_its_end_lets_it_through_and_what_became_good_meanwhile_is_forgotten() -> None:
    taking, board = intake(), Present()
    for subject in (CORE, UPS):
        assert taking.take(board.see(subject, State.DOWN, THURSDAY, window="move"), board, THURSDAY) == []
    assert taking.deferred == {CORE, UPS}
    assert taking.look_again(board, THURSDAY) == []
    later = after(THURSDAY, 3600)
    board.records[CORE] = replace(board.records[CORE], window=None)
    board.see(UPS, State.OK, later)
    kinds = [fact.kind for fact in taking.look_again(board, later)]
    assert kinds == [facts.OPENED, facts.MEMBERS]
    assert taking.deferred == set()
    assert taking.look_again(board, later) == []


def test_what_stands_behind_something_in_a_window_waits_with_it() -> None:
    taking, board = intake(), Present()
    board.see(CORE, State.DOWN, THURSDAY, window="move")
    assert taking.take(board.see(BEHIND, State.UNREACHABLE, THURSDAY, CORE), board, THURSDAY) == []
    assert taking.deferred == {BEHIND}


def test_a_start_notes_what_is_bad_and_in_no_incident_and_takes_it_up() -> None:
    taking, board = intake(), Present()
    board.see(CORE, State.DOWN, THURSDAY)
    board.see(UPS, State.OK, THURSDAY)
    taking.start(list(board.records.values()), THURSDAY)
    assert taking.deferred == {CORE}
    taking.look_again(board, THURSDAY)
    assert [str(incident.root) for incident in taking.book.open()] == [str(CORE)]
    again = intake(taking.book)
    again.start(list(board.records.values()), THURSDAY)
    assert again.deferred == set()


def test_what_is_no_longer_watched_lets_its_incident_go() -> None:
    taking, board = intake(), Present()
    taking.take(board.see(CORE, State.DOWN, THURSDAY), board, THURSDAY)
    assert taking.drop(board, THURSDAY) == []
    board.records.clear()
    assert [fact.kind for fact in taking.drop(board, THURSDAY)] == [facts.MEMBERS, facts.RECOVERED]
    (incident,) = taking.book.open()
    assert incident.recovered == THURSDAY
    assert taking.drop(board, THURSDAY) == []


def test_what_fails_again_soon_returns_and_later_is_another_incident() -> None:
    taking, board = intake(), Present()
    moments = [THURSDAY, after(THURSDAY, 60), after(THURSDAY, 120), after(THURSDAY, 180), after(THURSDAY, 3600)]
    for moment, state in zip(moments, [State.DOWN, State.UP, State.DOWN, State.UP, State.DOWN], strict=True):
        taking.take(board.see(CORE, state, moment), board, moment)
    first, second = taking.book.incidents.values()
    assert (first.returned, second.returned) == (1, 0)
    assert first.code != second.code


def test_what_is_down_by_itself_behind_a_parent_that_came_back_is_an_incident_of_its_own() -> None:
    """The core switch is back; the server behind it did not survive: whoever took the switch's incident has not heard of that."""
    taking, board = intake(), Present()
    taking.take(board.see(CORE, State.DOWN, THURSDAY), board, THURSDAY)
    taking.take(board.see(BEHIND, State.UNREACHABLE, THURSDAY, CORE), board, THURSDAY)
    (first,) = taking.book.open()
    back, dead = after(THURSDAY, 600), after(THURSDAY, 660)
    assert [fact.kind for fact in taking.take(board.see(CORE, State.UP, back), board, back)] == [facts.MEMBERS]
    kinds = [fact.kind for fact in taking.take(board.see(BEHIND, State.DOWN, dead), board, dead)]
    assert kinds == [facts.OPENED, facts.MEMBERS, facts.LEFT, facts.RECOVERED]
    second = taking.book.open()[-1]
    assert (second.root, set(second.members), second.severity) == (BEHIND, {BEHIND}, Severity.CRITICAL)
    assert (set(first.members), first.failing, first.recovered) == ({CORE}, [], dead)
    assert f"{BEHIND}: {second.code}" in [entry.text for entry in first.timeline]
    better = after(dead, 60)
    taking.take(board.see(BEHIND, State.UP, better), board, better)
    assert second.recovered == better


def test_what_dies_by_itself_soon_after_its_parent_came_back_does_not_join_the_parents_incident() -> None:
    taking, board = intake(), Present()
    for subject, state, cause in ((CORE, State.DOWN, None), (BEHIND, State.UNREACHABLE, CORE), (CORE, State.UP, None)):
        taking.take(board.see(subject, state, THURSDAY, cause), board, THURSDAY)
    taking.take(board.see(BEHIND, State.UP, THURSDAY), board, THURSDAY)
    dead = after(THURSDAY, 300)
    taking.take(board.see(BEHIND, State.DOWN, dead), board, dead)
    first, second = taking.book.open()
    assert (first.root, first.returned, second.root) == (CORE, 0, BEHIND)


def test_what_is_down_by_itself_stays_where_it_is_while_its_parent_is_down_too() -> None:
    taking, board = intake(), Present()
    for subject, state, cause in ((CORE, State.DOWN, None), (BEHIND, State.UNREACHABLE, CORE), (BEHIND, State.DOWN, None)):
        taking.take(board.see(subject, state, THURSDAY, cause), board, THURSDAY)
    (incident,) = taking.book.open()
    assert set(incident.members) == {CORE, BEHIND}


def test_one_that_is_down_by_itself_in_a_window_leaves_when_the_window_ends() -> None:
    taking, board = intake(), Present()
    for subject, state, cause in ((CORE, State.DOWN, None), (BEHIND, State.UNREACHABLE, CORE), (CORE, State.UP, None)):
        taking.take(board.see(subject, state, THURSDAY, cause), board, THURSDAY)
    assert taking.take(board.see(BEHIND, State.DOWN, THURSDAY, window="move"), board, THURSDAY) == []
    board.records[BEHIND] = replace(board.records[BEHIND], window=None)
    taking.look_again(board, THURSDAY)
    assert [incident.root for incident in taking.book.open()] == [CORE, BEHIND]


def test_the_same_happening_has_the_same_code_and_a_taken_one_grows() -> None:
    taking, board = intake(), Present()
    seed = f"{CORE} {THURSDAY}"
    assert free_code(Book(), seed) == free_code(Book(), seed)
    taking.take(board.see(CORE, State.DOWN, THURSDAY), board, THURSDAY)
    (code,) = taking.book.incidents
    assert code == free_code(Book(), seed)
    assert free_code(taking.book, seed).startswith(code)
    assert len(free_code(taking.book, seed)) > len(code)


STEPS = st.tuples(
    st.sampled_from(SUBJECTS), st.sampled_from(State), st.none() | st.sampled_from(SUBJECTS), st.none() | st.just("move"),
    st.integers(1, 1200),
)  # fmt: skip


@given(st.lists(STEPS, max_size=40))
def test_adopting_the_facts_of_a_run_gives_the_same_book(
    steps: list[tuple[Subject, State, Subject | None, str | None, int]],
) -> None:
    taking, board, now = intake(), Present(), THURSDAY
    left: list[Fact] = []
    for subject, state, cause, window, seconds in steps:
        now = after(now, seconds)
        left += taking.take(board.see(subject, state, now, cause, window), board, now)
        left += taking.look_again(board, now)
    assert Book(left).incidents == taking.book.incidents
    assert all(incident.failing or incident.recovered is not None for incident in taking.book.open())
