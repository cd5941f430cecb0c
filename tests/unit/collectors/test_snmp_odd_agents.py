"""Agents that are not broken but odd: numbers given anew, tables that change under the walk, no GETBULK."""

from collections.abc import AsyncIterator, Callable

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.links.pools import Links
from wenyam.links.snmp import codec, oids
from wenyam.model.samples import Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing import recording
from wenyam.testing.cases import ADDRESS, COMMUNITY, playing
from wenyam.testing.recorded_agent import Answerer
from wenyam.testing.recording import Tree

IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
SYSTEM = ["1.3.6.1.2.1.1.1.0=text:Odd", "1.3.6.1.2.1.1.2.0=object:1.3.6.1.4.1.99999.1", "1.3.6.1.2.1.1.3.0=ticks:1000000"]


class Odd(Answerer):
    """Answers from its tree until `happens` says otherwise; None is silence."""

    happens: Callable[["Odd", int], bool] = staticmethod(lambda _agent, _tag: True)
    requests = 0

    def answer(self, datagram: bytes) -> bytes | None:
        self.requests += 1
        return super().answer(datagram) if self.happens(self, kind(datagram)) else None


def kind(datagram: bytes) -> int:
    """Return the tag of a request."""
    start, end = codec.element(datagram, 0, len(datagram), codec.SEQUENCE)
    _, community_at = codec.number(datagram, start, end)
    _, request_at = codec.element(datagram, community_at, end, codec.OCTETS)
    return datagram[request_at]


def interface(index: int, name: str, octets: int) -> list[str]:
    return [
        f"{IF}.8.{index}=integer:1",
        f"{IFX}.1.{index}=text:{name}",
        f"{IFX}.6.{index}=counter64:{octets}",
    ]


def played(*lines: str) -> Odd:
    pairs = dict(recording.replacement(line) for line in (*SYSTEM, *lines))
    names = sorted(pairs, key=oids.arcs)
    return Odd(Tree(names, [pairs[name] for name in names]))


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    made = Links(SystemClock(), SecretReader({"COMMUNITY": "public"}), "/dev/null")
    yield made
    await made.close()


def received(reading: Reading) -> dict[str, float]:
    found = (each for family in reading.families if family.name == "interface_receive_bytes_total" for each in family)
    return {dict(each.labels)["interface"]: each.value for each in found}


async def read(links: Links, port: int, memory: dict[str, object], seconds: float = 10.0) -> Reading:
    clock = SystemClock()
    collector = SnmpCollector(SnmpOptions(port=port, request_timeout=0.2, attempts=2))
    return await collector.collect(Target("odd", ADDRESS), Context(clock, links, clock.monotonic() + seconds, COMMUNITY, memory))


async def test_interfaces_numbered_anew_after_a_restart_keep_their_counters_by_name(links: Links) -> None:
    agent = played(*interface(1, "uplink", 111), *interface(2, "server", 222), *interface(3, "spare", 333))
    memory: dict[str, object] = {}
    with playing(agent) as player:
        assert received(await read(links, player.ports[0], memory)) == {"uplink": 111, "server": 222, "spare": 333}
        for line in (*interface(1, "server", 5), *interface(2, "uplink", 7), "1.3.6.1.2.1.1.3.0=ticks:900"):
            agent.change(line)
        assert received(await read(links, player.ports[0], memory)) == {"server": 5, "uplink": 7, "spare": 333}


@pytest.mark.parametrize("request_number", [2, 3, 4, 5])
async def test_a_row_that_goes_and_one_that_comes_during_the_walk_mix_nobody_up(links: Links, request_number: int) -> None:
    """Whatever the moment, every counter stands at its own interface, and the next reading is whole."""
    rows = [line for index in range(1, 41) for line in interface(index, f"p{index}", index * 100)]
    agent = played(*rows)

    def shift(self: Odd, _tag: int) -> bool:
        if self.requests == request_number:
            for column in (f"{IF}.8", f"{IFX}.1", f"{IFX}.6"):
                self.remove(f"{column}.20")
            for line in interface(50, "p50", 5000):
                self.change(line)
        return True

    agent.happens = shift
    memory: dict[str, object] = {}
    with playing(agent) as player:
        first = received(await read(links, player.ports[0], memory))
        assert all(value == int(name[1:]) * 100 for name, value in first.items() if name.startswith("p"))
        second = received(await read(links, player.ports[0], memory))
    assert second == {f"p{index}": index * 100 for index in (*range(1, 20), *range(21, 41), 50)}


async def test_an_agent_that_stops_answering_getbulk_is_read_by_getnext(links: Links) -> None:
    agent = played(*interface(1, "a", 1), *interface(2, "b", 2))
    agent.happens = lambda _agent, tag: tag != codec.BULK
    memory: dict[str, object] = {}
    with playing(agent) as player:
        for _ in range(2):
            reading = await read(links, player.ports[0], memory, 60.0)
            assert received(reading) == {"a": 1, "b": 2}
