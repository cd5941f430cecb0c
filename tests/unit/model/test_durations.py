import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.model import durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5m", 300.0),
        ("30d", 2_592_000.0),
        ("1h30m", 5_400.0),
        ("1 h 30 m", 5_400.0),
        (" 2w ", 1_209_600.0),
        ("250ms", 0.25),
        ("1.5h", 5_400.0),
    ],
)
def test_written_durations_become_seconds(text: str, expected: float) -> None:
    assert durations.parse(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 minutes", "5m,", "1e3s", "٣m", "5m nonsense"])
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write a number with a unit: 30s, 5m"):
        durations.parse(text)


def test_plain_numbers_are_seconds() -> None:
    assert durations.seconds(90) == 90.0
    assert durations.seconds("90s") == 90.0


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        durations.seconds(value)


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, -0.001])
def test_negative_and_endless_lengths_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="must be zero or more, and finite"):
        durations.seconds(value)


def test_an_overflowing_text_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        durations.parse("9" * 400 + "w")


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59, "59 s"),
        (60, "1 m"),
        (61, "1 m 1 s"),
        (86_400 * 40 + 3 * 3600 + 59, "40 d 3 h"),
        (86_400, "1 d"),
        (-300, "-5 m"),
        (86_460, "1 d"),
    ],
)
def test_seconds_are_written_for_people(length: float, text: str) -> None:
    assert durations.write(length) == text


@given(st.text(max_size=12))
def test_no_text_does_anything_but_parse_or_raise_value_error(text: str) -> None:
    with suppress(ValueError):
        assert durations.parse(text) >= 0


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_float_can_be_written(length: float) -> None:
    assert durations.write(length)
