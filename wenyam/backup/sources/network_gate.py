"""The sanity gate: why a text is no whole configuration. It stands between a device and the last good copy. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from wenyam.backup.comparison import shown
from wenyam.backup.sources.network_masks import hidden
from wenyam.links.cli_devices import ERROR, PAGER

_PAGER: Final = re.compile(PAGER)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ERROR: Final = re.compile(ERROR)
_HOST: Final = re.compile(
    r"(?m)^\s*(?:(?:set system )?(?:hostname|sysname|host-name|switchname|set hostname)\s+|/system identity\s+set name=)"
    r"\"?(?P<name>[^\s\";]+)"
)
_LOOKS: Final = r"[\[<]?[\w.@:~/-]*\w[\w.@:~/()-]*[>#$\]%] ?(?:> ?)?"
_PROMPT: Final = re.compile(_LOOKS)
_ASKED: Final = re.compile(
    rf"{_LOOKS}(?:show|display|more|/?export|get|cat|vtysh|exit|quit|logout|enable|terminal|screen-length)\b.*"
)
_KEY_MATERIAL: Final = re.compile(r"[A-Za-z0-9+/=]{24,}")
"""A line of a private key may stand alone, where no word announces it."""
_SHRINK: Final = 0.3
_GROW: Final = 1.0
_FEW: Final = 40


@dataclass(frozen=True, slots=True)
class Gate:
    """What a whole configuration of one job must look like."""

    end: str = ""
    """Pattern of its last line; empty when the family writes none."""
    minimum_lines: int = 10
    shrink: float = _SHRINK
    """Share of the lines of the last good copy that may be gone."""
    grow: float = _GROW
    """Share of the lines of the last good copy that may be new."""
    few: int = _FEW
    """Lines by which any configuration may shrink or grow."""


def problem(text: str, lines: Sequence[str], gate: Gate, last_good: int | None = None) -> str:
    """Say why the text is no configuration; empty when it is one.

    `lines` are those of its masked copy, `last_good` the number of filled ones in the last good one. The line it quotes is
    cleaned and without secrets.
    """
    if not text.strip():
        return "the answer is empty"
    for what, finds in _litter(text):
        found = next(((number, line) for number, line in enumerate(text.split("\n"), 1) if finds(line)), None)
        if found is not None:
            return f"line {found[0]} is {what}: '{_quoted(found[1])}'"
    return _size_problem(lines, gate, last_good)


def _litter(text: str) -> list[tuple[str, Callable[[str], object]]]:
    return [
        ("a pager's text", _PAGER.search),
        ("an error of the device", _ERROR.fullmatch),
        ("no plain text, it has control characters", _CONTROL.search),
        ("a prompt", _prompts(text)),
    ]


def _prompts(text: str) -> Callable[[str], object]:
    """Tell a prompt by the device's own name anywhere, by its look when a command follows, or in the first and the last line."""
    name = _HOST.search(text)
    around = r"(?:\([^)]*\)|:\S*|\.\d+|-\S+)? ?[>#$\]%].*"
    named = rf"[*~ ]{{0,2}}[\[<]?(?:\S+@)?[\[<]?{re.escape(name['name'])}{around}" if name else r"(?!)"
    own = re.compile(named)
    filled = [line for line in text.split("\n") if line.strip()]
    edges = {line for line in (filled[0], filled[-1]) if _PROMPT.fullmatch(line)}
    return lambda line: line in edges or own.fullmatch(line) or _ASKED.fullmatch(line)


def _size_problem(lines: Sequence[str], gate: Gate, last_good: int | None) -> str:
    count = sum(bool(line.strip()) for line in lines)
    last = next((line for line in reversed(lines) if line.strip()), "")
    if gate.end and not re.fullmatch(gate.end, last.rstrip()):
        return f"it does not end as a whole configuration does; its last line is '{_quoted(last)}'"
    if count < gate.minimum_lines:
        return f"it has only {count} lines, at least {gate.minimum_lines} are expected; its last line is '{_quoted(last)}'"
    return "" if last_good is None or within(count, last_good, gate) else unusual(count, last_good)


def within(count: int, usual: int, gate: Gate) -> bool:
    """Tell whether a number of filled lines is inside the band around the usual one."""
    return abs(count - usual) <= gate.few or usual * (1 - gate.shrink) <= count <= usual * (1 + gate.grow)


def unusual(count: int, last_good: int) -> str:
    """Say that a number of lines is outside the band."""
    return f"it has {count} lines, the last good copy {last_good}"


def _quoted(line: str) -> str:
    return shown(_KEY_MATERIAL.sub("…", hidden(line)), 100)
