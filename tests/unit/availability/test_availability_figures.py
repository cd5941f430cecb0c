import pytest

from wenyam.availability.buckets import Buckets, count, pooled
from wenyam.availability.figures import Figures, figures
from wenyam.availability.timeline import Timeline, timeline
from wenyam.availability.windows import Occurrence, planned_spans
from wenyam.model.instance import AvailabilityRules
from wenyam.model.instants import Instant, Period
from wenyam.model.states import State

HOUR = 3_600_000
RULES = AvailabilityRules()


def hours(number: float) -> Instant:
    return Instant(round(number * HOUR))


def worked_month() -> Buckets:
    changes = [
        (hours(0), State.UP),
        (hours(100), State.DOWN),
        (hours(138), State.UP),
        (hours(500), State.UNKNOWN),
        (hours(548), State.UP),
    ]
    line = timeline(Period(hours(0), hours(720)), State.UP, changes, now=hours(9999), known_until=hours(9999))
    return count(line, planned_spans([Occurrence(hours(100), hours(108), hours(0), hours(0))]))


def test_the_worked_month_of_the_design_comes_out_exactly() -> None:
    buckets = worked_month()
    assert buckets == Buckets(unknown=48 * HOUR, up=634 * HOUR, planned=8 * HOUR, unreachable=0, down=30 * HOUR)
    found = figures(buckets, RULES)
    shown = [f"{100 * (ratio or 0):.2f}" for ratio in (found.availability, found.worst, found.best, found.coverage)]
    assert shown == ["95.48", "89.04", "95.79", "93.33"]
    assert not found.sufficient
    assert found.meets(0.95)


def test_nothing_measured_gives_no_figure_rather_than_zero() -> None:
    assert figures(Buckets(), RULES) == Figures(None, None, None, None, sufficient=False)
    blind = figures(Buckets(unknown=HOUR), RULES)
    assert (blind.availability, blind.worst, blind.best, blind.coverage) == (None, 0.0, 1.0, 0.0)
    assert blind.meets(0.95) is None


@pytest.mark.parametrize(
    ("rules", "availability"),
    [
        (AvailabilityRules(), 50 / 90),
        (AvailabilityRules(count_unreachable=False), 50 / 70),
        (AvailabilityRules(exclude_planned=False), 50 / 100),
        (AvailabilityRules(count_unreachable=False, exclude_planned=False), 50 / 80),
    ],
)
def test_the_settings_decide_what_is_divided_by(rules: AvailabilityRules, availability: float) -> None:
    assert figures(Buckets(up=50, planned=10, unreachable=20, down=20), rules).availability == availability


def test_a_minimum_coverage_is_met_exactly_at_its_limit() -> None:
    assert figures(Buckets(unknown=5, up=95), RULES).sufficient
    assert not figures(Buckets(unknown=51, up=949), RULES).sufficient


def test_members_are_pooled_by_their_seconds() -> None:
    assert pooled([Buckets(1, 2, 3, 4, 5), Buckets(10, 20, 30, 40, 50)]) == Buckets(11, 22, 33, 44, 55)
    assert pooled([]) == Buckets()


def test_up_time_inside_a_window_is_up_and_an_overrun_is_down() -> None:
    line = Timeline(hours(0), hours(10), State.UP, [(hours(2), State.DOWN), (hours(5), State.UP)])
    window = planned_spans([Occurrence(hours(1), hours(4), hours(0), hours(0))])
    assert count(line, window) == Buckets(up=7 * HOUR, planned=2 * HOUR, down=1 * HOUR)


@pytest.mark.parametrize(
    ("occurrence", "planned_hours"),
    [
        (Occurrence(hours(2), hours(6), hours(1), hours(1)), 4),
        (Occurrence(hours(2), hours(6), approved_at=hours(3), entered_at=hours(1)), 3),
        (Occurrence(hours(2), hours(6), approved_at=hours(1), entered_at=hours(4)), 2),
        (Occurrence(hours(2), hours(6), hours(1), entered_at=hours(7)), 0),
        (Occurrence(hours(2), hours(6), hours(1), hours(1), withdrawn_at=hours(3)), 1),
        (Occurrence(hours(2), hours(6), hours(1), hours(1), withdrawn_at=hours(1)), 0),
    ],
)
def test_a_late_window_counts_from_its_entry_and_a_withdrawn_one_until_then(occurrence: Occurrence, planned_hours: int) -> None:
    line = Timeline(hours(0), hours(10), State.DOWN)
    assert count(line, planned_spans([occurrence])) == Buckets(planned=planned_hours * HOUR, down=(10 - planned_hours) * HOUR)


def test_overlapping_windows_are_counted_once() -> None:
    spans = planned_spans(
        [Occurrence(hours(1), hours(3), hours(0), hours(0)), Occurrence(hours(2), hours(5), hours(0), hours(0))]
    )
    assert spans == [(hours(1), hours(5))]


def test_life_is_cut_to_birth_retirement_and_now() -> None:
    period = Period(hours(0), hours(100))
    line = timeline(period, State.UP, (), now=hours(50), known_until=hours(50), born=hours(10), retired=hours(60))
    assert (line.start, line.end) == (hours(10), hours(50))
    line = timeline(period, State.UP, (), now=hours(90), known_until=hours(90), retired=hours(60))
    assert count(line) == Buckets(up=60 * HOUR)
    assert count(timeline(period, State.UP, (), now=hours(90), known_until=hours(90), born=hours(95))) == Buckets()


def test_after_the_last_heartbeat_everything_is_unknown() -> None:
    changes = [(hours(5), State.DOWN), (hours(20), State.UP)]
    line = timeline(Period(hours(0), hours(30)), State.UP, changes, now=hours(30), known_until=hours(10))
    assert count(line) == Buckets(up=5 * HOUR, down=5 * HOUR, unknown=20 * HOUR)
    silent = timeline(Period(hours(0), hours(30)), State.UP, changes, now=hours(30), known_until=hours(-1))
    assert count(silent) == Buckets(unknown=30 * HOUR)


def test_a_change_dated_before_its_predecessor_counts_from_there_on() -> None:
    line = Timeline(hours(0), hours(10), State.UP, [(hours(5), State.DOWN), (hours(3), State.UP)])
    assert count(line) == Buckets(up=10 * HOUR)
    assert list(line.spans()) == [(hours(0), hours(10), State.UP)]


def test_an_objective_reached_exactly_is_met() -> None:
    assert figures(Buckets(up=19, down=1), RULES).meets(0.95) is True
    assert figures(Buckets(up=18_999, down=1_001), RULES).meets(0.95) is False
