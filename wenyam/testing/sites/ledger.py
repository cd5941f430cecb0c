"""What a user wrote and was told: every attempt with its time, and what the databases must hold because of it."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row a user tried to keep. Seconds since 1970 by the user's clock."""

    number: int
    sent: float
    answered: float
    acknowledged: bool
    site: str = ""
    """Who acknowledged it."""
    trouble: str = ""
    """Why it was not acknowledged."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A database beside the ledger."""

    lost: tuple[int, ...]
    """Acknowledged and not there."""
    invented: tuple[int, ...]
    """There, and never even tried."""
    in_doubt: tuple[int, ...]
    """There, tried and never acknowledged: the answer was lost on its way, which is no fault of the data."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without service as the user saw it."""

    began: float
    """When the first row that failed was sent."""
    ended: float
    """When the first row after it was acknowledged; infinite while none was."""
    last_good: float
    """When the last row before it was acknowledged."""

    @property
    def seconds(self) -> float:
        """How long the user was not served."""
        return self.ended - self.last_good


def line(attempt: Attempt) -> str:
    """Return the line of an attempt in the ledger's file."""
    fields = {name: getattr(attempt, name) for name in ("number", "sent", "answered", "acknowledged", "site", "trouble")}
    return json.dumps(fields, ensure_ascii=False) + "\n"


def read(path: Path) -> tuple[Attempt, ...]:
    """Return every attempt in the order they were made; a last line that is only half written is left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    whole = text[: text.rfind("\n") + 1]
    return tuple(Attempt(**json.loads(each)) for each in whole.splitlines())


def compare(before: Sequence[Attempt], held: Collection[int], after: Sequence[Attempt]) -> Comparison:
    """Compare the numbers a database held with the ledger as it was just before and just after it was asked.

    What was acknowledged before must be there; what is there must have been tried by then, the row on its way included.
    """
    tried = {attempt.number: attempt.acknowledged for attempt in after}
    tried.setdefault(after[-1].number + 1 if after else 1, False)
    there = set(held)
    return Comparison(
        tuple(attempt.number for attempt in before if attempt.acknowledged and attempt.number not in there),
        tuple(sorted(there - tried.keys())),
        tuple(number for number, acknowledged in tried.items() if not acknowledged and number in there),
    )


def outages(ledger: Sequence[Attempt]) -> Iterator[Outage]:
    """Yield every time without service, oldest first."""
    began, last_good = None, ledger[0].sent if ledger else 0.0
    for attempt in ledger:
        if attempt.acknowledged:
            if began is not None:
                yield Outage(began, attempt.answered, last_good)
            began, last_good = None, attempt.answered
        elif began is None:
            began = attempt.sent
    if began is not None:
        yield Outage(began, float("inf"), last_good)


def writers(ledger: Iterable[Attempt]) -> tuple[str, ...]:
    """Return the sites that acknowledged rows, in the order they took over from each other."""
    found: list[str] = []
    for attempt in ledger:
        if attempt.acknowledged and found[-1:] != [attempt.site]:
            found.append(attempt.site)
    return tuple(found)
