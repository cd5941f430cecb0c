"""How words of a command line are understood: the nearest word for one that is not, numbers within their bounds."""

import argparse
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from wenyam.nearest import did_you_mean

_NO_CHOICE = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)$")
_STRANGE = re.compile(r"unrecognized arguments: (--\S+)")
LAST_PORT = 65535
_FEW = 8
"""So many choices are listed in an error."""


class Parser(argparse.ArgumentParser):
    """A parser that takes no half of an option, and names the nearest word it knows."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what argparse takes."""
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """Say what was not understood on stderr and end with exit code 2."""
        if found := _NO_CHOICE.search(message):
            known = re.findall(r"'([^']*)'", found[2])
            hint = did_you_mean(found[1], known) or (f"; '{self.prog} --help' lists what there is" if len(known) > _FEW else "")
            message = f"{message[: found.start()]}there is no '{found[1]}'{hint}" if hint else message
        elif found := _STRANGE.search(message):
            message += did_you_mean(found[1].partition("=")[0], _options(self))
        super().error(message)


def nested(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of the sub-verbs."""
    for action in parser._actions:  # noqa: SLF001  # argparse offers no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # same
            yield from dict.fromkeys(action.choices.values())


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--config`, before and behind a sub-verb."""
    text = "configuration folder (/etc/wenyam)"
    parser.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FOLDER", help=text)


def number(low: int, high: int, what: str = "a number") -> Callable[[str], int]:
    """Return what reads a whole number within bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not {what} from {low} to {high}")
        return int(text)

    return read


def positive(text: str) -> float:
    """Read a number above nothing, such as a time-out in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return value


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from parser._option_string_actions  # noqa: SLF001  # argparse offers no other way to list them
    for below in nested(parser):
        yield from _options(below)
