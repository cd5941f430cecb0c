"""Replies of real recorded devices, damaged with fixed seeds: nothing hangs, nothing crashes, the budget is kept."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.errors import CollectError, MalformedReplyError
from wenyam.links.pools import Links
from wenyam.links.snmp.security import Community
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing.cases import ADDRESS, COMMUNITY, load, playing, read_case
from wenyam.testing.damage import DamagingRelay, damaged
from wenyam.testing.recorded_agent import Answerer

CASES = Path(__file__).parents[2] / "cases" / "snmp"
DEVICES = ["cisco-c3750", "eaton-93e", "isilon-x210", "windows-server-2003"]
BUDGET = 1.0
GRACE = 1.5
"""Seconds of this machine's own business."""


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    made = Links(SystemClock(), SecretReader({"COMMUNITY": "public"}), "/dev/null")
    yield made
    await made.close()


async def read(links: Links, port: int, memory: dict[str, object], seconds: float) -> Reading:
    clock = SystemClock()
    collector = SnmpCollector(SnmpOptions(port=port, request_timeout=0.1, attempts=2))
    return await collector.collect(
        Target("fuzzed", ADDRESS), Context(clock, links, clock.monotonic() + seconds, COMMUNITY, memory)
    )


def assert_sane(reading: Reading) -> None:
    """Every value lies where its definition allows and belongs to as many labels as there are values."""
    for family in reading.families:
        definition = SAMPLES[family.name]
        assert len(family.labels) == len(family.values)
        assert all(definition.minimum is None or value >= definition.minimum for value in family.values)
        assert all(definition.maximum is None or value <= definition.maximum for value in family.values)


@pytest.mark.parametrize("device", DEVICES)
async def test_a_recorded_device_behind_a_spoiling_line_costs_no_more_than_its_budget(links: Links, device: str) -> None:
    with playing(Answerer(load(read_case(CASES / device)))) as player:
        for seed in range(3):
            memory: dict[str, object] = {}
            with DamagingRelay(player.ports[0], seed, share=0.0) as relay:
                whole = await read(links, relay.port, memory, 10.0)
                assert whole.complete
                for relay.share in (0.3, 0.9):
                    await assert_bounded(links, relay.port, memory)
                    await assert_bounded(links, relay.port, {})
                relay.share = 0.0
                healed = await read(links, relay.port, {}, 10.0)
            assert healed.complete
            assert {each.name for each in healed.families} == {each.name for each in whole.families}


async def assert_bounded(links: Links, port: int, memory: dict[str, object]) -> None:
    started = time.monotonic()
    with suppress(CollectError):
        assert_sane(await read(links, port, memory, BUDGET))
    assert time.monotonic() - started < BUDGET + GRACE


@pytest.mark.parametrize("device", DEVICES)
async def test_no_damage_to_a_recorded_reply_does_more_than_malform_it(links: Links, device: str) -> None:
    with playing(Answerer(load(read_case(CASES / device)))) as player, DamagingRelay(player.ports[0], 0, share=0.0) as relay:
        await read(links, relay.port, {}, 10.0)
        replies = relay.replies
    assert len(replies) > 5
    security, chance = Community("2c", b"public"), random.Random(20_261_120)
    survived = 0
    for _ in range(4_000):
        try:
            reply = security.unseal(damaged(chance.choice(replies), chance))
        except MalformedReplyError:
            continue
        survived += 1
        assert len(reply.names) == len(reply.values)
    assert 0 < survived < 4_000
