"""A table of several sections that fold: the shape of the screens that tell everything about one thing."""

from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.tui.cells import Cell, Column, Line, Rows, Tone
from wenyam.tui.view_models.look import Look, reason

_SECTION = "section:"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a section."""

    key: str
    line: Line


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a title; one without rows is left out."""

    name: str
    title: str
    entries: Sequence[Entry]
    counted: bool = True
    """Its title says how many there are."""
    more: int = 0
    """How many there are beside those listed; a last row says so."""


def is_section(key: str) -> bool:
    """Tell whether a row is the title of a section."""
    return key.startswith(_SECTION)


def section_of(key: str) -> str:
    """Return the name of the section that a row or a title belongs to."""
    return key.removeprefix(_SECTION).partition(":")[0]


def table(look: Look, columns: Sequence[Column], sections: Sequence[Section], nothing: str) -> Rows:
    """Return the sections as one table; `look.folded` holds the titles that are folded."""
    lines: dict[str, Line] = {}
    for section in sections:
        entries = [entry for entry in section.entries if look.matches(*(cell.text for cell in entry.line))]
        if not entries:
            continue
        key = _SECTION + section.name
        fold = "▸ " if key in look.folded else "▾ "
        count = f" ({len(entries) + section.more})" if section.counted else ""
        lines[key] = (Cell(fold + section.title + count, Tone.STRONG),)
        if key not in look.folded:
            lines.update((f"{section.name}:{entry.key}", entry.line) for entry in entries)
            if section.more:
                lines[f"{section.name}:"] = (Cell("  … " + look.say("{count} more").format(count=section.more), Tone.FAINT),)
    return Rows(columns, list(lines), lines.__getitem__, reason(look, nothing))
