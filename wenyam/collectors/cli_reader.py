"""A program of its own that reads texts by templates: a hostile text keeps a pattern busy for ever, and a program can be killed.

It takes the seconds of a processor that one text may cost, and at its standard input a JSON list of [template, text]. For each it
prints one line of JSON: columns and rows, or the line that the template does not know. A text that takes longer kills it
(SIGPROF), and what it printed before is good.
"""

import json
import resource
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any, Final

from textfsm import TextFSM, TextFSMError

_MEMORY: Final = 1 << 30


class UnknownLineError(ValueError):
    """The template does not know this line."""


def outcome(template: str, text: str) -> dict[str, Any]:
    """Return what is printed about one text."""
    try:
        return {"columns": columns(template), "rows": parsed(template, text)}
    except UnknownLineError as error:
        return {"unknown": str(error)}


def columns(template: str) -> list[str]:
    """Return the columns of a template of ntc-templates, in small letters."""
    return [column.lower() for column in _machine(template).header]


def parsed(template: str, text: str) -> list[list[str]]:
    """Return the rows of a text, of several values the first; UnknownLineError holds the line that the template refuses."""
    machine = _machine(template)
    try:
        found = machine.ParseText(text)
    except TextFSMError as error:
        raise UnknownLineError(str(error).rpartition("Input Line: ")[2].removesuffix(".")) from error
    return [[_first(cell) for cell in row] for row in found]


def _machine(template: str) -> TextFSM:
    package = find_spec("ntc_templates")
    folder = Path(package.origin or "").parent if package is not None else Path()
    return TextFSM(StringIO((folder / "templates" / f"{template}.textfsm").read_text(encoding="utf-8")))


def _first(cell: str | Sequence[str]) -> str:
    return cell if isinstance(cell, str) else next(filter(None, cell), "")


def main() -> None:
    """Read what stands at the standard input."""
    seconds = float(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for template, text in json.load(sys.stdin):
        signal.setitimer(signal.ITIMER_PROF, seconds)  # a handler of Python's would wait for the pattern
        sys.stdout.write(json.dumps(outcome(template, text)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
