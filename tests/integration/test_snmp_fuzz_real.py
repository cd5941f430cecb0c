"""Replies of a real snmpd speaking version 3, damaged with fixed seeds: without keys, and by somebody who has them."""

import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.errors import CollectError, MalformedReplyError
from wenyam.links.pools import Links
from wenyam.links.snmp import codec, v3_frame
from wenyam.links.snmp.security import ReportedError, Resynchronised
from wenyam.links.snmp.v3 import UserSecurity
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing.damage import DamagingRelay, damaged
from wenyam.testing.snmpd import Snmpd, SnmpdUser

pytestmark = pytest.mark.real

SECRETS = {"A": "authentication-1", "P": "privacy-pass-1"}
LEVELS = {"open": ("", ""), "signed": ("sha256", ""), "secret": ("sha256", "aes128"), "old": ("md5", "des")}
BUDGET = 1.0
GRACE = 1.5


def credential(level: str) -> Credential:
    authentication, privacy = LEVELS[level]
    settings, secrets = {"username": level}, {}
    if authentication:
        settings["authentication"] = authentication
        secrets["authentication_key"] = SecretReference("env", "A")
    if privacy:
        settings["privacy"] = privacy
        secrets["privacy_key"] = SecretReference("env", "P")
    return Credential(level, "snmp-v3", settings, secrets)


@pytest.fixture(scope="module")
def agent() -> Iterator[Snmpd]:
    users = tuple(
        SnmpdUser(level, authentication or None, SECRETS["A"], privacy or None, SECRETS["P"])
        for level, (authentication, privacy) in LEVELS.items()
    )
    with Snmpd(users=users, settings=("sysname watched",)) as started:
        yield started


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    made = Links(SystemClock(), SecretReader(SECRETS), "/dev/null")
    yield made
    await made.close()


async def read(links: Links, port: int, level: str, memory: dict[str, object], seconds: float) -> Reading:
    clock = SystemClock()
    collector = SnmpCollector(SnmpOptions(version="3", port=port, request_timeout=0.1, attempts=2))
    context = Context(clock, links, clock.monotonic() + seconds, credential(level), memory)
    return await collector.collect(Target("fuzzed", "127.0.0.1"), context)


@pytest.mark.parametrize("level", LEVELS)
async def test_version_3_over_a_spoiling_line_costs_no_more_than_its_budget(links: Links, agent: Snmpd, level: str) -> None:
    for seed in range(3):
        memory: dict[str, object] = {}
        with DamagingRelay(agent.port, seed, share=0.0) as relay:
            assert (await read(links, relay.port, level, memory, 10.0)).facts["name"] == "watched"
            for relay.share in (0.3, 0.9):
                for remembered in (memory, {}):
                    started = time.monotonic()
                    with suppress(CollectError):
                        assert (await read(links, relay.port, level, remembered, BUDGET)).facts["evidence"]
                    assert time.monotonic() - started < BUDGET + GRACE
            relay.share = 0.0
            healed = await read(links, relay.port, level, {}, 10.0)
        assert healed.complete
        assert healed.facts["name"] == "watched"


async def captured(links: Links, agent: Snmpd, level: str) -> tuple[UserSecurity, list[bytes]]:
    """Read through a relay that spoils nothing; return the security that understood, and what it understood."""
    with DamagingRelay(agent.port, 0, share=0.0) as relay:
        await read(links, relay.port, level, {}, 10.0)
        security = next(iter(links.snmp._users.values()))
        assert isinstance(security, UserSecurity)
        return security, [reply for reply in relay.replies if v3_frame.parsed(reply).engine and understood(security, reply)]


def twin(security: UserSecurity) -> UserSecurity:
    """Return one that knows what this one knows and learns by itself."""
    other = UserSecurity(security.user, security.monotonic)
    other._engine = replace(security._engine)
    return other


def understood(security: UserSecurity, datagram: bytes) -> bool:
    """Unseal by a copy, because a report teaches; anything but these three exceptions fails the test."""
    try:
        reply = twin(security).unseal(datagram)
    except (MalformedReplyError, ReportedError, Resynchronised):
        return False
    assert len(reply.names) == len(reply.values)
    return True


@pytest.mark.parametrize("level", LEVELS)
async def test_no_damage_to_a_real_reply_does_more_than_refuse_it(links: Links, agent: Snmpd, level: str) -> None:
    security, replies = await captured(links, agent, level)
    assert len(replies) > 5
    chance = random.Random(20_261_120)
    survived = sum(understood(security, damaged(chance.choice(replies), chance)) for _ in range(2_000))
    assert survived < 2_000
    if LEVELS[level][0]:
        assert survived < 20  # only what lies outside the signed message may change


@pytest.mark.parametrize("level", [level for level, (authentication, _) in LEVELS.items() if authentication])
async def test_an_agent_with_the_keys_that_signs_nonsense_is_malformed_at_worst(links: Links, agent: Snmpd, level: str) -> None:
    security, replies = await captured(links, agent, level)
    chance = random.Random(20_261_120)
    survived = sum(understood(security, signed_nonsense(security, chance.choice(replies), chance)) for _ in range(2_000))
    assert 0 < survived < 2_000


def signed_nonsense(security: UserSecurity, datagram: bytes, chance: random.Random) -> bytes:
    """Take a reply apart, damage what is inside the envelope, and close it again with the right keys."""
    frame = v3_frame.parsed(datagram)
    data, start, stop = security._plain(datagram, frame)
    scoped = damaged(codec.tagged(codec.SEQUENCE, data[start:stop]), chance)
    salt, engine = b"", security._engine
    assert engine.signer is not None
    if engine.privacy is not None:
        content, salt = engine.privacy.encrypt((frame.boots, frame.time), 7, scoped)
        scoped = codec.tagged(codec.OCTETS, content)
    opening = v3_frame.opening(frame.engine, frame.boots, frame.time, security.user.name.encode())
    parameters = v3_frame.parameters(opening, engine.signer.size, len(salt))
    behind = codec.tagged(codec.OCTETS, salt) + scoped
    before = v3_frame.begun(frame.request, frame.flags, parameters, engine.signer.size + len(behind))
    return before + engine.signer.sign(before, behind) + behind
