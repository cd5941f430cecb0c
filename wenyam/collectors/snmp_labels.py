"""Labels of a table's rows: cleaned text, in the order of the sample's definition, every row its own."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from wenyam.collectors.snmp_expressions import Outcome
from wenyam.collectors.snmp_profile import Label, SampleEntry
from wenyam.i18n.clean_text import clean
from wenyam.links.snmp import oids
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Labels

_LONGEST_SEARCHED = 512

Rows = Sequence[tuple[Mapping[str, Outcome], bytes]]
"""Learnt values and index of each row."""


def row_labels(entry: SampleEntry, rows: Rows) -> tuple[Labels, ...]:
    """Return the labels of each row; rows that would share them get `#index` behind the first (all of them).

    Rows of an aggregate keep what they share: they become one.
    """
    names = SAMPLES[entry.sample].labels
    texts = [tuple(_text(entry.labels.get(name), row, index) for name in names) for row, index in rows]
    if not entry.aggregate and len(set(texts)) < len(texts):
        count = Counter(texts)
        texts = [
            (f"{text[0]}#{oids.index_text(index)}", *text[1:]) if text and count[text] > 1 else text
            for text, (_, index) in zip(texts, rows, strict=True)
        ]
    return tuple(tuple(zip(names, text, strict=True)) for text in texts)


def _text(label: Label | None, row: Mapping[str, Outcome], index: bytes) -> str:
    found = "" if label is None else _found(label, row, index)
    return f"{label.prefix}{found}" if label is not None and found else found


def _found(label: Label, row: Mapping[str, Outcome], index: bytes) -> str:
    if label.text is not None:
        return label.text
    if label.index is not None:
        return _from_index(label.index, index)
    texts = (_stable(cleaned(row.get(column)), label.without) for column in label.columns)
    return next((text for text in texts if text), "")


def _stable(text: str, without: str | None) -> str:
    """Leave out of a name what changes with the state of the thing named."""
    return text if without is None else re.sub(without, "", text[:_LONGEST_SEARCHED]).strip()


def _from_index(how: str | int, index: bytes) -> str:
    arcs = oids.arcs(index) if index else ()
    if isinstance(how, int):
        return str(arcs[how]) if -len(arcs) <= how < len(arcs) else ""
    if how == "all":
        return ".".join(map(str, arcs))
    counted = bool(arcs) and arcs[0] == len(arcs) - 1  # a text of variable length is sent with its length in front
    octets = arcs[1:] if counted else arcs
    return clean(bytes(octets)) if all(arc <= 0xFF for arc in octets) else ".".join(map(str, arcs))  # noqa: PLR2004  # a byte


def cleaned(value: Outcome) -> str:
    """Clean a device's text, which expressions carry as Latin-1."""
    if isinstance(value, str):
        try:
            return clean(value.encode("latin-1"))
        except UnicodeEncodeError:
            return clean(value)
    return "" if value is None else str(value)
