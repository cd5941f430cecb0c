"""The text of one subject: a block of lines for each sample name, kept as long as its numbers are the same objects.

Names and labels are written once and kept while a family hands back the same labels tuple; then only numbers are written.
"""

from collections.abc import Iterable, Sequence
from math import inf, isfinite

from wenyam.exporter.snapshot import Exposed
from wenyam.model.instants import Instant
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Family, Labels

PREFIX = "wenyam_"
_PLAIN, _WHOLE_NUMBERS = {int, float}, {int}
_WHOLE = b"%d\n"
_START = b"\xff"
"""A byte that no text in UTF-8 has."""
_EXACT = 2.0**53
"""Whole numbers beyond are written in exponent form, as `repr` does: their last digits mean nothing."""


def escaped(value: str) -> str:
    """Escape a label value as the text format 0.0.4 wants it; what UTF-8 cannot carry becomes `?`."""
    text = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def label_text(labels: Labels) -> str:
    """Write labels as they stand between the braces."""
    return ",".join(f'{name}="{escaped(value)}"' for name, value in labels)


def line_start(name: str, opening: str) -> bytes:
    """Return how every line of a sample begins: its name and the labels that all of them have."""
    text = f"{PREFIX}{name}{{{opening}" if opening else f"{PREFIX}{name}"
    return text.replace("%", "%%").encode()


def line_rest(opening: str, labels: Labels) -> bytes:
    """Return what follows, without the number: `%d` stands where it goes, `_START` where the beginning does."""
    before, after = ("," if opening else "{", "} ") if labels else ("", "} " if opening else " ")
    return _START + f"{before}{label_text(labels)}{after}".replace("%", "%%").encode() + _WHOLE


def number_lines(template: bytes, values: Sequence[float]) -> bytes:
    """Fill in one number for each line of the template: whole ones without `.0`, others in their shortest exact form.

    A line whose number is not finite is left out. Whole numbers are written by `%d`, which costs a fifth of `repr`.
    """
    kinds = {*map(type, values)}
    if kinds == _WHOLE_NUMBERS:
        return template % tuple(values)
    if kinds == {float} and min(values) > -_EXACT and max(values) < _EXACT and all(map(float.is_integer, values)):
        return template % tuple(values)
    if not kinds <= _PLAIN or not isfinite(sum(values)):
        template, values = _finite(template, values)
    # A label cannot hold a bare newline, so what stands before one is always the number.
    return (template.replace(_WHOLE, b"%r\n") % tuple(values)).replace(b".0\n", b"\n")


def _finite(template: bytes, values: Sequence[float]) -> tuple[bytes, list[float]]:
    """Keep the lines whose numbers are finite, and turn these into what is written as digits."""
    lines = template.split(b"\n")[:-1]
    rows = [(line, _plain(value)) for line, value in zip(lines, values, strict=True) if isfinite(value)]
    return b"".join(line + b"\n" for line, _ in rows), [value for _, value in rows]


def _plain(value: float) -> float:
    """Turn subclasses such as bool into what is written as digits."""
    return int(value) if isinstance(value, int) else float(value)


class _Lines:
    """The lines of one sample name of one subject.

    Only the rest of its lines is kept, together with the other names of the same table: whole lines without numbers would be
    as large as the text that is shown.
    """

    __slots__ = ("_kept", "_labels", "_rests", "block")

    def __init__(self) -> None:
        self._labels: tuple[tuple[Labels, ...], ...] = ()
        self._rests = b""
        self._kept: list[int] | None = None
        self.block = b""

    def write(self, opening: str, families: Sequence[Family], neighbours: Iterable["_Lines"]) -> None:
        """Write the block of these families, which all have the same name."""
        labels = tuple(family.labels for family in families)
        if labels != self._labels:
            self._write_rests(opening, families, neighbours)
            self._labels = labels
        values = families[0].values if len(families) == 1 else [value for family in families for value in family.values]
        if self._kept is not None:
            values = [values[index] for index in self._kept]
        self.block = number_lines(self._rests.replace(_START, line_start(families[0].name, opening)), values)

    def _write_rests(self, opening: str, families: Sequence[Family], neighbours: Iterable["_Lines"]) -> None:
        """Write the labels of each row; a row seen before, or with a label its definition does not know, is left out."""
        name = families[0].name
        known = set(SAMPLES[name].labels)
        rows: dict[bytes, int] = {}
        total = 0
        for total, labels in enumerate((row for family in families for row in family.labels), start=1):
            if known.issuperset(label for label, _ in labels):
                rows.setdefault(line_rest(opening, labels), total - 1)
        rests = b"".join(rows)
        self._rests = next((each._rests for each in neighbours if each._rests == rests), rests)  # noqa: SLF001 - its own kind
        self._kept = None if len(rows) == total else list(rows.values())


class SubjectBlocks:
    """All blocks of one subject, by sample name."""

    __slots__ = ("_blocks", "_families", "_labels", "_lines", "_names", "_opening", "_until", "_written")

    def __init__(self, labels: Labels) -> None:
        """Take the labels every series of this subject begins with."""
        self._labels = labels
        self._opening = label_text(labels)
        self._lines: dict[str, _Lines] = {}
        self._blocks: dict[str, bytes] = {}
        self._names: list[str] = []
        self._families: list[Family] = []
        """What was written last, and the names of it in the same order."""
        self._written: Exposed | None = None
        self._until = inf

    def write(self, exposed: Exposed, now: Instant) -> dict[str, bytes]:
        """Return the present blocks; what is no longer read has none. The same `exposed` again costs nothing."""
        if exposed is not self._written or now >= self._until:
            self._write(exposed, now)
            self._until = min((end for end in exposed.expires.values() if end > now), default=inf)
            self._written = exposed
        return self._blocks

    def _write(self, exposed: Exposed, now: Instant) -> None:
        if exposed.labels != self._labels:
            self._labels, self._opening, self._lines, self._names = exposed.labels, label_text(exposed.labels), {}, []
        families = [family for family in present_families(exposed, now) if family.name in SAMPLES]
        names = [family.name for family in families]
        if names == self._names:
            moved = {new.name: new for new, old in zip(families, self._families, strict=True) if new is not old}
        else:
            moved = dict(zip(names, families, strict=True))
            self._lines = {name: self._lines.get(name) or _Lines() for name in moved}
            self._blocks = {}
        self._names = []  # should this come to grief, everything is written anew next time
        for name, family in moved.items():
            alone = names.count(name) == 1
            self._write_lines(name, [family] if alone else [each for each in families if each.name == name])
        self._names, self._families = names, families

    def _write_lines(self, name: str, families: Sequence[Family]) -> None:
        lines = self._lines[name]
        lines.write(self._opening, families, self._lines.values())
        if lines.block:
            self._blocks[name] = lines.block
        else:
            self._blocks.pop(name, None)


def present_families(exposed: Exposed, now: Instant) -> Iterable[Family]:
    """Yield what is true now: nothing from a failed run, nothing past its time."""
    yield from exposed.families
    for job in sorted(exposed.collections):
        reading = exposed.collections[job].reading
        if reading is not None and now < exposed.expires.get(job, now + 1):
            yield from reading.families
