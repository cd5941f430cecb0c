"""Sections whose entries name a plug-in: the keys that every one of its sort has, and the plug-in's own options."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from wenyam.settings.backup_rules import Part
from wenyam.settings.known import Known, Model
from wenyam.settings.plugin_options import split
from wenyam.settings.problems import Place
from wenyam.settings.tree import Block

_CHOOSERS = ("kind", "source")
"""Keys that name the plug-in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section: its name, the keys that every one of its sort has, and the validated options of its plug-in."""

    name: str
    part: Part
    config: BaseModel | None


Judge = Callable[[str, Block, Place, str], BaseModel | None]


def entries(known: Known, section: str, model: type[Model], judge: Judge) -> Iterator[tuple[Model, Entry]]:
    """Yield the good entries of a section; problems of the others are noted, those of their options too."""
    written = known.section(section)
    for name, value in written.items():
        path, place = f"{section}.{name}", written.at(name)
        known.require_name(name, place, section)
        content = Block(place) if value is None else value
        block, options = split(content, model) if isinstance(content, Block) else (content, Block(place))
        config = _judged(block, options, path, judge)
        found = known.valid(model, block, place, path)
        if found is not None:
            yield found, Entry(name, Part(path, block), config)


def _judged(block: Any, options: Block, path: str, judge: Judge) -> BaseModel | None:
    """Return the options as the plug-in's own model, where it is known which plug-in that is."""
    key = next((key for key in _CHOOSERS if isinstance(block, Block) and isinstance(block.get(key), str)), None)
    return None if key is None else judge(block[key], options, block.at(key), path)
