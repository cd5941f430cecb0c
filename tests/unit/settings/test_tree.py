"""YAML becomes plain values with lines; nothing in a file can build an object, grow without bound or hang."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block, overlay, read_yaml


def read(text: str) -> tuple[Block | None, list[str]]:
    findings = Findings()
    return read_yaml(text, "f.yaml", findings), sorted(str(problem) for problem in findings.problems)


def block(text: str) -> Block:
    found, problems = read(text)
    assert problems == []
    assert found is not None
    return found


def test_values_keep_their_lines() -> None:
    found = block("a:\n  b: 1\n  c: [x,\n    y]\n")
    assert found.at("a") == Place("f.yaml", 1)
    assert found["a"].at("b") == Place("f.yaml", 2)
    assert found["a"]["c"].places == [Place("f.yaml", 3), Place("f.yaml", 4)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5), ("-5", -5), ("0.95", 0.95), ("true", True), ("False", False), ("~", None), ("", None), ("null", None),
        ("yes", "yes"), ("on", "on"), ("0812345678", "0812345678"), ("0x1f", "0x1f"), ("1_000", "1_000"),
        ("2026-10-01", "2026-10-01"),
        ("12:30", "12:30"), ("5s", "5s"), ("95%", "95%"), (".inf", ".inf"),
        ("'5'", "5"), ('"true"', "true"), ("9" * 30, "9" * 30),
    ],
)  # fmt: skip
def test_scalars_are_what_they_look_like(written: str, value: object) -> None:
    assert block(f"a: {written}\n")["a"] == value
    assert type(block(f"a: {written}\n")["a"]) is type(value)


def test_an_alias_is_the_same_value_again() -> None:
    found = block("a: &x {b: 1}\nc: *x\n")
    assert found["c"] == {"b": 1}


def test_a_billion_laughs_stop_early() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    started = time.process_time()
    found, problems = read("\n".join(lines))
    assert found is None
    assert problems == ["f.yaml:5: aliases repeat more than 20,000 values; write a table (devices.csv) or 'kinds:'"]
    assert time.process_time() - started < 1


def test_an_alias_of_what_is_not_finished_is_refused() -> None:
    found, problems = read("a: &a {b: *a}\n")
    assert found is None
    assert problems == ["f.yaml:1: an alias without its anchor; text that begins with '*' must stand in quotes"]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [true]", "!include /etc/passwd", "!!int '5'", "!x {a: 1}"])
def test_no_tag_is_understood(tag: str) -> None:
    found, problems = read(f"a: {tag}\n")
    assert found is None
    assert problems == ["f.yaml:1: tags are not understood; text that begins with '!' must stand in quotes"]


def test_an_empty_file_says_nothing_and_is_no_problem() -> None:
    assert read("# nothing yet\n") == (None, [])


def test_no_secret_in_a_broken_file_is_repeated() -> None:
    for text in (
        "p: *canary",
        "p: !canary x",
        "p: %canary",
        "p: @canary",
        'p: "canary',
        "p: canary: canary",
        "p: [canary: canary",
        "p: 'a' canary",
    ):
        _, problems = read(text)
        assert problems
        assert "canary" not in problems[0], text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:- \n\t[]{},&*!|>'\"%@`#?~0ก\\")), max_size=60))
def test_any_text_is_a_block_or_one_sentence(text: str) -> None:
    found, problems = read(text)
    assert found is None or isinstance(found, Block)
    assert all(problem.startswith("f.yaml:") for problem in problems)


def test_laying_over_changes_neither_and_keeps_both_places() -> None:
    base, over = block("a: {x: 1, y: 2}\nb: 1\n"), block("\n\na: {y: 3}\n")
    laid = overlay(base, over)
    assert laid == {"a": {"x": 1, "y": 3}, "b": 1}
    assert (laid["a"].at("x").line, laid["a"].at("y").line) == (1, 3)
    assert base == {"a": {"x": 1, "y": 2}, "b": 1}
