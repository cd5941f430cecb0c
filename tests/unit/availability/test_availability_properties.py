"""The sweep against a second, naive implementation that asks for every second alone."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.availability.buckets import Buckets, count, pooled
from wenyam.availability.corrections import CorrectedState, Correction, corrected
from wenyam.availability.outages import beginnings, blind_spans, outages
from wenyam.availability.services import combined, with_own_probes
from wenyam.availability.spans import Span, length, merged
from wenyam.availability.timeline import Change, Timeline, timeline
from wenyam.availability.windows import Occurrence, planned_spans
from wenyam.model.instants import Instant, Period, from_datetime
from wenyam.model.inventory import AtLeast, Expression, Member
from wenyam.model.states import State, Subject, SubjectKind

BANGKOK = ZoneInfo("Asia/Bangkok")
EDGES = [
    from_datetime(datetime(2026, 10, 1, tzinfo=BANGKOK)),  # a fiscal year begins
    from_datetime(datetime(2026, 12, 1, tzinfo=BANGKOK)),  # a month
    from_datetime(datetime(2028, 2, 29, tzinfo=BANGKOK)),  # a leap day begins
    from_datetime(datetime(2028, 3, 1, tzinfo=BANGKOK)),  # and ends
    from_datetime(datetime(2027, 1, 1, tzinfo=BANGKOK)),
]
LENGTH = 240
LIVENESS = (State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN)


@dataclass(frozen=True)
class Case:
    period: Period
    initial: State
    changes: list[Change]
    windows: list[Occurrence]
    now: Instant
    known_until: Instant
    born: Instant | None
    retired: Instant | None
    absences: list[Span]

    @property
    def line(self) -> Timeline:
        return timeline(
            self.period,
            self.initial,
            self.changes,
            now=self.now,
            known_until=self.known_until,
            born=self.born,
            retired=self.retired,
            absences=self.absences,
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    # Some seconds to both sides of the edge; generated moments may fall outside the period on either side.
    edge = draw(st.sampled_from(EDGES)) + 1000 * draw(st.integers(-LENGTH, 0))
    moments = st.integers(-30, LENGTH + 30).map(lambda second: Instant(edge + 1000 * second))
    maybe = st.one_of(st.none(), moments)
    start, end = sorted((draw(moments), draw(moments)))
    changes = draw(st.lists(st.tuples(moments, st.sampled_from(LIVENESS)), max_size=12))
    spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
    windows = [
        Occurrence(starts, ends, draw(moments), draw(moments), draw(maybe)) for starts, ends in draw(st.lists(spans, max_size=3))
    ]
    return Case(
        Period(start, end),
        draw(st.sampled_from(LIVENESS)),
        sorted(changes, key=lambda change: change[0]),
        windows,
        draw(st.one_of(moments, st.just(Instant(end + 10_000_000)))),
        draw(st.one_of(moments, st.just(Instant(end + 10_000_000)))),
        draw(maybe),
        draw(maybe),
        merged(draw(st.lists(spans, max_size=2))),
    )


def naive_lives(case: Case, second: int) -> bool:
    if second < case.period.start or second >= case.period.end or second >= case.now:
        return False
    if case.born is not None and second < case.born:
        return False
    if case.retired is not None and second >= case.retired:
        return False
    return not any(start <= second < end for start, end in case.absences)


def naive_state(case: Case, second: int) -> State:
    if second >= case.known_until:
        return State.UNKNOWN
    state = case.initial
    for instant, following in case.changes:
        if instant <= second:
            state = following
    return state


def naive_planned(case: Case, second: int) -> bool:
    return any(
        window.starts <= second < window.ends
        and second >= window.approved_at
        and second >= window.entered_at
        and (window.withdrawn_at is None or second < window.withdrawn_at)
        for window in case.windows
    )


def naive_bucket(case: Case, second: int) -> str:
    state = naive_state(case, second)
    if state is State.UNKNOWN:
        return "unknown"
    if state is State.UP:
        return "up"
    if naive_planned(case, second):
        return "planned"
    return "unreachable" if state is State.UNREACHABLE else "down"


def naive_seconds(case: Case) -> list[int]:
    return [second for second in range(case.period.start, case.period.end, 1000) if naive_lives(case, second)]


def naive_buckets(case: Case) -> Buckets:
    totals = dict.fromkeys(("unknown", "up", "planned", "unreachable", "down"), 0)
    for second in naive_seconds(case):
        totals[naive_bucket(case, second)] += 1000
    return Buckets(**totals)


@settings(max_examples=400, deadline=None)
@given(cases())
def test_every_second_is_in_the_bucket_the_naive_count_puts_it_in(case: Case) -> None:
    assert count(case.line, planned_spans(case.windows)) == naive_buckets(case)


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, LENGTH))
def test_two_halves_of_a_period_add_up_to_the_whole(case: Case, second: int) -> None:
    middle = Instant(min(case.period.end, case.period.start + 1000 * second))
    windows = planned_spans(case.windows)
    whole, first, second_half = (
        count(replace(case, period=period, initial=naive_state(case, period.start)).line, windows)
        for period in (case.period, Period(case.period.start, middle), Period(middle, case.period.end))
    )
    assert pooled([first, second_half]) == whole


@settings(max_examples=200, deadline=None)
@given(cases())
def test_outages_and_their_planned_part_are_the_bad_seconds(case: Case) -> None:
    found = outages(case.line, planned_spans(case.windows))
    expected = naive_buckets(case)
    assert sum(outage.duration for outage in found) == expected.planned + expected.down + expected.unreachable
    assert sum(outage.planned for outage in found) == expected.planned
    assert beginnings(case.line) == [outage.start for outage in found]
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(before.state != after.state for before, after in pairwise(found) if before.end == after.start)


@settings(max_examples=200, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=4))
def test_the_monitor_is_blind_when_every_living_subject_is_unknown(generated: list[Case]) -> None:
    every = {second for case in generated for second in naive_seconds(case)}
    blind = {
        second
        for second in every
        if all(naive_state(case, second) is State.UNKNOWN for case in generated if second in set(naive_seconds(case)))
    }
    # Cases lie around different edges, but all on the same grid of seconds.
    assert length(blind_spans(case.line for case in generated)) == 1000 * len(blind)


MEMBERS = tuple(Subject(SubjectKind.DEVICE, name) for name in ("a", "b", "c"))
OWN = Subject(SubjectKind.SERVICE, "mail")


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    items = tuple(Member(subject) for subject in draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3, unique=True)))
    word = draw(st.sampled_from(("all", "any", "at_least")))
    count_needed = {"all": len(items), "any": 1}.get(word) or draw(st.integers(1, len(items)))
    inner = AtLeast(count_needed, items, word)
    nested = AtLeast(2, (inner, Member(MEMBERS[0])), "all"), AtLeast(1, (inner, Member(MEMBERS[2])), "any")
    return draw(st.sampled_from((inner, *nested)))


def naive_service(expression: Expression, present: dict[Subject, State]) -> State | None:
    """Say the design's rule in its own words, with None for what does not exist."""
    if isinstance(expression, Member):
        state = present.get(expression.subject)
        return State.DOWN if state is State.UNREACHABLE else state
    states = [state for state in (naive_service(item, present) for item in expression.items) if state is not None]
    ups, downs = states.count(State.UP), states.count(State.DOWN)
    unknowns = len(states) - ups - downs
    if not states:
        return None
    if expression.word == "all":
        return State.DOWN if downs else State.UNKNOWN if unknowns else State.UP
    if expression.word == "any":
        return State.UP if ups else State.UNKNOWN if unknowns else State.DOWN
    needed = min(expression.count, len(states))
    return State.UP if ups >= needed else State.DOWN if ups + unknowns < needed else State.UNKNOWN


@settings(max_examples=300, deadline=None)
@given(expressions(), st.lists(cases(), min_size=3, max_size=3), cases(), st.sampled_from((None, OWN)))
def test_a_service_is_what_its_members_and_own_probes_say_each_second(
    members: Expression, generated: list[Case], own: Case, own_subject: Subject | None
) -> None:
    # Lay every case over the same stretch, so that the members really overlap.
    shifted = [moved(case, own.period.start - case.period.start) for case in generated]
    by_subject = dict(zip(MEMBERS, shifted, strict=True)) | {OWN: own}
    expression = with_own_probes(members, own_subject)
    assert expression is not None
    line = combined(expression, lambda subject: by_subject[subject].line, own.line)
    expected = dict.fromkeys((State.UP, State.DOWN, State.UNKNOWN), 0)
    for second in naive_seconds(own):
        present = {subject: naive_state(case, second) for subject, case in by_subject.items() if naive_lives(case, second)}
        expected[naive_service(expression, present) or State.UNKNOWN] += 1000
    found = count(line)
    assert (found.up, found.down, found.unknown) == (expected[State.UP], expected[State.DOWN], expected[State.UNKNOWN])


def moved(case: Case, by: int) -> Case:
    def at(instant: Instant) -> Instant:
        return Instant(instant + by)

    return Case(
        Period(at(case.period.start), at(case.period.end)),
        case.initial,
        [(at(instant), state) for instant, state in case.changes],
        [],
        at(case.now),
        at(case.known_until),
        None if case.born is None else at(case.born),
        None if case.retired is None else at(case.retired),
        [(at(start), at(end)) for start, end in case.absences],
    )


@settings(max_examples=200, deadline=None)
@given(cases(), st.lists(st.tuples(st.integers(0, LENGTH), st.integers(1, 60), st.sampled_from(CorrectedState)), max_size=3))
def test_a_correction_replaces_exactly_its_seconds(case: Case, drawn: list[tuple[int, int, CorrectedState]]) -> None:
    corrections = [
        Correction(
            None,
            Instant(case.period.start + 1000 * first),
            Instant(case.period.start + 1000 * (first + lasting)),
            state,
            "seen in the log book",
            "somchai",
            case.now,
        )
        for first, lasting, state in drawn
    ]
    totals = dict.fromkeys(("unknown", "up", "planned", "unreachable", "down"), 0)
    for second in naive_seconds(case):
        said = [correction.state.value for correction in corrections if correction.start <= second < correction.end]
        totals[said[-1] if said else naive_bucket(case, second)] += 1000
    line, windows = corrected(case.line, planned_spans(case.windows), corrections)
    assert count(line, windows) == Buckets(**totals)


@given(cases())
def test_milliseconds_lose_nothing(case: Case) -> None:
    odd = Case(
        Period(Instant(case.period.start + 7), Instant(case.period.end + 313)),
        case.initial,
        [(Instant(instant + 1 + number), state) for number, (instant, state) in enumerate(case.changes)],
        case.windows,
        case.now,
        case.known_until,
        case.born,
        case.retired,
        [],
    )
    assert count(odd.line, planned_spans(case.windows)).life == odd.line.end - odd.line.start
