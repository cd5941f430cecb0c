import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.i18n.clean_text import clean, csv_cell, plain_line


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("core-switch", "core-switch"),
        ("  two\t words\r\n here ", "two words here"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x9b31mred", "red"),
        ("bell\x07", "bell"),
        ("a\x00b", "ab"),
        ("abc\u202ecba", "abccba"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("ห้องเครื่องแม่ข่าย", "ห้องเครื่องแม่ข่าย"),
        ("น้ำ\u200bไฟ", "น้ำไฟ"),
        ("line\u2028separator", "line separator"),
        ("no\u00a0break", "no break"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        (b"\xff\xfeok", "��ok"),
        (b"caf\xc3\xa9", "café"),
        ("\ud800lone surrogate", "lone surrogate"),
        ("rtr[/]", "rtr[/]"),
        ("", ""),
    ],
)
def test_text_is_cleaned_to_one_harmless_line(dirty: str | bytes, expected: str) -> None:
    assert clean(dirty) == expected


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        (" Gi0/1    up   up ", " Gi0/1    up   up "),
        ("\tชั้น 3 ฅๅ\t\tup", " ชั้น 3 ฅๅ  up"),
        ("\x1b[1mname\x1b[0m   \x1b]0;owned\x07ok\x07\x00", "name   ok"),
        ("one\u2028two\x85three\u202e", "one two three"),
    ],
)
def test_a_line_of_a_device_keeps_its_spaces_and_nothing_that_acts(dirty: str, expected: str) -> None:
    assert plain_line(dirty) == expected


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert clean("x" * 300) == "x" * 254 + "…"
    assert clean("abcdef", limit=4) == "abc…"
    assert clean("abcd", limit=4) == "abcd"
    assert clean("abcd", limit=1) == "…"
    assert clean("abcd", limit=0) == ""


def test_a_pile_of_marks_is_flattened_and_thai_tone_marks_stay() -> None:
    assert clean("z" + "\u0336" * 50) == "z" + "\u0336" * 4
    assert clean("ที่ดี่") == "ที่ดี่"
    assert clean("\u0e48ก") == "ก"


def test_a_hostile_megabyte_is_cut_before_it_is_composed() -> None:
    assert len(clean("\u0301" * 1_000_000 + "end")) <= 255


@given(st.one_of(st.text(alphabet=st.characters()), st.binary()), st.integers(min_value=0, max_value=300))
def test_whatever_comes_in_a_short_printable_line_comes_out(dirty: str | bytes, limit: int) -> None:
    cleaned = clean(dirty, limit)
    assert len(cleaned) <= limit
    assert cleaned == cleaned.strip() == unicodedata.normalize("NFC", cleaned)
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert clean(cleaned, limit) == cleaned
    cleaned.encode()


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "  =1", "|calc", "＝1"])
def test_a_formula_becomes_text_in_a_spreadsheet(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["core", "-12.5", "+3", "95.48", "a=b", "", "ก"])
def test_plain_text_and_numbers_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == text


@given(st.text())
def test_no_cell_starts_as_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = csv_cell(text).lstrip(" ")
    if cell[:1] in "+-" and cell:
        float(cell)
    assert cell[:1] not in ("=", "@", "\t", "\r")
