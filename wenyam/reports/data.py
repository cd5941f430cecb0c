"""A report as data: JSON with raw values, and CSV that no spreadsheet can take for formulas."""

import csv
import io

from wenyam.i18n.clean_text import clean, csv_cell
from wenyam.i18n.dates import local_iso
from wenyam.model.instance import AvailabilityRules
from wenyam.model.instants import MILLISECONDS, Instant, to_iso
from wenyam.reports.tables import Cell, Report, Section, Shape, Table
from wenyam.reports.words import Words

VERSION = 1
_NOTE_LIMIT = 1000


def as_json(section: Section) -> dict[str, object]:
    """Return a section's tables by key: each row an object, ratios 0-1, durations in seconds, instants ISO 8601 in UTC."""
    return {table.key: _objects(table) for table in section.tables}


def settings(rules: AvailabilityRules) -> dict[str, object]:
    """Return what the figures depend on."""
    return {
        "count_unreachable": rules.count_unreachable,
        "exclude_planned": rules.exclude_planned,
        "minimum_coverage": rules.minimum_coverage,
        "calendar": "24x7",
        "time_zone": rules.time_zone,
    }


def as_csv(report: Report, words: Words) -> str:
    """Return the report as CSV (RFC 4180): each table under a line with its title, percent and durations as people read them."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([csv_cell(report.title)])
    writer.writerows([csv_cell(line)] for line in report.lines)
    for section in report.sections:
        writer.writerow([])
        if section.title:
            writer.writerow([csv_cell(section.title)])
        writer.writerows([csv_cell(clean(note, _NOTE_LIMIT))] for note in section.notes)
        for table in section.tables:
            writer.writerow([])
            writer.writerows(csv_rows(table, words))
    return written.getvalue()


def csv_rows(table: Table, words: Words) -> list[list[str]]:
    """Return title, headings and rows of one table."""
    rows = [[csv_cell(table.title)]] if table.title else []
    rows.append([csv_cell(column.heading) for column in table.columns])
    rows += [
        [_csv_text(cell, column.shape, words) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows
    ]
    return rows


def _csv_text(value: Cell, shape: Shape, words: Words) -> str:
    if value is None:
        return ""
    if shape is Shape.INSTANT:
        return local_iso(Instant(int(value)), words.time_zone)
    if shape is Shape.BYTES:
        return str(value)
    return csv_cell(words.shaped(value, shape))


def _objects(table: Table) -> list[dict[str, object]]:
    return [
        {column.key: _json_value(cell, column.shape) for cell, column in zip(row, table.columns, strict=True)}
        for row in table.rows
    ]


def _json_value(value: Cell, shape: Shape) -> Cell:
    if value is None:
        return None
    if shape is Shape.INSTANT:
        return to_iso(Instant(int(value)))
    if shape is Shape.DURATION:
        return int(value) / MILLISECONDS
    return clean(value) if isinstance(value, str) else value
