"""The facts alerts leave in the chain. `alert-raised` is the outbox row: it is written before anything is sent."""

from collections.abc import Sequence

from wenyam.model.alerting import Delivery, Event, Message, Severity
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant

RAISED = "alert-raised"
DELIVERED = "alert-delivered"
PASSED_ON = "alert-passed-on"
"""Its channel could not deliver it in time; another message through another channel stands for it."""
DROPPED = "alert-dropped"
"""It can never be delivered, and there is no other channel."""
MERGED = "alert-merged"
"""A summary stands for it."""
LETTER = "alert-letter"
"""A message in the words of a run of a DR plan, left to the outbox because its channel did not take it at once."""
LETTER_TAKEN = "alert-letter-taken"
"""The channel took it after all from the run itself."""
LETTERS = (LETTER, LETTER_TAKEN)
SILENCED = "alert-silence"
UNSILENCED = "alert-silence-ended"
SELF_TESTED = "alert-self-tested"
KINDS = (RAISED, DELIVERED, PASSED_ON, DROPPED, MERGED, *LETTERS, SILENCED, UNSILENCED, SELF_TESTED)

TOOL = "wenyam"
SEPARATOR = " "
"""Between the codes, parts and people of one body; none of them holds a space."""


def raised(
    key: str, at: Instant, *, channel: str, event: Event, severity: Severity, people: Sequence[str], parts: Sequence[str],
    route: str, step: int,
) -> Fact:  # fmt: skip
    """Build the outbox row of one message: what it says is made from the incidents named in its parts."""
    body: FactBody = {
        "key": key, "channel": channel, "event": event.value, "severity": severity.value, "route": route, "step": step,
        "people": SEPARATOR.join(people), "parts": SEPARATOR.join(parts),
    }  # fmt: skip
    return Fact(RAISED, at, TOOL, body)


def letter(key: str, at: Instant, actor: str, *, run: str, channel: str, people: Sequence[str], message: Message) -> Fact:
    """Build the outbox row of a message with words of its own, said by a run of a plan."""
    body: FactBody = {
        "key": key, "run": run, "channel": channel, "event": message.event.value, "severity": message.severity.value,
        "people": SEPARATOR.join(people), "title": message.title, "body": message.body, "language": message.language,
    }  # fmt: skip
    return Fact(LETTER, at, actor, body)


def letter_taken(key: str, at: Instant, actor: str, *, run: str, channel: str) -> Fact:
    """Build the fact that a channel took a letter from the run itself, so that it waits no more."""
    return Fact(LETTER_TAKEN, at, actor, {"key": key, "run": run, "channel": channel})


def delivered(
    key: str, at: Instant, channel: str, delivery: Delivery, *, tries: int, title: str, run: str = ""
) -> Fact:  # fmt: skip
    """Build the fact that a channel took a message; the title is kept as evidence of what was said, `run` is a letter's."""
    body: FactBody = {
        "key": key, "channel": channel, "detail": delivery.detail, "tries": tries, "title": title,
        "refused": SEPARATOR.join(sorted(delivery.refused)),
    }  # fmt: skip
    return Fact(DELIVERED, at, TOOL, {**body, "run": run} if run else body)


def ended(kind: str, key: str, at: Instant, channel: str, why: str) -> Fact:
    """Build the fact that a message leaves the outbox undelivered: passed on, dropped or merged."""
    return Fact(kind, at, TOOL, {"key": key, "channel": channel, "why": why})


def silenced(name: str, at: Instant, actor: str, *, what: str, until: Instant, reason: str) -> Fact:
    """Build the fact that somebody wants no message about something (`subject` text, `site:NAME` or a code) until a moment."""
    return Fact(SILENCED, at, actor, {"name": name, "what": what, "until": until, "reason": reason})


def unsilenced(name: str, at: Instant, actor: str) -> Fact:
    """Build the fact that a silence ended early."""
    return Fact(UNSILENCED, at, actor, {"name": name})


def self_tested(channel: str, at: Instant, problem: str, detail: str) -> Fact:
    """Build the fact that a channel was tried; it works when there is no problem."""
    return Fact(SELF_TESTED, at, TOOL, {"channel": channel, "problem": problem, "detail": detail})
