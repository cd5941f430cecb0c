"""The named statements of queries.sql."""

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def _statements() -> dict[str, str]:
    parts = _NAME.split(read("queries.sql"))
    return {name: text.strip().rstrip(";") for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def read(name: str) -> str:
    """Return the text of an SQL file of this room."""
    return (files("wenyam.store") / name).read_text(encoding="utf-8")


def query(name: str) -> str:
    """Return one statement; KeyError when there is none of this name."""
    return _statements()[name]


def names() -> tuple[str, ...]:
    """Return the name of every statement."""
    return tuple(_statements())
