"""Agents that are not broken but odd: numbers given anew, tables that change under the walk, no GETBULK."""

from collections.abc import AsyncIterator, Callable

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.collectors.snmp_labels import row_labels
from wenyam.collectors.snmp_profile import SampleEntry
from wenyam.links.pools import Links
from wenyam.links.snmp import codec, oids
from wenyam.model.samples import FailureReason, Reading
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
    asks_for_system = False

    def answer(self, datagram: bytes) -> bytes | None:
        self.requests += 1
        self.asks_for_system = oids.encode("1.3.6.1.2.1.1") in datagram
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


def values(reading: Reading, sample: str) -> dict[str, float]:
    """Return a sample's values by the text of its first label."""
    found = (each for family in reading.families if family.name == sample for each in family)
    return {each.labels[0][1]: each.value for each in found}


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


async def test_a_known_agent_that_stops_answering_getbulk_is_soon_read_whole_again(links: Links) -> None:
    """One silence may be a lost packet; at the second the table is asked for otherwise."""
    agent = played(*[line for index in range(1, 21) for line in interface(index, f"p{index}", index)])
    memory: dict[str, object] = {}
    with playing(agent) as player:
        before = received(await read(links, player.ports[0], memory))
        agent.happens = lambda _agent, tag: tag != codec.BULK
        silent = await read(links, player.ports[0], memory)
        assert (received(silent), [each.reason for each in silent.failures]) == ({}, [FailureReason.TIMEOUT])
        for octets in (500, 700):
            agent.change(f"{IFX}.6.20=counter64:{octets}")
            reading = await read(links, player.ports[0], memory, 60.0)
            assert (received(reading), reading.failures) == ({**before, "p20": octets}, ())


async def test_a_table_that_never_answers_again_does_not_cost_every_poll_a_walk(links: Links) -> None:
    agent = played(*[line for index in range(1, 21) for line in interface(index, f"p{index}", index)])
    memory: dict[str, object] = {}
    with playing(agent) as player:
        await read(links, player.ports[0], memory)
        agent.happens = lambda odd, _tag: odd.asks_for_system
        costs = []
        for _ in range(5):
            before = agent.requests
            reading = await read(links, player.ports[0], memory)
            costs.append(agent.requests - before)
            assert (received(reading), bool(reading.failures)) == ({}, True)
    assert max(costs[2:]) <= costs[0] < costs[1]


async def test_an_agent_that_has_no_table_at_all_is_whole_and_nothing_is_made_up(links: Links) -> None:
    with playing(played()) as player:
        for _ in range(2):
            reading = await read(links, player.ports[0], {})
            assert {family.name for family in reading.families} == {"system_info", "system_uptime_seconds"}
            assert (reading.failures, reading.refused) == ((), {})


async def test_a_disk_of_more_units_than_32_bits_count_is_not_lost(links: Links) -> None:
    """Agents cut the number off, and what is left looks negative; -1 is what others say for unknown."""
    storage, disk = "1.3.6.1.2.1.25.2.3.1", "1.3.6.1.2.1.25.2.1.4"
    lines = []
    for index, (mount, size, used) in enumerate((("/big", -1294967296, -2094967296), ("/srv", 4000, 1000), ("/odd", -1, 5)), 1):
        lines += [f"{storage}.2.{index}=object:{disk}", f"{storage}.3.{index}=text:{mount}", f"{storage}.4.{index}=integer:4096"]
        lines += [f"{storage}.5.{index}=integer:{size}", f"{storage}.6.{index}=integer:{used}"]
    with playing(played(*lines)) as player:
        for _ in range(2):
            reading = await read(links, player.ports[0], {})
            assert values(reading, "filesystem_size_bytes") == {"/big": 3_000_000_000 * 4096, "/srv": 4000 * 4096}
            assert values(reading, "filesystem_used_bytes") == {"/big": 2_200_000_000 * 4096, "/srv": 1000 * 4096}
            assert values(reading, "filesystem_utilization_ratio") == {"/big": pytest.approx(22 / 30), "/srv": 0.25}


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("3.67.80.85", "CPU"),  # a text is sent with its length in front
        ("67.80.85", "CPU"),  # or, where it is the last, without
        ("0", ""),
        ("5.67.27.91.48.109", "C"),  # what a terminal would obey
        ("4.224.184.129.33", "ก!"),
        ("2.300.65", "2.300.65"),  # no octet
        ("5.67.80", "\x05CP"[1:]),  # a length that is not the text's
    ],
)
def test_a_text_in_an_index_becomes_a_clean_label(index: str, expected: str) -> None:
    entry = SampleEntry.model_validate({"sample": "cpu_utilization_ratio", "value": "busy", "labels": {"cpu": {"index": "text"}}})
    found = row_labels(entry, [({}, b"".join(map(oids.encode_arc, map(int, index.split(".")))))])
    assert found == ((("cpu", expected),),)


def test_texts_in_an_index_that_look_alike_are_told_apart() -> None:
    entry = SampleEntry.model_validate({"sample": "cpu_utilization_ratio", "value": "busy", "labels": {"cpu": {"index": "text"}}})
    indices = [b"".join(map(oids.encode_arc, arcs)) for arcs in ((3, 67, 80, 85), (67, 80, 85))]
    assert row_labels(entry, [({}, each) for each in indices]) == ((("cpu", "CPU#3.67.80.85"),), (("cpu", "CPU#67.80.85"),))
