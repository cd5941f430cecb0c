"""What a table is, before anything is drawn: columns, and rows by key whose cells are made only when they are looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

from wenyam.i18n.states import SYMBOLS, WORDS
from wenyam.i18n.translate import Translator, mark
from wenyam.model.backup import Verdict
from wenyam.model.states import State

ELLIPSIS = "…"
REPLACED = "�"
_GAP = 1
_NARROWEST = 8
"""Cells below which a column says nothing any more."""


class Tone(StrEnum):
    """What a text means; the theme says how that looks."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    CUT_OFF = "cut-off"
    UNKNOWN = "unknown"


TONES = {
    State.UP: Tone.GOOD,
    State.OK: Tone.GOOD,
    State.WARN: Tone.WARN,
    State.CRIT: Tone.BAD,
    State.DOWN: Tone.BAD,
    State.UNREACHABLE: Tone.CUT_OFF,
    State.UNKNOWN: Tone.UNKNOWN,
}


VERDICTS = {
    Verdict.PASS.value: ("●", mark("PASS"), Tone.GOOD),
    Verdict.FAIL.value: ("✖", mark("FAIL"), Tone.BAD),
    Verdict.NOT_TESTED.value: ("?", mark("NOT TESTED"), Tone.UNKNOWN),
}
"""How a proof is shown: skipped is never a pass."""


class Cell(NamedTuple):
    """A literal text and what it means."""

    text: str
    tone: Tone = Tone.PLAIN
    runs: "tuple[Cell, ...]" = ()
    """The text in parts of different tones, where one is not enough; what does not fit loses them."""


def in_runs(cells: Sequence[Cell]) -> Cell:
    """Return one cell out of several."""
    return Cell("".join(cell.text for cell in cells), runs=tuple(cells))


Line = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its width in cells, and its share of what is left over."""

    title: str
    width: int
    grow: int = 0
    right: bool = False
    from_width: int = 0
    """Shown only where the whole table is at least this wide."""
    drawn: bool = False
    """Holds a drawing that says nothing outside its column."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table now. `cells` is asked only for rows in view, so that ten thousand rows cost what fits on a screen."""

    columns: Sequence[Column]
    keys: Sequence[str]
    cells: Callable[[str], Line]
    empty: str = ""
    """Why there is nothing, as a sentence; every table has one."""


def state_cell(state: State, say: Translator, more: str = "") -> Cell:
    """Return a state as symbol, word and tone."""
    return Cell(f"{SYMBOLS[state][0]} {say(WORDS[state])}{more}", TONES[state])


def verdict_cell(verdict: str, say: Translator) -> Cell:
    """Return a verdict as symbol, word and tone."""
    symbol, word, tone = VERDICTS[verdict]
    return Cell(f"{symbol} {say(word)}", tone)


def printable(text: str) -> str:
    """Return a text in which nothing can move the cursor or turn the direction of writing; a second guard behind `clean`."""
    if not text:  # what comes as plain data may be null, and a null is no reason to go dark at night
        return ""
    return text if text.isprintable() else "".join(each if each.isprintable() else REPLACED for each in text)


def cut(text: str, width: int, *, right: bool = False) -> str:
    """Return a text that fills exactly so many cells of the terminal; Thai marks and wide letters are counted as shown."""
    text = printable(text)
    missing = width - cell_len(text)
    if missing >= 0:
        return " " * missing + text if right else text + " " * missing
    head = fits(text, width - 1)
    return head + (ELLIPSIS if width > 0 else "") + " " * (width - cell_len(head) - 1)


def fits(text: str, width: int) -> str:
    """Return as much of a text as fits, a letter with all its marks or none of it."""
    used = 0
    for number, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width:
            return text[:number]
    return text


def layout(columns: Sequence[Column], width: int) -> list[int]:
    """Return the width of each column, 0 for one that has no room; together they fill the table.

    Where there is less than they ask for, those that grow give way first, the widest of them most.
    """
    shown = [column for column in columns if width >= column.from_width]
    spare = max(0, width - sum(column.width + _GAP for column in shown) + _GAP)
    shares = sum(column.grow for column in shown)
    found, given = [], 0
    for column in columns:
        if width < column.from_width:
            found.append(0)
            continue
        extra = spare * column.grow // shares if shares else 0
        given += extra
        found.append(column.width + extra)
    growing = [number for number, column in enumerate(columns) if found[number] and column.grow]
    if growing:
        found[growing[-1]] += spare - given
        _squeeze(found, growing, sum(size + _GAP for size in found if size) - _GAP - width)
    return found


def _squeeze(widths: list[int], growing: Sequence[int], missing: int) -> None:
    """Take so many cells from the columns that grow, one at a time from the widest, none below what can be read."""
    for _ in range(missing):
        widest = max(growing, key=lambda number: widths[number])
        if widths[widest] <= _NARROWEST:
            return
        widths[widest] -= 1


def too_long(line: Line, columns: Sequence[Column], widths: Sequence[int]) -> list[Cell]:
    """Return the cells of a row that `laid_out` has to cut, of those columns that are shown."""
    if len(line) == 1:
        return [line[0]] if cell_len(line[0].text) > _whole(widths) else []
    return [cell for cell, _, width in zip(line, columns, widths, strict=True) if width and cell_len(cell.text) > width]


def left_out(line: Line, columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    """Return what stands in the columns that have no room at all, each after its title."""
    if len(line) == 1:
        return []
    hidden = [column for column, width in zip(columns, widths, strict=True) if not width]
    cells = [cell for cell, width in zip(line, widths, strict=True) if not width]
    return [
        f"{column.title} {cell.text.strip()}"
        for column, cell in zip(hidden, cells, strict=True)
        if cell.text.strip() and not column.drawn
    ]


def _whole(widths: Sequence[int]) -> int:
    return max(0, sum(width + _GAP for width in widths if width) - _GAP)


def laid_out(line: Line, columns: Sequence[Column], widths: Sequence[int]) -> list[Cell]:
    """Return the cells of a row cut to their columns, with the gaps between them; a lone cell takes the whole row."""
    if len(line) == 1:
        return [Cell(cut(line[0].text, _whole(widths)), line[0].tone)]
    found: list[Cell] = []
    for cell, column, width in zip(line, columns, widths, strict=True):
        if width and cell.runs and (used := cell_len(cell.text)) <= width:
            found += [*cell.runs, Cell(" " * (width - used + _GAP))]
        elif width:
            found.append(Cell(cut(cell.text, width, right=column.right) + " " * _GAP, cell.tone))
    return found
