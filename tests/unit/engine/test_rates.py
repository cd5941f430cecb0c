import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.engine.rates import Rates
from wenyam.model.samples import Family, Labels, single

BYTES, PACKETS = "interface_receive_bytes_total", "interface_receive_packets_total"
WRAP = 2.0**32
GIGABIT = 125e6


def port(name: str) -> Labels:
    return (("interface", name), ("alias", ""))


def table(name: str, values: dict[str, float]) -> Family:
    return Family(name, tuple(port(key) for key in values), tuple(values.values()))


def uptime(seconds: float) -> Family:
    return single("system_uptime_seconds", seconds)


def speed(bytes_per_second: float) -> Family:
    return table("interface_speed_bytes_per_second", {"a": bytes_per_second})


def rows(families: tuple[Family, ...]) -> dict[str, dict[str, float]]:
    return {family.name: {dict(sample.labels).get("interface", ""): sample.value for sample in family} for family in families}


def test_the_first_reading_gives_no_rate() -> None:
    assert Rates().advance([table(BYTES, {"a": 5})], 10.0) == ()


def test_growth_over_monotonic_seconds_is_the_rate() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": 100, "b": 0})], 10.0)
    assert rows(rates.advance([table(BYTES, {"a": 700, "b": 0})], 70.0)) == {f"rate({BYTES})": {"a": 10.0, "b": 0.0}}


def test_gauges_are_left_alone() -> None:
    rates = Rates()
    rates.advance([single("processes", 1)], 0.0)
    assert rates.advance([single("processes", 2)], 1.0) == ()


def test_the_labels_object_is_handed_on_while_the_table_is_unchanged() -> None:
    rates, first = Rates(), table(BYTES, {"a": 1, "b": 2})
    rates.advance([first], 0.0)
    (family,) = rates.advance([Family(BYTES, first.labels, (2.0, 3.0))], 1.0)
    assert family.labels is first.labels


def test_rows_are_matched_by_labels_when_the_table_was_renumbered() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": 100, "b": 1000, "c": 5})], 0.0)
    moved = rates.advance([table(BYTES, {"b": 1010, "new": 9, "a": 120})], 10.0)
    assert rows(moved) == {f"rate({BYTES})": {"b": 1.0, "a": 2.0}}


def test_a_decrease_is_a_reset_with_a_new_base_at_once() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": 1000, "b": 0})], 0.0)
    assert rows(rates.advance([table(BYTES, {"a": 10, "b": 10})], 10.0)) == {f"rate({BYTES})": {"b": 1.0}}
    assert rows(rates.advance([table(BYTES, {"a": 30, "b": 20})], 20.0)) == {f"rate({BYTES})": {"a": 2.0, "b": 1.0}}


def wrapped(before: list[Family], after: list[Family], seconds: float = 60.0) -> dict[str, dict[str, float]]:
    rates = Rates()
    rates.advance([table(BYTES, {"a": WRAP - 600}), *before], 0.0)
    return rows(rates.advance([table(BYTES, {"a": 600}), *after], seconds))


def test_a_wrap_counts_when_the_device_ran_on_and_the_speed_allows_it() -> None:
    assert wrapped([uptime(5000), speed(GIGABIT)], [uptime(5060)]) == {f"rate({BYTES})": {"a": 20.0}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([speed(GIGABIT)], []),
        ([uptime(5000), speed(GIGABIT)], []),
        ([speed(GIGABIT)], [uptime(5060)]),
        ([uptime(5000), speed(GIGABIT)], [uptime(20)]),
        ([uptime(40), speed(GIGABIT)], [uptime(41)]),
        ([uptime(5000)], [uptime(5060)]),
        ([uptime(5000), speed(0)], [uptime(5060)]),
        ([uptime(5000), speed(math.nan)], [uptime(5060)]),
        ([uptime(5000), speed(10)], [uptime(5060)]),
        ([uptime(math.nan), speed(GIGABIT)], [uptime(5060)]),
    ],
)
def test_a_decrease_is_no_wrap_when_anything_speaks_against_it(before: list[Family], after: list[Family]) -> None:
    assert wrapped(before, after) == {}


def test_an_uptime_that_went_through_its_own_wrap_is_no_restart() -> None:
    end = WRAP / 100
    assert wrapped([uptime(end - 30), speed(GIGABIT)], [uptime(30)]) == {f"rate({BYTES})": {"a": 20.0}}
    assert wrapped([uptime(end - 5000), speed(GIGABIT)], [uptime(30)]) == {}


def test_packets_are_held_against_the_smallest_packet() -> None:
    rates = Rates()
    rates.advance([table(PACKETS, {"a": WRAP - 10}), uptime(0), speed(64)], 0.0)
    assert rows(rates.advance([table(PACKETS, {"a": 50}), uptime(60)], 60.0)) == {f"rate({PACKETS})": {"a": 1.0}}
    assert rates.advance([table(PACKETS, {"a": 0}), uptime(120)], 120.0) == ()


def test_a_counter_seen_above_32_bits_never_wraps() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": WRAP + 5}), uptime(0), speed(GIGABIT)], 0.0)
    assert rates.advance([table(BYTES, {"a": WRAP - 5}), uptime(60)], 60.0) == ()
    assert rates.advance([table(BYTES, {"a": 5}), uptime(120)], 120.0) == ()


def test_after_a_restart_nothing_is_compared_even_when_it_grew() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": 10}), uptime(9000)], 0.0)
    assert rates.advance([table(BYTES, {"a": 99}), uptime(5)], 60.0) == ()
    assert rows(rates.advance([table(BYTES, {"a": 159}), uptime(65)], 120.0)) == {f"rate({BYTES})": {"a": 1.0}}


def test_the_same_instant_twice_and_time_going_back_give_nothing_and_do_no_harm() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": 10})], 5.0)
    assert rates.advance([table(BYTES, {"a": 20})], 5.0) == ()
    assert rows(rates.advance([table(BYTES, {"a": 30})], 15.0)) == {f"rate({BYTES})": {"a": 2.0}}
    assert rates.advance([table(BYTES, {"a": 40})], 1.0) == ()
    assert rows(rates.advance([table(BYTES, {"a": 50})], 11.0)) == {f"rate({BYTES})": {"a": 1.0}}


def test_a_reading_without_the_family_keeps_its_base() -> None:
    rates = Rates()
    rates.advance([table(BYTES, {"a": 0})], 0.0)
    assert rates.advance([], 60.0) == ()
    assert rows(rates.advance([table(BYTES, {"a": 1200})], 120.0)) == {f"rate({BYTES})": {"a": 10.0}}


def test_rows_nobody_can_tell_apart_are_left_out_when_rows_moved() -> None:
    rates = Rates()
    twins = Family(BYTES, (port("a"), port("a"), port("b")), (1.0, 2.0, 3.0))
    rates.advance([twins], 0.0)
    assert rows(rates.advance([table(BYTES, {"b": 13, "a": 9})], 10.0)) == {f"rate({BYTES})": {"b": 1.0}}


odd = st.one_of(st.sampled_from([math.nan, math.inf, -math.inf, -1.0, 0.0, WRAP - 1, WRAP, 1e300]), st.floats())
readings = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abc"), odd, max_size=3), odd, odd, st.floats(-100, 100)), min_size=1, max_size=6
)


@given(readings)
def test_no_reading_raises_or_gives_an_impossible_rate(read: list[tuple[dict[str, float], float, float, float]]) -> None:
    rates = Rates()
    for values, running, fast, at in read:
        for family in rates.advance([table(BYTES, values), uptime(running), speed(fast)], at):
            assert all(math.isfinite(value) and value >= 0 for value in family.values)


@given(
    st.lists(st.tuples(st.floats(1, 300), st.integers(0, int(30 * GIGABIT))), min_size=2, max_size=20),
    st.integers(0, int(WRAP) - 1),
)
def test_the_sum_of_rates_is_the_true_traffic_through_every_wrap(steps: list[tuple[float, int]], start: int) -> None:
    rates, at, true = Rates(), 0.0, start
    rates.advance([table(BYTES, {"a": true % WRAP}), uptime(0), speed(GIGABIT)], at)
    for seconds, traffic in steps:
        true += min(traffic, int(seconds * GIGABIT), int(WRAP) - 1)
        expected = min(traffic, int(seconds * GIGABIT), int(WRAP) - 1) / seconds
        at += seconds
        (family,) = rates.advance([table(BYTES, {"a": true % WRAP}), uptime(at)], at)
        assert family.values[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)
