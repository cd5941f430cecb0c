"""The figures of `scripts/bench backup`: medians over rounds, and ratios within one round."""

import pytest

from wenyam.testing.bench.backup_figures import Cost, Measure, rows_of, table

ROUNDS = [
    Measure("bare", Cost(10.0, 20.0)),
    Measure("ours", Cost(12.0, 22.0), Cost(10.0, 20.0), {"dump": 2.0, "store": 10.0}),
    Measure("bare", Cost(20.0, 20.0)),
    Measure("ours", Cost(16.0, 24.0), Cost(20.0, 20.0), {"dump": 4.0, "store": 12.0}, ours_first=True),
    Measure("ours", Cost(11.0, 21.0), Cost(10.0, 20.0), {"dump": 1.0, "store": 10.0}),
]


def test_each_act_is_compared_in_its_own_round_and_either_order_counts_as_much_as_the_other() -> None:
    bare, ours = rows_of(ROUNDS)
    assert (bare.act, bare.rounds, bare.cost, bare.ratio) == ("bare", 2, Cost(15.0, 20.0), None)
    assert (ours.rounds, ours.cost, ours.parts) == (3, Cost(12.0, 22.0), {"dump": 2.0, "store": 10.0})
    assert ours.ratio is not None
    assert ours.cpu_ratio is not None
    assert (ours.ratio.low, ours.ratio.high) == (0.8, 1.2)
    assert ours.ratio.mean == pytest.approx((1.15 * 0.8) ** 0.5)
    assert ours.cpu_ratio.mean == pytest.approx((1.075 * 1.2) ** 0.5)


def test_the_table_shows_both_ratios_with_their_range_and_the_parts() -> None:
    last = table(rows_of(ROUNDS)).splitlines()[-1]
    assert last.split() == ["ours", "12.0", "22.0", "0.96", "(0.80-1.20)", "1.14", "(1.05-1.20)", "dump", "2.0,", "store", "10.0"]
