"""A table in terminals of all widths: nothing is lost without a sign, and what fits is one line a row."""

import io

import pytest
from rich.console import Console

from wenyam.cli.fitted import FittedTable

WHY = "no answer to 3 requests within two seconds"


def drawn(width: int, *, one_line: bool = False) -> list[str]:
    table = FittedTable("State", "What", "Since", "Why", spare=[2], one_line=one_line)
    table.add_row("✖ DOWN", "service:register/overall", "12 m", WHY)
    table.add_row("● [b]UP", "core-1", "3 d", "")
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert all(len(line) <= width for line in lines)
    return lines


def test_a_wide_terminal_shows_a_line_for_each_row() -> None:
    assert drawn(100)[1:] == [
        f"✖ DOWN   service:register/overall  12 m   {WHY}",
        "● [b]UP  core-1                    3 d",
    ]


@pytest.mark.parametrize("width", [80, 60, 40, 34])
def test_no_word_of_a_row_is_lost_however_narrow_it_is(width: int) -> None:
    said = " ".join(" ".join(drawn(width)).split())
    for word in ("DOWN", "12 m", "3 d", "core-1", *WHY.split()):
        assert word in said
    assert "…" not in said


def test_what_gives_way_stands_below_with_its_heading() -> None:
    assert drawn(36) == [
        "State    What",
        "✖ DOWN   service:register/overall",
        "  Since: 12 m · no answer to 3",
        "  requests within two seconds",
        "● [b]UP  core-1",
        "  Since: 3 d",
    ]


def test_a_name_wider_than_the_terminal_goes_on_in_the_next_line() -> None:
    assert drawn(24)[1:3] == ["✖ DOWN   service:registe", "         r/overall"]


@pytest.mark.parametrize("width", [100, 60, 40, 24])
def test_a_screen_of_a_fixed_height_keeps_to_one_line_a_row(width: int) -> None:
    lines = drawn(width, one_line=True)
    assert len(lines) == 3
    assert ("…" in lines[1]) == (width in (60, 24))


def test_columns_that_are_no_sentence_go_in_the_order_given() -> None:
    table = FittedTable("Device", "Kind", "Address", "State", spare=[1, 2], sentence=False)
    table.add_row("core-1", "switch", "192.0.2.1", "● UP")
    console = Console(file=io.StringIO(), width=26, highlight=False)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split() == ["Device", "Address", "State", "core-1", "192.0.2.1", "●", "UP"]
