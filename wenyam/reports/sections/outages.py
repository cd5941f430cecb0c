"""Every outage with its begin, length, planned part and cause."""

from wenyam.operations.reports import Inquiry, Loss, losses
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 20


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter: outages one by one, and their time by cause."""
    found = losses(inquiry)
    say = words.say
    return Section("outages", say("Outages"), [_each(found, words), _by_cause(found, words)])


def _each(found: list[Loss], words: Words) -> Table:
    say = words.say
    columns = [
        Column("kind", say("What"), Shape.WORD),
        Column("name", say("Name")),
        Column("start", say("From"), Shape.INSTANT),
        Column("end", say("Until"), Shape.INSTANT),
        Column("duration", say("Duration"), Shape.DURATION),
        Column("planned", say("Planned"), Shape.DURATION),
        Column("state", say("State"), Shape.WORD),
        Column("cause", say("Cause"), Shape.WORD),
        Column("because_of", say("Because of")),
        Column("remark", say("Remark")),
    ]
    return Table("outages", "", columns, [_row(loss, words) for loss in found], empty=say("No outage."))


def _row(loss: Loss, words: Words) -> list[Cell]:
    outage = loss.outage
    return [
        loss.subject.kind.value,
        loss.subject.name,
        outage.start,
        outage.end,
        outage.duration,
        outage.planned,
        outage.state.value,
        loss.cause_code.value,
        None if loss.cause is None else loss.cause.name,
        _remark(loss, words) or None,
    ]


def _remark(loss: Loss, words: Words) -> str:
    remarks = [loss.summary] if loss.summary else []
    if loss.outage.began_before:
        remarks.append(words.say("began earlier"))
    if loss.outage.goes_on:
        remarks.append(words.say("goes on"))
    return "; ".join(remarks)


def _by_cause(found: list[Loss], words: Words) -> Table:
    say = words.say
    times: dict[str, list[int]] = {}
    for loss in found:
        total = times.setdefault(loss.cause_code.value, [0, 0])
        total[0] += 1
        total[1] += loss.outage.duration
    columns = [
        Column("cause", say("Cause"), Shape.WORD),
        Column("outages", say("Outages"), Shape.COUNT),
        Column("duration", say("Duration"), Shape.DURATION),
    ]
    ordered = sorted(times.items(), key=lambda each: (-each[1][1], each[0]))
    return Table("by_cause", say("By cause") if times else "", columns, [[code, *total] for code, total in ordered])
