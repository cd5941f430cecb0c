import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from wenyam.collectors.performance_data import Metric, Range, parse_performance_data, parse_range, split_output


@pytest.mark.parametrize(
    ("text", "label", "value", "unit"),
    [
        ("time=0.25s;1;2;0;10", "time", 0.25, "seconds"),
        ("rta=12.5ms", "rta", 0.0125, "seconds"),
        ("rta=12us", "rta", 0.000012, "seconds"),
        ("pl=40%;20;60;0;100", "pl", 0.4, "ratio"),
        ("/=2643MB;5948;5958;0;5968", "/", 2643 * 1024**2, "bytes"),
        ("used=10B", "used", 10, "bytes"),
        ("size=3KB", "size", 3072, "bytes"),
        ("packets=42c", "packets", 42, "count"),
        ("users=5", "users", 5, ""),
        ("'/var/lib docker'=7%", "/var/lib docker", 0.07, "ratio"),
        ("'it''s'=1", "it's", 1, ""),
        ("'a=b'=1", "a=b", 1, ""),
        ("load1=0,75;5;10", "load1", 0.75, ""),
        ("temp=-3.5", "temp", -3.5, ""),
        ("ไทย=1", "ไทย", 1, ""),
        ("tiny=1e-3s", "tiny", 0.001, "seconds"),
    ],
)
def test_labels_values_and_units_of_the_guidelines_are_read(text: str, label: str, value: float, unit: str) -> None:
    found = parse_performance_data(text)
    assert found.garbage == 0
    assert [(metric.label, metric.unit) for metric in found.metrics] == [(label, unit)]
    assert found.metrics[0].value == pytest.approx(value)


def test_limits_are_scaled_like_their_value() -> None:
    metric = parse_performance_data("rta=5ms;100:200;@300;0;1000").metrics[0]
    assert metric == Metric("rta", 0.005, "seconds", Range(0.1, 0.2), Range(0, 0.3, inside=True), 0.0, 1.0)


def test_an_undetermined_value_is_known_to_be_missing() -> None:
    assert parse_performance_data("a=U b=1").metrics == (Metric("a", None, ""), Metric("b", 1.0, ""))


@pytest.mark.parametrize(
    ("text", "good", "garbage"),
    [
        ("", 0, 0),
        ("   ", 0, 0),
        ("rubbish", 0, 1),
        ("a=1 rubbish b=2", 2, 1),
        ("a=abc b=2", 1, 1),
        ("a=1parsec", 0, 1),
        ("a=NaN b=inf", 0, 2),
        ("=1", 0, 1),
        ("''=1", 0, 1),
        ("'open=1", 0, 1),
        ("a=1e999", 0, 1),
    ],
)
def test_garbage_is_counted_and_the_rest_still_read(text: str, good: int, garbage: int) -> None:
    found = parse_performance_data(text)
    assert (len(found.metrics), found.garbage) == (good, garbage)


@pytest.mark.parametrize(
    ("text", "alerting", "quiet"),
    [
        ("10", [-1, 10.1], [0, 10]),
        ("10:", [9.9], [10, 1e9]),
        ("~:10", [11], [-1e9, 10]),
        ("10:20", [9, 21], [10, 20]),
        ("@10:20", [10, 15, 20], [9, 21]),
    ],
)
def test_ranges_alert_as_the_guidelines_say(text: str, alerting: list[float], quiet: list[float]) -> None:
    found = parse_range(text)
    assert found is not None
    assert all(found.alerts(value) for value in alerting)
    assert not any(found.alerts(value) for value in quiet)


@pytest.mark.parametrize("text", ["", ":::", "a:b", "20:10", "@"])
def test_a_range_that_makes_no_sense_is_none(text: str) -> None:
    assert parse_range(text) is None or text == ":::"


def test_text_and_data_of_many_lines_are_parted() -> None:
    output = "DISK OK - free | /=1MB\nlong text\nmore text | /boot=2MB\n/home=3MB\n"
    text, data = split_output(output)
    assert text == "DISK OK - free"
    assert [metric.label for metric in parse_performance_data(data).metrics] == ["/", "/boot", "/home"]


@given(some.text(max_size=300))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    for metric in parse_performance_data(text).metrics:
        assert metric.value is None or math.isfinite(metric.value)
