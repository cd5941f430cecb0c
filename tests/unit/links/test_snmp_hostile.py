"""Every way an agent can misbehave, over real sockets: no hang, no crash, the budget kept, the right failure."""

import time
from collections.abc import AsyncIterator

import pytest

from wenyam.clock import SystemClock
from wenyam.errors import (
    BudgetSpentError,
    CollectError,
    ConnectionRefusedByDeviceError,
    MalformedReplyError,
    NoAnswerError,
    UnknownHostError,
)
from wenyam.links.snmp import Endpoint, Patience, SnmpPool, SnmpSession
from wenyam.model.inventory import Credential, SecretReference
from wenyam.settings.secrets import SecretReader
from wenyam.testing.hostile_agent import MODES, HostileAgent
from wenyam.testing.ports import free_port

COLUMN = "1.3.6.1.2.1.2.2.1.2"
NAME = "1.3.6.1.2.1.1.5.0"
BUDGET = 2.0
COMMUNITY = Credential("c", "snmp-community", {}, {"community": SecretReference("env", "C")})

WALKS: dict[str, tuple[type[CollectError] | None, int]] = {
    "same": (MalformedReplyError, 1),
    "cycle": (MalformedReplyError, 3),
    "empty": (MalformedReplyError, 0),
    "infinite": (BudgetSpentError, 400),
    "badreqid": (MalformedReplyError, 0),
    "trunc": (MalformedReplyError, 0),
    "junk": (MalformedReplyError, 0),
    "junkthengood": (MalformedReplyError, 0),  # its "good" answer to a walk is the question itself
    "staletheng": (MalformedReplyError, 0),
    "wrongoid": (None, 0),  # a name beyond the column is how a column ends; a GET finds it out
    "nested": (MalformedReplyError, 0),
    "othersrc": (NoAnswerError, 0),
    "toobig": (None, 3),
    "nobulk": (None, 3),
    "null": (None, 3),
    "silent": (NoAnswerError, 0),
}
GETS: dict[str, type[CollectError] | None] = {
    "junkthengood": None,
    "staletheng": None,
    "null": None,
    "silent": NoAnswerError,
    "othersrc": NoAnswerError,
}


MEASURED = "same cycle empty infinite badreqid trunc junk junkthengood staletheng wrongoid nested othersrc toobig nobulk null"
"""Ways in which agents or libraries were seen to fail."""


def test_every_way_that_was_measured_is_played_here() -> None:
    assert set(MEASURED.split()) <= set(MODES) == WALKS.keys()


@pytest.fixture
async def pool() -> AsyncIterator[SnmpPool]:
    made = SnmpPool(SystemClock(), SecretReader({"C": "public"}))
    yield made
    await made.close()


async def open_session(pool: SnmpPool, address: str, port: int, version: str = "2c") -> SnmpSession:
    deadline = SystemClock().monotonic() + BUDGET
    return await pool.session(Endpoint(address, port, version), COMMUNITY, deadline, Patience(0.1, 2, 8))


async def get_failure(session: SnmpSession) -> CollectError | None:
    try:
        values = await session.get([NAME])
    except CollectError as error:
        return error
    assert values in ({}, {NAME: b"x"})
    return None


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("mode", MODES)
async def test_a_hostile_agent_costs_no_more_than_its_budget(pool: SnmpPool, mode: str, version: str) -> None:
    with HostileAgent(mode) as agent:
        started = time.monotonic()
        async with await open_session(pool, agent.address, agent.port, version) as session:
            failure = await get_failure(session)
            column = await session.walk(COLUMN, 400)
        assert time.monotonic() - started < BUDGET + 0.5
    wanted = GETS.get(mode, MalformedReplyError)
    assert failure is None if wanted is None else isinstance(failure, wanted)
    kind, rows = WALKS[mode]
    assert column.partial is None if kind is None else isinstance(column.partial, kind)
    assert len(column.values) == rows


async def test_a_closed_port_is_refused_at_once(pool: SnmpPool) -> None:
    async with await open_session(pool, "127.0.0.1", free_port("127.0.0.1")) as session:
        started = time.monotonic()
        with pytest.raises(ConnectionRefusedByDeviceError, match=r"nothing listens at 127\.0\.0\.1"):
            await session.get([NAME])
        assert time.monotonic() - started < 0.1


async def test_an_unknown_host_is_said_by_name(pool: SnmpPool) -> None:
    with pytest.raises(UnknownHostError, match=r"switch\.invalid"):
        await open_session(pool, "switch.invalid", 161)


async def test_silence_says_that_a_wrong_community_looks_the_same(pool: SnmpPool) -> None:
    with HostileAgent("silent") as agent:
        async with await open_session(pool, agent.address, agent.port) as session:
            with pytest.raises(NoAnswerError, match=r"did not answer SNMP v2c in time \(a wrong community looks the same\)"):
                await session.get([NAME])


async def test_requests_are_counted_against_the_budget(pool: SnmpPool) -> None:
    with HostileAgent("infinite") as agent:
        async with await open_session(pool, agent.address, agent.port) as session:
            session.requests_left = 10
            column = await session.walk(COLUMN)
        assert isinstance(column.partial, BudgetSpentError)
        assert agent.requests == 10
