"""A reading that was learnt: every request of the next poll, prepared, sent in one burst, checked by comparing whole lists.

While an agent's rows stay the same, the names in its replies are known beforehand; a reply with exactly these names needs no
further guard. Anything else marks the table as changed, and the caller walks it afresh with the full guard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wenyam.errors import CollectError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Absent, Reply, Value
from wenyam.links.snmp.questions import NAMES_PER_PACKET, Ask, agent_error, bulk, following, get, refusal

BYTES_PER_PACKET = 1_400
"""What a reply may hold: agents cut it at the 1,472 bytes that travel without fragments, or do not send it at all."""

_FEWEST_FOR_BULK = 6
"""Rows below which exact GETs, packed together with other small tables, cost fewer packets."""


_OF_A_VALUE = 12
"""Bytes of a binding beside its name: headers, and a 64-bit counter at its longest."""


@dataclass(slots=True)
class _Part:
    """One prepared request and where its values go."""

    ask: Ask
    names: list[bytes]
    """Names the reply must hold, in this order."""
    places: list[tuple[int, int, int, int]]
    """(slot, column, from, step): the reply's values[from::step] are appended to that column."""


@dataclass(frozen=True, slots=True)
class _End:
    """The last row of one column: what follows it must be no row of the same column."""

    slot: int
    column: bytes
    name: bytes


@dataclass(slots=True)
class Plan:
    """Slots (scalars or tables) and the packets that read them. Slot numbers are the caller's handles."""

    bulk: bool = True
    values_per_packet: int = NAMES_PER_PACKET
    widths: dict[int, int] = field(default_factory=dict)
    parts: list[_Part] = field(default_factory=list)
    ends: list[list[_End]] = field(default_factory=list)
    """By packet: where tables end."""
    _loose: list[tuple[bytes, int, int]] = field(default_factory=list)
    _watched: list[_End] = field(default_factory=list)

    def watch(self, slot: int, column: bytes, last: bytes) -> None:
        """Ask at every poll what follows the last row of this column, so that a row that is added is noticed at once."""
        self._watched.append(_End(slot, column, column + last))

    def add(self, slot: int, columns: Sequence[bytes], indices: Sequence[Sequence[bytes]], *, dense: bool = True) -> None:
        """Add a slot: column prefixes, and for each column the indices of its rows. Scalars are columns with one index.

        `dense` says that these are all rows the agent has, so that GETBULK can run over them.
        """
        self.widths[slot] = len(columns)
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for position, rows in enumerate(indices):
            groups.setdefault(tuple(rows), []).append(position)
        for rows, positions in groups.items():
            if self.bulk and dense and len(rows) >= _FEWEST_FOR_BULK:
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
                places = [(slot, position, offset, len(together)) for offset, position in enumerate(together)]
                self.parts.append(_Part(ask, names, places))

    def seal(self) -> "Plan":
        """Pack what is left into GETs; call once, after the last `add`."""
        names = [name for name, _, _ in self._loose] + [end.name for end in self._watched]
        longest = max(map(len, names), default=0) + _OF_A_VALUE
        limit = max(1, min(self.values_per_packet, BYTES_PER_PACKET // longest))
        for start in range(0, len(self._loose), limit):
            packet = self._loose[start : start + limit]
            names = [name for name, _, _ in packet]
            places = [(slot, column, offset, len(packet)) for offset, (_, slot, column) in enumerate(packet)]
            self.parts.append(_Part(get(names), names, places))
        self.ends = [self._watched[start : start + limit] for start in range(0, len(self._watched), limit)]
        self._loose, self._watched = [], []
        return self


class PlannedRead:
    """A question: everything of a plan in one round, and a second one for what an agent cut short."""

    def __init__(self, plan: Plan) -> None:
        """Take a sealed plan, which may be read any number of times."""
        self.values: dict[int, list[list[Value]]] = {slot: [[] for _ in range(width)] for slot, width in plan.widths.items()}
        """By slot and column; complete unless the slot is in `changed` or `failed`."""
        self.changed: dict[int, CollectError | None] = {}
        """Slots whose names were not the expected ones, with what the agent said if it refused."""
        self.failed: dict[int, CollectError] = {}
        """Slots of which a packet was not answered."""
        self.cut_short = False
        """True when the agent could not fit a packet: plan smaller ones."""
        self._parts = list(plan.parts)
        self._open = {part.ask: part for part in plan.parts}
        self._ends = {_after(ends): ends for ends in plan.ends}
        self._replies: dict[Ask, list[Value]] = {}

    def asks(self) -> Sequence[Ask]:
        """Return every request at once, then the rests of what was cut short."""
        asks = [*self._open, *self._ends]
        if not asks:
            self._spread()
        return asks

    def take(self, ask: Ask, reply: Reply) -> None:
        """Keep the values when the names are the expected ones."""
        if ask in self._ends:
            self._look_behind(self._ends.pop(ask), reply)
            return
        part = self._open.pop(ask)
        if reply.error == 0 and reply.names == part.names:
            self._replies[ask] = reply.values
        elif not self._shorten(part, reply):
            trouble = _trouble(ask, reply)
            for slot, _, _, _ in part.places:
                self.changed.setdefault(slot, trouble)

    def _look_behind(self, ends: list[_End], reply: Reply) -> None:
        """Note tables that have grown. An agent that cannot say leaves it to the next time the device is learnt."""
        culprit = reply.error_index - 1
        if reply.error == codec.NO_SUCH_NAME and 0 <= culprit < len(ends):
            rest = ends[:culprit] + ends[culprit + 1 :]  # version 1: nothing follows this one (RFC 1157, 4.1.3)
            if rest:
                self._ends[_after(rest)] = rest
        elif not reply.error and len(reply.names) == len(ends):
            for end, name, value in zip(ends, reply.names, reply.values, strict=True):
                if name.startswith(end.column) and not isinstance(value, Absent) and oids.is_after(name, end.name):
                    self.changed.setdefault(end.slot, None)

    def _shorten(self, part: _Part, reply: Reply) -> bool:
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
            self._replies[halves[0].ask] = reply.values[:fitted]
        self._open.update({half.ask: half for half in halves if half.ask not in self._replies})
        return True

    def fail(self, ask: Ask, error: CollectError) -> None:
        """Keep the failure for every slot of the packet."""
        if self._ends.pop(ask, None) is not None:
            return
        for slot, _, _, _ in self._open.pop(ask).places:
            self.failed.setdefault(slot, error)

    def _spread(self) -> None:
        """Give each column its values, in the order of the rows."""
        for part in self._parts:
            values = self._replies.get(part.ask)
            if values is None:
                continue
            for slot, column, offset, step in part.places:
                self.values[slot][column] += values[offset::step]

    @property
    def silent(self) -> CollectError | None:
        """The failure, when not one packet was answered."""
        if self._replies or self.changed or not self.failed:
            return None
        return next(iter(self.failed.values()))


def _after(ends: list[_End]) -> Ask:
    return following([end.name for end in ends])


def _piece(part: _Part, start: int, stop: int, width: int) -> _Part:
    """Cut a prepared request at whole rows."""
    names = part.names[start:stop]
    if part.ask.tag == codec.BULK:
        before = part.names[start - width : start] if start else part.ask.names
        return _Part(bulk(before, len(names) // width), names, part.places)
    places = [(slot, column, offset - start, len(names)) for slot, column, offset, _ in part.places if start <= offset < stop]
    return _Part(get(names), names, places)


def _trouble(ask: Ask, reply: Reply) -> CollectError | None:
    """Say what is wrong with a reply of other names; None when rows have just come or gone."""
    if reply.error and reply.error != codec.NO_SUCH_NAME:
        return agent_error(reply, ask)
    return refusal(ask, reply) if not reply.names or ask.tag == codec.GET else None
