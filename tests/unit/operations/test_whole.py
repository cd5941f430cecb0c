"""The dashboard's figures from running totals against the full count of every course, over real stores with random pasts."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.availability.buckets import count
from wenyam.availability.figures import figures
from wenyam.availability.totals import between
from wenyam.exporter.upkeep import PERIODS as PERIOD_LABELS
from wenyam.exporter.upkeep import upkeep
from wenyam.i18n.periods import parse_period
from wenyam.model.instance import AvailabilityRules, Configuration, Instance, Retention
from wenyam.model.instants import Instant, Period, after, from_iso
from wenyam.model.inventory import AliveProbe, AliveRule, Device, Inventory, Member, PlannedWindow, Service, Text
from wenyam.model.samples import Family, SampleSet
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.operations.accounts import observed, open_account
from wenyam.operations.availability import pools, together
from wenyam.operations.whole import PERIODS, whole_figures
from wenyam.store.interface import Transition, Writer
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

NOW = from_iso("2026-11-27T03:00:00+00:00")
"""Month and fiscal year began 26 and 57 days before, at Bangkok midnights."""
DAY = 86_400.0
FIRST = after(NOW, -70 * DAY)
SUBJECTS = [Subject.parse(text) for text in ("a", "b", "link:wan", "service:erp")]
STATES = (State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN)
ERP = Service("erp", Text("ระบบ", "System"), "somchai", "somchai", Member(SUBJECTS[0]))
ALIVE = AliveRule((AliveProbe("icmp"),))

moments = st.one_of(
    st.floats(0, 69.9).map(lambda days: after(FIRST, days * DAY)),
    st.sampled_from([parse_period(name, NOW, "Asia/Bangkok").period.start for name in PERIODS]),
)
subjects = st.sampled_from(SUBJECTS)
changes = st.tuples(
    st.just("change"), moments, subjects, st.sampled_from(STATES), st.sampled_from([0.0, 0.0, 3 * DAY, 20 * DAY, 60 * DAY])
)
registers = st.tuples(st.just("register"), moments, st.sets(subjects))
windows = st.tuples(st.just("windows"), moments, st.sets(subjects, min_size=1), st.floats(-5, 5), st.floats(0.1, 9))
rules = st.builds(AvailabilityRules, count_unreachable=st.booleans(), exclude_planned=st.booleans())
acts = st.lists(st.one_of(changes, changes, registers, windows), min_size=8, max_size=30)
any_past = given(acts, st.one_of(st.none(), st.just(NOW), moments), rules)


def device(name: str, objective: float) -> Device:
    return Device(name, "server", ("192.0.2.1",), "office", "somchai", "somchai", ALIVE, objective=objective)


def configuration(folder: Path, rules: AvailabilityRules) -> Configuration:
    inventory = Inventory(devices={"a": device("a", 0.5), "b": device("b", 0.99)})
    return Configuration(Instance("watch-1", "office", state_directory=str(folder), availability=rules), inventory, "")


def live(writer: Writer, past: list[tuple], heartbeat: Instant | None) -> None:  # type: ignore[type-arg]  # acts of several shapes
    """Do what a watcher did, in the order in which it was recorded; changes may be dated back over others."""
    held = dict.fromkeys(SUBJECTS, State.UNKNOWN)
    planned: list[PlannedWindow] = []
    writer.register(dict.fromkeys(SUBJECTS[:3]), FIRST)
    for verb, at, *how in sorted(past, key=lambda act: act[1]):
        if verb == "change":
            subject, state, late = how
            effective = after(at, -late)
            change = StateChange(subject, held[subject], state, effective, at)
            writer.apply([Transition(StateRecord(subject, state, effective, soft_state=state), change)])
            held = {record.subject: record.state for record in writer.states().values()}
            held = dict.fromkeys(SUBJECTS, State.UNKNOWN) | held
        elif verb == "register":
            writer.register(dict.fromkeys(how[0]), at)
            held = dict.fromkeys(SUBJECTS, State.UNKNOWN) | {each.subject: each.state for each in writer.states().values()}
        else:
            who, begins, days = how
            starts = after(at, begins * DAY)
            window = PlannedWindow("work", tuple(sorted(who)), None, starts, after(starts, days * DAY), None, "x", "p1", starts)
            planned = [*planned[-1:], window]
            writer.enter_windows(planned, at)
    if heartbeat is not None:
        writer.heartbeat(heartbeat)


def in_store(work: Callable[[Writer, Path], None]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_writer(Path(folder), FakeClock(FIRST), "watch-1", ballast_bytes=0)) as writer,
    ):
        work(writer, Path(folder))


@settings(max_examples=60, deadline=None)
@any_past
def test_the_whole_is_what_the_full_count_says(
    past: list[tuple],  # type: ignore[type-arg]  # acts of several shapes
    heartbeat: Instant | None,
    rules: AvailabilityRules,
) -> None:
    def compare(writer: Writer, folder: Path) -> None:
        live(writer, past, heartbeat)
        asked = configuration(folder, rules)
        for found in whole_figures(asked, NOW):
            account = open_account(asked, writer, found.period, NOW)
            entry = together(account, asked.inventory, pools(asked.inventory, account.counts)[0])
            assert (found.buckets, found.figures, found.members) == (entry.buckets, entry.figures, entry.members)
            assert (found.below, found.worst_member) == (entry.below, entry.worst_member)

    in_store(compare)


@settings(max_examples=60, deadline=None)
@any_past
def test_what_is_exposed_of_each_is_what_the_full_count_says(
    past: list[tuple],  # type: ignore[type-arg]  # acts of several shapes
    heartbeat: Instant | None,
    rules: AvailabilityRules,
) -> None:
    def compare(writer: Writer, folder: Path) -> None:
        live(writer, past, heartbeat)
        asked = configuration(folder, rules)
        asked = replace(asked, inventory=replace(asked.inventory, services={"erp": ERP}))
        shown = upkeep(asked, NOW)
        for label, name in PERIOD_LABELS.items():
            counts = open_account(asked, writer, parse_period(name, NOW, "Asia/Bangkok"), NOW).counts
            told = {subject for subject, families in shown.items() if value(families, "availability_unknown_seconds", label)}
            assert told == {subject for subject, buckets in counts.items() if buckets.unknown}
            for subject, buckets in counts.items():
                assert value(shown[subject], "availability_unknown_seconds", label) == buckets.unknown / 1000
                assert value(shown[subject], "availability_ratio", label) == figures(buckets, rules).availability
        again = upkeep(asked, NOW, shown)
        assert all(again[subject] is families for subject, families in shown.items())

    in_store(compare)


def value(families: tuple[Family, ...], name: str, label: str) -> float | None:
    """Return what a subject's families say of one period."""
    return SampleSet(families).value(name, (("period", label),))


@settings(max_examples=60, deadline=None)
@given(acts, st.lists(moments, min_size=2, max_size=4, unique=True), moments)
def test_between_any_two_moments_totals_differ_by_what_was_counted(
    past: list[tuple],  # type: ignore[type-arg]  # acts of several shapes
    edges: list[Instant],
    known: Instant,
) -> None:
    def compare(writer: Writer, _: Path) -> None:
        live(writer, past, None)
        ordered = sorted(edges)
        totals = writer.totals(ordered, known)
        for (first, last), (start, end) in zip(pairwise(totals), pairwise(ordered), strict=True):
            lines = observed(writer, Period(start, end), None, NOW, known)
            spent = between(first, last)
            counted = {subject: count(line) for subject, line in lines.items()}
            assert set(spent.subjects) == set(counted)
            for subject, *found in zip(spent.subjects, spent.life, spent.up, spent.down, spent.unreachable, strict=True):
                buckets = counted[subject]
                assert found == [buckets.life, buckets.up, buckets.down, buckets.unreachable]

    in_store(compare)


def test_one_who_was_down_in_planned_work_is_counted_in_full(tmp_path: Path) -> None:
    begin = after(NOW, -2 * DAY)
    with closing(open_writer(tmp_path, FakeClock(FIRST), "watch-1", ballast_bytes=0)) as writer:
        window = PlannedWindow("move", (SUBJECTS[0],), None, begin, after(begin, DAY), None, "disks", "p1", FIRST)
        writer.register(dict.fromkeys(SUBJECTS[:2], begin), begin)
        writer.enter_windows([window], FIRST)
        for state, days in ((State.UP, 0.0), (State.DOWN, 0.5), (State.UP, 1.25)):
            at = after(begin, days * DAY)
            for subject in SUBJECTS[:2]:
                before = next((each.state for each in writer.states().values() if each.subject == subject), State.UNKNOWN)
                change = StateChange(subject, before, state, at, at)
                writer.apply([Transition(StateRecord(subject, state, at, soft_state=state), change)])
        writer.heartbeat(NOW)
        month, _ = whole_figures(configuration(tmp_path, AvailabilityRules()), NOW)
    hours = {name: getattr(month.buckets, name) / 3_600_000 for name in ("up", "planned", "down")}
    assert hours == {"up": 2 * 30.0, "planned": 12.0, "down": 6.0 + 18.0}
    assert (month.members, month.below, month.worst_member) == (2, 1, "b")


@pytest.mark.parametrize("months", [1, 6])
def test_totals_outlive_the_rows_before_them(tmp_path: Path, months: int) -> None:
    """Retention takes rows away from the front; what is left still differs by the same."""
    keep = Retention(facts=months * 30 * DAY)
    begin = from_iso("2025-01-01T00:00:00+00:00")
    with closing(open_writer(tmp_path, FakeClock(begin), "watch-1", rules=keep, ballast_bytes=0)) as writer:
        writer.register({SUBJECTS[0]: None}, begin)
        before = State.UNKNOWN
        for number in range(60):
            at, state = after(begin, number * 10 * DAY), STATES[number % 4]
            change = StateChange(SUBJECTS[0], before, state, at, at)
            writer.apply([Transition(StateRecord(SUBJECTS[0], state, at, soft_state=state), change)])
            before = state
        end = after(begin, 600 * DAY)
        edges = [after(end, -days * DAY) for days in (550, 200, 100, 45, 20, 0)]
        assert "sealed" in writer.retain(end)
        for start, last in pairwise(edges):
            spent = between(*writer.totals([start, last], end))
            (line,) = observed(writer, Period(start, last), None, end, end).values()
            assert (spent.pooled(), spent.life) == (count(line), [count(line).life])
        assert writer.verify().problem == ""
