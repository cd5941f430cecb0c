"""A report as plain text: columns aligned by what a terminal shows, where Thai vowels and tone marks take no room."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from wenyam.i18n.clean_text import clean
from wenyam.reports.tables import Report, Section, Shape, Table
from wenyam.reports.words import Words

_GAP = "  "
_NOTE_LIMIT = 1000
_LEFT = (Shape.TEXT, Shape.WORD, Shape.INSTANT)


def write(report: Report, words: Words) -> str:
    """Return the report as lines of text."""
    lines = [report.title, "=" * cell_len(report.title), *report.lines]
    for section in report.sections:
        lines += ["", *_section(section, words)]
    return "\n".join(lines) + "\n"


def aligned(table: Table, words: Words) -> Iterator[str]:
    """Yield a table's lines: headings, a rule, rows; its sentence when it is empty. Columns with nothing in them are left out."""
    if not table.rows:
        if table.empty:
            yield table.empty
        return
    told = [number for number in range(len(table.columns)) if any(row[number] is not None for row in table.rows)]
    columns = [table.columns[number] for number in told]
    body = [[words.shaped(row[number], table.columns[number].shape) for number in told] for row in table.rows]
    heads = [column.heading for column in columns]
    widths = [max(map(cell_len, cells)) for cells in zip(heads, *body, strict=True)]
    left = [column.shape in _LEFT for column in columns]
    yield _line(heads, widths, left)
    yield _GAP.join("-" * width for width in widths)
    for row in body:
        yield _line(row, widths, left)


def _section(section: Section, words: Words) -> Iterator[str]:
    if section.title:
        yield section.title
        yield "-" * cell_len(section.title)
    yield from (clean(note, _NOTE_LIMIT) for note in section.notes)
    for table in section.tables:
        yield ""
        if table.title:
            yield table.title
        yield from aligned(table, words)


def _line(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> str:
    padded = []
    for cell, width, at_left in zip(cells, widths, left, strict=True):
        room = " " * (width - cell_len(cell))
        padded.append(cell + room if at_left else room + cell)
    return _GAP.join(padded).rstrip()
