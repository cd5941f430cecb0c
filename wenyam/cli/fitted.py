"""A table that fits its terminal: what is least important moves below its row or goes, and no word is cut without a sign."""

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, OverflowMethod, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_GAP = 2
_INDENT = 2
_LEAST = 20
"""Columns without which a sentence beside the others is not worth reading."""


class FittedTable:
    """Rows under headings; `spare` are the columns that give way, first the first.

    With `sentence` the last column is one: it wraps, or stands below its row together with what gave way. In a screen of a fixed
    height every row keeps to one line, and what does not fit ends in an ellipsis.
    """

    def __init__(self, *headings: str, spare: Sequence[int] = (), sentence: bool = True, one_line: bool = False) -> None:
        """Begin without rows."""
        self._headings, self._spare, self._sentence, self._one_line = headings, spare, sentence, one_line
        self._rows: list[list[Text]] = []

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def add_row(self, *cells: Text | str) -> None:
        """Add a row; text is literal, never markup."""
        self._rows.append([Text(cell) if isinstance(cell, str) else cell for cell in cells])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as the terminal allows."""
        width, last = options.max_width, len(self._headings) - 1
        widths = [self._width(number) for number in range(last + 1)]
        shown = [number for number in range(last + 1) if number != last or not self._sentence]
        wanted = min(widths[last], _LEAST) + _GAP if self._sentence else 0
        shown = self._without_spare(shown, widths, width - (wanted if self._one_line else 0))
        room = width - _total(shown, widths) - _GAP
        if not self._sentence or not widths[last]:
            yield self._table(shown, None, self._rows)
        elif room >= wanted - _GAP:
            yield self._table([*shown, last], room, self._rows)
        elif self._one_line:
            yield self._table(shown, None, self._rows)
        else:
            yield from self._with_sentences_below(shown, _narrowed([widths[number] for number in shown], width))

    def _width(self, number: int) -> int:
        return max(Text(self._headings[number]).cell_len, *(row[number].cell_len for row in self._rows), 0)

    def _without_spare(self, shown: list[int], widths: Sequence[int], width: int) -> list[int]:
        for number in self._spare:
            if _total(shown, widths) <= width:
                break
            shown = [each for each in shown if each != number]
        return shown

    def _table(self, shown: Sequence[int], room: int | None, rows: Sequence[Sequence[Text]]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim")
        last = len(self._headings) - 1
        overflow: OverflowMethod = "ellipsis" if self._one_line else "fold"
        for number in shown:
            most = room if number == last else None
            table.add_column(self._headings[number], no_wrap=self._one_line, overflow=overflow, max_width=most)
        for row in rows:
            table.add_row(*(row[number] for number in shown))
        return table

    def _with_sentences_below(self, shown: Sequence[int], widths: Sequence[int]) -> RenderResult:
        for row in self._rows:
            part = self._table(shown, None, [row])
            for column, width in zip(part.columns, widths, strict=True):
                column.width = width
            part.show_header = row is self._rows[0]
            yield part
            told = [f"{self._headings[number]}: {row[number].plain}" for number in self._spare if self._moved(number, shown, row)]
            below = Text(" · ").join([*map(Text, told), *([row[-1]] if row[-1] else [])])
            if below:
                yield Padding(below, (0, 0, 0, _INDENT))

    def _moved(self, number: int, shown: Sequence[int], row: Sequence[Text]) -> bool:
        return number not in shown and bool(row[number])


def _narrowed(widths: list[int], width: int) -> list[int]:
    """Take what is too much from the widest, whose text then goes on in the next line."""
    found = [*widths]
    excess = sum(found) + _GAP * (len(found) - 1) - width
    widest = found.index(max(found))
    found[widest] = max(1, found[widest] - max(0, excess))
    return found


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[number] for number in shown) + _GAP * max(0, len(shown) - 1)
