"""The book is the fold of its facts: it never crashes, and the same facts give the same book."""

import json

from hypothesis import given
from hypothesis import strategies as st

from wenyam.incidents import facts
from wenyam.incidents.book import Book
from wenyam.incidents.closing import missing, to_close_by_itself
from wenyam.incidents.incident import Category, Member, Origin, Party
from wenyam.incidents.limits import all_overdue, current_step
from wenyam.incidents.samples import samples
from wenyam.incidents.similar import similar
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after
from wenyam.model.samples import Family
from wenyam.model.states import State, Subject
from wenyam.store.chain import canonical, parse
from wenyam.testing.incident_cases import CORE, RULES, UPS, Case

CODES = st.sampled_from(["Q4RM", "7HKD"])
TIMES = st.integers(1_790_000_000_000, 1_800_000_000_000).map(Instant)
SUBJECTS = st.sampled_from([CORE, UPS, Subject.parse("external:odd/na\nme")])
WORDS = st.text(max_size=20)
PEOPLE = st.sampled_from(["somchai", "wenyam"])
ACTS = (
    facts.ACKNOWLEDGED, facts.ASSIGNED, facts.NOTED, facts.CAUSE, facts.HANDED_OFF, facts.TESTED, facts.HOW_TO,
    facts.PERSONAL_DATA, facts.CLOSED,
)  # fmt: skip


OPENED = st.builds(
    facts.opened, CODES, TIMES, PEOPLE, origin=st.sampled_from(Origin), category=st.sampled_from(Category),
    root=st.none() | SUBJECTS, title=WORDS, site=st.just("head"), severity=st.sampled_from(Severity), began=TIMES,
    cause_code=st.sampled_from(["", "power"]),
)  # fmt: skip
MEMBERS = st.lists(st.builds(Member, SUBJECTS, st.sampled_from(State), TIMES, WORDS, st.none() | st.just(1.5)), max_size=7)
ANY = st.one_of(
    OPENED,
    OPENED,
    st.builds(facts.members, CODES, TIMES, MEMBERS),
    st.builds(facts.recovered, CODES, TIMES, TIMES),
    st.builds(facts.returned, CODES, TIMES),
    st.builds(facts.handed_off, CODES, TIMES, PEOPLE, party=st.sampled_from(Party), name=WORDS, reference=WORDS),
    st.builds(facts.tested, CODES, TIMES, PEOPLE, WORDS, passed=st.booleans()),
    st.builds(facts.detailed, CODES, TIMES, PEOPLE, st.dictionaries(WORDS, WORDS, max_size=3)),
    st.builds(facts.acted, st.sampled_from(ACTS), CODES, TIMES, PEOPLE, WORDS),
)
"""Any fact about incidents, in no sensible order."""


@given(st.lists(ANY, max_size=30), TIMES)
def test_any_order_of_facts_gives_a_book_that_answers_every_question(found: list[Fact], now: Instant) -> None:
    book = Book(found)
    for incident in book.incidents.values():
        assert incident.is_open is (incident.closed is None)
        assert (current_step(incident, RULES) is None) is not incident.is_open
        assert incident.worst is None or incident.worst in incident.members.values()
        for late in all_overdue(incident, RULES, now):
            assert late.due < now
        missing(incident)
        similar(incident, book)
    for subject in (CORE, UPS):
        held = book.holding(subject, now, 600.0)
        assert held is None or (held.is_open and (subject == held.root or subject in held.members))
    to_close_by_itself(book, now, 600.0)


@given(st.lists(ANY, max_size=30))
def test_the_same_facts_give_the_same_book_also_when_they_come_back_from_the_chain(found: list[Fact]) -> None:
    kept = [parse(canonical(1, fact, {})).fact for fact in found]
    again = [parse(canonical(1, fact, {})).fact for fact in kept]
    assert repr(Book(kept).incidents) == repr(Book(again).incidents)


@given(st.lists(ANY, max_size=20))
def test_joined_facts_of_members_say_the_same(found: list[Fact]) -> None:
    apart, joined = Book(found), Book(facts.merged(found))
    assert {code: each.members for code, each in apart.incidents.items()} == {
        code: each.members for code, each in joined.incidents.items()
    }


def test_a_fact_of_an_incident_that_was_sealed_away_changes_nothing() -> None:
    book = Book([facts.acted(facts.CLOSED, "Q4RM", Instant(1), "somchai"), Fact("state-change", Instant(1), "wenyam", {})])
    assert book.incidents == {}


def test_what_a_line_of_the_timeline_lists_is_counted_beyond_five() -> None:
    case = Case().opens()
    found = [Member(Subject.parse(f"device:d-{number}"), State.UNREACHABLE, case.now, "") for number in range(500)]
    case.adopt(facts.members(case.code, case.now, found))
    assert case.incident.timeline[-1].text.endswith("device:d-4 unreachable (+495)")
    assert len(json.loads(str(facts.members("x", case.now, found).body["members"]))) == 500


def test_open_incidents_are_counted_by_severity_and_none_is_zero() -> None:
    case = Case().opens()
    case.other("7HKD").opens(UPS, severity=Severity.WARNING)
    case.other("9JKC").opens(UPS, severity=Severity.WARNING)
    case.does("note", "x")
    labels = ((("severity", "critical"),), (("severity", "warning"),))
    none = (0.0, 0.0)
    in_time = Family("incidents_open", labels, (1.0, 2.0)), Family("incidents_overdue", labels, none)
    assert samples(case.book, RULES, case.now) == in_time
    assert samples(case.book, RULES, after(case.now, 3601))[1] == Family("incidents_overdue", labels, (1.0, 2.0))
    assert samples(Book(), RULES, case.now) == (Family("incidents_open", labels, none), Family("incidents_overdue", labels, none))
