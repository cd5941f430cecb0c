"""Whether what was learnt is still so: the same requests again, whose replies are compared with the digests of the first ones.

A walk that learns rows costs as much as ten polls. While nothing has changed, reading the learnt columns in full packets and
comparing them whole tells the same for a tenth of that; anything else than the same bytes is a reason to walk again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wenyam.errors import CollectError
from wenyam.links.snmp import codec
from wenyam.links.snmp.codec import Reply, Value
from wenyam.links.snmp.part import End
from wenyam.links.snmp.plan import BYTES_PER_PACKET
from wenyam.links.snmp.questions import NAMES_PER_PACKET, Ask, bulk, following, get, packed
from wenyam.links.snmp.walk import Column

_Each = TypeVar("_Each")

_OF_A_VALUE = 40
"""Bytes left for a value and its headers: learnt columns are mostly text."""


@dataclass(slots=True, eq=False)
class _Packet:
    """One request. Its expected names are forgotten after the first look; only digests are kept."""

    ask: Ask
    names: list[bytes] = field(default_factory=list)
    ends: Sequence[End] = ()
    names_only: bool = False
    digest: int | None = None
    same: bool = False

    def __post_init__(self) -> None:
        """Read the replies to our request ourselves."""
        self.ask.read = self.read

    def read(self, tag: int, request: int, body: bytes) -> Reply:
        """Read a body; the same bytes as at the first look are not taken apart."""
        self.same = tag == codec.RESPONSE and self.digest == hash(body)
        if self.same:
            return Reply(tag, request, codec.NO_ERROR, 0, [], [])
        reply = codec.read_body(tag, request, body)
        if self.digest is None and not self.names_only:
            self.digest = hash(body)
        return reply

    def agrees(self, reply: Reply) -> bool:
        """Tell whether a reply says the same as the first one; the first one must have the expected names."""
        if self.same:
            return True
        if self.ends:
            grown = any(map(End.has_grown, self.ends, reply.names, reply.values))
            return not reply.error and len(reply.names) == len(self.ends) and not grown
        if self.names:
            return not reply.error and reply.names == self.names
        return self.names_only and not reply.error and hash(tuple(reply.names)) == self.digest

    def settle(self) -> None:
        """Forget the expected names."""
        if self.names_only:
            self.digest = hash(tuple(self.names))
        self.names = []


class Review:
    """The requests and digests of one device."""

    def __init__(
        self, fixed: Sequence[Column], named: Sequence[Column], scalars: Sequence[bytes], ends: Sequence[End], limit: int
    ) -> None:
        """Take columns whose values must stay the same, columns of which only the rows must, scalars, and ends of columns."""
        limit = min(limit, NAMES_PER_PACKET)
        self.packets = [*_tables(fixed, limit, names_only=False), *_tables(named, limit, names_only=True)]
        self.packets += [_Packet(get(names), list(names)) for names in packed(scalars, max(1, limit // 3))]
        self.packets += [_Packet(following([end.name for end in some]), ends=some) for some in _cut(ends, limit)]

    def settle(self) -> None:
        """Keep only digests; call it after a first look that found everything as it was learnt."""
        for packet in self.packets:
            packet.settle()


class Look:
    """A question: one look at everything."""

    def __init__(self, review: Review) -> None:
        """Take what to compare with; the first look of a review takes its digests."""
        self._open = {packet.ask: packet for packet in review.packets}
        self._asked = False
        self.values: dict[bytes, Value] = {}
        """What was taken apart, by name."""
        self.changed = False
        self.failures: list[CollectError] = []
        self.answered = False

    def asks(self) -> Sequence[Ask]:
        """Return every request, once."""
        if self._asked:
            return ()
        self._asked = True
        return list(self._open)

    def take(self, ask: Ask, reply: Reply) -> None:
        """Compare."""
        self.answered = True
        packet = self._open[ask]
        self.changed = self.changed or not packet.agrees(reply)
        if not packet.ends:
            self.values.update(zip(reply.names, reply.values, strict=True))

    def fail(self, ask: Ask, error: CollectError) -> None:  # noqa: ARG002  # the protocol of every question
        """Keep the failure."""
        self.failures.append(error)

    @property
    def is_same(self) -> bool:
        """True when every reply came and said the same."""
        return not self.changed and not self.failures

    @property
    def silent(self) -> CollectError | None:
        """The failure, when not one packet was answered."""
        return self.failures[0] if self.failures and not self.answered else None


def _tables(columns: Sequence[Column], limit: int, *, names_only: bool) -> list[_Packet]:
    """Read columns with the same rows side by side, each packet beginning at the row before."""
    groups: dict[tuple[bytes, ...], list[bytes]] = {}
    for column in columns:
        groups.setdefault(tuple(column.indices), []).append(column.prefix)
    packets: list[_Packet] = []
    for rows, prefixes in groups.items():
        longest = max(map(len, rows)) + max(map(len, prefixes)) + _OF_A_VALUE
        room = max(1, min(limit, BYTES_PER_PACKET // longest))
        for together in _cut(prefixes, room):
            height = max(1, room // len(together))
            for top in range(0, len(rows), height):
                chunk, before = rows[top : top + height], rows[top - 1] if top else b""
                ask = bulk([prefix + before for prefix in together], len(chunk))
                packets.append(_Packet(ask, [prefix + row for row in chunk for prefix in together], names_only=names_only))
    return packets


def _cut(things: Sequence[_Each], size: int) -> list[Sequence[_Each]]:
    return [things[start : start + size] for start in range(0, len(things), size)]
