"""The collector on played agents whose values we choose: refusals, identity of rows, changes between polls, silence."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from wenyam.clock import Clock, SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.errors import CollectError, ConfigurationError, ConnectionRefusedByDeviceError, MalformedReplyError, NoAnswerError
from wenyam.links.pools import Links
from wenyam.links.snmp import oids
from wenyam.model.samples import Family, Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing import recording
from wenyam.testing.cases import ADDRESS, COMMUNITY, playing
from wenyam.testing.clock import FakeClock
from wenyam.testing.hostile_agent import MODES, HostileAgent
from wenyam.testing.ports import free_port
from wenyam.testing.recorded_agent import Answerer
from wenyam.testing.recording import Tree

SYSTEM = [
    "1.3.6.1.2.1.1.1.0=text:Bench switch",
    "1.3.6.1.2.1.1.2.0=object:1.3.6.1.4.1.99999.1",
    "1.3.6.1.2.1.1.3.0=ticks:1000000",
    "1.3.6.1.2.1.1.5.0=text:sw1",
]
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"


def interface(index: int, name: str = "", description: str = "", status: int = 1) -> list[str]:
    rows = [f"{IF}.8.{index}=integer:{status}", f"{IF}.10.{index}=counter32:{index * 100}"]
    rows += [f"{IFX}.1.{index}=text:{name}"] if name else []
    return rows + ([f"{IF}.2.{index}=text:{description}"] if description else [])


class Counting(Answerer):
    """Counts what it is asked."""

    requests = 0

    def answer(self, datagram: bytes) -> bytes | None:
        self.requests += 1
        return super().answer(datagram)


@dataclass
class Bench:
    """A played agent and the collector that reads it."""

    stack: ExitStack
    links: Links
    clock: Clock = field(default_factory=SystemClock)
    memory: dict[str, Any] = field(default_factory=dict)
    agent: Counting = field(init=False)
    port: int = 0

    def play(self, *lines: str) -> None:
        pairs = dict(recording.replacement(line) for line in (*SYSTEM, *lines))
        names = sorted(pairs, key=oids.arcs)
        self.agent = Counting(Tree(names, [pairs[name] for name in names]))
        self.port = self.stack.enter_context(playing(self.agent)).ports[0]

    async def read(self, seconds: float = 5.0, **options: Any) -> Reading:
        collector = SnmpCollector(SnmpOptions(port=self.port, request_timeout=0.2, **options))
        context = Context(self.clock, self.links, self.clock.monotonic() + seconds, COMMUNITY, self.memory)
        return await collector.collect(Target("sw1", ADDRESS), context)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
async def bench(stack: ExitStack) -> AsyncIterator[Bench]:
    made = Bench(stack, Links(SystemClock(), SecretReader({"COMMUNITY": "public"}), "/dev/null"))
    yield made
    await made.links.close()


def family(reading: Reading, name: str) -> Family:
    return next(each for each in reading.families if each.name == name)


def names(reading: Reading, sample: str = "interface_oper_status") -> list[str]:
    return [dict(labels)["interface"] for labels in family(reading, sample).labels]


async def test_interfaces_are_called_by_name_else_by_description(bench: Bench) -> None:
    bench.play(*interface(1, "Gi1", "GigabitEthernet1"), *interface(2, "", "GigabitEthernet2"), f"{IFX}.18.1=text:uplink")
    reading = await bench.read()
    assert names(reading) == ["Gi1", "GigabitEthernet2"]
    assert family(reading, "interface_oper_status").labels[0] == (("interface", "Gi1"), ("alias", "uplink"))


async def test_interfaces_of_one_name_are_told_apart_by_their_index(bench: Bench) -> None:
    bench.play(*interface(1, "Gi1"), *interface(2, "Gi1"), *interface(3, "Gi3"))
    assert names(await bench.read()) == ["Gi1#1", "Gi1#2", "Gi3"]


async def test_64_bit_counters_come_first_and_32_bit_ones_where_there_are_no_others(bench: Bench) -> None:
    bench.play(*interface(1, "a"), *interface(2, "b"), f"{IFX}.6.1=counter64:{2**40}")
    for _ in range(2):  # the walk and the planned poll
        reading = await bench.read()
        assert family(reading, "interface_receive_bytes_total").values == (2**40, 200)


async def test_what_cannot_be_right_is_refused_counted_and_never_zero(bench: Bench) -> None:
    rows = [line for index in range(1, 9) for line in interface(index, f"p{index}")]
    bench.play(
        *rows,
        f"{IF}.8.2=text:up",
        f"{IF}.8.3=integer:-1",
        f"{IF}.8.4=integer:99",
        f"{IF}.8.5=null:",
        f"{IF}.10.6=text:lots",
        "1.3.6.1.2.1.25.1.6.0=gauge:7",
        "1.3.6.1.2.1.25.1.5.0=text:many",
        "1.3.6.1.4.1.2021.4.3.0=integer:-5",
    )
    for _ in range(2):
        reading = await bench.read()
        assert names(reading) == ["p1", "p6", "p7", "p8"]
        assert family(reading, "interface_receive_bytes_total").values == (100, 200, 300, 400, 500, 700, 800)
        assert reading.refused == {
            "interface_oper_status": 4,
            "interface_receive_bytes_total": 1,
            "logged_in_users": 1,
            "swap_total_bytes": 1,
        }
        assert {each.name for each in reading.families}.isdisjoint({"logged_in_users", "swap_total_bytes"})
        assert reading.failures == ()


async def test_a_value_that_goes_bad_between_polls_is_refused_and_labels_stay_paired(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 9) for line in interface(index, f"p{index}")])
    first = await bench.read()
    bench.agent.change(f"{IF}.8.3=integer:0")
    second, third = await bench.read(), await bench.read()
    assert names(second) == ["p1", "p2", "p4", "p5", "p6", "p7", "p8"]
    assert second.refused == {"interface_oper_status": 1}
    assert family(second, "interface_oper_status").labels is family(third, "interface_oper_status").labels
    bench.agent.change(f"{IF}.8.3=integer:2")
    assert family(await bench.read(), "interface_oper_status").labels is family(first, "interface_oper_status").labels


async def test_labels_are_the_same_object_while_rows_are_the_same(bench: Bench) -> None:
    bench.play(
        *[line for index in range(1, 9) for line in interface(index, f"p{index}")],
        *[f"1.3.6.1.2.1.25.3.3.1.2.{cpu}=integer:{cpu}" for cpu in range(1, 4)],
    )
    readings = [await bench.read() for _ in range(3)]
    for name in ("interface_oper_status", "cpu_utilization_ratio", "system_info"):
        assert family(readings[0], name).labels is family(readings[1], name).labels is family(readings[2], name).labels


async def test_known_rows_are_read_in_few_full_packets(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 49) for line in interface(index, f"p{index}")])
    await bench.read()
    learnt = bench.agent.requests
    await bench.read()
    assert bench.agent.requests - learnt <= 4  # 96 values, the identity, and a look behind the last row
    assert learnt > 10


async def test_a_new_interface_is_seen_at_once(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 20, 2) for line in interface(index, f"p{index}")])
    await bench.read()
    for line in interface(4, "p4"):
        bench.agent.change(line)
    assert "p4" in names(await bench.read())


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("rows", [1, 3, 6, 40])
async def test_a_row_behind_the_last_is_seen_at_once(bench: Bench, rows: int, version: str) -> None:
    bench.play(*[line for index in range(1, rows + 1) for line in interface(index, f"p{index}")])
    for _ in range(2):
        assert len(names(await bench.read(version=version))) == rows
    for line in interface(rows + 1, "new"):
        bench.agent.change(line)
    assert "new" in names(await bench.read(version=version))
    requests = bench.agent.requests
    assert len(names(await bench.read(version=version))) == rows + 1
    assert bench.agent.requests - requests <= 6  # and it is not walked again


async def test_a_row_behind_the_last_of_a_filtered_table_is_seen_at_once(bench: Bench) -> None:
    storage = "1.3.6.1.2.1.25.2.3.1"
    bench.play(*[line for index in range(1, 10) for line in disk(storage, index, fixed=index % 3 == 0)])
    await bench.read()
    for line in disk(storage, 10, fixed=True):
        bench.agent.change(line)
    reading = await bench.read()
    assert [dict(labels)["mount"] for labels in family(reading, "filesystem_size_bytes").labels] == ["/m3", "/m6", "/m9", "/m10"]


def disk(storage: str, index: int, *, fixed: bool) -> list[str]:
    rows = [f"{storage}.2.{index}=object:1.3.6.1.2.1.25.2.1.{4 if fixed else 7}", f"{storage}.3.{index}=text:/m{index}"]
    return [*rows, *(f"{storage}.{column}.{index}=integer:{index * 10}" for column in (4, 5, 6))]


async def test_a_table_cut_short_is_not_walked_at_every_poll(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 61) for line in interface(index, f"p{index}")])
    await bench.read(maximum_rows=20)
    requests = bench.agent.requests
    reading = await bench.read(maximum_rows=20)
    assert (len(names(reading)), len(reading.failures) > 0) == (20, True)
    assert bench.agent.requests - requests <= 4


async def test_a_removed_row_leaves_no_old_value(bench: Bench) -> None:
    bench.play(*interface(1, "p1"), *interface(2, "p2"))
    await bench.read()
    for name in (f"{IF}.8.2", f"{IF}.10.2", f"{IFX}.1.2"):
        bench.agent.remove(name)
    assert names(await bench.read()) == ["p1"]


async def test_another_device_at_the_address_is_identified_anew(bench: Bench) -> None:
    bench.play(*interface(1, "p1"))
    assert (await bench.read()).facts["profile"] == "generic"
    bench.agent.change("1.3.6.1.2.1.1.2.0=object:1.3.6.1.4.1.9.1.516")
    assert (await bench.read()).facts["profile"] == "cisco-ios"


async def test_after_a_restart_names_are_learnt_anew(bench: Bench) -> None:
    bench.play(*interface(1, "p1"))
    await bench.read()
    bench.agent.change(f"{IFX}.1.1=text:renamed")
    assert names(await bench.read()) == ["p1"]  # names are read when rows are learnt
    bench.agent.change("1.3.6.1.2.1.1.3.0=ticks:5")
    assert names(await bench.read()) == ["renamed"]


async def test_an_agent_that_has_just_started_is_learnt_again_soon(bench: Bench) -> None:
    clock = FakeClock()
    bench.clock = clock
    bench.links = Links(clock, SecretReader({"COMMUNITY": "public"}), "/dev/null")
    bench.play(*interface(1, "p1"), "1.3.6.1.2.1.1.3.0=ticks:500")
    assert "cpu_utilization_ratio" not in {each.name for each in (await bench.read()).families}
    bench.agent.change("1.3.6.1.2.1.25.3.3.1.2.1=integer:15")
    await clock.advance(61)
    assert family(await bench.read(), "cpu_utilization_ratio").values == (0.15, 0.15)


async def test_hostile_names_are_cleaned(bench: Bench) -> None:
    bench.play(*interface(1, "Gi\x1b[31m1"), "1.3.6.1.2.1.1.5.0=4x:" + b"rtr[/]\x1b[2J\n".hex())
    reading = await bench.read()
    assert reading.facts["name"] == "rtr[/]"
    assert names(reading) == ["Gi1"]


async def test_the_last_change_is_told_in_seconds(bench: Bench) -> None:
    bench.play(*interface(1, "p1"), f"{IF}.9.1=ticks:400000")
    assert family(await bench.read(), "interface_last_change_seconds").values == (6000.0,)


async def test_an_agent_that_cuts_replies_short_is_read_whole(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 61) for line in interface(index, f"p{index}")])
    bench.agent._largest = 400
    for _ in range(3):
        reading = await bench.read()
        assert len(family(reading, "interface_oper_status").values) == 60
        assert reading.complete


async def test_version_1_reads_the_same(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 11) for line in interface(index, f"p{index}")])
    for _ in range(2):
        reading = await bench.read(version="1")
        assert len(names(reading)) == 10
        assert reading.complete


async def test_a_profile_can_be_ordered_and_a_missing_one_is_named(bench: Bench) -> None:
    bench.play(*interface(1, "p1"))
    assert (await bench.read(profile="cisco-nexus")).facts["profile"] == "cisco-nexus"
    with pytest.raises(ConfigurationError, match="there is no SNMP profile 'nexus'"):
        await bench.read(profile="nexus")


async def test_a_wrong_community_is_silence_and_says_so(bench: Bench) -> None:
    bench.play()
    bench.agent._communities = frozenset({b"other"})
    with pytest.raises(NoAnswerError, match="a wrong community looks the same"):
        await bench.read(1.0)


async def test_a_secret_that_was_corrected_is_used_at_the_next_reading(bench: Bench) -> None:
    environment = {"COMMUNITY": "mistyped"}
    bench.links = Links(bench.clock, SecretReader(environment), "/dev/null")
    bench.play(*interface(1, "p1"))
    with pytest.raises(NoAnswerError):
        await bench.read(1.0)
    environment["COMMUNITY"] = "public"
    assert (await bench.read()).complete
    await bench.links.close()


async def test_a_known_device_that_falls_silent_is_one_failure(bench: Bench) -> None:
    bench.play(*[line for index in range(1, 61) for line in interface(index, f"p{index}")])
    await bench.read()
    bench.agent._communities = frozenset({b"other"})
    with pytest.raises(NoAnswerError):
        await bench.read(1.0)
    bench.agent._communities = frozenset({b"public"})
    assert (await bench.read()).complete


async def test_a_closed_port_is_refused(bench: Bench) -> None:
    bench.port = free_port(ADDRESS)
    with pytest.raises(ConnectionRefusedByDeviceError):
        await bench.read()


async def test_an_agent_without_a_system_group_is_malformed(bench: Bench) -> None:
    bench.play()
    bench.agent._tree = Tree([], [])
    with pytest.raises(MalformedReplyError, match=r"has no system group .* name its profile"):
        await bench.read()
    with pytest.raises(MalformedReplyError, match="nor anything that the profile 'generic' asks for"):
        await bench.read(profile="generic")


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("kind", ["null:", "no_such_instance:", ""])
async def test_an_agent_without_a_system_group_is_read_with_the_profile_that_is_named(
    bench: Bench, version: str, kind: str
) -> None:
    bench.play(*interface(1, "p1"))
    for line in SYSTEM:
        name, _ = recording.replacement(line)
        bench.agent._tree.remove(name)
        if kind:
            bench.agent._tree.put(*recording.replacement(f"{oids.decode(name)}={kind}"))
    for _ in range(2):
        reading = await bench.read(profile="generic", version=version)
        assert [sample.value for family in reading.families if family.name == "interface_oper_status" for sample in family] == [1]
        assert "system_uptime_seconds" not in {family.name for family in reading.families}
    bench.agent._tree, bench.agent._prepared = Tree([], []), {}
    with pytest.raises(MalformedReplyError, match="nor anything that the profile 'generic' asks for"):
        await bench.read(profile="generic", version=version)


@pytest.mark.parametrize("mode", MODES)
async def test_tables_of_a_hostile_agent_are_partial_inside_the_budget(bench: Bench, mode: str) -> None:
    bench.play()
    with HostileAgent(mode, healthy=bench.agent) as agent:
        bench.port = agent.port
        started = bench.clock.monotonic()
        reading = await bench.read(1.5, maximum_rows=200, attempts=2)
        assert bench.clock.monotonic() - started < 2.0
    assert reading.facts["name"] == "sw1"
    if mode not in ("wrongoid", "toobig"):  # the first ends columns by the rules, the second only wants small questions
        assert reading.failures
        assert {family.name for family in reading.families if not family.name.startswith("system_")} <= reading.partial
    else:
        assert not reading.partial


@pytest.mark.parametrize("mode", MODES)
async def test_a_hostile_agent_is_an_error_or_a_partial_reading_never_a_crash(bench: Bench, mode: str) -> None:
    with HostileAgent(mode) as agent:
        bench.port = agent.port
        started = bench.clock.monotonic()
        with suppress(CollectError):
            assert (await bench.read(1.5, maximum_rows=200, attempts=2)).facts["profile"] == "generic"
        assert bench.clock.monotonic() - started < 2.0


@pytest.mark.parametrize("mode", MODES)
async def test_a_known_device_that_turns_hostile_gives_no_wrong_value(bench: Bench, mode: str) -> None:
    bench.play(*[line for index in range(1, 41) for line in interface(index, f"p{index}")])
    await bench.read()
    with HostileAgent(mode, healthy=bench.agent) as agent:
        bench.port = agent.port
        started = bench.clock.monotonic()
        reading = await bench.read(1.5, maximum_rows=200, attempts=2)
        assert bench.clock.monotonic() - started < 2.0
    assert reading.facts["name"] == "sw1"
    assert {value for each in reading.families if each.name == "interface_oper_status" for value in each.values} <= {1}


async def test_the_probe_tells_how_long_the_agent_took(bench: Bench) -> None:
    bench.play()
    collector = SnmpCollector(SnmpOptions(port=bench.port))
    context = Context(bench.clock, bench.links, bench.clock.monotonic() + 2, COMMUNITY)
    assert 0 < await collector.probe(Target("sw1", ADDRESS), context) < 1
