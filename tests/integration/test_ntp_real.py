"""A time server over the real network stack: in step, wrong, not set, refusing, silent, forged."""

from collections.abc import AsyncIterator, Iterator

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.ntp import NtpCollector, NtpOptions
from wenyam.errors import MalformedReplyError, NoAnswerError
from wenyam.links.ntp import NotInStepError, read_reply
from wenyam.links.pools import Links
from wenyam.model.instants import Instant
from wenyam.settings.secrets import SecretReader
from wenyam.testing.ntp_server import NtpServer

pytestmark = pytest.mark.real


@pytest.fixture
def server() -> Iterator[NtpServer]:
    with NtpServer() as running:
        yield running


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    made = Links(SystemClock(), SecretReader(), "/dev/null")
    yield made
    await made.close()


async def offset(server: NtpServer, links: Links, seconds: float = 2.0) -> float:
    clock = SystemClock()
    collector = NtpCollector(NtpOptions(port=server.port))
    context = Context(clock, links, clock.monotonic() + seconds, None, {})
    reading = await collector.collect(Target("time", "127.0.0.1"), context)
    return next(sample.value for family in reading.families for sample in family if sample.name == "clock_offset_seconds")


@pytest.mark.parametrize("seconds", [0.0, 7.5, -3600.0])
async def test_the_offset_is_the_servers_clock_minus_ours(server: NtpServer, links: Links, seconds: float) -> None:
    server.offset = seconds
    assert await offset(server, links) == pytest.approx(seconds, abs=0.25)


async def test_a_server_that_is_in_step_with_nobody_gives_no_offset(server: NtpServer, links: Links) -> None:
    server.leap = 3
    with pytest.raises(NotInStepError, match="its clock is not set"):
        await offset(server, links)
    server.leap, server.stratum = 0, 16
    with pytest.raises(NotInStepError, match="its clock is not set"):
        await offset(server, links)
    server.stratum, server.reference = 0, b"RATE"
    with pytest.raises(NotInStepError, match="refuses with 'RATE'"):
        await offset(server, links)
    server.stratum = 1
    assert abs(await offset(server, links)) < 0.25


async def test_silence_and_forgery_are_told_apart(server: NtpServer, links: Links) -> None:
    server.forged = 3
    assert abs(await offset(server, links)) < 0.25
    server.silent = True
    with pytest.raises(NoAnswerError, match=r"NTP server 127\.0\.0\.1"):
        await offset(server, links, 0.4)


async def test_only_forged_answers_are_an_error_of_their_own(server: NtpServer, links: Links) -> None:
    server.forged, server.only_forged = 2, True
    with pytest.raises(MalformedReplyError, match="forging"):
        await offset(server, links, 0.4)


def test_the_era_after_2036_is_the_one_near_our_own_clock(server: NtpServer) -> None:
    ours = 2_300_000_000.0  # in 2042, after the first era has ended
    written = int((ours + 5 + 2_208_988_800) * 2**32) % 2**64
    reply = bytes((0x24, 2)) + bytes(22) + (7).to_bytes(8, "big") + written.to_bytes(8, "big") * 2
    measured = read_reply(reply, 7, Instant(int(ours * 1000)), 0.0, "x")
    assert measured is not None
    assert measured.offset == pytest.approx(5, abs=0.001)
    assert read_reply(reply[:47], 7, Instant(0), 0.0, "x") is None
