"""The walk of everything an agent has, with the type of each value: what a recording is made of."""

from collections.abc import Iterable, Sequence

from wenyam.errors import CollectError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Reply
from wenyam.links.snmp.questions import Ask
from wenyam.links.snmp.session import SnmpSession
from wenyam.links.snmp.walk import Pace, TableWalk

EVERYTHING = ("1.0", "1.2", "1.3")
"""ISO standards (LLDP), member bodies (IEEE 802.3) and everything else."""

Row = tuple[bytes, int, bytes]
"""Name, type and content, as they came."""


class _TypedWalk(TableWalk):
    """Keeps the types beside the values."""

    def __init__(self, columns: Sequence[bytes], pace: Pace, maximum_rows: int) -> None:
        super().__init__(columns, pace, maximum_rows)
        self.came: dict[bytes, Row] = {}

    def take(self, ask: Ask, reply: Reply) -> None:
        self.came.update((row[0], row) for row in codec.typed(reply.bindings))
        super().take(ask, reply)


async def everything(
    session: SnmpSession, maximum_rows: int, subtrees: Iterable[str] = EVERYTHING
) -> tuple[list[Row], list[CollectError]]:
    """Walk subtrees one request after the other under the walk guard; return what came, in MIB order, and why it may be less.

    Asks GETBULK only (GETNEXT where version 1 or a choking agent leaves nothing else).
    """
    rows: dict[bytes, Row] = {}
    troubles: list[CollectError] = []
    for subtree in subtrees:
        walk = _TypedWalk([oids.encode(subtree)], Pace(bulk=session.security.bulk), maximum_rows)
        await session.read([walk])
        column = walk.columns[0]
        rows.update((name, walk.came[name]) for name in column.names)
        troubles += [column.partial] if column.partial is not None else []
    return sorted(rows.values(), key=lambda row: oids.arcs(row[0])), troubles
