"""The walk guard: reads the columns of one table side by side and stops at every way an agent can lead a walker astray.

Names must increase, a column ends at its border, rows are counted, an empty reply is never "no rows". What came before the
trouble is kept. Pure: `session` carries the requests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wenyam.errors import BudgetSpentError, CollectError, MalformedReplyError, NoAnswerError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Absent, Reply, Value
from wenyam.links.snmp.questions import NAMES_PER_PACKET, Ask, agent_error, bulk, following

MAXIMUM_ROWS = 10_000
_TRIES_BEFORE_LESS = 2
"""A GETBULK that stays unanswered so often is asked again for less, which is a retry too."""


@dataclass(slots=True)
class Column:
    """One column as read: `values[i]` belongs to the row with index `indices[i]` (BER bytes of the arcs after the column)."""

    prefix: bytes
    names: list[bytes] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    partial: CollectError | None = None
    """Why the column may be longer than what came; None when it was read to its end."""
    finished: bool = False

    @property
    def indices(self) -> list[bytes]:
        """Row indices in the order of the agent."""
        size = len(self.prefix)
        return [name[size:] for name in self.names]

    @property
    def last(self) -> bytes:
        """The name to go on from."""
        return self.names[-1] if self.names else self.prefix

    def stop(self, trouble: CollectError | None = None) -> None:
        """End the column, for the given reason if it is not its natural end."""
        self.finished = True
        self.partial = self.partial or trouble


@dataclass(slots=True)
class Pace:
    """How much an agent can be asked at once; shrinks when it goes silent or says tooBig, and is remembered by the caller."""

    values: int = NAMES_PER_PACKET
    bulk: bool = True

    def slow_down(self) -> None:
        """Halve once, then quarter: an agent that chokes on one full packet should not cost ten time-outs. Then GETNEXT."""
        if self.values > 1:
            self.values = max(1, self.values // (2 if self.values > NAMES_PER_PACKET // 2 else 4))
        elif self.bulk:
            self.bulk, self.values = False, NAMES_PER_PACKET // 6

    def recovered(self) -> "Pace":
        """Return what to try next time: twice as much, because the silence may have been a lost packet."""
        return Pace(min(NAMES_PER_PACKET, self.values * 2), self.bulk)


class TableWalk:
    """A question: all rows of some columns, GETBULK over all of them together (GETNEXT when the pace says so)."""

    def __init__(self, columns: Sequence[bytes], pace: Pace | None = None, maximum_rows: int = MAXIMUM_ROWS) -> None:
        """Take the columns' OIDs as BER bytes."""
        self.columns = [Column(prefix) for prefix in columns]
        self.pace = pace or Pace()
        self._maximum_rows = maximum_rows
        self._asked: list[tuple[Ask, list[Column]]] = []
        self._slowed = False

    def asks(self) -> Sequence[Ask]:
        """Return the next request for the columns not yet at their end, as many side by side as one packet holds."""
        active = [column for column in self.columns if not column.finished]
        if not active:
            return ()
        self._slowed = False
        width = max(1, min(len(active), self.pace.values))
        batches = [active[start : start + width] for start in range(0, len(active), width)]
        self._asked = [(self._ask(batch), batch) for batch in batches]
        return [ask for ask, _ in self._asked]

    def _ask(self, batch: list[Column]) -> Ask:
        names = [column.last for column in batch]
        if self.pace.bulk:
            return bulk(names, max(1, self.pace.values // len(batch)), _TRIES_BEFORE_LESS)
        return following(names)

    def _batch(self, ask: Ask) -> list[Column]:
        return next(batch for candidate, batch in self._asked if candidate is ask)

    def take(self, ask: Ask, reply: Reply) -> None:
        """Add what a reply holds to its columns."""
        batch = self._batch(ask)
        if reply.error:
            self._refused(ask, reply, batch)
            return
        if not reply.names:
            _stop(batch, MalformedReplyError("the reply holds no values; nothing can be concluded from it"))
            return
        for position, column in enumerate(batch):
            self._extend(column, reply.names[position :: len(batch)], reply.values[position :: len(batch)])

    def fail(self, ask: Ask, error: CollectError) -> None:
        """Ask for less after a silence; give up when nothing less can be asked or the fault lies elsewhere."""
        if isinstance(error, NoAnswerError) and not _is_smallest(ask):
            self._slow_down()
        else:
            _stop(self._batch(ask), error)

    def _slow_down(self) -> None:
        if not self._slowed:
            self._slowed = True
            self.pace.slow_down()

    def _refused(self, ask: Ask, reply: Reply, batch: list[Column]) -> None:
        culprit = reply.error_index - 1
        if reply.error == codec.TOO_BIG and not _is_smallest(ask):
            self._slow_down()
        elif not 0 <= culprit < len(batch):
            _stop(batch, agent_error(reply, ask))
        elif reply.error == codec.NO_SUCH_NAME and ask.tag == codec.NEXT:
            batch[culprit].stop()  # RFC 1157, 4.1.3: nothing follows in version 1
        else:
            batch[culprit].stop(agent_error(reply, ask))

    def _extend(self, column: Column, names: list[bytes], values: list[Value]) -> None:
        last = column.last
        for position, (name, value) in enumerate(zip(names, values, strict=True)):
            ended = value is Absent.END_OF_VIEW or not name.startswith(column.prefix)
            if value is not Absent.END_OF_VIEW and not oids.is_after(name, last):
                column.stop(MalformedReplyError(f"OID not increasing at {oids.decode(name)}"))
            elif ended:
                column.stop()
            elif isinstance(value, Absent) and value is not Absent.NULL:
                column.stop(MalformedReplyError(f"{value.name} inside a walk at {oids.decode(name)}"))
            elif len(column.names) + position >= self._maximum_rows:
                column.stop(BudgetSpentError(f"more than {self._maximum_rows} rows under {oids.decode(column.prefix)}"))
            if column.finished:
                names, values = names[:position], values[:position]
                break
            last = name
        column.names += names
        column.values += values


def _stop(batch: list[Column], trouble: CollectError) -> None:
    for column in batch:
        column.stop(trouble)


def _is_smallest(ask: Ask) -> bool:
    return ask.tag == codec.NEXT and len(ask.names) == 1
