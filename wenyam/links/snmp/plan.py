"""A reading that was learnt: every request of the next poll, prepared, sent in one burst, checked by comparing whole lists.

While an agent's rows stay the same, the names in its replies are known beforehand; a reply with exactly these names needs no
further guard. Anything else marks the table as changed, and the caller walks it afresh with the full guard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wenyam.errors import CollectError
from wenyam.links.snmp import codec
from wenyam.links.snmp.codec import Absent, Reply, Value
from wenyam.links.snmp.questions import NAMES_PER_PACKET, Ask, agent_error, bulk, get, refusal

_FEWEST_FOR_BULK = 6
"""Rows below which exact GETs, packed together with other small tables, cost fewer packets."""


@dataclass(slots=True)
class _Part:
    """One prepared request and where its values go."""

    ask: Ask
    names: list[bytes]
    """Names the reply must hold, in this order."""
    places: list[tuple[int, int, int, int]]
    """(slot, column, from, step): the reply's values[from::step] are appended to that column."""


@dataclass(slots=True)
class Plan:
    """Slots (scalars or tables) and the packets that read them. Slot numbers are the caller's handles."""

    bulk: bool = True
    values_per_packet: int = NAMES_PER_PACKET
    widths: dict[int, int] = field(default_factory=dict)
    parts: list[_Part] = field(default_factory=list)
    _loose: list[tuple[bytes, int, int]] = field(default_factory=list)

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
        limit = max(1, self.values_per_packet)
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
        limit = max(1, self.values_per_packet)
        for start in range(0, len(self._loose), limit):
            packet = self._loose[start : start + limit]
            names = [name for name, _, _ in packet]
            places = [(slot, column, offset, len(packet)) for offset, (_, slot, column) in enumerate(packet)]
            self.parts.append(_Part(get(names), names, places))
        self._loose = []
        return self


class PlannedRead:
    """A question: everything of a plan in one round."""

    def __init__(self, plan: Plan) -> None:
        """Take a sealed plan, which may be read any number of times."""
        self.values: dict[int, list[list[Value]]] = {slot: [[] for _ in range(width)] for slot, width in plan.widths.items()}
        """By slot and column; complete unless the slot is in `changed` or `failed`."""
        self.changed: dict[int, CollectError | None] = {}
        """Slots whose names were not the expected ones, with what the agent said if it refused."""
        self.failed: dict[int, CollectError] = {}
        """Slots of which a packet was not answered."""
        self._parts = {part.ask: part for part in plan.parts}
        self._replies: dict[Ask, list[Value]] = {}
        self._plan = plan
        self._asked = False

    def asks(self) -> Sequence[Ask]:
        """Return every request at once; nothing the second time."""
        if self._asked:
            self._spread()
            return ()
        self._asked = True
        return [part.ask for part in self._plan.parts]

    def take(self, ask: Ask, reply: Reply) -> None:
        """Keep the values when the names are the expected ones."""
        part = self._parts[ask]
        if reply.error == 0 and reply.names == part.names:
            self._replies[ask] = reply.values
            return
        trouble: CollectError | None = None
        if reply.error and reply.error != codec.NO_SUCH_NAME:
            trouble = agent_error(reply, ask)
        elif not reply.names or ask.tag == codec.GET:
            trouble = refusal(ask, reply)
        for slot, _, _, _ in part.places:
            self.changed.setdefault(slot, trouble)

    def fail(self, ask: Ask, error: CollectError) -> None:
        """Keep the failure for every slot of the packet."""
        for slot, _, _, _ in self._parts[ask].places:
            self.failed.setdefault(slot, error)

    def _spread(self) -> None:
        """Give each column its values, in the order of the rows."""
        for part in self._plan.parts:
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


def vanished(column: Sequence[Value]) -> bool:
    """Tell whether a row has gone: an exact GET says so with an exception, NULL is only a bad value."""
    return any(value.__class__ is Absent and value is not Absent.NULL for value in column)
