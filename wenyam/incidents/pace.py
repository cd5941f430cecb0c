"""The steps incidents went through and how long each took, found by going through their facts once more. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.incidents.book import Book
from wenyam.incidents.limits import Step, current_step
from wenyam.model.facts import Fact
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import Instant


@dataclass(frozen=True, slots=True)
class Walked:
    """One step of one incident; `ended` is None while it lasts."""

    code: str
    step: Step
    ended: Instant | None

    def late(self, now: Instant) -> int:
        """Return by how many milliseconds it was too late, or is by now; 0 when it was in time."""
        return max(0, (now if self.ended is None else self.ended) - self.step.due)


def walked(facts: Iterable[Fact], rules: IncidentRules) -> list[Walked]:
    """Return every step by the order of its end, then those that last; judged by the limits of today."""
    book, present, found = Book(), dict[str, Step](), list[Walked]()
    for fact in facts:
        book.adopt(fact)
        incident = book.incidents.get(str(fact.body.get("code", "")))
        if incident is None:
            continue
        before, step = present.pop(incident.code, None), current_step(incident, rules)
        # A step that turns into another one at its very beginning was never worked on.
        if before is not None and (step is None or step.started != before.started):
            found.append(Walked(incident.code, before, fact.at))
        if step is not None:
            present[incident.code] = step
    return found + [Walked(code, step, None) for code, step in present.items()]
