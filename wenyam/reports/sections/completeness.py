"""What the figures do not know: when the monitor was blind, and which subjects were not watched enough."""

from wenyam.availability.figures import figures
from wenyam.availability.spans import length
from wenyam.model.states import Subject
from wenyam.operations.reports import Inquiry, blind
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words, duration

ORDER = 30
_MINUTE = 60_000


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter: blind minutes with their stretches, then every subject whose coverage is too small."""
    say, spans = words.say, blind(inquiry)
    note = f"{say('Monitor blind')}: {length(spans) / _MINUTE:.0f} {say('minutes')} ({duration(length(spans))})"
    columns = [
        Column("start", say("From"), Shape.INSTANT),
        Column("end", say("Until"), Shape.INSTANT),
        Column("duration", say("Duration"), Shape.DURATION),
    ]
    rows = [[start, end, end - start] for start, end in spans]
    stretches = Table("blind", "", columns, rows, empty=say("Somebody was watching all the time."))
    return Section("completeness", say("Completeness of the data"), [stretches, _thin(inquiry, words)], [note])


def _thin(inquiry: Inquiry, words: Words) -> Table:
    say = words.say
    columns = [
        Column("kind", say("What"), Shape.WORD),
        Column("name", say("Name")),
        Column("coverage", say("Coverage %"), Shape.PERCENT),
        Column("unknown", say("Unknown"), Shape.DURATION),
    ]
    found = [(_coverage(inquiry, subject), subject) for subject in inquiry.account.counts]
    minimum = inquiry.account.rules.minimum_coverage
    rows: list[list[Cell]] = [
        [subject.kind.value, subject.name, coverage, inquiry.account.counts[subject].unknown]
        for coverage, subject in sorted((coverage, subject) for coverage, subject in found if coverage < minimum)
    ]
    return Table("thin", say("Insufficient data"), columns, rows, empty=say("Every subject was watched enough."))


def _coverage(inquiry: Inquiry, subject: Subject) -> float:
    return figures(inquiry.account.counts[subject], inquiry.account.rules).coverage or 0.0
