"""One prepared request of a plan, which remembers its last reply: what is the same as before is not decoded again."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Absent, Reply, Value
from wenyam.links.snmp.layout import Layout
from wenyam.links.snmp.questions import Ask

Piece = list[Value]
"""Values of one column from one reply; the same object while the agent sends the same bytes of the same types."""
Place = tuple[int, int, slice]
"""(slot, column, which of the reply's values belong to that column)."""


@dataclass(frozen=True, slots=True)
class End:
    """The last row of one column: what follows it must be no row of the same column."""

    slot: int
    column: bytes
    name: bytes

    def has_grown(self, name: bytes, value: Value) -> bool:
        """Tell whether what follows is a row that came since."""
        return name.startswith(self.column) and not isinstance(value, Absent) and oids.is_after(name, self.name)


@dataclass(slots=True, eq=False)
class Separate:
    """What a loaded part is made of, for an agent that does not answer it as expected."""

    parts: "list[Part]"
    ends: dict[Ask, list[End]]


@dataclass(slots=True, eq=False)
class Part:
    """A request, the names its reply must hold, and where the values go."""

    ask: Ask
    names: list[bytes]
    places: list[Place]
    ends: tuple[int, Sequence[End]] = (0, ())
    """Where in the reply stands what follows the ends of tables; there any name is as expected that is no new row."""
    separate: Separate | None = None
    """The same as several requests, when a table carries what could also be asked alone."""
    pieces: list[Piece] = field(default_factory=list)
    """Values of the last reply that had the expected names, by place."""
    gone: frozenset[int] = frozenset()
    """Slots of which that reply said that a row is not there any more."""
    _layout: Layout | None = None
    _body: bytes = b""
    _contents: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Read the replies to our request ourselves."""
        self.ask.read = self.read

    def read(self, tag: int, request: int, body: bytes) -> Reply:
        """Read the body of a reply as `codec.read_body` does; a reply as expected has the very object `names` as its names."""
        if tag == codec.RESPONSE and self._follows(body):
            return Reply(tag, request, codec.NO_ERROR, 0, self.names, [])
        reply = codec.read_body(tag, request, body)
        if self.fits(reply):
            self.keep(reply, body)
        return reply

    def fits(self, reply: Reply) -> bool:
        """Tell whether a reply has the expected names."""
        start, ends = self.ends
        if reply.error or not ends:
            return not reply.error and reply.names == self.names
        stop = start + len(ends)
        if len(reply.names) != len(self.names) or any(
            map(End.has_grown, ends, reply.names[start:stop], reply.values[start:stop])
        ):
            return False
        return reply.names[:start] == self.names[:start] and reply.names[stop:] == self.names[stop:]

    def _follows(self, body: bytes) -> bool:
        """Take the values of a body that has the shape of the one before."""
        if self._layout is None:
            # A body that never comes twice in one shape is not worth a layout.
            if len(body) != len(self._body):
                return False
            self._layout = Layout(self._body)
            self._contents, self._body = self._layout.contents(self._body) or (), b""
        contents = self._layout.contents(body)
        if contents is None:
            return False
        if contents != self._contents:
            before, layout = self._contents, self._layout
            self.pieces = [
                piece if contents[where] == before[where] else layout.decode(contents, where)
                for piece, (_, _, where) in zip(self.pieces, self.places, strict=True)
            ]
            self._contents = contents
        return True

    def keep(self, reply: Reply, body: bytes = b"") -> None:
        """Take the values of a reply with the expected names, whatever its shape."""
        reply.names = self.names
        self.pieces = cut(reply.values, self.places)
        self.gone = frozenset(place[0] for place, piece in zip(self.places, self.pieces, strict=True) if _has_gone(piece))
        self._layout, self._contents, self._body = None, (), body


def cut(values: Sequence[Value], places: Sequence[Place]) -> list[Piece]:
    """Give each place its values."""
    return [list(values[where]) for _, _, where in places]


def _has_gone(piece: Piece) -> bool:
    """Tell whether an exact GET answered that a row is not there; NULL is a value that cannot be right, not a missing row."""
    return any(value.__class__ is Absent and value is not Absent.NULL for value in piece)
