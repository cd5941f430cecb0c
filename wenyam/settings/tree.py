"""YAML text as plain values that remember their lines. Built from parser events: no tag, no object, no unbounded alias."""

import re
from collections.abc import Container, Iterator
from typing import Any

from wenyam.settings import events
from wenyam.settings.problems import Findings, Place

_DEEPEST = 16
_MOST_ALIASED = 20_000
"""Values that aliases may repeat in one file: a few hundred devices sharing a block, not a billion laughs."""

_VALUES = frozenset((events.ALIAS, events.SCALAR, events.BLOCK, events.ROWS))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FRACTION = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}([eE][-+]?[0-9]{1,2})?")


class Block(dict[str, Any]):
    """A mapping that knows the place of itself and of each key."""

    __slots__ = ("dropped", "place", "places")

    def __init__(self, place: Place) -> None:
        """Start empty at this place."""
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}
        self.dropped: frozenset[str] = frozenset()
        """Keys whose values were refused; they are written, so nobody calls them missing."""

    def put(self, key: str, value: Any, place: Place) -> None:
        """Set a key and its place."""
        self[key] = value
        self.places[key] = place

    def at(self, key: str) -> Place:
        """Return where the key stands, or where this block begins."""
        return self.places.get(key, self.place)

    def without(self, keys: Container[str]) -> "Block":
        """Return this block without some keys."""
        rest = Block(self.place)
        for key, value in self.items():
            if key not in keys:
                rest.put(key, value, self.places[key])
        return rest


class Rows(list[Any]):
    """A list that knows the place of itself and of each item."""

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        """Start empty at this place."""
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def put(self, value: Any, place: Place) -> None:
        """Append an item and its place."""
        self.append(value)
        self.places.append(place)


def overlay(base: Block, over: Block) -> Block:
    """Return base with the keys of over laid on it, blocks into blocks; neither is changed."""
    merged = Block(over.place)
    for key, value in base.items():
        merged.put(key, value, base.at(key))
    for key, value in over.items():
        known = base.get(key)
        if isinstance(known, Block) and isinstance(value, Block):
            value = overlay(known, value)  # noqa: PLW2901  # the laid one takes its place
        merged.put(key, value, over.at(key))
    return merged


class _NotUnderstoodError(Exception):
    """Reading this file cannot go on."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


def read_yaml(text: str, file: str, findings: Findings) -> Block | None:
    """Return the file's top-level block, or None when the text is not understood (noted) or says nothing."""
    quickly = _quickly(text, file)
    return _thoroughly(text, file, findings) if quickly is None else quickly


def _quickly(text: str, file: str) -> Block | None:
    """Read what is sound; None for what has any problem, so that one parser finds the words for all of them."""
    findings = Findings()
    try:
        block = _Builder(events.quick(text), file, findings).document()
    except (events.NotQuickError, _NotUnderstoodError):
        return None
    return None if findings.problems else block


def _thoroughly(text: str, file: str, findings: Findings) -> Block | None:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415  # only for what is not sound
    from ruamel.yaml.reader import ReaderError  # noqa: PLC0415  # as above

    try:
        return _Builder(events.thorough(text), file, findings).document()
    except _NotUnderstoodError as error:
        findings.problem(Place(file, error.line), error.sentence)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        findings.problem(Place(file, line), "a control character that YAML does not allow; remove it")
    except MarkedYAMLError as error:
        findings.problem(*_syntax(error, text, file))
    except YAMLError:
        findings.problem(Place(file), "is not YAML")
    return None


_SENTENCES = (
    ("unexpected end of stream", "a quote is opened here and never closed"),
    ("could not find expected ':'", "a key without ':'"),
    ("mapping values are not allowed", "': ' where none can be; is the indentation right, or must the text stand in quotes?"),
    ("flow mapping", "'{' is opened here and not closed, or a comma is missing"),
    ("flow sequence", "'[' is opened here and not closed, or a comma is missing"),
    ("expected <block end>", "the indentation does not fit the lines above, or something follows a text in quotes"),
    ("node content", "a value expected"),
    ("cannot start any token", "text that begins with '%', '@' or '`' must stand in quotes"),
    ("YAML document", "lines that begin with '%' are not understood"),
    ("escape", "an unknown escape in double quotes; use single quotes, or write '\\\\' for one backslash"),
)
"""The parser's words and ours. What the parser read is never repeated: it may be a secret."""


def _syntax(error: Any, text: str, file: str) -> tuple[Place, str]:
    said = f"{error.context} {error.problem}"
    sentence = next((ours for theirs, ours in _SENTENCES if theirs in said), "the text is not understood here")
    opened_here = sentence.endswith(("never closed", "comma is missing"))
    mark = (error.context_mark if opened_here else error.problem_mark) or error.problem_mark
    line = mark.line if mark is not None else 0
    rows = text.split("\n")
    indentation = re.match(r"\s*", rows[line]) if line < len(rows) else None
    if "'\\t'" in said or (indentation is not None and "\t" in indentation.group()):
        sentence = "a tab; YAML is indented with spaces only"
    return Place(file, line + 1), f"is not YAML: {sentence}"


class _Builder:
    """Turns the events of one file into blocks, rows and scalars."""

    def __init__(self, parsed: Iterator[Any], file: str, findings: Findings) -> None:
        self._events = parsed
        self._file = file
        self._findings = findings
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._size = 0

    def document(self) -> Block | None:
        """Build the one document of the file."""
        root: Any = None
        documents = 0
        for event in self._events:
            kind = events.kind(event)
            if kind == events.DOCUMENT:
                documents += 1
                if documents > 1:
                    raise _NotUnderstoodError(
                        event.start_mark.line + 1, "a second document begins here ('---'); use one per file"
                    )
            elif kind in _VALUES:
                root = self._value(event, self._place(event), 0)
        if root is None:
            return None
        if not isinstance(root, Block):
            raise _NotUnderstoodError(1, "a block of keys expected at the top, such as 'devices:'")
        return root

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1)

    def _value(self, event: Any, place: Place, depth: int) -> Any:
        line = event.start_mark.line + 1
        if events.kind(event) == events.ALIAS:
            return self._alias(event.anchor, line)
        if depth > _DEEPEST:
            raise _NotUnderstoodError(line, f"nested deeper than {_DEEPEST} levels")
        if (tag := _tag(event)) is not None and tag != "!":
            raise _NotUnderstoodError(line, "tags are not understood; text that begins with '!' must stand in quotes")
        before = self._size
        self._size += 1
        value = self._untagged(event, place, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._size - before)
        return value

    def _untagged(self, event: Any, place: Place, depth: int) -> Any:
        kind = events.kind(event)
        if kind == events.BLOCK:
            return self._block(place, depth)
        if kind == events.ROWS:
            return self._rows(place, depth)
        return _scalar(event)

    def _alias(self, anchor: str, line: int) -> Any:
        if anchor not in self._anchors:
            raise _NotUnderstoodError(line, "an alias without its anchor; text that begins with '*' must stand in quotes")
        value, size = self._anchors[anchor]
        self._aliased += size
        self._size += size
        if self._aliased > _MOST_ALIASED:
            raise _NotUnderstoodError(
                line, f"aliases repeat more than {_MOST_ALIASED:,} values; write a table (devices.csv) or 'kinds:'"
            )
        return value

    def _block(self, place: Place, depth: int) -> Block:
        block = Block(place)
        for event in self._events:
            kind = events.kind(event)
            if kind == events.BLOCK_END:
                break
            if kind != events.SCALAR:
                raise _NotUnderstoodError(event.start_mark.line + 1, "a key must be plain text")
            key, where = str(event.value), self._place(event)
            value = self._value(next(self._events), where, depth + 1)
            if key in block:
                self._findings.problem(where, f"key '{key}' is written twice; first in line {block.places[key].line}")
                continue
            block.put(key, value, where)
        return block

    def _rows(self, place: Place, depth: int) -> Rows:
        rows = Rows(place)
        for event in self._events:
            if events.kind(event) == events.ROWS_END:
                break
            where = self._place(event)
            rows.put(self._value(event, where, depth + 1), where)
        return rows


def _tag(event: Any) -> str | None:
    return getattr(event, "tag", None)


def _scalar(event: Any) -> str | int | float | bool | None:
    text = str(event.value)
    if event.style not in (None, "") or _tag(event) is not None:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _FRACTION.fullmatch(text) else text
