"""A flood of traps from one source takes nothing from the others, and is itself one row a minute."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.links.traps import BEYOND_SHARE
from wenyam.model.receiving import ReceivedKind, ReceivePlan, Share, TrapPlan
from wenyam.testing.receiving import COMMUNITY, Receiving, device, receiving

pytestmark = pytest.mark.real

FLOODING = "127.40.0.1"
QUIET = tuple(f"127.40.1.{number}" for number in range(1, 21))
PLAN = ReceivePlan(traps=TrapPlan(("traps",), port=0))
LATE_SECONDS = 2.0
"""The work loop may be late by so much; at 3 s everything it watches would be unknown."""


async def flood(world: Receiving, seconds: float, rate: int) -> dict[str, int]:
    """Send from another process; return how many each address sent."""
    address = world.receiver.trap_address
    assert address is not None
    rates = [f"{FLOODING}={rate}", *(f"{quiet}=5" for quiet in QUIET)]
    words = [sys.executable, "-m", "wenyam.testing.trap_sender", COMMUNITY, str(address[1]), str(seconds), *rates]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return {name: int(count) for name, count in (line.split() for line in output.decode().splitlines())}


async def lateness() -> float:
    """Measure until cancelled how late the loop comes round at worst."""
    clock, worst = SystemClock(), 0.0
    try:
        while True:
            begun = clock.monotonic()
            await clock.sleep(0.05)
            worst = max(worst, clock.monotonic() - begun - 0.05)
    except asyncio.CancelledError:
        return worst


async def stored(world: Receiving, sent: dict[str, int]) -> Counter[str]:
    """Wait until everything of the quiet sources is stored, or until that can no longer be."""

    async def all_of_them() -> bool:
        return len([row for row in await world.rows() if row.source in QUIET]) >= sum(sent[name] for name in QUIET)

    await world.until(all_of_them, "every trap of the quiet sources")
    return Counter(row.source for row in await world.rows() if row.kind is ReceivedKind.TRAP)


@pytest.mark.parametrize("known", [QUIET, ()], ids=["in the inventory", "strangers"])
async def test_ten_thousand_a_second_from_one_source_take_nothing_from_twenty_others(
    tmp_path: Path, known: tuple[str, ...]
) -> None:
    devices = [device(f"quiet-{number}", quiet) for number, quiet in enumerate(known)]
    async with receiving(tmp_path, PLAN, [*devices, device("loud", FLOODING)]) as world:
        watching = asyncio.create_task(lateness())
        sent = await flood(world, 5.0, 10_000)
        counts = await stored(world, sent)
        watching.cancel()
        assert sent[FLOODING] > 20_000, "the machine could not send a flood"
        assert {name: counts[name] for name in QUIET} == {name: sent[name] for name in QUIET}
        assert await watching < LATE_SECONDS
        await world.receiver._summarise()
        rows = [row for row in await world.rows() if row.kind is ReceivedKind.SUMMARY]
        assert {(row.source, row.device) for row in rows} == {(FLOODING, "loud")}, "nobody else lost anything"
        (row,) = [row for row in rows if row.name == BEYOND_SHARE]
        assert row.text == f"{FLOODING}: {row.count:,} further were not read: beyond its share"
        # What the kernel's own buffer could not hold is lost before anybody counts; none of it may be the quiet ones'.
        assert 0 < counts[FLOODING] < 300
        assert sum(each.count for each in rows) + counts[FLOODING] <= sent[FLOODING]


async def test_forged_senders_do_not_crowd_out_the_inventory(tmp_path: Path) -> None:
    """Each of many strangers stays within its own share, together they are far more than can be read."""
    plan = ReceivePlan(traps=TrapPlan(("traps",), port=0, share=Share(10, 100), decode_rate=100))
    async with receiving(tmp_path, plan, [device(f"quiet-{number}", quiet) for number, quiet in enumerate(QUIET)]) as world:
        address = world.receiver.trap_address
        assert address is not None
        strangers = [f"127.41.{number // 250}.{1 + number % 250}=10" for number in range(300)]
        words = [sys.executable, "-m", "wenyam.testing.trap_sender", COMMUNITY, str(address[1]), "3"]
        process = await asyncio.create_subprocess_exec(
            *words, *strangers, *(f"{quiet}=2" for quiet in QUIET), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        sent = {name: int(count) for name, count in (line.split() for line in output.decode().splitlines())}
        counts = await stored(world, sent)
        assert {name: counts[name] for name in QUIET} == {name: sent[name] for name in QUIET}
        assert sum(sent.values()) > 5_000
