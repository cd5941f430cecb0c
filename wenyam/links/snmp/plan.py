"""A reading that was learnt: every request of the next poll, prepared, sent in one burst, checked by comparing whole lists.

While an agent's rows stay the same, the names in its replies are known beforehand; a reply with exactly these names needs no
further guard. Anything else marks the table as changed, and the caller walks it afresh with the full guard.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, groupby

from wenyam.errors import CollectError
from wenyam.links.snmp import codec
from wenyam.links.snmp.codec import Reply, Value
from wenyam.links.snmp.part import End, Part, Piece, Place, Separate, cut
from wenyam.links.snmp.questions import NAMES_PER_PACKET, Ask, agent_error, bulk, following, get, refusal

BYTES_PER_PACKET = 1_400
"""What a reply may hold: agents cut it at the 1,472 bytes that travel without fragments, or do not send it at all."""

FEWEST_FOR_BULK = 6
"""Rows below which exact GETs, packed together with other small tables, cost fewer packets."""


_OF_A_VALUE = 12
"""Bytes of a binding beside its name: headers, and a 64-bit counter at its longest."""

_OF_A_TEXT = 32
"""Bytes left for the text of a scalar."""

_INSTANCE = b"\0"
"""What the name of a scalar ends with."""


@dataclass(slots=True)
class Plan:
    """Slots (scalars or tables) and the packets that read them. Slot numbers are the caller's handles."""

    bulk: bool = True
    values_per_packet: int = NAMES_PER_PACKET
    loaded: bool = True
    """A table may carry scalars and ends in the same packet; False for an agent that does not answer such packets well."""
    widths: dict[int, int] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    ends: dict[Ask, list[End]] = field(default_factory=dict)
    """By request: where tables end."""
    _loose: list[tuple[bytes, int, int]] = field(default_factory=list)
    _watched: list[End] = field(default_factory=list)
    _assembled: list[list[Piece]] = field(default_factory=list)
    """The pieces by part which `_values` were put together from."""
    _values: dict[int, list[list[Value]]] = field(default_factory=dict)
    _sources: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)
    """By slot and column: the parts and places its values come from."""

    def watch(self, slot: int, column: bytes, last: bytes) -> None:
        """Ask at every poll what follows the last row of this column, so that a row that is added is noticed at once."""
        self._watched.append(End(slot, column, column + last))

    def add(self, slot: int, columns: Sequence[bytes], indices: Sequence[Sequence[bytes]], *, dense: bool = True) -> None:
        """Add a slot: column prefixes, and for each column the indices of its rows. Scalars are columns with one index.

        `dense` says that these are all rows the agent has, so that GETBULK can run over them.
        """
        self.widths[slot] = len(columns)
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for position, rows in enumerate(indices):
            groups.setdefault(tuple(rows), []).append(position)
        for rows, positions in groups.items():
            if self.bulk and dense and len(rows) >= FEWEST_FOR_BULK:
                self._add_bulk(slot, columns, rows, positions)
            else:
                self._loose += [(columns[position] + row, slot, position) for position in positions for row in rows]

    def _add_bulk(self, slot: int, columns: Sequence[bytes], rows: tuple[bytes, ...], positions: list[int]) -> None:
        """Cut rows into GETBULKs that start at the row before; each asks for exactly the rows it will get."""
        longest = max(map(len, rows)) + max(len(columns[position]) for position in positions) + _OF_A_VALUE
        limit = max(1, min(self.values_per_packet, BYTES_PER_PACKET // longest))
        for start in range(0, len(positions), limit):
            together = positions[start : start + limit]
            height = max(1, limit // len(together))
            for top in range(0, len(rows), height):
                chunk = rows[top : top + height]
                before = rows[top - 1] if top else b""
                ask = bulk([columns[position] + before for position in together], len(chunk))
                names = [columns[position] + row for row in chunk for position in together]
                places = [(slot, position, slice(offset, None, len(together))) for offset, position in enumerate(together)]
                self.parts.append(Part(ask, names, places))

    def seal(self) -> "Plan":
        """Pack what is left into GETs; call once, after the last `add`."""
        separate = Separate(self._packed_gets(), self._packed_ends())
        carrier = self._carrier()
        if carrier is None:
            self.parts += separate.parts
            self.ends = separate.ends
        else:
            self.parts[carrier] = self._loaded(self.parts[carrier], separate)
        self._loose, self._watched = [], []
        return self

    def _packed_gets(self) -> list[Part]:
        limit = self._limit([name for name, _, _ in self._loose])
        packets = [self._loose[start : start + limit] for start in range(0, len(self._loose), limit)]
        return [
            Part(get(names), names, _runs([(slot, column) for _, slot, column in packet]))
            for packet, names in ((packet, [name for name, _, _ in packet]) for packet in packets)
        ]

    def _packed_ends(self) -> dict[Ask, list[End]]:
        limit = self._limit([end.name for end in self._watched])
        packets = [self._watched[start : start + limit] for start in range(0, len(self._watched), limit)]
        return {_after(ends): ends for ends in packets}

    def _limit(self, names: Sequence[bytes]) -> int:
        longest = max(map(len, names), default=0) + _OF_A_VALUE
        return max(1, min(self.values_per_packet, BYTES_PER_PACKET // longest))

    def _carrier(self) -> int | None:
        """Return which part of a table has room for everything that is asked once; None when it must go alone."""
        if not self.loaded or not all(name.endswith(_INSTANCE) for name, _, _ in self._loose):
            return None
        names = [name for name, _, _ in self._loose] + [end.name for end in self._watched]
        bulks = [position for position, part in enumerate(self.parts) if part.ask.tag == codec.BULK]
        smallest = min(bulks, key=lambda position: len(self.parts[position].names), default=None)
        if smallest is None or not names:
            return None
        together = names + self.parts[smallest].names
        size = sum(map(len, together)) + _OF_A_VALUE * len(together) + _OF_A_TEXT * len(self._loose)
        return smallest if size <= BYTES_PER_PACKET and len(together) <= self.values_per_packet else None

    def _loaded(self, part: Part, separate: Separate) -> Part:
        """Have a part of a table carry the scalars and the ends; each of them is asked by what comes before it."""
        scalars, ends = [name for name, _, _ in self._loose], [end.name for end in self._watched]
        once = len(scalars) + len(ends)
        before = [name.removesuffix(_INSTANCE) for name in scalars]
        ask = bulk([*before, *ends, *part.ask.names], part.ask.repetitions, once=once)
        places = _runs([(slot, column) for _, slot, column in self._loose])
        places += [(slot, column, slice(once + where.start, None, where.step)) for slot, column, where in part.places]
        names = [*scalars, *ends, *part.names]
        return Part(ask, names, places, (len(scalars), list(self._watched)), Separate([part, *separate.parts], separate.ends))

    def assembled(self) -> dict[int, list[list[Value]]]:
        """Return the values by slot and column when every part was answered; what did not change is the same object as before."""
        if not self._assembled:
            self._begin_to_assemble()
        changed: set[tuple[int, int]] = set()
        for position, (part, known) in enumerate(zip(self.parts, self._assembled, strict=True)):
            if part.pieces is not known:
                before: Sequence[Piece | None] = known or [None] * len(part.pieces)
                places = zip(part.places, part.pieces, before, strict=True)
                changed.update((slot, column) for (slot, column, _), piece, old in places if piece is not old)
                self._assembled[position] = part.pieces
        for slot, column in changed:
            pieces = [self._assembled[part][place] for part, place in self._sources[slot, column]]
            self._values[slot][column] = pieces[0] if len(pieces) == 1 else list(chain.from_iterable(pieces))
        return self._values

    def _begin_to_assemble(self) -> None:
        self._assembled = [[] for _ in self.parts]
        self._values = {slot: [[] for _ in range(width)] for slot, width in self.widths.items()}
        for position, part in enumerate(self.parts):
            for place, (slot, column, _) in enumerate(part.places):
                self._sources.setdefault((slot, column), []).append((position, place))


class PlannedRead:
    """A question: everything of a plan in one round, and a second one for what an agent cut short."""

    def __init__(self, plan: Plan) -> None:
        """Take a sealed plan, which may be read any number of times."""
        self.changed: dict[int, CollectError | None] = {}
        """Slots whose names were not the expected ones, with what the agent said if it refused."""
        self.failed: dict[int, CollectError] = {}
        """Slots of which a packet was not answered."""
        self.gone: set[int] = set()
        """Slots of which an exact GET said that a row is not there."""
        self.cut_short = False
        """True when the agent could not fit a packet: plan smaller ones."""
        self.unloaded = False
        """True when a table with something to carry was not answered as expected."""
        self._plan = plan
        self._parts = list(plan.parts)
        self._open = {part.ask: part for part in plan.parts}
        self._ends = dict(plan.ends)
        self._pieces: dict[Ask, list[Piece]] = {}

    def asks(self) -> Sequence[Ask]:
        """Return every request at once, then the rests of what was cut short."""
        return [*self._open, *self._ends]

    def take(self, ask: Ask, reply: Reply) -> None:
        """Keep the values when the names are the expected ones."""
        if ask in self._ends:
            self._look_behind(self._ends.pop(ask), reply)
            return
        part = self._open.pop(ask)
        if reply.names is part.names or part.fits(reply):
            if reply.names is not part.names:
                part.keep(reply)
            self._pieces[ask] = part.pieces
            self.gone |= part.gone
        elif part.separate is not None:
            self._separate(part, part.separate)
        elif not self._shorten(part, reply):
            trouble = _trouble(ask, reply)
            for slot, _, _ in part.places:
                self.changed.setdefault(slot, trouble)

    def _separate(self, part: Part, separate: Separate) -> None:
        """Ask again, each thing alone: either something has changed, or the agent cannot answer the whole."""
        self.unloaded = True
        whole = self._parts.index(part)
        self._parts[whole : whole + 1] = separate.parts
        self._open.update({each.ask: each for each in separate.parts})
        self._ends.update(separate.ends)

    def _look_behind(self, ends: list[End], reply: Reply) -> None:
        """Note tables that have grown. An agent that cannot say leaves it to the next time the device is learnt."""
        culprit = reply.error_index - 1
        if reply.error == codec.NO_SUCH_NAME and 0 <= culprit < len(ends):
            rest = ends[:culprit] + ends[culprit + 1 :]  # version 1: nothing follows this one (RFC 1157, 4.1.3)
            if rest:
                self._ends[_after(rest)] = rest
        elif not reply.error and len(reply.names) == len(ends):
            for end, name, value in zip(ends, reply.names, reply.values, strict=True):
                if end.has_grown(name, value):
                    self.changed.setdefault(end.slot, None)

    def _shorten(self, part: Part, reply: Reply) -> bool:
        """Ask again for less: the rest after whole rows that fitted, or two halves after tooBig."""
        width = len(part.ask.names) if part.ask.tag == codec.BULK else 1
        fitted = len(reply.names) // width * width
        if reply.error == codec.TOO_BIG and len(part.names) > width:
            fitted = 0
        elif reply.error or not fitted or reply.names[:fitted] != part.names[:fitted] or fitted >= len(part.names):
            return False
        self.cut_short = True
        whole = self._parts.index(part)
        if fitted:
            pieces = [(0, fitted), (fitted, len(part.names))]
        else:
            middle = max(width, len(part.names) // 2 // width * width)
            pieces = [(0, middle), (middle, len(part.names))]
        halves = [_piece(part, start, stop, width) for start, stop in pieces]
        self._parts[whole : whole + 1] = halves
        if fitted:
            self._pieces[halves[0].ask] = cut(reply.values[:fitted], halves[0].places)
        self._open.update({half.ask: half for half in halves if half.ask not in self._pieces})
        return True

    def fail(self, ask: Ask, error: CollectError) -> None:
        """Keep the failure for every slot of the packet."""
        if self._ends.pop(ask, None) is not None:
            return
        part = self._open.pop(ask)
        if part.separate is not None and not part.pieces:
            self._separate(part, part.separate)  # nobody has seen yet that this agent answers such packets
            return
        for slot, _, _ in part.places:
            self.failed.setdefault(slot, error)

    @cached_property
    def values(self) -> dict[int, list[list[Value]]]:
        """By slot and column, once all was asked; complete unless the slot is in `changed` or `failed`."""
        if len(self._pieces) == len(self._parts) and self._parts == self._plan.parts:
            return self._plan.assembled()
        gathered: dict[int, list[list[Value]]] = {slot: [[] for _ in range(width)] for slot, width in self._plan.widths.items()}
        for part in self._parts:
            for (slot, column, _), piece in zip(part.places, self._pieces.get(part.ask, ()), strict=False):
                gathered[slot][column] += piece
        return gathered

    @property
    def silent(self) -> CollectError | None:
        """The failure, when not one packet was answered."""
        if self._pieces or self.changed or not self.failed:
            return None
        return next(iter(self.failed.values()))


def _runs(owners: Sequence[tuple[int, int]]) -> list[Place]:
    """Return whose the values of a GET are, by runs of one slot and column."""
    places: list[Place] = []
    for (slot, column), run in groupby(enumerate(owners), operator.itemgetter(1)):
        positions = [position for position, _ in run]
        places.append((slot, column, slice(positions[0], positions[-1] + 1)))
    return places


def _after(ends: list[End]) -> Ask:
    return following([end.name for end in ends])


def _piece(part: Part, start: int, stop: int, width: int) -> Part:
    """Cut a prepared request at whole rows."""
    names = part.names[start:stop]
    if part.ask.tag == codec.BULK:
        before = part.names[start - width : start] if start else part.ask.names
        return Part(bulk(before, len(names) // width), names, part.places)
    owners = [(slot, column) for slot, column, where in part.places for _ in range(where.start, where.stop)]
    return Part(get(names), names, _runs(owners[start:stop]))


def _trouble(ask: Ask, reply: Reply) -> CollectError | None:
    """Say what is wrong with a reply of other names; None when rows have just come or gone."""
    if reply.error and reply.error != codec.NO_SUCH_NAME:
        return agent_error(reply, ask)
    return refusal(ask, reply) if not reply.names or ask.tag == codec.GET else None
