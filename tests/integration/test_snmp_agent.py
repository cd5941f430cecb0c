"""SNMP against the real agent of net-snmp: every protocol, wrong keys, restarts, and our player byte for byte beside it."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.errors import CollectError, CredentialsRefusedError, EngineClockError, NoAnswerError
from wenyam.links.pools import Links
from wenyam.links.snmp import Endpoint, Patience, SnmpPool, codec, oids, questions
from wenyam.links.snmp.questions import Ask
from wenyam.links.snmp.security import Community
from wenyam.links.snmp.v3 import UserSecurity
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading, SampleSet
from wenyam.settings.secrets import SecretReader
from wenyam.testing import recording
from wenyam.testing.recorded_agent import Answerer
from wenyam.testing.snmpd import AUTHENTICATION, PRIVACY, Snmpd, SnmpdUser

pytestmark = pytest.mark.real

SECRETS = {"COMMUNITY": "public", "A": "authentication-1", "P": "privacy-pass-1", "WRONG": "not-this-one-1"}
SYSTEM_NAME = "1.3.6.1.2.1.1.5.0"
COMMUNITY = Credential("lab", "snmp-community", {}, {"community": SecretReference("env", "COMMUNITY")})
LEVELS = [("", "")] + [(authentication, privacy) for authentication in AUTHENTICATION for privacy in ("", *PRIVACY)]


def user_name(authentication: str, privacy: str) -> str:
    return f"u{authentication}{privacy}".replace("-", "")


def credential(authentication: str, privacy: str, *, key: str = "A", cipher_key: str = "P", user: str = "") -> Credential:
    settings = {"username": user or user_name(authentication, privacy)}
    secrets = {}
    if authentication:
        settings["authentication"] = authentication
        secrets["authentication_key"] = SecretReference("env", key)
    if privacy:
        settings["privacy"] = privacy
        secrets["privacy_key"] = SecretReference("env", cipher_key)
    return Credential(f"{settings['username']}-{key}-{cipher_key}", "snmp-v3", settings, secrets)


def users() -> tuple[SnmpdUser, ...]:
    return tuple(
        SnmpdUser(user_name(authentication, privacy), authentication or None, SECRETS["A"], privacy or None, SECRETS["P"])
        for authentication, privacy in LEVELS
    )


@pytest.fixture(scope="module")
def agent() -> Iterator[Snmpd]:
    with Snmpd(users=users(), settings=("sysname watched", "load 12 10 5", "disk / 10%")) as started:
        yield started


@pytest.fixture
async def pool() -> AsyncIterator[SnmpPool]:
    made = SnmpPool(SystemClock(), SecretReader(SECRETS))
    yield made
    await made.close()


async def name_of(pool: SnmpPool, agent: Snmpd, version: str, who: Credential, seconds: float = 5.0) -> codec.Value:
    endpoint = Endpoint(agent.address, agent.port, version)
    deadline = SystemClock().monotonic() + seconds
    async with await pool.session(endpoint, who, deadline, Patience(0.3, 3)) as session:
        return (await session.get([SYSTEM_NAME]))[SYSTEM_NAME]


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_community_reads_the_real_agent(pool: SnmpPool, agent: Snmpd, version: str) -> None:
    assert await name_of(pool, agent, version, COMMUNITY) == b"watched"


@pytest.mark.parametrize(("authentication", "privacy"), LEVELS)
async def test_every_security_level_and_protocol_reads_the_real_agent(
    pool: SnmpPool, agent: Snmpd, authentication: str, privacy: str
) -> None:
    who = credential(authentication, privacy)
    assert await name_of(pool, agent, "3", who) == b"watched"
    assert await name_of(pool, agent, "3", who) == b"watched"  # and again with the engine known


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        (credential("sha256", "aes128", key="WRONG"), "wrong authentication key or protocol for user 'usha256aes128'"),
        (credential("sha1", "", user="usha256"), "wrong authentication key or protocol for user 'usha256'"),
        (credential("sha256", "aes128", cipher_key="WRONG"), "user 'usha256aes128' \\(authPriv\\): wrong key or protocol"),
        (credential("md5", "des", cipher_key="WRONG"), "user 'umd5des' \\(authPriv\\): wrong key or protocol"),
        (credential("sha256", "aes128", user="nobody"), "does not know user 'nobody'"),
        (credential("", "", user="usha256"), "authorizationError"),
    ],
)
async def test_what_the_agent_refuses_is_told_without_the_key(
    pool: SnmpPool, agent: Snmpd, who: Credential, sentence: str
) -> None:
    with pytest.raises(CredentialsRefusedError, match=sentence) as caught:
        await name_of(pool, agent, "3", who, 2.0)
    assert not any(secret in str(caught.value) for name, secret in SECRETS.items() if name != "COMMUNITY")


async def test_a_wrong_community_is_silence(pool: SnmpPool, agent: Snmpd) -> None:
    wrong = Credential("wrong", "snmp-community", {}, {"community": SecretReference("env", "WRONG")})
    with pytest.raises(NoAnswerError, match="a wrong community looks the same") as caught:
        await name_of(pool, agent, "2c", wrong, 1.0)
    assert SECRETS["WRONG"] not in str(caught.value)


async def test_an_agent_that_restarted_is_met_again(pool: SnmpPool, tmp_path: Path) -> None:
    """Its engine boots grow and its time falls: notInTimeWindow, one resynchronisation, and on."""
    who = credential("sha256", "aes128")
    server = Snmpd(users=users(), settings=("sysname watched",), directory=tmp_path / "agent")
    for _ in range(3):
        with server:
            assert await name_of(pool, server, "3", who) == b"watched"


async def test_another_engine_at_the_same_address_is_met_anew(pool: SnmpPool, tmp_path: Path) -> None:
    who = credential("sha512", "aes256")
    port = 0
    for number in range(2):
        server = Snmpd(port=port, users=users(), settings=("sysname watched",), directory=tmp_path / str(number))
        port = server.port
        with server:
            assert await name_of(pool, server, "3", who) == b"watched"


class Stubborn(UserSecurity):
    """Never learns the engine's clock, as if the engine told another one each time."""

    def _set_clock(self, frame: object) -> None:
        """Keep the wrong clock."""


async def test_a_clock_that_never_agrees_is_its_own_error(pool: SnmpPool, agent: Snmpd) -> None:
    who = credential("sha256", "aes128")
    await name_of(pool, agent, "3", who)
    ((key, security),) = pool._users.items()
    assert isinstance(security, UserSecurity)
    stubborn = Stubborn(security.user, security.monotonic)
    stubborn._engine = security._engine
    stubborn._engine.boots += 5
    pool._users[key] = stubborn
    with pytest.raises(EngineClockError):
        await name_of(pool, agent, "3", who)


async def read(agent: Snmpd, version: str, who: Credential, polls: int = 2) -> list[Reading]:
    clock = SystemClock()
    links = Links(clock, SecretReader(SECRETS), "/dev/null")
    collector = SnmpCollector(SnmpOptions(port=agent.port, version=version))
    memory: dict[str, object] = {}
    readings = []
    for _ in range(polls):
        context = Context(clock, links, clock.monotonic() + 10, who, memory)
        readings.append(await collector.collect(Target("host", agent.address), context))
    await links.close()
    return readings


@pytest.mark.parametrize(("version", "who"), [("1", COMMUNITY), ("2c", COMMUNITY), ("3", credential("sha256", "aes128"))])
async def test_this_linux_host_is_read_whole_in_every_version(agent: Snmpd, version: str, who: Credential) -> None:
    for reading in await read(agent, version, who):
        assert reading.failures == ()
        assert reading.facts["profile"] == "linux"
        assert reading.facts["name"] == "watched"
        samples = SampleSet(reading.families)
        assert samples.value("memory_total_bytes") == pytest.approx(memory_of_this_host(), rel=0.01)
        assert samples.value("load_average", (("window", "1m"),)) == pytest.approx(load_of_this_host(), abs=2)
        assert samples.value("interface_oper_status", (("interface", "lo"), ("alias", ""))) == 1
        assert 0 < (samples.value("filesystem_utilization_ratio", (("mount", "/"),)) or 0) <= 1
        assert samples.value("system_uptime_seconds") is not None


def memory_of_this_host() -> int:
    first = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()[0]
    return int(first.split()[1]) * 1024


def load_of_this_host() -> float:
    return float(Path("/proc/loadavg").read_text(encoding="ascii").split()[0])


async def test_a_frozen_agent_costs_its_budget_and_is_told(agent: Snmpd, pool: SnmpPool) -> None:
    started = asyncio.get_running_loop().time()
    with Snmpd() as other:
        os.kill(other.pid, signal.SIGSTOP)
        try:
            with pytest.raises(CollectError):
                await name_of(pool, other, "2c", COMMUNITY, 1.0)
        finally:
            os.kill(other.pid, signal.SIGCONT)
    assert asyncio.get_running_loop().time() - started < 10


class Raw:
    """Asks an agent datagram by datagram."""

    def __init__(self, agent: Snmpd) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((agent.address, agent.port))
        self._socket.settimeout(5)

    def ask(self, datagram: bytes) -> bytes:
        self._socket.send(datagram)
        return self._socket.recv(65_535)

    def record(self, prefix: str) -> dict[bytes, bytes]:
        """Walk a subtree and keep every binding as the agent sent it."""
        root = oids.encode(prefix)
        name = root
        found: dict[bytes, bytes] = {}
        while True:
            reply = self.ask(datagram("2c", questions.following([name])))
            (name,) = Community("2c", b"public").unseal(reply).names
            if not name.startswith(root):
                return found
            start = reply.rindex(codec.tagged(codec.OBJECT_ID, name))
            found[name] = codec.tagged(codec.SEQUENCE, reply[start:])

    def close(self) -> None:
        self._socket.close()


def datagram(version: str, ask: Ask) -> bytes:
    return Community(version, b"public").seal(2**30, ask.pdu(2**30 + 7))


def names(*texts: str) -> list[bytes]:
    return [oids.encode(text) for text in texts]


SYSTEM, IF = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1"
QUESTIONS = {
    "get": questions.get(names(f"{SYSTEM}.1.0", f"{SYSTEM}.5.0", f"{IF}.2.1")),
    "get of a row that is not there": questions.get(names(f"{SYSTEM}.1.0", f"{IF}.2.999")),
    "get of an object that is not there": questions.get(names("1.3.6.1.4.1.99999.0")),
    "next": questions.following(names(f"{SYSTEM}.1.0", f"{IF}.2", f"{IF}.3.1")),
    "bulk over one column": questions.bulk(names(f"{IF}.2"), 1),
    "bulk over two columns": questions.bulk(names(f"{IF}.2", f"{IF}.3"), 1),
    "bulk over the system group": questions.bulk(names(f"{SYSTEM}.9.1.3"), 7),
}


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("what", QUESTIONS)
def test_the_player_answers_byte_for_byte_like_the_real_agent(agent: Snmpd, what: str, version: str) -> None:
    ask = QUESTIONS[what]
    if version == "1" and ask.tag == codec.BULK:
        ask = questions.following(ask.names)
    raw = Raw(agent)
    try:
        found = {**raw.record(SYSTEM), **raw.record(f"{IF}.2"), **raw.record(f"{IF}.3"), **raw.record(f"{IF}.4")}
        ordered = sorted(found, key=oids.arcs)
        player = Answerer(recording.Tree(ordered, [found[name] for name in ordered]), [b"public"], 65_000)
        question = datagram(version, ask)
        assert player.answer(question) == raw.ask(question)
    finally:
        raw.close()
