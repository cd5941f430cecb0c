"""A conversation with one agent during one reading: rounds of requests for any number of questions at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from wenyam.errors import BudgetSpentError, CollectError, CredentialsRefusedError, NoAnswerError
from wenyam.links.snmp import oids
from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.questions import Question, Scalars
from wenyam.links.snmp.security import Security
from wenyam.links.snmp.walk import MAXIMUM_ROWS, Column, Pace, TableWalk
from wenyam.links.snmp.wire import Patience, Wire

MAXIMUM_REQUESTS = 2_000


@dataclass(slots=True)
class SnmpSession:
    """Open it with `SnmpPool.session`, use it for one reading, close it."""

    wire: Wire
    security: Security
    where: str
    deadline: float
    patience: Patience = field(default_factory=Patience)
    requests_left: int = MAXIMUM_REQUESTS

    async def read(self, questions: Iterable[Question]) -> None:
        """Ask round after round until every question is answered or has failed; raises nothing, questions hold the failures."""
        open_questions = list(questions)
        while open_questions:
            asked = [(question, ask) for question in open_questions for ask in question.asks()]
            if not asked:
                return
            if len(asked) > self.requests_left:
                spent = BudgetSpentError(f"{self.where}: the reading needs more requests than it may send")
                for question, ask in asked:
                    question.fail(ask, spent)
                return
            self.requests_left -= len(asked)
            outcomes = await self.wire.exchange([ask for _, ask in asked], self.patience, self.deadline)
            for (question, ask), outcome in zip(asked, outcomes, strict=True):
                if isinstance(outcome, CollectError):
                    question.fail(ask, self._explained(outcome))
                else:
                    question.take(ask, outcome)

    def _explained(self, error: CollectError) -> CollectError:
        suspicion = self.security.suspicion if isinstance(error, NoAnswerError) else ""
        return CredentialsRefusedError(f"{self.where}: {suspicion}") if suspicion else error

    async def get(self, names: Sequence[str]) -> dict[str, Value]:
        """Return the values the agent has, by dotted name; absent ones are left out. Raises the first CollectError."""
        values = await self.get_or_absent(names)
        return {name: value for name, value in values.items() if not isinstance(value, Absent)}

    async def get_or_absent(self, names: Sequence[str]) -> Mapping[str, Value]:
        """Return a value or an `Absent` for every name. Raises the first CollectError."""
        question = Scalars([oids.encode(name) for name in names])
        await self.read([question])
        if question.failures:
            raise question.failures[0]
        return {oids.decode(name): value for name, value in question.values.items()}

    async def walk(self, column: str, maximum_rows: int = MAXIMUM_ROWS) -> Column:
        """Read one column; what went wrong on the way is in its `partial`."""
        return (await self.table([column], maximum_rows))[0]

    async def table(self, columns: Sequence[str], maximum_rows: int = MAXIMUM_ROWS) -> list[Column]:
        """Read columns of one table side by side."""
        walk = TableWalk([oids.encode(column) for column in columns], Pace(bulk=self.security.bulk), maximum_rows)
        await self.read([walk])
        return walk.columns

    def close(self) -> None:
        """Close the socket."""
        self.wire.close()

    async def __aenter__(self) -> Self:
        """Use as `async with`."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the socket."""
        self.close()
