"""Logs on a host, read over a real OpenSSH server: fresh, old, packed, missing, unreadable, without times."""

import bz2
import gzip
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import ValidationError

from wenyam.checks.age import AgeCheck, AgeParameters
from wenyam.collectors.contract import Target
from wenyam.collectors.logs import LogCollector, LogOptions
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading, SampleSet
from wenyam.model.states import State
from wenyam.testing.collecting import CLOCK, make_context, make_links, value
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
HERE = Target("log-1", "127.0.0.1")
DAY = 86_400
NEWEST, OLDEST = "log_newest_record_timestamp_seconds", "log_oldest_record_timestamp_seconds"


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with Sshd() as running:
        yield running


@pytest_asyncio.fixture
async def links(server: Sshd) -> AsyncIterator[Links]:
    made = make_links(server.known_hosts)
    yield made
    await made.close()


async def read(server: Sshd, links: Links, **sources: str) -> Reading:
    login = Credential("key", "ssh-key", {"username": server.username}, {"key": SecretReference("file", str(server.client_key))})
    options = LogOptions(sources=sources, port=server.port)
    return await LogCollector(options).collect(HERE, make_context(links, credential=login))


def now() -> float:
    return CLOCK.now() / 1000


def line(age: float) -> bytes:
    return f"{datetime.fromtimestamp(now() - age, UTC).isoformat()} fw-1 allowed\n".encode()


def put(path: Path, content: bytes, age: float) -> None:
    path.write_bytes(content)
    os.utime(path, (now() - age, now() - age))


def check(reading: Reading, sample: str, **parameters: object) -> tuple[State, str]:
    samples = SampleSet(reading.families)
    result = AgeCheck.judge(AgeParameters.model_validate({"sample": sample, **parameters}), samples, CLOCK.now())
    return result.state, result.summary


async def test_a_log_that_stopped_and_one_that_is_too_short_are_red_until_mended(
    server: Sshd, links: Links, tmp_path: Path
) -> None:
    put(tmp_path / "traffic.log.2.gz", gzip.compress(line(40 * DAY) + line(30 * DAY)), 30 * DAY)
    put(tmp_path / "traffic.log.1", line(20 * DAY) + line(3 * 3600), 3 * 3600)
    pattern = {"traffic": f"{tmp_path}/traffic.log*"}
    reading = await read(server, links, **pattern)
    assert check(reading, NEWEST, warn="15m", crit="1h")[0] is State.CRIT
    state, said = check(reading, OLDEST, direction="below", warn="97d", crit="90d")
    assert (state, said) == (State.CRIT, "log oldest record traffic 40 d ago, limit 90 d")
    put(tmp_path / "traffic.log.9.bz2", bz2.compress(line(100 * DAY) + line(95 * DAY)), 95 * DAY)
    put(tmp_path / "traffic.log", line(60) + line(5), 5)
    reading = await read(server, links, **pattern)
    assert check(reading, NEWEST, warn="15m", crit="1h")[0] is State.OK
    assert check(reading, OLDEST, direction="below", warn="97d", crit="90d")[0] is State.OK
    assert value(reading, OLDEST, {"source": "traffic"}) == pytest.approx(now() - 100 * DAY, abs=5)


async def test_each_trouble_is_said_and_hides_no_other_log(server: Sshd, links: Links, tmp_path: Path) -> None:
    put(tmp_path / "good.log", line(30), 30)
    put(tmp_path / "empty.log", b"", 1)
    put(tmp_path / "words.log", b"no time at all\n", 1)
    put(tmp_path / "future.log", line(-40 * DAY), 1)
    put(tmp_path / "broken.log.gz", b"\x1f\x8bnot gzip", 1)
    put(tmp_path / "two words.log", line(50), 50)
    reading = await read(
        server,
        links,
        good=f"{tmp_path}/good.log",
        empty=f"{tmp_path}/empty.log",
        absent=f"{tmp_path}/nothing*",
        words=f"{tmp_path}/words.log",
        future=f"{tmp_path}/future.log",
        broken=f"{tmp_path}/broken.log.gz",
        spaced=f"{tmp_path}/two*",
    )
    assert value(reading, NEWEST, {"source": "good"}) == pytest.approx(now() - 30, abs=5)
    assert value(reading, NEWEST, {"source": "spaced"}) == pytest.approx(now() - 50, abs=5)
    said = " ".join(failure.sentence for failure in reading.failures)
    assert len(reading.failures) == 5
    assert "empty: no file with a record fits" in said
    assert "absent: no file with a record fits" in said
    assert "words: no time is found in the record 'no time at all'" in said
    assert "is of a day after its file was last written" in said
    assert "broken: no time is found in the record ''" in said


async def test_this_machine_is_read_without_ssh(links: Links, tmp_path: Path) -> None:
    put(tmp_path / "a.log", line(30), 30)
    options = LogOptions(sources={"a": f"{tmp_path}/a.log"}, local=True)
    reading = await LogCollector(options).collect(HERE, make_context(links))
    assert value(reading, OLDEST, {"source": "a"}) == pytest.approx(now() - 30, abs=5)
    assert await LogCollector(options).probe(HERE, make_context(links)) < 10


@pytest.mark.parametrize(
    "pattern", ["", "relative/*.log", "/var/log/x; id", "/var/log/$(id)", "/var/log/a b", "/var/../../etc/x", "/x\ny"]
)
def test_what_is_no_pattern_of_paths_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="no absolute path"):
        LogOptions(sources={"a": pattern})
