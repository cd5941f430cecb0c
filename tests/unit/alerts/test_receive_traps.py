"""What notifications mean by the profiles: states, keys, words, expiries; text is a stranger's."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wenyam.alerts.receive_told import Addresses
from wenyam.alerts.receive_traps import expiry_of, shown, understand
from wenyam.collectors.snmp_library import shipped
from wenyam.collectors.snmp_traps import TrapEntry, table
from wenyam.links.traps_messages import Notification, Value
from wenyam.model.instants import Instant
from wenyam.testing.receiving import device

SHIPPED = shipped().traps
CORE = device("core", "192.0.2.1", ("Gi0/1",))
UPS_ALARM, UPS_OVER, ON_BATTERY = "1.3.6.1.2.1.33.2.3", "1.3.6.1.2.1.33.2.4", "1.3.6.1.2.1.33.2.1"
ALARM_IS, ALARMS = "1.3.6.1.2.1.33.1.6.2.1.2", "1.3.6.1.2.1.33.1.6.3"
FAN = "1.3.6.1.4.1.9.9.13.1.4.1"
SENSOR = "1.3.6.1.4.1.9.9.13.1.3.1"
SUPPLY = "1.3.6.1.4.1.9.9.13.1.5.1"
SONICWALL = "1.3.6.1.4.1.8741.1.1"
HUAWEI = "1.3.6.1.4.1.2011.5.25.224"
WEOS = "1.3.6.1.4.1.16177.2.1.6.1"
CLUSTER = "1.3.6.1.4.1.2636.3.39.1.14.1"


def say(oid: str, *varbinds: tuple[str, Value], entries: Mapping[str, TrapEntry] = SHIPPED) -> str:
    """Return subject, state and sentence, or the row when no state moves."""
    told = understand(Notification("192.0.2.1", Instant(1), "2c", "traps", oid, varbinds), entries, CORE)
    if told.subject is None or told.result is None:
        return f"row {told.row.name}: {told.row.text}"
    return f"{told.subject} {told.result.state}: {told.result.summary}"


LINK_DOWN, NUMBER = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1"
NAME, DESCRIPTION = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.2"
INTERFACES = {"7": ("Gi0/1", "GigabitEthernet0/1", "to HQ"), "8": ("Gi0/2", "GigabitEthernet0/2")}


@pytest.mark.parametrize(
    ("varbinds", "marked", "said"),
    [
        ([(f"{NUMBER}.7", 7)], "Gi0/1", "device:core/trap:link:Gi0/1 crit: interface Gi0/1 (number 7) went down"),
        ([(f"{NUMBER}.7", 7)], "to HQ", "device:core/trap:link:to HQ crit: interface to HQ (number 7) went down"),
        ([(f"{NUMBER}.8", 8)], "Gi0/1", "row linkDown: interface Gi0/2 (number 8) went down"),
        ([(f"{NUMBER}.9", 9)], "Gi0/1", "row linkDown: interface not told (number 9) went down"),
        ([(f"{NUMBER}.7", 7), (f"{DESCRIPTION}.7", b"GigabitEthernet0/1")], "Gi0/1",
         "device:core/trap:link:Gi0/1 crit: interface Gi0/1 (number 7) went down"),
        ([(f"{NUMBER}.7", 7), (f"{NAME}.7", b"Gi0/1")], "GigabitEthernet0/1",
         "device:core/trap:link:GigabitEthernet0/1 crit: interface GigabitEthernet0/1 (number 7) went down"),
        ([(f"{NUMBER}.7", 7), (f"{NAME}.7", b"Gi1/0/48")], "Gi0/1", "row linkDown: interface Gi1/0/48 (number 7) went down"),
        ([], "Gi0/1", "row linkDown: interface not told (number not told) went down"),
    ],
    ids=["no name", "marked by alias", "another one", "unknown number", "named by description", "marked by description",
         "numbers were given anew", "nothing at all"],
)  # fmt: skip
def test_an_interface_without_a_name_is_found_by_its_number_and_never_against_the_name_that_came(
    varbinds: list[tuple[str, Value]], marked: str, said: str
) -> None:
    heard = Notification("192.0.2.1", Instant(1), "2c", "traps", LINK_DOWN, tuple(varbinds))
    told = understand(heard, SHIPPED, device("core", "192.0.2.1", (marked,)), INTERFACES)
    assert told.row.text == said.partition(": ")[2]
    assert (f"{told.subject} {told.result.state}" if told.result else f"row {told.row.name}") == said.partition(": ")[0]


@pytest.mark.parametrize(
    ("oid", "varbinds", "said"),
    [
        (
            "1.3.6.1.6.3.1.1.5.3",
            [("1.3.6.1.2.1.2.2.1.1.10101", 10101), ("1.3.6.1.2.1.31.1.1.1.1.10101", b"Gi0/1")],
            "device:core/trap:link:Gi0/1 crit: interface Gi0/1 (number 10101) went down",
        ),
        ("1.3.6.1.6.3.1.1.5.3", [("1.3.6.1.2.1.2.2.1.1.7", 7)], "row linkDown: interface not told (number 7) went down"),
        ("1.3.6.1.6.3.1.1.5.3", [], "row linkDown: interface not told (number not told) went down"),
        (ON_BATTERY, [("1.3.6.1.2.1.33.1.2.3.0", 12), ("1.3.6.1.2.1.33.1.2.2.0", 30)],
         "device:core/trap:ups-on-battery crit: on battery for 30 s, 12 min left"),
        (ON_BATTERY, [("1.3.6.1.2.1.33.1.2.3.0", None)],
         "device:core/trap:ups-on-battery crit: on battery for not told s, not told min left"),
        ("1.3.6.1.2.1.33.2.0.1", [], "device:core/trap:ups-on-battery crit: on battery for not told s, not told min left"),
        (UPS_ALARM, [(f"{ALARM_IS}.1", f"{ALARMS}.3")], "device:core/trap:ups-alarm:battery low crit: alarm: battery low"),
        (UPS_ALARM, [(f"{ALARM_IS}.1", f"{ALARMS}.99")], f"row upsTrapAlarmEntryAdded: alarm: {ALARMS}.99"),
        (UPS_OVER, [(f"{ALARM_IS}.1", f"{ALARMS}.3")], "device:core/trap:ups-alarm:battery low ok: alarm over: battery low"),
        ("1.3.6.1.4.1.9.9.13.3.0.8", [(f"{FAN}.2.1", b"Fan 1"), (f"{FAN}.3.1", 3)],
         "device:core/trap:fan:Fan 1 crit: fan Fan 1 is critical"),
        ("1.3.6.1.4.1.9.9.13.3.0.8", [(f"{FAN}.2.1", b"Fan 1"), (f"{FAN}.3.1", 1)],
         "device:core/trap:fan:Fan 1 ok: fan Fan 1 is normal"),
        ("1.3.6.1.4.1.9.9.13.3.0.8", [(f"{FAN}.2.1", b"Fan 1")], "row ciscoEnvMonFanStatusChangeNotif: fan Fan 1 is not told"),
        ("1.3.6.1.4.1.9.9.13.3.0.8", [(f"{FAN}.3.1", 3)], "row ciscoEnvMonFanStatusChangeNotif: fan not told is critical"),
        ("1.3.6.1.4.1.9.9.13.3.0.7", [(f"{SENSOR}.2.1005", b"SW#1, Sensor#1, RED "), (f"{SENSOR}.6.1005", 3)],
         "device:core/trap:temperature:SW#1, Sensor#1 crit: temperature of SW#1, Sensor#1 is critical (not told °C)"),
        ("1.3.6.1.4.1.9.9.13.3.0.9", [(f"{SUPPLY}.2.1003", b"Sw1, PS1 Faulty, RPS NotExist"), (f"{SUPPLY}.3.1003", 3)],
         "device:core/trap:power-supply:Sw1, PS1, RPS crit: power supply Sw1, PS1, RPS is critical"),
        (f"{CLUSTER}.0.1", [(f"{CLUSTER}.1.1.0", b"1"), (f"{CLUSTER}.1.3.0", b"0"), (f"{CLUSTER}.1.4.0", b"primary"),
                            (f"{CLUSTER}.1.5.0", b"secondary-hold"), (f"{CLUSTER}.1.6.0", b"manual")],
         "device:core/trap:cluster-switchover:1 warn: redundancy group 1: node 0 went from primary to secondary-hold: manual"),
        (f"{CLUSTER}.0.2", [(f"{CLUSTER}.1.7.0", b"fab0"), (f"{CLUSTER}.1.8.0", b"DOWN")],
         "device:core/trap:cluster-link:fab0 crit: cluster link fab0 is DOWN: not told"),
        (f"{CLUSTER}.0.2", [(f"{CLUSTER}.1.7.0", b"fab0"), (f"{CLUSTER}.1.8.0", b"UP")],
         "device:core/trap:cluster-link:fab0 ok: cluster link fab0 is UP: not told"),
        (f"{CLUSTER}.0.4", [(f"{CLUSTER}.1.17.0", b"1"), (f"{CLUSTER}.1.18.0", b"something else")],
         "row jnxJsChClusterWeightTrap: node 1 is something else in redundancy group not told"),
        (f"{SONICWALL}.2.0.114", [(f"{SONICWALL}.1.1.12.0", b"HQ"), (f"{SONICWALL}.1.1.14.0", 0)],
         "device:core/trap:vpn-tunnel:HQ crit: VPN tunnel HQ is down"),
        (f"{SONICWALL}.2.0.4", [(f"{SONICWALL}.1.1.12.0", b"HQ"), (f"{SONICWALL}.1.1.14.0", 1)],
         "device:core/trap:vpn-tunnel:HQ ok: VPN tunnel HQ is up"),
        (f"{SONICWALL}.2.0.126", [(f"{SONICWALL}.1.1.1.0", 6206), (f"{SONICWALL}.1.1.2.0", b"Backup missed heartbeats")],
         "device:core/trap:ha crit: HA: Backup missed heartbeats"),
        (f"{SONICWALL}.2.0.126", [(f"{SONICWALL}.1.1.1.0", 6213), (f"{SONICWALL}.1.1.2.0", b"Discovered backup")],
         "device:core/trap:ha ok: HA: Discovered backup"),
        (f"{SONICWALL}.2.0.126", [(f"{SONICWALL}.1.1.1.0", 6240), (f"{SONICWALL}.1.1.2.0", b"x")], "row swFwTrapEnhHa: HA: x"),
        (f"{HUAWEI}.2.1.2", [(f"{HUAWEI}.1.19.1.0", b"hq"), (f"{HUAWEI}.1.19.5.0", b"192.0.2.9")],
         "device:core/trap:vpn-tunnel:192.0.2.9 crit: VPN tunnel to 192.0.2.9 is down (hq)"),
        (f"{HUAWEI}.2.1.0.1", [(f"{HUAWEI}.1.19.1.0", b"hq"), (f"{HUAWEI}.1.19.5.0", b"192.0.2.9")],
         "device:core/trap:vpn-tunnel:192.0.2.9 ok: VPN tunnel to 192.0.2.9 is up (hq)"),
        (f"{WEOS}.0.4", [("1.3.6.1.2.1.47.1.1.1.1.7.9", b"DC2")],
         "device:core/trap:power-supply:DC2 crit: DC2 has too little voltage"),
        (f"{WEOS}.0.3", [("1.3.6.1.2.1.47.1.1.1.1.7.9", b"DC2")], "device:core/trap:power-supply:DC2 ok: DC2 has its voltage"),
        ("1.3.6.1.4.1.5", [("1.2.3", 0), ("1.2.4", None)], "row 1.3.6.1.4.1.5: 1.2.3 = 0; 1.2.4 = not told"),
    ],
)  # fmt: skip
def test_shipped_profiles_understand(oid: str, varbinds: list[tuple[str, Value]], said: str) -> None:
    assert say(oid, *varbinds) == said


def test_a_column_is_no_prefix_of_another_number() -> None:
    assert say("1.3.6.1.6.3.1.1.5.3", ("1.3.6.1.2.1.2.2.1.22", b"Gi0/1")).startswith("row linkDown: interface not told")


def test_every_shipped_state_ends_by_a_trap_or_by_itself() -> None:
    assert len(SHIPPED) >= 15
    checks = {entry.check for entry in SHIPPED.values()}
    assert expiry_of("trap:ups-on-battery", tuple(SHIPPED.values())) == 180.0
    assert expiry_of("trap:fan:Fan 1", tuple(SHIPPED.values())) is None
    assert expiry_of("trap:unknown", tuple(SHIPPED.values())) is None
    assert {"link", "restart", "ups-alarm", "fan"} <= checks


def entry(**more: object) -> TrapEntry:
    return TrapEntry.model_validate({"oid": "1.3.6.1.4.1.5.1", "name": "x", "check": "x", "state": "crit", "text": "x", **more})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"state": None}, "either 'state', or 'by' with its 'map'"),
        ({"by": "a", "map": {"1": "ok"}, "varbinds": {"a": "1.3.6"}}, "either 'state', or 'by' with its 'map'"),
        ({"text": "{what}"}, "'what' is not one of its varbinds"),
        ({"key": "what"}, "'what' is not one of its varbinds"),
        ({"oid": "nonsense"}, "'nonsense' is no object identifier"),
        ({"expires": 5}, "a duration with its unit expected"),
    ],
)
def test_a_wrong_entry_is_refused_with_a_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        entry(**wrong)


def test_two_meanings_and_no_end_are_refused() -> None:
    with pytest.raises(ValueError, match=r"y and x are both 1\.3\.6\.1\.4\.1\.5\.1"):
        table([entry(expires="1h"), entry(name="y", expires="1h")])
    with pytest.raises(ValueError, match="nothing ends 'x': it needs a notification that means ok, or 'expires'"):
        table([entry()])


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not told"), (0, "0"), (b"", ""), (b"\x00\x1e\xff", "0x001eff"), ("1.3.6", "1.3.6"), (b"eth0\x00", "eth0"),
     ("พอร์ต 7".encode(), "พอร์ต 7"), (b"\x1b[31mred", "red")],
)  # fmt: skip
def test_values_are_shown_as_what_they_are(value: Value, text: str) -> None:
    assert shown(value) == text


@given(st.binary(max_size=300))
def test_any_octets_become_one_printable_line(octets: bytes) -> None:
    text = say("1.3.6.1.6.3.1.1.5.3", ("1.3.6.1.2.1.2.2.1.2.1", octets))
    assert text.isprintable()
    assert len(text) < 400


def test_devices_are_found_by_address_in_any_form_and_shared_addresses_name_nobody() -> None:
    devices = {name: device(name, address) for name, address in
               (("a", "192.0.2.1"), ("b", "2001:db8::1"), ("c", "192.0.2.9"), ("d", "192.0.2.9"))}  # fmt: skip
    addresses = Addresses(devices)
    found = [addresses.at(text) for text in ("192.0.2.1", "::ffff:192.0.2.1", "2001:0db8:0:0::1", "192.0.2.9", "192.0.2.7", "")]
    assert [device and device.name for device in found] == ["a", "a", "b", None, None, None]
    assert addresses.is_known("192.0.2.9")
    named = [addresses.called(text) for text in ("a", "a:9100", "192.0.2.1:9100", "[2001:db8::1]:9100", "2001:db8::1", "x", "")]
    assert [device and device.name for device in named] == ["a", "a", "a", "b", "b", None, None]
