"""A learnt device after its `relearn` time: looked over when nothing has changed, learnt afresh when anything has."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from tests.unit.collectors.test_snmp_collector import IFX, Bench, disk, family, interface, names
from wenyam.clock import SystemClock
from wenyam.collectors.snmp import _MEMORY
from wenyam.errors import NoAnswerError
from wenyam.links.pools import Links
from wenyam.settings.secrets import SecretReader
from wenyam.testing.clock import FakeClock

PROCESSOR = "1.3.6.1.2.1.25.3.3.1.2"
STORAGE = "1.3.6.1.2.1.25.2.3.1"
LATER = 700.0
"""Seconds, more than `relearn` as shipped."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
async def bench(stack: ExitStack) -> AsyncIterator[Bench]:
    clock = FakeClock()
    made = Bench(stack, Links(clock, SecretReader({"COMMUNITY": "public"}), "/dev/null"), clock)
    made.play(
        *[line for index in range(1, 20) for line in interface(index, f"p{index}", f"port {index}")],
        *[f"{PROCESSOR}.{row}=integer:{row}" for row in (2, 4, 9)],
        *[line for index in (1, 2, 3) for line in disk(STORAGE, index, fixed=True)],
    )
    await made.read()
    yield made
    await made.links.close()


async def later(bench: Bench) -> int:
    """Let `relearn` pass and read; return how many requests that took."""
    assert isinstance(bench.clock, FakeClock)
    await bench.clock.advance(LATER)
    before = bench.agent.requests
    bench.memory["reading"] = await bench.read()
    return bench.agent.requests - before


async def test_a_device_of_which_nothing_changed_is_not_walked_again(bench: Bench) -> None:
    known = bench.memory[_MEMORY]
    before = await bench.read()
    for _ in range(3):
        bench.agent.change(f"{PROCESSOR}.4=integer:77")
        assert await later(bench) < 15
        assert bench.memory[_MEMORY] is known
        reading = bench.memory["reading"]
        assert family(reading, "interface_oper_status") is family(before, "interface_oper_status")
        assert 0.77 in family(reading, "cpu_utilization_ratio").values
    requests = bench.agent.requests
    await bench.read()
    assert bench.agent.requests - requests < 6, "between two looks it is only polled"


@pytest.mark.parametrize(
    "line",
    [
        f"{IFX}.1.7=text:renamed",
        f"{IFX}.18.7=text:a new alias",
        "1.3.6.1.2.1.1.1.0=text:Bench switch, version 2",
        "1.3.6.1.2.1.1.5.0=text:another name",
        f"{PROCESSOR}.3=integer:5",
        f"{PROCESSOR}.1=integer:5",
        "1.3.6.1.4.1.2021.4.3.0=integer:1000",
        "1.3.6.1.4.1.2021.13.16.2.1.3.1=gauge:30000",
        f"{STORAGE}.3.2=text:/elsewhere",
        f"{STORAGE}.2.2=object:1.3.6.1.2.1.25.2.1.7",
    ],
    ids=[
        "name", "alias", "description", "system name", "row between", "row before", "scalar", "table", "mount", "filtered row",
    ],
)  # fmt: skip
async def test_anything_that_changed_is_learnt(bench: Bench, line: str) -> None:
    known = bench.memory[_MEMORY]
    await later(bench)
    assert bench.memory[_MEMORY] is known
    bench.agent.change(line)
    await later(bench)
    assert bench.memory[_MEMORY] is not known


async def test_new_names_are_told(bench: Bench) -> None:
    bench.agent.change(f"{IFX}.1.7=text:renamed")
    assert "p7" in names(await bench.read())
    await later(bench)
    assert "renamed" in names(bench.memory["reading"])
    bench.agent.change(f"{PROCESSOR}.3=integer:5")
    await later(bench)
    assert len(family(bench.memory["reading"], "cpu_utilization_ratio").values) == 5


async def test_a_device_that_is_silent_when_looked_over_is_one_failure_and_stays_known(bench: Bench) -> None:
    known = bench.memory[_MEMORY]
    bench.clock = SystemClock()
    bench.links = Links(bench.clock, SecretReader({"COMMUNITY": "public"}), "/dev/null")
    known.learn_again_at = 0.0
    bench.agent._communities = frozenset({b"other"})
    with pytest.raises(NoAnswerError):
        await bench.read(0.5, attempts=1)
    bench.agent._communities = frozenset({b"public"})
    assert (await bench.read()).complete
    assert bench.memory[_MEMORY] is known
    assert known.learn_again_at > 0.0
    await bench.links.close()


async def test_version_1_is_walked_again(bench: Bench) -> None:
    bench.memory.clear()
    await bench.read(version="1")
    known = bench.memory[_MEMORY]
    assert isinstance(bench.clock, FakeClock)
    await bench.clock.advance(LATER)
    assert len(names(await bench.read(version="1"))) == 19
    assert bench.memory[_MEMORY] is not known
