"""Who corrected which stretch of time, and why; the corrected figures stand beside the recorded ones."""

from wenyam.availability.corrections import EVERYTHING
from wenyam.operations.reports import Inquiry
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 50


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter over every correction recorded since the period began that touches it."""
    say, past = words.say, inquiry.past
    columns = [
        Column("subject", say("What")),
        Column("start", say("From"), Shape.INSTANT),
        Column("end", say("Until"), Shape.INSTANT),
        Column("state", say("State"), Shape.WORD),
        Column("reason", say("Reason")),
        Column("actor", say("By")),
        Column("at", say("Recorded"), Shape.INSTANT),
    ]
    rows: list[list[Cell]] = [
        [
            EVERYTHING if each.subject is None else str(each.subject),
            each.start,
            each.end,
            each.state.value,
            each.reason,
            each.actor,
            each.at,
        ]
        for each in inquiry.account.corrections
        if each.start < past.end and each.end > past.start
    ]
    table = Table("corrections", "", columns, rows, empty=say("No correction."))
    return Section("corrections", say("Corrections"), [table], inquiry.account.problems)
