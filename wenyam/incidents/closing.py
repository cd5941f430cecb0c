"""When an incident may be closed: never without a test result and a how-to note (R3.3); and what closes itself. Pure."""

from dataclasses import dataclass

from wenyam.i18n.translate import mark
from wenyam.incidents import breach, facts
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Category, Incident, Origin
from wenyam.model import durations
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import MILLISECONDS, Instant

ITSELF = mark("the check itself is good again")
"""The test result of what nobody had to repair."""
GOOD, FIXED, PASSED = mark("everything good again"), mark("to be fixed"), mark("a test that passed")
CAUSED, TAUGHT = mark("a cause code"), mark("a how-to note")
SETTLED = mark("the breach of personal data reported or dismissed")
_BY_PEOPLE = frozenset({
    facts.ACKNOWLEDGED, facts.ASSIGNED, facts.NOTED, facts.CAUSE, facts.HANDED_OFF, facts.TESTED, facts.HOW_TO,
    facts.PERSONAL_DATA, facts.DETAILS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that closing needs."""

    what: str
    """English key of the catalogue."""
    how: str
    """The command that gives it, or what is not good yet."""

    def __str__(self) -> str:
        """Write it for a sentence in English."""
        return f"{self.what} ({self.how})"


def missing(incident: Incident) -> list[Need]:
    """Return what must be there before it may be closed; nothing when it may be."""
    code, wanted = incident.code, []
    if incident.failing:
        wanted.append(Need(GOOD, _failing(incident)))
    elif incident.fixed is None:
        wanted.append(Need(FIXED, f"wenyam incident fixed {code}"))
    if incident.tested is None or not incident.passed:
        wanted.append(Need(PASSED, f"wenyam incident test {code} pass TEXT"))
    if not incident.cause_code and incident.category is not Category.REQUEST:
        wanted.append(Need(CAUSED, f"wenyam incident cause {code} CAUSE"))
    if incident.how_to is None:
        wanted.append(Need(TAUGHT, f"wenyam incident how-to {code} TEXT"))
    if incident.personal_data is not None and not breach.is_settled(incident):
        wanted.append(Need(SETTLED, f"wenyam incident personal-data {code}"))
    return wanted


def to_close_by_itself(book: Book, now: Instant, reopen_within: float) -> list[Fact]:
    """Return the facts that close the warnings which went away without anybody having touched them."""
    return [
        fact
        for incident in book.open()
        if _is_over(incident, now, reopen_within)
        for fact in (
            facts.tested(incident.code, now, facts.TOOL, ITSELF, passed=True),
            facts.acted(facts.CLOSED, incident.code, now, facts.TOOL, f"good by itself for {durations.write(reopen_within)}"),
        )
    ]


def _is_over(incident: Incident, now: Instant, reopen_within: float) -> bool:
    if incident.origin is not Origin.WATCHED or incident.severity is not Severity.WARNING:
        return False
    if incident.fixed is None or now - incident.fixed <= reopen_within * MILLISECONDS:
        return False
    return not any(entry.kind in _BY_PEOPLE for entry in incident.timeline)


def _failing(incident: Incident) -> str:
    first = incident.failing[0]
    more = len(incident.failing) - 1
    return f"{first.subject} is {first.state.value}" + (f" and {more} more" if more else "")
