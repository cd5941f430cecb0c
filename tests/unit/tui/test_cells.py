from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wenyam.testing.alerting import HOSTILE
from wenyam.tui.cells import Cell, Column, Tone, cut, fits, in_runs, laid_out, layout, printable, too_long
from wenyam.tui.wrapping import wrapped


def test_thai_is_cut_by_what_the_terminal_shows_and_no_letter_loses_its_marks() -> None:
    assert cut("ห้องเครื่อง", 6) == "ห้องเค…"
    assert cut("ที่ดี่", 4) == "ที่ดี่  "
    assert cut("น้ำ", 3) == "น้ำ "
    assert cut("95", 4, right=True) == "  95"
    assert cut("🔥🔥🔥", 4) == "🔥… "


@given(st.text(), st.integers(0, 30))
def test_whatever_is_cut_fills_its_column_exactly(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) == width
    assert cell_len(fits(text, width)) <= width


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3), st.sampled_from([0, 80, 120])), min_size=1), st.integers(1, 200))
def test_columns_share_out_the_whole_width_where_one_may_grow(given: list[tuple[int, int, int]], width: int) -> None:
    columns = [Column(str(number), each, grow, from_width=least) for number, (each, grow, least) in enumerate(given)]
    widths = layout(columns, width)
    shown = [column for column in columns if column.from_width <= width]
    needed = sum(column.width + 1 for column in shown) - 1
    if any(column.grow for column in shown) and needed <= width:
        assert sum(each + 1 for each in widths if each) - 1 == width
    line = laid_out([Cell("x" * 50)] * len(columns), columns, widths)
    assert len(columns) == 1 or sum(cell_len(cell.text) for cell in line) == sum(each + 1 for each in widths if each)


def test_a_lone_cell_takes_the_whole_row() -> None:
    columns = [Column("a", 3), Column("b", 4)]
    assert laid_out([Cell("section")], columns, layout(columns, 8)) == [Cell("section ")]


def test_nothing_hostile_is_left_that_could_move_the_cursor() -> None:
    for text in HOSTILE.values():
        assert printable(text).isprintable()
        assert printable(text) == text or not text.isprintable()


def test_a_cell_in_runs_keeps_their_tones_where_it_fits_and_is_cut_where_it_does_not() -> None:
    bar = in_runs([Cell("██", Tone.GOOD), Cell("▁", Tone.BAD)])
    columns = [Column("a", 4)]
    assert laid_out([bar, Cell("")], [*columns, Column("b", 1)], [4, 1])[:3] == [*bar.runs, Cell("  ")]
    assert laid_out([bar, Cell("")], [*columns, Column("b", 1)], [2, 1])[0] == Cell("█… ")


def test_a_null_in_plain_data_is_an_empty_cell() -> None:
    nothing: Any = None
    assert laid_out([Cell(nothing), Cell("x")], [Column("a", 3), Column("b", 4)], [3, 4]) == [Cell("    "), Cell("x    ")]


@given(st.text(), st.integers(1, 40))
def test_a_long_sentence_is_broken_into_lines_that_fit_and_loses_no_letter(text: str, width: int) -> None:
    lines = wrapped(text, max(width, 2))
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_where_columns_ask_for_too_much_the_growing_ones_give_way() -> None:
    columns = (Column("a", 22, grow=1), Column("b", 14), Column("c", 20, grow=3))
    assert layout(columns, 48) == [16, 14, 16]
    assert sum(layout(columns, 48)) + 2 == 48
    assert layout(columns, 20) == [8, 14, 8], "none below what can be read"


def test_what_a_row_has_no_room_for_is_told() -> None:
    columns = (Column("a", 4), Column("b", 4, from_width=50), Column("c", 4))
    line = (Cell("long enough"), Cell("hidden anyway"), Cell("fits"))
    assert too_long(line, columns, layout(columns, 12)) == [line[0]]
    assert too_long((Cell("a lone text"),), columns, layout(columns, 60)) == []
