"""Looking into the database and taking data out of it, for `wenyam db`; reads only."""

import csv
import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from wenyam.errors import UsageError
from wenyam.model.facts import ChainHead
from wenyam.model.instants import Instant, Period, to_iso
from wenyam.store.migrations import statements
from wenyam.store.opening import DATABASE
from wenyam.store.queries import query, read
from wenyam.store.reader import SqliteReader
from wenyam.store.rollups import unpack
from wenyam.store.subjects import Subjects

TIME_COLUMNS = {
    "fact": "at", "seal": "sealed_at", "life": "born", "state": "since", "state_change": "effective", "timeline": "effective",
    "planned_window": "entered_at", "run": "due", "rollup": "hour", "received": "at",
}  # fmt: skip
"""Tables that have a time, and the column by which `--from` and `--to` choose."""
TABLES = (*TIME_COLUMNS, "instance", "subject", "series", "cursor")
"""What may be exported; clear personal values may not."""
_INSTANTS = frozenset({
    "created", "at", "sealed_at", "born", "retired", "since", "failing_since", "observed_at", "effective", "recorded",
    "entered_at", "withdrawn_at", "due", "started", "ended", "hour",
})  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Information:
    """What `wenyam db info` shows."""

    path: Path
    size: int
    """Bytes of the database and its log."""
    free: int
    """Bytes inside the database that wait to be used again."""
    schema: int
    instance: str
    rows: dict[str, int]
    oldest: Instant | None
    newest: Instant | None
    head: ChainHead
    heartbeat: Instant | None


def information(directory: Path, reader: SqliteReader) -> Information:
    """Measure the database."""
    from sqlite_utils import Database  # noqa: PLC0415  # slow to import, and only inspection needs it

    def ask(connection: sqlite3.Connection) -> tuple[dict[str, int], list[Any], list[int]]:
        rows = {name: Database(connection)[name].count for name in sorted(Database(connection).table_names())}
        span = connection.execute("SELECT min(at), max(at) FROM fact").fetchone()
        pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "freelist_count", "page_size")]
        return rows, span, pragmas

    rows, span, (schema, free_pages, page_size) = reader.read(ask)
    path = directory / DATABASE
    files = (path, path.with_name(f"{DATABASE}-wal"))
    size = sum(file.stat().st_size for file in files if file.exists())
    return Information(
        path,
        size,
        free_pages * page_size,
        schema,
        reader.instance(),
        rows,
        span[0],
        span[1],
        reader.head(),
        reader.last_heartbeat(),
    )


def problems(reader: SqliteReader) -> list[str]:
    """Return what is wrong with the file: pages, indices, references, triggers; empty when nothing is."""
    return reader.read(file_problems)


def file_problems(connection: sqlite3.Connection) -> list[str]:
    """Check pages, indices and references, and that every table, index and trigger is there as it was made."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    found += [f"{table} row {row} refers to a row of {parent} that is not there"
              for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check")]  # fmt: skip
    wanted = {_plain(statement) for statement in statements(read("schema.sql"))}
    present = {_plain(row[0]): row[1] for row in connection.execute("SELECT sql, name FROM sqlite_master WHERE sql IS NOT NULL")}
    found += [f"missing or changed: {statement[:60]}" for statement in sorted(wanted - present.keys())]
    found += [f"not ours: {present[statement]}" for statement in sorted(present.keys() - wanted) if "_sqlite" not in statement]
    return found


def _plain(statement: str) -> str:
    """Return a statement as sqlite_master keeps it, but for comments and spaces."""
    lines = (line.partition("--")[0] for line in statement.splitlines())
    return " ".join(" ".join(lines).split()).rstrip("; ")


def export(reader: SqliteReader, table: str, form: str, output: IO[str], period: Period | None = None) -> int:
    """Write a table as `json` or `csv` to a text stream; return the number of rows. UsageError for what cannot be exported."""
    if table not in TABLES:
        raise UsageError(f"no table '{table}' to export; there are: {', '.join(sorted(TABLES))}")
    if period is not None and table not in TIME_COLUMNS:
        raise UsageError(f"'{table}' has no time; leave out --from and --to")
    write: Callable[[Iterable[dict[str, Any]], list[str], IO[str], str], int] = _write_json if form == "json" else _write_csv

    def ask(connection: sqlite3.Connection) -> int:
        from sqlite_utils import Database  # noqa: PLC0415  # slow to import, and only inspection needs it

        source = Database(connection).table(table)
        where, bound = _condition(table, period)
        rows = source.rows_where(where, bound, order_by=",".join(source.pks))
        return write(_readable(connection, rows), [column.name for column in source.columns], output, table)

    return reader.read(ask)


def _condition(table: str, period: Period | None) -> tuple[str | None, list[int]]:
    if period is None:
        return None, []
    return f"{TIME_COLUMNS[table]} >= ? AND {TIME_COLUMNS[table]} < ?", [period.start, period.end]


def _readable(connection: sqlite3.Connection, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Write instants as ISO 8601, numbers of subjects and series as names, bytes as hex, points as numbers."""
    subjects = Subjects()
    subjects.refresh(connection)
    series = {number: f"{device} {name}" for number, device, name in connection.execute(query("series"))}
    for row in rows:
        for column, value in row.items():
            row[column] = _readable_cell(column, value, subjects, series)
        yield row


def _readable_cell(column: str, value: Any, subjects: Subjects, series: dict[int, str]) -> Any:
    if value is None:
        return None
    if column in _INSTANTS:
        return to_iso(Instant(value))
    if column in {"subject", "cause"}:
        return str(subjects.by_number[value])
    if column == "series":
        return series[value]
    if column == "points":
        return [None if math.isnan(point) else point for point in unpack(value)]
    return value.hex() if isinstance(value, bytes) else value


def _write_json(rows: Iterable[dict[str, Any]], columns: list[str], output: IO[str], table: str) -> int:
    output.write(json.dumps({"version": 1, "table": table, "columns": columns}, ensure_ascii=False)[:-1] + ', "rows": [')
    count = 0
    for count, row in enumerate(rows, 1):  # the number of the last row is the result
        output.write(("\n" if count == 1 else ",\n") + json.dumps(row, ensure_ascii=False))
    output.write("\n]}\n")
    return count


def _write_csv(rows: Iterable[dict[str, Any]], columns: list[str], output: IO[str], _table: str) -> int:
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  # the number of the last row is the result
        writer.writerow([_cell(row[column]) for column in columns])
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return (
            " ".join("" if point is None else repr(point) for point in value) if any(point is not None for point in value) else ""
        )
    return guarded(value) if isinstance(value, str) else value


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
