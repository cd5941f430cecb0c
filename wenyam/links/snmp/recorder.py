"""The walk of everything an agent has, with the type of each value: what a recording is made of."""

from collections.abc import Iterable, Sequence

from wenyam.errors import CollectError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Reply
from wenyam.links.snmp.questions import Ask
from wenyam.links.snmp.session import SnmpSession
from wenyam.links.snmp.walk import Column, Pace, TableWalk

EVERYTHING = ("1.0", "1.2", "1.3")
"""ISO standards (LLDP), member bodies (IEEE 802.3) and everything else."""

Row = tuple[bytes, int, bytes]
"""Name, type and content, as they came."""


_BEHIND = oids.encode_arc(2**32 - 1)
"""The last number a subtree can have: the next name lies outside."""


class _Place(Column):
    """A column that can be gone on with behind a subtree nobody wants."""

    behind: bytes = b""

    @property
    def last(self) -> bytes:
        return self.behind or super().last


class _TypedWalk(TableWalk):
    """Keeps the types beside the values, and leaves subtrees out: the rest of them is never asked for."""

    def __init__(self, subtree: bytes, pace: Pace, maximum_rows: int, without: Sequence[bytes]) -> None:
        super().__init__([], pace, maximum_rows)
        self.column = _Place(subtree)
        self.columns = [self.column]
        self.came: dict[bytes, Row] = {}
        self.skipped = 0
        self._without = tuple(without)

    def take(self, ask: Ask, reply: Reply) -> None:
        if not reply.error:
            for row in codec.typed(reply.bindings):
                self.came.setdefault(row[0], row)  # the end of the view is told under the last name
        column, before = self.column, len(self.column.names)
        super().take(ask, reply)
        if len(column.names) > before:
            column.behind = b""
        unwanted = next((place for place in range(before, len(column.names)) if self._is_unwanted(column.names[place])), None)
        if unwanted is not None:
            inside = next(prefix for prefix in self._without if column.names[unwanted].startswith(prefix))
            self.skipped += sum(name.startswith(inside) for name in column.names[unwanted:])
            del column.names[unwanted:], column.values[unwanted:]
            column.behind, column.finished, column.partial = inside + _BEHIND, False, None

    def _is_unwanted(self, name: bytes) -> bool:
        return name.startswith(self._without)


async def everything(
    session: SnmpSession, maximum_rows: int, without: Iterable[str] = (), subtrees: Iterable[str] = EVERYTHING
) -> tuple[list[Row], list[CollectError], int]:
    """Walk subtrees one request after the other under the walk guard.

    Return what came, in MIB order, why it may be less, and how many values of the subtrees `without` came in passing. Asks
    GETBULK only (GETNEXT where version 1 or a choking agent leaves nothing else).
    """
    rows: dict[bytes, Row] = {}
    troubles: list[CollectError] = []
    unwanted, skipped = [oids.encode(each) for each in without], 0
    for subtree in subtrees:
        walk = _TypedWalk(oids.encode(subtree), Pace(bulk=session.security.bulk), maximum_rows, unwanted)
        await session.read([walk])
        rows.update((name, walk.came[name]) for name in walk.column.names)
        troubles += [walk.column.partial] if walk.column.partial is not None else []
        skipped += walk.skipped
    return sorted(rows.values(), key=lambda row: oids.arcs(row[0])), troubles, skipped
