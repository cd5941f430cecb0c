import math
from typing import Any

import pytest

from wenyam import plugins
from wenyam.checks.interface import InterfaceCheck
from wenyam.checks.threshold import ThresholdCheck
from wenyam.model.instants import Instant
from wenyam.model.samples import Family, Labels, SampleSet, single
from wenyam.model.states import CheckResult, State

NOW = Instant(1_800_000_000_000)
SECONDS_NOW = NOW / 1000
DAY = 86_400.0


def judge(kind: str, parameters: dict[str, Any], *families: Family) -> CheckResult:
    check = plugins.load(plugins.CHECKS, kind)
    result: CheckResult = check.judge(check.Parameters.model_validate(parameters), SampleSet(families), NOW)
    return result


def rows(name: str, label: str, values: dict[str, float]) -> Family:
    return Family(name, tuple(((label, key),) for key in values), tuple(values.values()))


FILES = rows("filesystem_utilization_ratio", "mount", {"/": 0.42, "/var": 0.96, "/home": 0.87})
FILE_LIMITS = {"sample": "filesystem_utilization_ratio", "warn": 0.85, "crit": 0.95}


def test_the_worst_row_is_named_with_value_and_limit() -> None:
    assert judge("threshold", FILE_LIMITS, FILES) == CheckResult(State.CRIT, "filesystem /var 96 % ≥ 95 %", 0.96, 0.95, "ratio")


def test_a_label_filter_leaves_the_other_rows_out() -> None:
    assert judge("threshold", {**FILE_LIMITS, "labels": {"mount": "/"}}, FILES).summary == "filesystem / 42 %"
    assert judge("threshold", {**FILE_LIMITS, "labels": {"mount": "/home"}}, FILES).state is State.WARN


def test_touching_a_limit_reaches_it() -> None:
    assert judge("threshold", {**FILE_LIMITS, "warn": 0.96, "crit": 0.97}, FILES).state is State.WARN


def test_missing_rows_are_unknown() -> None:
    assert judge("threshold", FILE_LIMITS) == CheckResult(State.UNKNOWN, "no data for filesystem_utilization_ratio", lacking=True)
    gone = judge("threshold", {**FILE_LIMITS, "labels": {"mount": "/srv"}}, FILES)
    assert gone == CheckResult(State.UNKNOWN, "no data for filesystem_utilization_ratio {mount=/srv}", lacking=True)
    few = judge("threshold", {**FILE_LIMITS, "at_least": 4}, FILES)
    assert few == CheckResult(State.UNKNOWN, "only 3 of at least 4 rows of filesystem_utilization_ratio", lacking=True)
    assert judge("threshold", FILE_LIMITS, Family("filesystem_utilization_ratio", (), ())).state is State.UNKNOWN


def test_a_row_that_is_no_number_hides_no_fault_and_gives_no_green_light() -> None:
    odd = rows("filesystem_utilization_ratio", "mount", {"/": math.nan, "/var": 0.5})
    assert judge("threshold", FILE_LIMITS, odd).summary == "filesystem / not a number"
    assert judge("threshold", FILE_LIMITS, odd).state is State.UNKNOWN
    bad = rows("filesystem_utilization_ratio", "mount", {"/": math.nan, "/var": 0.99})
    assert judge("threshold", FILE_LIMITS, bad).state is State.CRIT
    assert judge("threshold", FILE_LIMITS, rows("filesystem_utilization_ratio", "mount", {"/": math.inf})).value is None


def test_below_is_worse_when_the_direction_says_so() -> None:
    limits = {"sample": "ups_battery_charge_ratio", "direction": "below", "warn": 0.5, "crit": 0.2}
    assert judge("threshold", limits, single("ups_battery_charge_ratio", 0.18)).summary == "ups battery charge 18 % ≤ 20 %"
    assert judge("threshold", limits, single("ups_battery_charge_ratio", 0.9)).state is State.OK


@pytest.mark.parametrize(
    ("sample", "limit", "value", "summary"),
    [
        ("temperature_celsius", 40, 41.25, "temperature 41.2 °C ≥ 40 °C"),
        ("memory_used_bytes", 1024, 3 * 2**30, "memory used 3 GiB ≥ 1 KiB"),
        ("icmp_round_trip_seconds", 0.1, 0.25, "icmp round trip 0.25 s ≥ 0.1 s"),
        ("system_uptime_seconds", 60, 90_000, "system uptime 1 d 1 h ≥ 1 m"),
        ("rate(interface_receive_errors_total)", 1, 2.5, "interface receive errors 2.5/s ≥ 1/s"),
        ("rate(disk_read_bytes_total)", 1, 2048, "disk read 2 KiB/s ≥ 1 B/s"),
        ("processes", 100, 1234, "processes 1234 ≥ 100"),
        ("sql_query_value", 5, 0.123456, "sql query value 0.123"),
        ("power_watts", 5, 9e12, "power 9e+12 W ≥ 5 W"),
    ],
)
def test_values_are_written_with_the_units_people_use(sample: str, limit: float, value: float, summary: str) -> None:
    assert judge("threshold", {"sample": sample, "crit": limit}, single(sample, value)).summary == summary


def test_the_whole_processor_needs_no_label() -> None:
    family = rows("cpu_utilization_ratio", "cpu", {"all": 0.5})
    assert judge("threshold", {"sample": "cpu_utilization_ratio", "warn": 0.9}, family).summary == "cpu 50 %"


def test_a_unit_of_ones_own_is_shown() -> None:
    parameters = {"sample": "sql_query_value", "warn": 5, "unit": "orders"}
    assert judge("threshold", parameters, single("sql_query_value", 7)).summary == "sql query value 7 orders ≥ 5 orders"


def test_needs_names_the_rate_it_judges() -> None:
    parameters = ThresholdCheck.Parameters.model_validate({"sample": "rate(disk_read_bytes_total)", "warn": 1})
    assert ThresholdCheck.needs(parameters) == ("rate(disk_read_bytes_total)",)


STATUS = {"samples": ["fan_status", "disk_status"]}


@pytest.mark.parametrize(
    ("fans", "disks", "state", "summary"),
    [
        ({"1": 1}, {"a": 1}, State.OK, "fan 1 OK"),
        ({"1": 1, "2": 1}, {"a": 1}, State.OK, "fan OK (2 checked)"),
        ({"1": 2}, {"a": 1}, State.WARN, "fan 1 degraded"),
        ({"1": 2}, {"a": 3}, State.CRIT, "disk a failed"),
        ({"1": 1}, {"a": 4}, State.WARN, "disk a absent"),
        ({"1": 1}, {"a": 0}, State.UNKNOWN, "disk a unknown"),
        ({"1": 1}, {"a": 1, "b": 3, "c": 3, "d": 2}, State.CRIT, "disk b failed and 2 more"),
        ({"1": 1.5}, {"a": 1}, State.UNKNOWN, "fan 1 not on the scale"),
        ({"1": math.nan}, {"a": 1}, State.UNKNOWN, "fan 1 not on the scale"),
        ({}, {"a": 1}, State.UNKNOWN, "no data for fan_status"),
        ({}, {"a": 3}, State.CRIT, "disk a failed"),
    ],
)
def test_status_names_the_worst_part(fans: dict[str, float], disks: dict[str, float], state: State, summary: str) -> None:
    result = judge("status", STATUS, rows("fan_status", "component", fans), rows("disk_status", "disk", disks))
    assert (result.state, result.summary) == (state, summary)


def test_what_an_absent_part_means_is_a_setting() -> None:
    disks = rows("disk_status", "disk", {"a": 4})
    assert judge("status", {"samples": ["disk_status"], "absent": "crit"}, disks).state is State.CRIT
    assert judge("status", {"samples": ["disk_status"], "absent": "ok"}, disks).state is State.OK


def test_a_disk_that_vanished_is_noticed_when_the_count_is_known() -> None:
    disks = rows("disk_status", "disk", {"a": 1, "b": 1})
    assert judge("status", {"samples": ["disk_status"], "at_least": 3}, disks).state is State.UNKNOWN


LOG = "log_newest_record_timestamp_seconds"


@pytest.mark.parametrize(
    ("age", "state", "summary"),
    [
        (600, State.OK, "log newest record 10 m ago"),
        (-299, State.OK, "log newest record 0 s ago"),
        (7_200, State.WARN, "log newest record 2 h ago, limit 1 h"),
        (2 * DAY, State.CRIT, "log newest record 2 d ago, limit 1 d"),
        (-10_800, State.UNKNOWN, "log newest record: the time lies 3 h in the future; one of the two clocks is wrong"),
        (math.nan, State.UNKNOWN, "log newest record: the time is not a number"),
        (math.inf, State.UNKNOWN, "log newest record: the time is not a number"),
    ],
)
def test_age_counts_from_the_timestamp(age: float, state: State, summary: str) -> None:
    result = judge("age", {"sample": LOG, "warn": "1h", "crit": "1d"}, single(LOG, SECONDS_NOW - age))
    assert (result.state, result.summary) == (state, summary)


def test_age_without_a_timestamp_is_unknown() -> None:
    assert judge("age", {"sample": LOG, "warn": "1h"}).state is State.UNKNOWN


CERTIFICATE = "tls_certificate_expiry_timestamp_seconds"


@pytest.mark.parametrize(
    ("left", "state", "summary"),
    [
        (90 * DAY, State.OK, "tls certificate expiry in 90 d"),
        (20 * DAY, State.WARN, "tls certificate expiry in 20 d"),
        (DAY, State.CRIT, "tls certificate expiry in 1 d"),
        (-3 * DAY, State.CRIT, "tls certificate expiry was 3 d ago"),
        (math.inf, State.UNKNOWN, "tls certificate expiry: the time is not a number"),
    ],
)
def test_expiry_counts_down(left: float, state: State, summary: str) -> None:
    result = judge("expiry", {"sample": CERTIFICATE, "warn": "30d", "crit": "7d"}, single(CERTIFICATE, SECONDS_NOW + left))
    assert (result.state, result.summary) == (state, summary)


def test_what_has_ended_is_critical_even_without_a_limit_for_it() -> None:
    assert judge("expiry", {"sample": CERTIFICATE, "warn": "30d"}, single(CERTIFICATE, SECONDS_NOW - 1)).state is State.CRIT


SOURCE = {"sample": "ups_output_source", "values": [3]}


def test_expected_values_are_said_in_words() -> None:
    assert judge("expected", SOURCE, single("ups_output_source", 3)) == CheckResult(State.OK, "ups output source is 3 normal", 3)
    wrong = judge("expected", {**SOURCE, "values": [3, 6]}, single("ups_output_source", 5))
    assert wrong == CheckResult(State.CRIT, "ups output source is 5 battery, expected 3 normal or 6 booster", 5)
    assert judge("expected", {**SOURCE, "otherwise": "warn"}, single("ups_output_source", 5)).state is State.WARN


def test_expected_gives_no_green_light_without_data() -> None:
    assert judge("expected", SOURCE).state is State.UNKNOWN
    assert judge("expected", SOURCE, single("ups_output_source", math.nan)).summary == "ups output source is not a number"
    codes = rows("http_status_code", "url", {"a": 200, "b": 204})
    assert (
        judge("expected", {"sample": "http_status_code", "values": [200, 204]}, codes).summary
        == "http status code a is 200 (2 checked)"
    )


@pytest.mark.parametrize(
    ("code", "state"),
    [(0, State.OK), (1, State.WARN), (2, State.CRIT), (3, State.UNKNOWN), (4, State.UNKNOWN), (math.nan, State.UNKNOWN)],
)
def test_a_plug_in_has_the_last_word(code: float, state: State) -> None:
    assert judge("plugin", {"plugin": "disk"}, rows("plugin_state", "plugin", {"other": 2, "disk": code})).state is state


def test_a_plug_in_that_did_not_run_is_unknown() -> None:
    assert (
        judge("plugin", {"plugin": "disk"}, rows("plugin_state", "plugin", {"other": 0})).summary
        == "no data for plugin_state {plugin=disk}"
    )


PORTS: tuple[Labels, ...] = tuple(
    (("interface", f"Gi0/{n}"), ("alias", alias)) for n, alias in ((1, "uplink"), (2, ""), (3, "uplink"))
)


def interfaces(admin: tuple[float, ...], oper: tuple[float, ...], **more: tuple[float, ...]) -> list[Family]:
    named = {"interface_admin_status": admin, "interface_oper_status": oper}
    load = {f"rate(interface_{name}_total)": values for name, values in more.items() if name != "speed"}
    speed = {"interface_speed_bytes_per_second": more["speed"]} if "speed" in more else {}
    return [Family(name, PORTS, values) for name, values in (named | load | speed).items()]


@pytest.mark.parametrize(
    ("names", "admin", "oper", "state", "summary"),
    [
        (["Gi0/2"], (1, 1, 1), (1, 1, 1), State.OK, "interface Gi0/2 up"),
        (["uplink"], (1, 1, 1), (1, 1, 1), State.OK, "2 interfaces OK"),
        (["uplink"], (1, 1, 1), (1, 1, 2), State.CRIT, "interface Gi0/3 uplink down"),
        (["Gi0/1"], (1, 1, 1), (7, 1, 1), State.CRIT, "interface Gi0/1 uplink down, a lower layer is down"),
        (["Gi0/2"], (1, 2, 1), (1, 2, 1), State.OK, "interface Gi0/2 switched off on purpose"),
        (["Gi0/2"], (1, 3, 1), (1, 3, 1), State.WARN, "interface Gi0/2 set to test"),
        (["Gi0/2"], (1, 1, 1), (1, 4, 1), State.UNKNOWN, "interface Gi0/2 in a state nobody knows"),
        (["Gi0/2"], (1, 1, 1), (1, math.nan, 1), State.UNKNOWN, "interface Gi0/2 in a state nobody knows"),
        (["Gi0/2"], (1, math.inf, 1), (1, 1, 1), State.UNKNOWN, "interface Gi0/2: no data for interface_admin_status"),
        (["Gi0/9"], (1, 1, 1), (1, 1, 1), State.CRIT, "interface Gi0/9 is not there"),
    ],
)
def test_interfaces_by_name_or_alias(
    names: list[str], admin: tuple[float, ...], oper: tuple[float, ...], state: State, summary: str
) -> None:
    result = judge("interface", {"interfaces": names}, *interfaces(admin, oper))
    assert (result.state, result.summary) == (state, summary)


def test_what_special_cases_mean_is_a_setting() -> None:
    ports = interfaces((2, 1, 1), (2, 1, 1))
    assert judge("interface", {"interfaces": ["Gi0/1"], "switched_off": "warn"}, *ports).state is State.WARN
    assert judge("interface", {"interfaces": ["Gi0/9"], "missing": "unknown"}, *ports).state is State.UNKNOWN


def test_no_interface_table_is_unknown_never_missing() -> None:
    assert judge("interface", {"interfaces": ["Gi0/1"]}).summary == "no data for interface_oper_status"
    assert (
        judge("interface", {"interfaces": ["Gi0/1"]}, Family("interface_oper_status", PORTS, (1.0, 1.0, 1.0))).state
        is State.UNKNOWN
    )


LOADED = {
    "interfaces": ["Gi0/2"],
    "errors_per_second_warn": 1,
    "errors_per_second_crit": 10,
    "utilization_warn": 0.8,
    "utilization_crit": 0.9,
}
UP = (1.0, 1.0, 1.0)
QUIET: dict[str, tuple[float, ...]] = {
    "receive_errors": (0, 0, 0),
    "transmit_errors": (0, 0, 0),
    "receive_bytes": (0, 10, 0),
    "transmit_bytes": (0, 0, 0),
    "speed": (100, 100, 100),
}


@pytest.mark.parametrize(
    ("change", "state", "summary"),
    [
        ({}, State.OK, "interface Gi0/2 up"),
        ({"transmit_errors": (99, 2, 0)}, State.WARN, "interface Gi0/2 errors 2/s ≥ 1/s"),
        ({"receive_errors": (0, 20, 0)}, State.CRIT, "interface Gi0/2 errors 20/s ≥ 10/s"),
        ({"transmit_bytes": (0, 95, 0)}, State.CRIT, "interface Gi0/2 utilization 95 % ≥ 90 %"),
        ({"speed": (100, 0, 100)}, State.UNKNOWN, "interface Gi0/2 utilization: no data yet"),
        ({"speed": (100, math.nan, 100)}, State.UNKNOWN, "interface Gi0/2 utilization: no data yet"),
        ({"receive_errors": (0, math.inf, 0)}, State.UNKNOWN, "interface Gi0/2 errors: no data yet"),
    ],
)
def test_errors_and_utilization_are_judged_by_their_rates(
    change: dict[str, tuple[float, ...]], state: State, summary: str
) -> None:
    result = judge("interface", LOADED, *interfaces(UP, UP, **(QUIET | change)))
    assert (result.state, result.summary) == (state, summary)


def test_no_rate_yet_is_unknown_but_hides_no_fault() -> None:
    assert judge("interface", LOADED, *interfaces(UP, UP)).state is State.UNKNOWN
    assert judge("interface", LOADED, *interfaces(UP, (1, 2, 1))).state is State.CRIT


def test_rates_are_found_when_rows_moved() -> None:
    moved = Family("rate(interface_receive_errors_total)", PORTS[::-1], (0.0, 50.0, 0.0))
    others = [family for family in interfaces(UP, UP, **QUIET) if family.name != moved.name]
    assert judge("interface", LOADED, moved, *others).state is State.CRIT


def test_interface_needs_only_what_its_limits_need() -> None:
    plain = InterfaceCheck.Parameters.model_validate({"interfaces": ["a"]})
    assert InterfaceCheck.needs(plain) == ("interface_admin_status", "interface_oper_status")
    assert "rate(interface_receive_bytes_total)" in InterfaceCheck.needs(InterfaceCheck.Parameters.model_validate(LOADED))
