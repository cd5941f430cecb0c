"""Never a green light without data: no judge raises, and OK means that every needed row was there and good."""

import math
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam import plugins
from wenyam.model.instants import Instant
from wenyam.model.samples import Family, Labels, SampleSet
from wenyam.model.states import State

NOW = Instant(1_800_000_000_000)
SECONDS_NOW = NOW / 1000

EDGES = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, -1.0, 0.5, 0.95, 1.5, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 2.0**53]
TIMES = [SECONDS_NOW, SECONDS_NOW - 100, SECONDS_NOW - 1e6, SECONDS_NOW + 200, SECONDS_NOW + 1e6, SECONDS_NOW + 1e9]
values = st.one_of(st.sampled_from(EDGES + TIMES), st.floats(allow_nan=True, allow_infinity=True))
words = st.one_of(st.sampled_from(["/", "a", "b", "", "[/]", "\x1b[31m", "เวรยาม", "{x=1}", "%s"]), st.text(max_size=4))
names = st.sampled_from(["mount", "component", "disk", "interface", "alias", "plugin", "source", "server", "line", "odd"])
labels = st.lists(st.tuples(names, words), max_size=3).map(tuple)

Rows = list[tuple[Labels, float]]
Good = Callable[[Rows], bool]


def finite(low: float, high: float) -> Good:
    return lambda rows: bool(rows) and all(math.isfinite(value) and low < value < high for _, value in rows)


def one_of(*right: float) -> Good:
    return lambda rows: bool(rows) and all(value in right for _, value in rows)


LOG, CERTIFICATE = "log_newest_record_timestamp_seconds", "tls_certificate_expiry_timestamp_seconds"
CASES: list[tuple[str, dict[str, Any], dict[str, Good]]] = [
    ("threshold", {"sample": "processes", "warn": 2, "crit": 3}, {"processes": finite(-math.inf, 2)}),
    ("threshold", {"sample": "processes", "crit": 3, "direction": "below"}, {"processes": finite(3, math.inf)}),
    (
        "status",
        {"samples": ["fan_status", "disk_status"], "absent": "ok"},
        {"fan_status": one_of(1, 4), "disk_status": one_of(1, 4)},
    ),
    ("age", {"sample": LOG, "warn": "1h"}, {LOG: finite(SECONDS_NOW - 3600, SECONDS_NOW + 300.001)}),
    ("expiry", {"sample": CERTIFICATE, "warn": "1h"}, {CERTIFICATE: finite(SECONDS_NOW + 3600, math.inf)}),
    ("expected", {"sample": "ups_output_source", "values": [3, 5]}, {"ups_output_source": one_of(3, 5)}),
]


@given(st.sampled_from(CASES), st.data())
@settings(max_examples=600)
def test_ok_only_if_every_row_is_there_and_good(case: tuple[str, dict[str, Any], dict[str, Good]], data: st.DataObject) -> None:
    kind, given_parameters, good = case
    read: dict[str, Rows] = {
        name: data.draw(st.lists(st.tuples(labels, values), max_size=4)) for name in good if data.draw(st.booleans())
    }
    check = plugins.load(plugins.CHECKS, kind)
    parameters = check.Parameters.model_validate(given_parameters)
    result = check.judge(parameters, sample_set(read), NOW)
    assert (result.state is State.OK) == all(is_good(read.get(name, [])) for name, is_good in good.items())
    assert result.summary
    assert result.value is None or math.isfinite(result.value)


PORT: Labels = (("interface", "a"), ("alias", "uplink"))
STATES = ("interface_admin_status", "interface_oper_status")
ERRORS = ("rate(interface_receive_errors_total)", "rate(interface_transmit_errors_total)")
TRAFFIC = ("rate(interface_receive_bytes_total)", "rate(interface_transmit_bytes_total)")
SPEED = "interface_speed_bytes_per_second"
LOADED = {"interfaces": ["a", "uplink"], "errors_per_second_warn": 1, "utilization_crit": 0.9}


@given(
    st.dictionaries(st.sampled_from([*STATES, *ERRORS, *TRAFFIC, SPEED]), values), st.lists(st.tuples(labels, values), max_size=3)
)
@settings(max_examples=600)
def test_an_interface_is_ok_only_when_up_or_off_and_not_loaded(read: dict[str, float], others: Rows) -> None:
    rows = {name: [*others, (PORT, value)] for name, value in read.items()}
    if any(
        pair in odd
        for odd, _ in others
        for pair in [("interface", "a"), ("alias", "a"), ("interface", "uplink"), ("alias", "uplink")]
    ):
        return
    check = plugins.load(plugins.CHECKS, "interface")
    result = check.judge(check.Parameters.model_validate(LOADED), sample_set(rows), NOW)
    off = STATES[1] in read and read.get(STATES[0]) == 2
    up = [read.get(name) for name in STATES] == [1, 1]
    errors = [read.get(name, math.nan) for name in ERRORS]
    traffic, speed = [read.get(name, math.nan) for name in TRAFFIC], read.get(SPEED, math.nan)
    quiet = all(math.isfinite(rate) for rate in errors) and max(errors) < 1
    all_there = all(math.isfinite(number) for number in [*traffic, speed])
    idle = all_there and speed > 0 and math.isfinite(max(traffic) / speed) and max(traffic) / speed < 0.9
    assert (result.state is State.OK) == (off or (up and quiet and idle))


own_rows = st.tuples(st.just((("plugin", "a"),)), st.sampled_from([0.0, 1.0, 2.0, 3.0, math.nan]))


@given(st.lists(st.one_of(own_rows, st.tuples(labels, values)), max_size=4))
def test_a_plug_in_is_ok_only_when_it_said_so(rows: Rows) -> None:
    check = plugins.load(plugins.CHECKS, "plugin")
    result = check.judge(check.Parameters.model_validate({"plugin": "a"}), sample_set({"plugin_state": rows}), NOW)
    said = [value for odd, value in rows if ("plugin", "a") in odd]
    assert (result.state is State.OK) == (bool(said) and all(value == 0 for value in said))


@given(
    st.dictionaries(
        st.sampled_from(["fan_status", "processes", LOG, *STATES, "plugin_state"]),
        st.lists(st.tuples(labels, values), max_size=4),
    )
)
def test_every_check_with_a_label_filter_judges_anything_without_raising(read: dict[str, Rows]) -> None:
    samples = sample_set(read)
    for kind, parameters in (
        ("threshold", {"sample": LOG, "labels": {"source": "a"}, "crit": 1}),
        ("status", {"samples": ["fan_status"], "labels": {"component": "[/]"}, "at_least": 2}),
        ("age", {"sample": LOG, "labels": {"source": ""}, "crit": 1}),
        ("interface", {"interfaces": ["", "a"][1:]}),
    ):
        check = plugins.load(plugins.CHECKS, kind)
        assert check.judge(check.Parameters.model_validate(parameters), samples, NOW).state in (
            State.OK,
            State.WARN,
            State.CRIT,
            State.UNKNOWN,
        )


def sample_set(read: dict[str, Rows]) -> SampleSet:
    return SampleSet(Family(name, tuple(row[0] for row in rows), tuple(row[1] for row in rows)) for name, rows in read.items())
