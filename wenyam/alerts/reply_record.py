"""What is on record of answers by mail: which were dealt with, who guesses, and how much of a flood is written down. Pure."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from wenyam.alerts.replies import Refusal
from wenyam.incidents.facts import ACKNOWLEDGED
from wenyam.model.facts import Fact
from wenyam.model.instants import MILLISECONDS, Instant

TAKEN = "reply-taken"
REFUSED = "reply-refused"
KINDS = (TAKEN, REFUSED, ACKNOWLEDGED)
TOOL = "wenyam"
VIA = "mail:"
"""An acknowledgement made by mail names the mail under `via` with this in front."""
HOUR = 3600 * MILLISECONDS
NOTED_PER_HOUR = 60
"""Refusals written down in any hour; of one sender and reason only the first. A flood of mail is no flood of facts."""


@dataclass(slots=True)
class ReplyRecord:
    """The fold of the facts about answers."""

    done: set[str] = field(default_factory=set)
    """Digests of mails that acknowledged something."""
    refused: set[str] = field(default_factory=set)
    unnoted: int = 0
    """Refusals that were not written down since the last one that was."""
    _wrong: defaultdict[str, deque[Instant]] = field(default_factory=lambda: defaultdict(deque))
    """When each sender last gave wrong codes."""
    _noted: dict[tuple[str, str], Instant] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "ReplyRecord":
        """Read the facts there are, oldest first."""
        record = cls()
        for fact in facts:
            record.adopt(fact)
        return record

    def adopt(self, fact: Fact) -> None:
        """Take one fact; a fact of another kind changes nothing."""
        body = fact.body
        if fact.kind == TAKEN:
            self.done.add(str(body["message"]))
        elif fact.kind == ACKNOWLEDGED and str(body.get("via") or "").startswith(VIA):
            self.done.add(str(body["via"]).removeprefix(VIA))
        elif fact.kind == REFUSED:
            self._adopt_refusal(str(body["message"]), str(body["sender"]), str(body["reason"]), fact.at)

    def saw_wrong_code(self, sender: str, now: Instant) -> None:
        """Note a wrong code, written down or not."""
        self._wrong[sender].append(now)

    def is_blocked(self, sender: str, limit: int, now: Instant) -> bool:
        """Tell whether a sender gave `limit` wrong codes in an hour, and the last of them not an hour ago."""
        wrong = self._wrong.get(sender)
        if wrong is None:
            return False
        while wrong and abs(now - wrong[0]) >= HOUR:
            wrong.popleft()
        if not wrong:
            del self._wrong[sender]
        return len(wrong) >= limit

    def is_worth_noting(self, sender: str, reason: Refusal, now: Instant) -> bool:
        """Tell whether a refusal is to be written down: each wrong code, and the first of everything else in an hour."""
        self._noted = {key: at for key, at in self._noted.items() if abs(now - at) < HOUR}
        if len(self._noted) >= NOTED_PER_HOUR:
            return False
        return reason is Refusal.WRONG_CODE or (sender, reason.value) not in self._noted

    def _adopt_refusal(self, message: str, sender: str, reason: str, at: Instant) -> None:
        self.refused.add(message)
        self._noted[sender, reason] = at
        self.unnoted = 0
        if reason == Refusal.WRONG_CODE:
            self.saw_wrong_code(sender, at)


def taken(message: str, at: Instant, person: str, code: str, answer: str) -> Fact:
    """Build the fact that a person acknowledged by answering; `answer` is what the incidents said to it."""
    return Fact(TAKEN, at, person, {"message": message, "code": code, "answer": answer})


def refused(message: str, at: Instant, sender: str, reason: Refusal, *, person: str, detail: str, unnoted: int) -> Fact:
    """Build the fact that an answer was refused; the sender by digest, and how many refusals before it were not noted."""
    return Fact(
        REFUSED,
        at,
        TOOL,
        {
            "message": message, "sender": sender, "reason": reason.value, "person": person, "detail": detail,
            "unnoted": unnoted,
        },
    )  # fmt: skip
