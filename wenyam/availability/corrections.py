"""Later corrections: signed facts about what a stretch of time really was; they make a second figure beside the first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from wenyam.availability.spans import Span, merged, without
from wenyam.availability.timeline import Change, Timeline
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.model.states import State, Subject

FACT_KIND = "availability-correction"
EVERYTHING = "*"
"""Written as the subject of a correction that is about every subject, as after a loss of the own network."""


class CorrectedState(StrEnum):
    """What a person may say a stretch of time was."""

    UP = "up"
    DOWN = "down"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Correction:
    """One person's signed word about one stretch of time."""

    subject: Subject | None
    """None for every subject."""
    start: Instant
    end: Instant
    state: CorrectedState
    reason: str
    actor: str
    at: Instant

    def concerns(self, subject: Subject) -> bool:
        """Tell whether this correction is about the subject."""
        return self.subject is None or self.subject == subject

    @classmethod
    def of_fact(cls, fact: Fact) -> "Correction":
        """Read what `fact` wrote; ValueError when a field is absent or wrong."""
        try:
            subject, start, end, state = (fact.body[name] for name in ("subject", "start", "end", "state"))
            if not isinstance(start, int) or not isinstance(end, int) or end <= start:
                raise ValueError(f"its time from {start} to {end} is not a stretch of time")
            named = None if subject == EVERYTHING else Subject.parse(str(subject))
            reason = str(fact.body.get("reason", ""))
            return cls(named, Instant(start), Instant(end), CorrectedState(str(state)), reason, fact.actor, fact.at)
        except KeyError as missing:
            raise ValueError(f"its field {missing} is absent") from None

    def fact(self) -> Fact:
        """Return the fact that records this correction."""
        body: FactBody = {
            "subject": EVERYTHING if self.subject is None else str(self.subject),
            "start": int(self.start),
            "end": int(self.end),
            "state": self.state.value,
            "reason": self.reason,
        }
        return Fact(FACT_KIND, self.at, self.actor, body)


def corrected(line: Timeline, planned: Sequence[Span], corrections: Iterable[Correction]) -> tuple[Timeline, list[Span]]:
    """Return timeline and planned spans as the corrections say; a later correction overrides an earlier one."""
    windows = list(planned)
    for correction in corrections:
        span = (max(line.start, correction.start), min(line.end, correction.end))
        if span[0] >= span[1]:
            continue
        # A window the person speaks against no longer excuses this time; one they speak for is the window itself.
        windows = without(windows, [span])
        if correction.state is CorrectedState.PLANNED:
            windows = merged([*windows, span])
            line = _overlaid(line, span, State.DOWN)
        else:
            line = _overlaid(line, span, State(correction.state.value))
    return line, windows


def _overlaid(line: Timeline, span: Span, state: State) -> Timeline:
    start, end = span
    before: list[Change] = []
    after: list[Change] = []
    for begun, ended, held in line.spans():
        if begun < start:
            before.append((begun, held))
        if ended > end:
            after.append((max(begun, end), held))
    changes = [*before, (start, state), *after]
    return replace(line, initial=changes[0][1], changes=changes)
