"""Recorded devices: .snmprec files (plain or .bz2) read into names and prepared variable bindings, in MIB order."""

import bz2
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from wenyam.links.snmp import codec, oids

_HEXADECIMAL = "x"
_IPV4_BYTES = 4
_NUMBERS = {codec.INTEGER, codec.COUNTER32, codec.GAUGE32, codec.TIME_TICKS, codec.COUNTER64, codec.UNSIGNED32}
_TYPES = {
    "integer": codec.INTEGER, "octets": codec.OCTETS, "text": codec.OCTETS, "null": codec.NULL, "object": codec.OBJECT_ID,
    "address": codec.IP_ADDRESS, "counter32": codec.COUNTER32, "gauge": codec.GAUGE32, "ticks": codec.TIME_TICKS,
    "opaque": codec.OPAQUE, "counter64": codec.COUNTER64, "no_such_instance": 0x81, "no_such_object": 0x80,
}  # fmt: skip
"""Words for `OID=TYPE:VALUE`; the numbers of .snmprec work too."""


@dataclass(slots=True)
class Tree:
    """An agent's values: `names` in MIB order as BER bytes, `bindings[i]` the prepared binding of `names[i]`."""

    names: list[bytes]
    bindings: list[bytes]
    positions: dict[bytes, int] = field(init=False)
    _keys: list[tuple[int, ...]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Index the names."""
        self.positions = {name: position for position, name in enumerate(self.names)}

    def after(self, name: bytes) -> int:
        """Return the position of the first name that follows `name`; len(names) at the end."""
        known = self.positions.get(name)
        if known is not None:
            return known + 1
        if not self._keys:
            self._keys = [oids.arcs(each) for each in self.names]
        return bisect_right(self._keys, oids.arcs(name) if name else ())

    def put(self, name: bytes, binding: bytes) -> None:
        """Set a value, adding the name if it is new."""
        position = self.positions.get(name)
        if position is not None:
            self.bindings[position] = binding
            return
        position = self.after(name)
        self.names.insert(position, name)
        self.bindings.insert(position, binding)
        self._keys = []
        self.__post_init__()

    def remove(self, name: bytes) -> None:
        """Take a value away; nothing happens when it is not there."""
        position = self.positions.get(name)
        if position is not None:
            del self.names[position], self.bindings[position]
            self._keys = []
            self.__post_init__()


def load(path: Path, only: Sequence[str] = (), without: Sequence[str] = (), replace: Iterable[str] = ()) -> Tree:
    """Read a recording; `only` keeps and `without` leaves out subtrees, `replace` changes values (`OID=TYPE:VALUE`)."""
    found = {arcs: (tag, value) for arcs, tag, value in _lines(path, only, without)}
    ordered = sorted(found)
    names = [oids.content(arcs) for arcs in ordered]
    tree = Tree(names, [binding(name, *found[arcs]) for name, arcs in zip(names, ordered, strict=True)])
    for change in replace:
        tree.put(*replacement(change))
    return tree


def _lines(path: Path, only: Sequence[str], without: Sequence[str]) -> Iterator[tuple[tuple[int, ...], int, bytes]]:
    """Yield names, tags and contents; lines that are no values (comments, generators without one) are passed over."""
    wanted = tuple(f"{prefix.strip('.')}." for prefix in only)
    unwanted = tuple(f"{prefix.strip('.')}." for prefix in without)
    with bz2.open(path, "rt", encoding="latin-1") if path.suffix == ".bz2" else path.open(encoding="latin-1") as lines:
        for line in lines:
            if (wanted and not line.startswith(wanted)) or (unwanted and line.startswith(unwanted)):
                continue
            dotted, _, rest = line.rstrip("\r\n").partition("|")
            kind, _, text = rest.partition("|")
            with suppress(ValueError):
                yield tuple(map(int, dotted.split("."))), *_typed(kind, text)


def _typed(kind: str, text: str) -> tuple[int, bytes]:
    """Turn a recording's type and text into tag and content; ValueError when it holds no value."""
    word, _, module = kind.partition(":")
    if module:
        # A generated value stands where it would start.
        text = dict(part.split("=", 1) for part in text.split(",") if "=" in part).get(
            "initial", "0" if module == "numeric" else ""
        )
    hexadecimal = word.endswith(_HEXADECIMAL)
    tag = int(word.removesuffix(_HEXADECIMAL))
    if hexadecimal:
        return tag, bytes.fromhex(text)
    return tag, content(tag, text)


def content(tag: int, text: str) -> bytes:
    """Encode a value's text under its tag; ValueError when it does not fit."""
    if tag in _NUMBERS:
        return codec.integer(int(text))[2:]
    if tag == codec.OBJECT_ID:
        return oids.encode(text)
    if tag == codec.IP_ADDRESS:
        parts = bytes(int(part) for part in text.split("."))
        if len(parts) != _IPV4_BYTES:
            raise ValueError(text)
        return parts
    if tag in (codec.OCTETS, codec.OPAQUE):
        return text.encode("latin-1") if text.isascii() else text.encode()
    return b""


def binding(name: bytes, tag: int, value: bytes) -> bytes:
    """Prepare one variable binding."""
    return codec.tagged(codec.SEQUENCE, codec.tagged(codec.OBJECT_ID, name) + codec.tagged(tag, value))


def replacement(change: str) -> tuple[bytes, bytes]:
    """Read `OID=TYPE:VALUE`; TYPE is a word (integer, gauge, text …), a number of .snmprec, or that with `x` for hexadecimal."""
    dotted, equals, rest = change.partition("=")
    word, colon, text = rest.partition(":")
    if not equals or not colon:
        raise ValueError(f"'{change}' is not OID=TYPE:VALUE")
    name = oids.encode(dotted)
    if word in _TYPES:
        return name, binding(name, _TYPES[word], content(_TYPES[word], text))
    return name, binding(name, *_typed(word, text))


def line(name: bytes, tag: int, value: bytes) -> str:
    """Write one value as a recording has it: numbers, names and addresses as text, all else in hexadecimal."""
    if tag in _NUMBERS:
        text, mark = str(int.from_bytes(value, "big", signed=tag == codec.INTEGER)), ""
    elif tag == codec.OBJECT_ID:
        text, mark = oids.decode(value), ""
    elif tag == codec.IP_ADDRESS and len(value) == _IPV4_BYTES:
        text, mark = ".".join(map(str, value)), ""
    else:
        text, mark = value.hex(), _HEXADECIMAL if value else ""
    return f"{oids.decode(name)}|{tag}{mark}|{text}\n"
