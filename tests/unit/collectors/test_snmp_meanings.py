"""What the numbers of a MIB mean: each state a device may report, and what the shipped profiles make of it."""

from collections.abc import AsyncIterator

import pytest

from wenyam.cli import collect
from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.links.pools import Links
from wenyam.links.snmp import oids
from wenyam.model.samples import Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing import recording
from wenyam.testing.cases import ADDRESS, COMMUNITY, playing
from wenyam.testing.recorded_agent import Answerer
from wenyam.testing.recording import Tree

SYSTEM = ["1.3.6.1.2.1.1.2.0=object:1.3.6.1.4.1.99999.1", "1.3.6.1.2.1.1.3.0=ticks:1000000", "1.3.6.1.2.1.1.5.0=text:sw1"]
OK, DEGRADED, FAILED, ABSENT, UNKNOWN = 1, 2, 3, 4, 0
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
CISCO = "1.3.6.1.4.1.9.9"
NETAPP = "1.3.6.1.4.1.789.1"
PAN = "1.3.6.1.4.1.25461.2.1.2.1"
FORTINET = "1.3.6.1.4.1.12356.101"
GEIST = "1.3.6.1.4.1.21239.5.1"
ISILON = "1.3.6.1.4.1.12124"
UCD = "1.3.6.1.4.1.2021.4"

Values = dict[str, float]


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    made = Links(SystemClock(), SecretReader({"COMMUNITY": "public"}), "/dev/null")
    yield made
    await made.close()


async def read(links: Links, profile: str, *lines: str) -> Reading:
    """Play these values and read them twice, walked and planned, which must give the same."""
    pairs = dict(recording.replacement(line) for line in (*SYSTEM, *lines))
    names = sorted(pairs, key=oids.arcs)
    clock, memory = SystemClock(), dict[str, object]()
    with playing(Answerer(Tree(names, [pairs[name] for name in names]))) as player:
        collector = SnmpCollector(SnmpOptions(port=player.ports[0], profile=profile))
        context = Context(clock, links, clock.monotonic() + 5, COMMUNITY, memory)
        readings = [await collector.collect(Target("sw1", ADDRESS), context) for _ in range(2)]
    assert [sorted(map(str, reading.families)) for reading in readings[:1]] == [sorted(map(str, readings[1].families))]
    return readings[1]


def values(reading: Reading, sample: str) -> Values:
    """Return a sample's values by the text of its first label."""
    found = [each for family in reading.families if family.name == sample for each in family]
    return {each.labels[0][1] if each.labels else "": each.value for each in found}


def modules(*states: int) -> list[str]:
    return [line for index, state in enumerate(states, 1) for line in module(index, state)]


def module(index: int, state: int) -> list[str]:
    return [f"{ENTITY}.7.{index}=text:m{index}", f"{CISCO}.117.1.2.1.1.2.{index}=integer:{state}"]


async def test_every_state_of_a_cisco_module_is_known(links: Links) -> None:
    """ModuleOperType of CISCO-ENTITY-FRU-CONTROL-MIB has 23; what is gone or stopped for heat must never drop out of sight."""
    reading = await read(links, "cisco-ios", *modules(*range(1, 24)))
    found = values(reading, "component_status")
    assert reading.refused == {}
    assert len(found) == 23
    assert {name for name, value in found.items() if value == OK} == {"m2"}
    assert {name for name, value in found.items() if value == FAILED} == {"m7", "m8", "m9", "m10", "m11", "m14", "m17", "m20"}
    assert {name for name, value in found.items() if value == ABSENT} == {"m3", "m13", "m15"}


async def test_a_state_the_profile_does_not_list_is_unknown_and_counted_never_out_of_sight(links: Links) -> None:
    reading = await read(links, "cisco-ios", *modules(2, 99))
    assert values(reading, "component_status") == {"m1": OK, "m2": UNKNOWN}
    assert reading.refused == {"component_status": 1}


async def test_cisco_power_supplies_and_fans(links: Links) -> None:
    lines = [f"{ENTITY}.5.{index}=integer:6" for index in range(1, 13)] + [
        f"{ENTITY}.7.{index}=text:p{index}" for index in range(1, 25)
    ]
    lines += [f"{CISCO}.117.1.1.2.1.2.{index}=integer:{index}" for index in range(1, 13)]
    lines += [f"{CISCO}.117.1.4.1.1.1.{20 + index}=integer:{index}" for index in range(1, 5)]
    reading = await read(links, "cisco-ios", *lines)
    supplies = values(reading, "power_supply_status")
    assert (len(supplies), supplies["p2"], supplies["p3"], supplies["p9"], supplies["p12"]) == (
        12,
        OK,
        ABSENT,
        DEGRADED,
        DEGRADED,
    )
    assert {name for name, value in supplies.items() if value == FAILED} == {"p1", "p4", "p5", "p6", "p7", "p8", "p10", "p11"}
    assert values(reading, "fan_status") == {"p21": UNKNOWN, "p22": OK, "p23": FAILED, "p24": DEGRADED}


async def test_cisco_temperatures_may_be_below_zero_and_broken_sensors_say_nothing(links: Links) -> None:
    table = f"{CISCO}.13.1.3.1"
    lines = [f"{table}.2.{index}=text:t{index}" for index in range(1, 5)]
    lines += [f"{table}.3.1=gauge:4294967291", f"{table}.7.1=integer:-5", f"{table}.3.2=gauge:31", f"{table}.3.3=gauge:1000"]
    lines += [
        f"{table}.6.1=integer:1",
        f"{table}.6.2=integer:3",
        f"{table}.6.3=integer:6",
        f"{table}.3.4=gauge:0",
        f"{table}.6.4=integer:5",
    ]
    assert values(await read(links, "cisco-ios", *lines), "temperature_celsius") == {"t1": -5, "t2": 31}


@pytest.mark.parametrize(("profile", "table"), [("cisco-ios", f"{CISCO}.91.1.1.1.1"), ("paloalto", "1.3.6.1.2.1.99.1.1.1")])
async def test_a_negative_precision_moves_no_decimal_point(links: Links, profile: str, table: str) -> None:
    """RFC 3433: -2 says that two digits are accurate; the fan of the RFC's sister example runs at 4,500."""
    sensors = [
        (1, 10, 9, -2, 4500, 1),
        (2, 8, 9, 1, 235, 1),
        (3, 4, 8, 0, 12_050, 1),
        (4, 9, 9, 0, 45, 1),
        (5, 8, 9, 0, 1_000_000_000, 1),
        (6, 8, 9, 0, 21, 3),
        (7, 5, 8, 2, -150, 1),
    ]
    lines = [f"{table}.{column}.{sensor[0]}=integer:{sensor[column]}" for sensor in sensors for column in range(1, 6)] + [
        f"{ENTITY}.7.{sensor[0]}=text:s{sensor[0]}" for sensor in sensors
    ]
    reading = await read(links, profile, *lines)
    assert values(reading, "fan_speed_rpm") == {"s1": 4500}
    assert values(reading, "temperature_celsius") == {"s2": 23.5}
    assert values(reading, "voltage_volts") == {"s3": pytest.approx(12.05)}
    assert values(reading, "humidity_ratio") == {"s4": 0.45}
    assert values(reading, "current_amperes") == {"s7": pytest.approx(-0.0015)}


async def test_a_cisco_name_does_not_change_with_the_state_it_carries(links: Links) -> None:
    envmon = f"{CISCO}.13.1"
    for color, supply in (("GREEN", "Normal"), ("RED", "Faulty")):
        lines = [f"{envmon}.3.1.2.1=text:SW#1, Sensor#1, {color} ", f"{envmon}.3.1.3.1=gauge:61", f"{envmon}.3.1.6.1=integer:1"]
        lines += [f"{envmon}.5.1.2.{index}=text:Sw{index}, PS1 {supply}, RPS NotExist" for index in (1, 2)]
        lines += [f"{envmon}.5.1.3.{index}=integer:{index}" for index in (1, 2)]
        reading = await read(links, "cisco-ios", *lines)
        assert values(reading, "temperature_celsius") == {"SW#1, Sensor#1": 61}
        assert values(reading, "power_supply_status") == {"Sw1, PS1, RPS": OK, "Sw2, PS1, RPS": DEGRADED}


async def test_a_transceiver_that_does_not_measure_its_supply_has_no_voltage(links: Links) -> None:
    lines = []
    for index, name, value in ((1, "Te3/1 Supply Voltage Sensor", 0), (2, "Te3/2 Supply Voltage Sensor", 33), (3, "Bay 3.3V", 0)):
        row = {1: 4, 2: 9, 3: 1, 4: value, 5: 1}
        lines += [f"{CISCO}.91.1.1.1.1.{column}.{index}=integer:{number}" for column, number in row.items()]
        lines.append(f"{ENTITY}.7.{index}=text:{name}")
    found = values(await read(links, "cisco-ios", *lines), "voltage_volts")
    assert found == pytest.approx({"Te3/2 Supply Voltage Sensor": 3.3, "Bay 3.3V": 0})


async def test_a_cisco_memory_pool_that_calls_itself_invalid_is_not_believed(links: Links) -> None:
    pool = f"{CISCO}.48.1.1.1"
    lines = [f"{pool}.2.1=text:Processor", f"{pool}.5.1=gauge:10", f"{pool}.6.1=gauge:90"]
    assert values(await read(links, "cisco-ios", *lines, f"{pool}.4.1=integer:1"), "memory_utilization_ratio") == {"": 0.1}
    assert values(await read(links, "cisco-ios", *lines, f"{pool}.4.1=integer:2"), "memory_utilization_ratio") == {}


async def test_slow_lines_keep_their_true_speed(links: Links) -> None:
    """The ifHighSpeed of a 1.544 Mbit/s line is 2: its use would look a quarter smaller than it is."""
    lines = [f"1.3.6.1.2.1.31.1.1.1.1.{index}=text:p{index}" for index in range(1, 6)]
    speeds = [(1, 1_544_000, 2), (2, 4_294_967_295, 10_000), (3, 64_000, 0), (4, 0, 100), (5, 1_000_000_000, 1000)]
    for index, speed, high in speeds:
        lines += [f"1.3.6.1.2.1.2.2.1.5.{index}=gauge:{speed}", f"1.3.6.1.2.1.31.1.1.1.15.{index}=gauge:{high}"]
    lines += ["1.3.6.1.2.1.2.2.1.5.6=gauge:10000000", "1.3.6.1.2.1.2.2.1.2.6=text:p6"]
    assert values(await read(links, "generic", *lines), "interface_speed_bytes_per_second") == {
        "p1": 193_000,
        "p2": 1_250_000_000,
        "p3": 8_000,
        "p4": 12_500_000,
        "p5": 125_000_000,
        "p6": 1_250_000,
    }


async def test_shared_memory_is_used_memory_where_the_agent_tells(links: Links) -> None:
    """A database's shared buffers are counted as cached, but cannot be given back: memSysAvail knows."""
    lines = [f"{UCD}.5.0=integer:1000", f"{UCD}.6.0=integer:100", f"{UCD}.14.0=integer:50", f"{UCD}.15.0=integer:600"]
    assert values(await read(links, "generic", *lines), "memory_utilization_ratio") == {"": 0.25}
    assert values(await read(links, "generic", *lines, f"{UCD}.27.0=counter64:300"), "memory_utilization_ratio") == {"": 0.7}


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        ("online", "raid_dp, 64-bit, rlw_on", OK),
        ("online", "raid_dp, degraded", DEGRADED),
        ("online", "raid_dp, reconstructing", DEGRADED),
        ("restricted", "raid_dp", DEGRADED),
        ("offline", "raid_dp", FAILED),
        ("failed", "raid_dp, partial", FAILED),
    ],
)
async def test_an_aggregate_that_is_online_but_degraded_is_degraded(links: Links, state: str, status: str, expected: int) -> None:
    lines = [line for table in ("5.11", "5.8") for line in netapp_container(table, state, status)]
    reading = await read(links, "netapp", *lines)
    assert values(reading, "raid_status") == {"a1": expected}  # the partner's are the partner's to report
    assert values(reading, "volume_status") == {"a1": expected}


def netapp_container(table: str, state: str, status: str) -> list[str]:
    own = [f"{NETAPP}.{table}.1.2.1=text:a1", f"{NETAPP}.{table}.1.4.1=integer:1"]
    own += [f"{NETAPP}.{table}.1.5.1=text:{state}", f"{NETAPP}.{table}.1.6.1=text:{status}"]
    partner = [f"{NETAPP}.{table}.1.2.2=text:a2", f"{NETAPP}.{table}.1.4.2=integer:2", f"{NETAPP}.{table}.1.5.2=text:offline"]
    return own + partner


async def test_a_broken_disk_of_a_netapp_is_seen_where_it_went(links: Links) -> None:
    """It leaves raidVTable for otherDiskTable."""
    lines = [f"{NETAPP}.6.2.1.2.1.1.1=text:0a.16", f"{NETAPP}.6.2.1.3.1.1.1=integer:1", f"{NETAPP}.6.4.7.0=integer:1"]
    lines += [f"{NETAPP}.6.9.1.2.1=text:0a.17", f"{NETAPP}.6.9.1.3.1=integer:1"]
    reading = await read(links, "netapp", *lines)
    assert values(reading, "disk_status") == {"0a.16": OK, "0a.17": FAILED}
    assert values(reading, "component_status") == {"disks": FAILED}


@pytest.mark.parametrize(
    ("settings", "state", "partner", "expected"),
    [
        (2, 2, 2, ({"takeover": OK}, {"b": OK})),
        (2, 3, 2, ({"takeover": DEGRADED}, {"b": OK})),
        (2, 4, 3, ({"takeover": DEGRADED}, {"b": FAILED})),
        (5, 1, 1, ({"takeover": FAILED}, {"b": DEGRADED})),
        (1, 1, 3, ({}, {})),
    ],
)
async def test_a_netapp_that_cannot_take_over_says_so(
    links: Links, settings: int, state: int, partner: int, expected: tuple[Values, Values]
) -> None:
    group = f"{NETAPP}.2.3"
    lines = [
        f"{group}.1.0=integer:{settings}",
        f"{group}.2.0=integer:{state}",
        f"{group}.4.0=integer:{partner}",
        f"{group}.6.0=text:b",
    ]
    reading = await read(links, "netapp", *lines)
    assert (values(reading, "component_status"), values(reading, "ha_member_status")) == expected


@pytest.mark.parametrize(
    ("states", "role", "members"),
    [
        (("active-passive", "active", "passive"), {"": 1}, {"self": OK, "peer": OK}),
        (("active-passive", "passive", "active"), {"": 2}, {"self": OK, "peer": OK}),
        (("active-passive", "non-functional", "active"), {"": 0}, {"self": FAILED, "peer": OK}),
        (("active-active", "active-primary", "tentative"), {"": 1}, {"self": OK, "peer": DEGRADED}),
        (("active-passive", "suspended", "unknown"), {"": 0}, {"self": FAILED, "peer": UNKNOWN}),
        (("disabled", "disabled", "unknown"), {}, {}),
    ],
)
async def test_both_halves_of_a_palo_alto_pair(links: Links, states: tuple[str, str, str], role: Values, members: Values) -> None:
    mode, own, peer = states
    reading = await read(links, "paloalto", f"{PAN}.11.0=text:{own}", f"{PAN}.12.0=text:{peer}", f"{PAN}.13.0=text:{mode}")
    assert values(reading, "ha_role") == role
    assert values(reading, "ha_member_status") == members


@pytest.mark.parametrize(("mode", "members"), [(1, {}), (3, {"fw1": OK, "fw2": DEGRADED})])
async def test_a_fortigate_alone_is_not_out_of_step(links: Links, mode: int, members: Values) -> None:
    table = f"{FORTINET}.13.2.1.1"
    lines = [f"{FORTINET}.13.1.1.0=integer:{mode}"]
    for index, step in ((1, 1), (2, 0)):
        lines += [f"{table}.2.{index}=text:S{index}", f"{table}.11.{index}=text:fw{index}", f"{table}.12.{index}=integer:{step}"]
    assert values(await read(links, "fortinet", *lines), "ha_member_status") == members


async def test_a_fortigate_sensor_in_alarm_is_red(links: Links) -> None:
    table = f"{FORTINET}.4.3.2.1"
    lines = []
    for index, (name, value, alarm) in enumerate(
        [("FAN1", "0", 1), ("CPU 0 Core 0", "97", 1), ("PS2 Status", "1", 1), ("VCC5V", "5.0", 0)], 1
    ):
        lines += [f"{table}.2.{index}=text:{name}", f"{table}.3.{index}=text:{value}", f"{table}.4.{index}=integer:{alarm}"]
    reading = await read(links, "fortinet", *lines)
    assert values(reading, "fan_status") == {"FAN1": FAILED}
    assert values(reading, "component_status") == {"CPU 0 Core 0": FAILED, "VCC5V": OK}
    assert values(reading, "power_supply_status") == {"PS2 Status": FAILED}


@pytest.mark.parametrize("text", ["Mon 11 November 2030", "Mon Nov 11 00:00:00 2030", "2030-11-11"])
async def test_the_end_of_a_fortigate_contract_is_read_as_fortios_writes_it(links: Links, text: str) -> None:
    table = f"{FORTINET}.4.6.3.1.2.1"
    reading = await read(links, "fortinet", f"{table}.1.1=text:FortiCare Support", f"{table}.2.1=text:{text}")
    assert values(reading, "license_expiry_timestamp_seconds") == {"FortiCare Support": 1_920_585_600}


async def test_a_room_sensor_that_is_gone_has_no_temperature(links: Links) -> None:
    lines = [f"{GEIST}.1.7.0=integer:0"]
    for index, available in ((1, 1), (2, 0), (3, 2)):
        lines += [
            f"{GEIST}.4.1.3.{index}=text:r{index}",
            f"{GEIST}.4.1.4.{index}=gauge:{available}",
            f"{GEIST}.4.1.5.{index}=integer:860",
        ]
    reading = await read(links, "geist", *lines)
    assert values(reading, "temperature_celsius") == {"r1": pytest.approx(30.0), "r3": pytest.approx(30.0)}  # 86.0 Fahrenheit
    assert values(reading, "component_status") == {"r1": OK, "r2": FAILED, "r3": DEGRADED}


async def test_a_disk_word_nobody_knows_is_unknown_and_does_not_vanish(links: Links) -> None:
    lines = [f"{ISILON}.2.52.1.4.{index}=text:da{index}" for index in range(1, 5)]
    lines += [
        f"{ISILON}.2.52.1.5.{index}=text:{word}"
        for index, word in enumerate(("HEALTHY", "DEAD", "SMARTFAIL", "SOMETHING NEW"), 1)
    ]
    reading = await read(links, "isilon", *lines, f"{ISILON}.1.1.2.0=integer:1", f"{ISILON}.2.1.2.0=integer:2")
    assert values(reading, "disk_status") == {"da1": OK, "da2": FAILED, "da3": DEGRADED, "da4": UNKNOWN}
    assert values(reading, "component_status") == {"cluster": DEGRADED, "node": FAILED}


async def test_what_no_mib_says_is_told_with_the_evidence(links: Links) -> None:
    reading = await read(links, "isilon", f"{ISILON}.2.52.1.4.1=text:da1", f"{ISILON}.2.52.1.5.1=text:HEALTHY")
    assert reading.facts["evidence"].endswith("; unproven: disk_status (words other than HEALTHY, L3, DEAD and SMARTFAIL)")
    reading = await read(links, "isilon", f"{ISILON}.1.1.2.0=integer:0")
    assert "unproven" not in reading.facts["evidence"]


async def test_what_a_device_does_not_have_is_no_failure(links: Links) -> None:
    """No count of failed fans is not a failed fan, and a temperature without its unit is no temperature."""
    reading = await read(links, "netapp", f"{NETAPP}.2.1.3.0=integer:5")
    assert {family.name for family in reading.families} == {"cpu_utilization_ratio", "system_info", "system_uptime_seconds"}
    reading = await read(links, "geist", f"{GEIST}.4.1.3.1=text:r1", f"{GEIST}.4.1.4.1=gauge:1", f"{GEIST}.4.1.5.1=integer:860")
    assert values(reading, "temperature_celsius") == {}


def test_collect_tells_people_the_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"evidence": "mib RFC 1628; unproven: ha_role (words)"}
    collect._print({"device": "d", "profile": "p", "took_seconds": 1.0, "facts": facts, "samples": [], "errors": []})
    assert capsys.readouterr().out == "d  profile p  1.000 s\n  evidence: mib RFC 1628; unproven: ha_role (words)\n"
