"""Parser events of YAML text: those of libyaml, which is C, where it says what ruamel.yaml says; else ruamel.yaml's."""

import re
from collections.abc import Iterator
from typing import Any

ALIAS, SCALAR, DOCUMENT = "AliasEvent", "ScalarEvent", "DocumentStartEvent"
BLOCK, BLOCK_END, ROWS, ROWS_END = "MappingStartEvent", "MappingEndEvent", "SequenceStartEvent", "SequenceEndEvent"
"""Both libraries call the classes of their events so."""
_ALIKE = re.compile("[\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
"""Characters that YAML 1.1 and 1.2 take in the same way: no tab, no other line break than \\n, no mark of byte order."""
_RARE = re.compile(r"^(%|\.\.\.)", re.MULTILINE)
"""Directives, and ends of documents that are written."""
_BLOCK_TEXTS = frozenset("|>")


class NotQuickError(Exception):
    """libyaml is not here, or might not say the same."""


def kind(event: Any) -> str:
    """Return which of the events above it is."""
    return type(event).__name__


def quick(text: str) -> Iterator[Any]:
    """Return libyaml's events; NotQuickError, at once or from the iterator, for text that ruamel.yaml must judge."""
    if not _ALIKE.fullmatch(text) or _RARE.search(text):
        raise NotQuickError
    try:
        from yaml.cyaml import CParser  # noqa: PLC0415  # PyYAML can be built without it
    except ImportError as error:
        raise NotQuickError from error
    return _events(CParser(text))


def _events(parser: Any) -> Iterator[Any]:
    from yaml import YAMLError  # noqa: PLC0415  # loaded with the parser

    try:
        while parser.check_event():
            event = parser.get_event()
            if getattr(event, "style", None) in _BLOCK_TEXTS:
                raise NotQuickError  # their blank first lines and comments are counted otherwise
            yield event
    except YAMLError as error:
        raise NotQuickError from error


def thorough(text: str) -> Iterator[Any]:
    """Return ruamel.yaml's events; its errors come from the iterator."""
    from ruamel.yaml import YAML  # noqa: PLC0415  # most files never need it

    events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))
    return events
