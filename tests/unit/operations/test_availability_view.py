"""Stretches of a calendar and the figures under other rules."""

from itertools import pairwise

from wenyam.availability.buckets import Buckets
from wenyam.i18n.periods import parse_period
from wenyam.model.instance import AvailabilityRules
from wenyam.model.instants import MILLISECONDS, to_iso
from wenyam.operations.availability_view import WHOLE, stretches, what_if
from wenyam.testing.pictures import NOW
from wenyam.testing.pictures_availability import counted

ZONE = "Asia/Bangkok"
HOUR = 3600 * MILLISECONDS


def test_a_month_is_cut_at_bangkok_midnights_and_a_fiscal_year_at_its_months() -> None:
    days, monthly = stretches(parse_period("this-month", NOW, ZONE).period, ZONE)
    assert not monthly
    assert len(days) == 31
    assert to_iso(days[0]) == "2026-10-31T17:00:00.000Z"
    assert all(later - earlier == 24 * HOUR for earlier, later in pairwise(days))
    months, monthly = stretches(parse_period("this-fy", NOW, ZONE).period, ZONE)
    assert monthly
    assert len(months) == 13


def test_rolling_days_begin_where_they_begin() -> None:
    days, _ = stretches(parse_period("last:30d", NOW, ZONE).period, ZONE)
    assert days[0] < days[1]
    assert days[-1] == parse_period("last:30d", NOW, ZONE).period.end


def test_the_worked_month_under_every_rule() -> None:
    """The month of the design: 720 h, 8 h planned, 30 h down (of which 10 h unreachable), 48 h unknown."""
    buckets = Buckets(unknown=48 * HOUR, up=634 * HOUR, planned=8 * HOUR, unreachable=10 * HOUR, down=20 * HOUR)
    found = {(each.count_unreachable, each.exclude_planned): each for each in what_if(buckets, AvailabilityRules())}
    assert len(found) == 4
    assert [key for key, each in found.items() if each.in_force] == [(True, True)]
    assert f"{found[True, True].figures.availability:.4f}" == "0.9548"
    assert f"{found[False, True].figures.availability:.4f}" == f"{634 / 654:.4f}"
    assert f"{found[True, False].figures.availability:.4f}" == f"{634 / 672:.4f}"


def test_days_before_the_watch_began_and_to_come_are_empty_and_the_dead_day_is_not() -> None:
    days = counted().calendar.rows[WHOLE]
    assert days[0] is None
    assert days[-1] is None
    lowest = min(ratio for ratio in days if ratio is not None)
    assert 0 < lowest < 0.95
