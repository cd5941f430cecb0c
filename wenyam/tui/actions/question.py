"""What a dialog asks, before anything is drawn: sentences, fields to fill in, and what is done on yes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenyam.tui.cells import Line

Act = Callable[[dict[str, Any]], dict[str, Any]]
"""Has the watcher do something and returns its answer; a WenyamError is its refusal."""
Given = Mapping[str, str]
"""What was typed, by field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One text to be typed."""

    name: str
    words: str
    value: str = ""
    needed: bool = False
    choices: Sequence[str] = ()
    """What is offered while somebody types; anything may be typed."""


@dataclass(frozen=True, slots=True)
class Question:
    """One act that is asked about first."""

    title: str
    lines: Sequence[Line]
    yes: str
    """The word of the key that does it."""
    act: Callable[[Given], str]
    """Does it, in a thread, and returns the sentence that tells of it; a WenyamError stays in the dialog."""
    fields: Sequence[Field] = ()
    then: "Callable[[str], Question] | None" = None
    """What is asked next, about what the act returned."""
