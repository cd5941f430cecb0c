from typing import Any

import pytest
from pydantic import ValidationError

from wenyam import plugins
from wenyam.checks.age import AgeParameters
from wenyam.checks.contract import Check
from wenyam.checks.expected import ExpectedParameters
from wenyam.checks.expiry import ExpiryParameters
from wenyam.checks.interface import InterfaceParameters
from wenyam.checks.parameters import CheckParameters
from wenyam.checks.plugin import PluginParameters
from wenyam.checks.status import StatusParameters
from wenyam.checks.threshold import ThresholdParameters

KINDS = ("age", "expected", "expiry", "interface", "plugin", "status", "threshold")


@pytest.mark.parametrize("kind", KINDS)
def test_every_registered_check_keeps_the_contract(kind: str) -> None:
    check: Check = plugins.load(plugins.CHECKS, kind)
    assert issubclass(check.Parameters, CheckParameters)
    assert callable(check.judge)
    assert callable(check.needs)


def test_these_are_all_the_checks_there_are() -> None:
    assert set(KINDS) <= set(plugins.names(plugins.CHECKS))


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_parameter_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        plugins.load(plugins.CHECKS, kind).Parameters.model_validate({"colour": "red"})


CPU: dict[str, Any] = {"sample": "cpu_utilization_ratio"}
CERTIFICATE: dict[str, Any] = {"sample": "tls_certificate_expiry_timestamp_seconds"}


@pytest.mark.parametrize(
    ("model", "given", "sentence"),
    [
        (
            ThresholdParameters,
            {"sample": "cpu_utilisation", "warn": 0.8},
            "there is no sample 'cpu_utilisation'; did you mean 'cpu_utilization_ratio'?",
        ),
        (ThresholdParameters, {"sample": "qqqq", "warn": 0.8}, "there is no sample 'qqqq'"),
        (ThresholdParameters, CPU, "give warn, crit or both"),
        (
            ThresholdParameters,
            {**CPU, "warn": 0.9, "crit": 0.8},
            "warn (0.9) must not be above crit (0.8) when it gets worse upwards",
        ),
        (
            ThresholdParameters,
            {"sample": "ups_battery_charge_ratio", "direction": "below", "warn": 0.2, "crit": 0.5},
            "warn (0.2) must not be below crit (0.5) when it gets worse downwards",
        ),
        (
            ThresholdParameters,
            {**CPU, "warn": 85},
            "warn (85) is never reached: 'cpu_utilization_ratio' goes from 0 to 1; write 0.85 or 85 %",
        ),
        (
            ThresholdParameters,
            {"sample": "processes", "warn": -1, "direction": "below"},
            "warn (-1) is never reached: 'processes' goes from 0 to ∞",
        ),
        (
            ThresholdParameters,
            {**CPU, "warn": "high"},
            "'high' is not a limit; write a number without quotes, a share as 85 % or a time as 5m",
        ),
        (ThresholdParameters, {**CPU, "warn": True}, "Input should be a valid number"),
        (ThresholdParameters, {**CPU, "warn": float("nan")}, "Input should be a finite number"),
        (
            ThresholdParameters,
            {**CPU, "warn": 0.8, "labels": {"core": "1"}},
            "'cpu_utilization_ratio' has no label 'core'; it has: cpu",
        ),
        (
            ThresholdParameters,
            {"sample": "processes", "warn": 8, "labels": {"core": "1"}},
            "'processes' has no label 'core'; it has none",
        ),
        (ThresholdParameters, {**CPU, "warn": 0.8, "at_least": 0}, "Input should be greater than or equal to 1"),
        (
            ThresholdParameters,
            {"sample": "disk_read_bytes_total", "warn": 1},
            "'disk_read_bytes_total' only ever grows: write 'rate(disk_read_bytes_total)' for its rate a second",
        ),
        (
            ThresholdParameters,
            {"sample": "rate(processes)", "warn": 1},
            "rate() needs a counter, and 'processes' is a gauge: write 'processes' alone",
        ),
        (
            StatusParameters,
            {"samples": ["ups_battery_status"]},
            "'ups_battery_status' is not on the scale from 0 unknown to 4 absent; use the check 'expected' or 'threshold'",
        ),
        (StatusParameters, {"samples": []}, "Tuple should have at least 1 item"),
        (
            StatusParameters,
            {"samples": ["disk_status", "fan_status"], "labels": {"disk": "1"}},
            "'fan_status' has no label 'disk'; it has: component",
        ),
        (
            AgeParameters,
            {"sample": "processes", "warn": "1h"},
            "'processes' is not a point in time; this check needs a sample that ends in _timestamp_seconds",
        ),
        (
            AgeParameters,
            {"sample": "log_newest_record_timestamp_seconds", "warn": "2h", "crit": "1h"},
            "warn (2 h) must not be above crit (1 h)",
        ),
        (
            AgeParameters,
            {"sample": "log_newest_record_timestamp_seconds", "warn": "soon"},
            "'soon' is not a duration; write a number with a unit",
        ),
        (ExpiryParameters, {**CERTIFICATE, "warn": "7d", "crit": "30d"}, "warn (7 d) must not be below crit (30 d)"),
        (ExpiryParameters, CERTIFICATE, "give warn, crit or both"),
        (ExpectedParameters, {"sample": "ups_output_source", "values": []}, "Tuple should have at least 1 item"),
        (
            ExpectedParameters,
            {"sample": "ups_output_source", "values": [3], "otherwise": "ok"},
            "Input should be 'warn' or 'crit'",
        ),
        (PluginParameters, {"plugin": ""}, "String should have at least 1 character"),
        (InterfaceParameters, {"interfaces": []}, "Tuple should have at least 1 item"),
        (
            InterfaceParameters,
            {"interfaces": ["eth0"], "utilization_warn": 80},
            "utilization is a ratio from 0 to 1: write 0.8 for 80 %",
        ),
        (
            InterfaceParameters,
            {"interfaces": ["eth0"], "errors_per_second_warn": 5, "errors_per_second_crit": 1},
            "warn (5) must not be above crit (1)",
        ),
    ],
)
def test_wrong_parameters_are_refused_with_their_sentence(
    model: type[CheckParameters], given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    assert sentence in str(caught.value)


def test_limits_may_be_written_as_people_write_them() -> None:
    assert ThresholdParameters.model_validate({**CPU, "warn": "85 %", "crit": "95%"}).limits.crit == 0.95
    assert (
        ThresholdParameters.model_validate({"sample": "system_uptime_seconds", "direction": "below", "warn": "10m"}).warn == 600
    )
    assert ExpiryParameters.model_validate({**CERTIFICATE, "warn": "30d", "crit": 3600}).warn == 2_592_000


def test_a_label_may_be_written_as_a_number() -> None:
    assert ThresholdParameters.model_validate({"sample": "tcp_connect_seconds", "warn": 1, "labels": {"port": 443}}).labels == {
        "port": "443"
    }


def test_parameters_never_change() -> None:
    parameters = ThresholdParameters.model_validate({**CPU, "warn": 0.5})
    with pytest.raises(ValidationError, match="frozen"):
        parameters.warn = 0.9  # type: ignore[misc]  # that is the test
