"""What `scripts/bench growth` says of its figures."""

from dataclasses import replace

from wenyam.testing.bench.figures import Stretch
from wenyam.testing.bench.growing import Size, as_data, spread, table

READS = Stretch(
    "reads", 30.0, varbinds=300_000, requests=6_000, cpu=3.0, agent_cpu=0.5, own_count=3_000, resident=2**27, others=9.0
)
SMALL = Size(100, 1.0, READS, replace(READS, varbinds=0, cpu=0.1), 10_000)
LARGE = Size(10_000, 100.0, replace(READS, cpu=3.9), replace(READS, varbinds=0, cpu=0.4), 1_000_000)


def test_the_spread_is_between_the_dearest_and_the_cheapest_size() -> None:
    assert (SMALL.cost, LARGE.cost) == (10.0, 13.0)
    assert round(spread([SMALL, LARGE]), 9) == 0.3
    assert spread([SMALL]) == 0.0


def test_people_and_programs_are_told_the_same() -> None:
    assert as_data(LARGE)["microseconds_per_varbind"] == 13.0
    told = table("B", [SMALL, LARGE])
    assert "   10000      100     300000    3.900       13.00      1.30           0.400     9.0   1000000    128" in told
    assert "the dearest size costs 30% more than the cheapest; wanted: at most 20%" in told
