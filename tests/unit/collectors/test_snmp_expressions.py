"""The arithmetic of profiles: what it computes, and that it can do nothing else."""

import pytest

from wenyam.collectors.snmp_expressions import BadValueError, ExpressionError, Outcome, compile_expression

ROW: dict[str, Outcome] = {"total": 10, "free": 4, "zero": 0, "name": "PS1 Temp", "text": "23.5 C", "missing": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("total", 10),
        ("(total - free) * 1024", 6144),
        ("total / free", 2.5),
        ("total // free", 2),
        ("total % free", 2),
        ("2 ** 3", 8),
        ("-free", -4),
        ("total == 10 and free < 5", 1),
        ("not total", 0),
        ("free in [1, 4]", 1),
        ("free not in [1, 4]", 0),
        ("name == 'PS1 Temp'", 1),
        ("missing + 1", None),
        ("missing > 1", None),
        ("first(missing, free)", 4),
        ("min(total, free, missing)", 4),
        ("max(total, free)", 10),
        ("number(text)", 23.5),
        ("number('7 rpm')", 7),
        ("number('52E-2')", 0.52),
        ("number('5 Secs ( 6.5%) 60 Secs ( 9.25%)', '60 Secs')", 9.25),
        ("matches(name, '(?i)temp')", 1),
        ("matches(missing, 'x')", None),
        ("bit(total, 1)", 1),
        ("1 if free == 4 else 3", 1),
        ("date('2027-01-01T00:00:00Z')", 1_798_761_600.0),
        ("date('2027-01-01')", 1_798_761_600.0),
    ],
)
def test_an_expression_computes(text: str, expected: Outcome) -> None:
    assert compile_expression(text).evaluate(ROW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 year, 2 weeks, 3 days, 4 hours, 5 minutes", 33_019_500),
        ("12 day(s), 3 hour(s), 4 minute(s), 5 second(s)", 1_047_845),
        ("12 days, 3:04:05", 1_047_845),
        ("1w2d3h4m5s", 788_645),
        ("0 week, 1 day, 1 hour and 1 minute", 90_060),
        ("5s", 5),
    ],
)
def test_a_length_of_time_is_read_as_devices_write_it(text: str, expected: int) -> None:
    assert compile_expression("in_seconds(time)").evaluate({"time": text}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("67,108,864", 67_108_864), ("512.0MiB", 536_870_912), ("1024K", 1_048_576), ("7", 7), ("2 GB", 2 << 30)],
)
def test_a_size_is_read_as_devices_write_it(text: str, expected: int) -> None:
    assert compile_expression("in_bytes(size)").evaluate({"size": text}) == expected


@pytest.mark.parametrize("text", ["", "soon", "3", "3 months", "1 day, soon", "1:2", "3 d4ys", "-1 day"])
def test_what_is_no_length_of_time_is_bad(text: str) -> None:
    with pytest.raises(BadValueError):
        compile_expression("in_seconds(time)").evaluate({"time": text})


@pytest.mark.parametrize("text", ["", "1,2", "1.5.2K", "12 apples", "-5", "K", "1,2345"])
def test_what_is_no_size_is_bad(text: str) -> None:
    with pytest.raises(BadValueError):
        compile_expression("in_bytes(size)").evaluate({"size": text})


def test_nothing_stays_nothing_in_lengths_and_sizes() -> None:
    assert compile_expression("in_seconds(gone)").evaluate({"gone": None}) is None
    assert compile_expression("in_bytes(gone)").evaluate({"gone": None}) is None


def test_a_date_and_time_of_eleven_octets_knows_its_zone() -> None:
    octets = bytes((2027 >> 8, 2027 & 0xFF, 1, 1, 7, 0, 0, 0)) + b"+" + bytes((7, 0))
    row: dict[str, Outcome] = {"expiry": octets.decode("latin-1")}
    assert compile_expression("date(expiry)").evaluate(row) == 1_798_761_600.0


@pytest.mark.parametrize(
    "text",
    [
        "name + 1",
        "total / zero",
        "total % zero",
        "2 ** 999",
        "number(name + 0)",
        "number('x')",
        "number('7 rpm', 'volts')",
        "date('soon')",
    ],
)
def test_what_cannot_be_right_is_bad_not_zero(text: str) -> None:
    with pytest.raises(BadValueError):
        compile_expression(text).evaluate(ROW)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "total.bit_length()",
        "(lambda: 1)()",
        "[x for x in [1]]",
        "total[0]",
        "f'{total}'",
        "1 < free < 3",
        "total; free",
        "first()",
        "free in name",
        "True",
        "total +",
        "a" * 500,
        "total & 1",
        "~total",
        "exec('1')",
    ],
)
def test_what_is_no_arithmetic_is_refused_when_the_profile_is_loaded(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


def test_plain_columns_are_recognised_so_that_they_are_computed_whole() -> None:
    assert (compile_expression("load").column, compile_expression("load").factor) == ("load", None)
    assert (compile_expression("load / 100").column, compile_expression("load / 100").factor) == ("load", 0.01)
    assert compile_expression("load + 1").column is None


def test_names_inside_first_may_be_missing() -> None:
    expression = compile_expression("total - first(cached, 0)")
    assert expression.required == {"total"}
    assert expression.names == {"total", "cached"}


@pytest.mark.parametrize("text", ["a", "a * 8", "a + b - 3", "(a - b) / 100", "first(a + b, a)", "first(a, b)", "2"])
def test_whole_columns_are_computed_as_row_by_row(text: str) -> None:
    expression = compile_expression(text)
    columns: dict[str, list[float]] = {"a": [1, 2**63, 0.5], "b": [7, 3, 0]}
    assert expression.of_columns is not None
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert expression.of_columns(columns, 3) == [expression.evaluate(row) for row in rows]


@pytest.mark.parametrize(
    "text", ["a if b else c", "min(a, b)", "a // b", "-a", "number(a)", "first(a, min(a, b))", "a == b", "'x'"]
)
def test_what_is_no_plain_arithmetic_is_left_to_the_rows(text: str) -> None:
    assert compile_expression(text).of_columns is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("first(a + b + c, a)", "a"),
        ("first(b, a * 2)", "a * 2"),
        ("first(a, b, c)", "first(a, c)"),
        ("first(a / c + b, a)", "first(a / c + b, a)"),
        ("b + c", "b + c"),
        ("a if b else c", "a if b else c"),
        ("a + c", "a + c"),
    ],
)
def test_an_expression_loses_what_a_device_never_has(text: str, left: str) -> None:
    assert compile_expression(text).without({"b"}).text == left
