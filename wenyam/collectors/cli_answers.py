"""A command's answer on its way to rows: an error, a pager, a cut or unknown answer is told and gives no row. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wenyam.collectors.cli_table import Command
from wenyam.collectors.snmp_expressions import Outcome
from wenyam.errors import BudgetSpentError, CommandFailedError, MalformedReplyError
from wenyam.i18n.clean_text import clean, plain_line
from wenyam.links.cli_devices import ERROR, PAGER

Row = Mapping[str, Outcome]
LONGEST_LINE: Final = 600
"""Characters. The terminal is 511 wide."""
MOST_LINES: Final = 20_000
MOST_BYTES: Final = 2 << 20
_PAGER: Final = re.compile(PAGER)
_ERROR: Final = re.compile(ERROR)
_FIELD: Final = re.compile(r"\{(\w+)\}")
_QUOTED: Final = 100


def text_of(command: Command, answer: bytes) -> str:
    """Return the text that the template reads.

    CommandFailedError when the device did not do it, MalformedReplyError for a pager, BudgetSpentError for one too long.
    """
    asked, lines = f"'{command.command}'", _lines(command, answer)
    for line in lines:
        if _PAGER.search(line):
            raise MalformedReplyError(f"the answer to {asked} is cut by the device's pager: '{clean(line, _QUOTED)}'")
        if _ERROR.fullmatch(line):
            raise CommandFailedError(
                f"{asked} was not understood or not allowed: '{clean(line, _QUOTED)}'",
                hint="Where a model has no such command, name it under 'without' of this reading.",
            )
    unknown = None if command.leave_out is None else re.compile(command.leave_out)
    return "\n".join(line for line in lines if unknown is None or not unknown.fullmatch(line))


def rows(command: Command, outcome: Mapping[str, Any]) -> list[Row]:
    """Return what the reader made of a text, as UTF-8 bytes in Latin-1; MalformedReplyError when it was cut or unknown."""
    asked = f"'{command.command}'"
    if "unknown" in outcome:
        line = clean(outcome["unknown"], _QUOTED)
        raise MalformedReplyError(f"a line in the answer to {asked} is not what its template knows: '{line}'")
    found = [_row(outcome["columns"], cells, command.joined) for cells in outcome["rows"]]
    if not found:
        raise MalformedReplyError(f"nothing in the answer to {asked} is what its template knows")
    if command.whole is not None and not any(row.get(command.whole) for row in found):
        raise MalformedReplyError(f"the answer to {asked} was cut: its end ('{command.whole}') is missing")
    return found


def _lines(command: Command, answer: bytes) -> list[str]:
    text = answer.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n", MOST_LINES)
    if len(answer) > MOST_BYTES or len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        limits = f"{MOST_BYTES} bytes or {MOST_LINES} lines, or has a line of more than {LONGEST_LINE} characters"
        raise BudgetSpentError(f"the answer to '{command.command}' is longer than {limits}")
    plain = [plain_line(line) for line in lines]
    return plain if command.keeps_ends else [line.rstrip() for line in plain]


def _row(columns: Sequence[str], cells: Sequence[str], joined: Mapping[str, str]) -> Row:
    row: dict[str, Outcome] = dict(zip(columns, map(_cell, cells), strict=True))
    made = {
        name: _FIELD.sub(lambda field: str(row[field[1]]), form)
        for name, form in joined.items()
        if all(row.get(field) is not None for field in _FIELD.findall(form))
    }
    return {**row, **made}


def _cell(text: str) -> str | None:
    """Empty is absent."""
    return text.encode("utf-8").decode("latin-1") if text.strip() else None
