"""Availability of everything over one period: a calendar, figures, outages with their causes, what other rules would say."""

from collections.abc import Iterator, Sequence

from wenyam.i18n.dates import local_date
from wenyam.i18n.kinds import told_kind
from wenyam.i18n.percent import percent
from wenyam.i18n.translate import mark
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.operations.availability import Entry as Figures
from wenyam.operations.availability_view import WHOLE, AvailabilityView, Calendar, WhatIf
from wenyam.operations.incident_words import CAUSES
from wenyam.operations.reports import Loss
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, cut
from wenyam.tui.view_models.look import Look, reason
from wenyam.tui.view_models.sections import Entry, Section, table

CALENDAR_ROWS = 6
"""Lines of the calendar: the whole and the worst of the rest."""
_NAME = 22
_CELL = {False: 2, True: 3}
"""Width of a day and of a month."""
_EDGE = 2
_HALF = 0.5
ORDERS = (mark("as in the configuration"), mark("worst first"))


def head(look: Look, width: int) -> list[Line]:
    """Return the period, the rules its figures depend on, and the calendar."""
    view = look.picture.availability
    if view is None:
        return [(Cell(reason(look, look.say("Looking …"), ("availability",)), Tone.FAINT),)]
    return [_title(look, view), _rules(look, view), *_calendar(look, view, width)]


def _title(look: Look, view: AvailabilityView) -> Line:
    final = look.say("final") if view.final else look.say("so far")
    return (Cell(f"{view.period.label(look.language)}  ", Tone.STRONG), Cell(final, Tone.GOOD if view.final else Tone.FAINT))


def _rules(look: Look, view: AvailabilityView) -> Line:
    say, rules = look.say, view.rules
    unreachable = say("unreachable time counts") if rules.count_unreachable else say("unreachable time does not count")
    planned = say("planned time is left out") if rules.exclude_planned else say("planned time is down time")
    enough = f"{say('coverage wanted')} {rules.minimum_coverage:.0%}"
    return (Cell(f"{unreachable} · {planned} · {enough}", Tone.FAINT),)


def _calendar(look: Look, view: AvailabilityView, width: int) -> Iterator[Line]:
    calendar = view.calendar
    cell = _CELL[calendar.monthly]
    shown = max(1, (width - _NAME - _EDGE) // cell)
    yield (Cell(" " * _NAME + "".join(_day(look, each, calendar, cell) for each in calendar.edges[:-1][-shown:]), Tone.FAINT),)
    objectives = {f"{entry.kind}:{entry.name}": entry for entry in view.entries}
    for key in _worst(calendar):
        entry = objectives.get(key)
        if entry is not None:
            name = look.say("everything") if key == WHOLE else look.name(entry.label, entry.name)
            days = calendar.rows[key][-shown:]
            yield (Cell(cut(name, _NAME - 1) + " "), *(_shade(ratio, entry.objective, cell) for ratio in days))


def _day(look: Look, edge: Instant, calendar: Calendar, cell: int) -> str:
    zone = look.picture.configuration.instance.availability.time_zone
    day = local_date(edge, zone)
    return cut(str(day.month if calendar.monthly else day.day), cell)


def _worst(calendar: Calendar) -> list[str]:
    """Return the whole, then those with the worst days."""
    others = [key for key in calendar.rows if key != WHOLE]
    others.sort(key=lambda key: sum(1 - ratio for ratio in calendar.rows[key] if ratio is not None), reverse=True)
    return [WHOLE, *others[: CALENDAR_ROWS - 1]]


def _shade(ratio: float | None, objective: float, cell: int) -> Cell:
    """Return a day as height and tone, so that either alone tells it."""
    if ratio is None:
        return Cell(cut("·", cell), Tone.FAINT)
    if ratio >= objective:
        return Cell(cut("█" if ratio == 1.0 else "▆", cell), Tone.GOOD)
    return Cell(cut("▄", cell), Tone.WARN) if ratio >= _HALF else Cell(cut("▁", cell), Tone.BAD)


def availability(look: Look) -> Rows:
    """Return the table of sections."""
    view, say = look.picture.availability, look.say
    columns = [
        Column(say("Name"), 24, grow=2),
        Column(say("Availability"), 14, right=True),
        Column(say("Worst – best"), 17, right=True, from_width=100),
        Column(say("Coverage"), 9 if look.language == "en" else 12, right=True, from_width=90),
        Column(say("Objective"), 9, right=True, from_width=110),
        Column(say("Where the time went"), 24, grow=4),
    ]
    if view is None:
        return Rows(columns, [], lambda _key: (), reason(look, say("Looking …"), ("availability",)))
    sections = [
        Section(
            "figures", say("Figures"), [Entry(f"{each.kind}:{each.name}", _figures(look, each)) for each in _ordered(look, view)]
        ),
        Section("outages", say("Outages"), [_outage(look, each) for each in view.losses], more=view.outages - len(view.losses)),
        Section("what-if", say("What other rules would say"), [_other(look, each) for each in view.what_if], counted=False),
    ]
    if view.problems:
        notes = [Entry(str(number), (Cell(text, Tone.WARN),)) for number, text in enumerate(view.problems)]
        sections.insert(0, Section("problems", say("Corrections that do not count"), notes))
    return table(look, columns, sections, say("Nothing was measured in this period."))


def _ordered(look: Look, view: AvailabilityView) -> Sequence[Figures]:
    if look.order == 0:
        return view.entries
    return sorted(view.entries, key=lambda each: 2.0 if each.figures.availability is None else each.figures.availability)


def _figures(look: Look, entry: Figures) -> Line:
    found = entry.figures
    label = told_kind(entry.name, look.say) if entry.kind == "kind" else look.name(entry.label, entry.name)
    name = look.say("everything") if entry.kind == "whole" else f"{look.say(entry.kind)} {label}"
    meets = found.meets(entry.objective)
    tone = Tone.UNKNOWN if meets is None else Tone.GOOD if meets else Tone.BAD
    symbol = "?" if meets is None else "●" if meets else "✖"
    return (
        Cell("  " + name),
        Cell(f"{symbol} {_percent(found.availability)}", tone),
        Cell(f"{_percent(found.worst)} – {_percent(found.best)}", Tone.FAINT),
        Cell(_percent(found.coverage), Tone.PLAIN if found.sufficient else Tone.WARN),
        Cell(_percent(entry.objective), Tone.FAINT),
        Cell(_spent(look, entry)),
    )


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{percent(ratio)}%"


def _spent(look: Look, entry: Figures) -> str:
    """Return the buckets that are not up, the figure with corrections, and who is worst of several."""
    say, buckets = look.say, entry.buckets
    parts = (
        (say("down"), buckets.down),
        (say("unreachable"), buckets.unreachable),
        (say("planned"), buckets.planned),
        (say("unknown"), buckets.unknown),
    )
    said = [f"{word} {_length(look, spent)}" for word, spent in parts if spent]
    if entry.corrected is not None:
        said.insert(0, f"{say('corrected')} {_percent(entry.corrected.availability)}")
    if entry.below and entry.members > 1:
        said.append(f"{entry.below} {say('below the objective')}, {say('worst')} {entry.worst_member}")
    if not entry.figures.sufficient:
        said.append(say("insufficient data"))
    return " · ".join(said)


def _length(look: Look, milliseconds: int) -> str:
    return look.lasting(milliseconds // MILLISECONDS)


def _outage(look: Look, loss: Loss) -> Entry:
    say, outage = look.say, loss.outage
    began = look.moment(outage.start)
    goes_on = f" · {say('goes on')}" if outage.goes_on else ""
    because = "" if loss.cause is None else f" · {say('because of')} {loss.cause.name}"
    said = look.told(str(loss.subject), loss.summary)
    planned = bool(outage.planned) and outage.planned == outage.duration
    cause = say(CAUSES[loss.cause_code.value])
    line = (
        Cell(f"  {loss.subject.name}"),
        Cell(_length(look, outage.duration), Tone.FAINT if planned else Tone.BAD),
        Cell(""),
        Cell(""),
        Cell(""),
        Cell(f"{began}{goes_on} · {cause}{because} · {said}", Tone.FAINT if planned else Tone.PLAIN),
    )
    return Entry(f"{loss.subject}@{outage.start}", line)


def _other(look: Look, other: WhatIf) -> Entry:
    say, found = look.say, other.figures
    unreachable = say("unreachable time counts") if other.count_unreachable else say("unreachable time does not count")
    planned = say("planned time is left out") if other.exclude_planned else say("planned time is down time")
    line = (
        Cell(("● " if other.in_force else "  ") + unreachable),
        Cell(_percent(found.availability), Tone.STRONG if other.in_force else Tone.PLAIN),
        Cell(f"{_percent(found.worst)} – {_percent(found.best)}", Tone.FAINT),
        Cell(_percent(found.coverage), Tone.FAINT),
        Cell(""),
        Cell(planned + (f" · {say('as configured')}" if other.in_force else "")),
    )
    return Entry(f"{other.count_unreachable}-{other.exclude_planned}", line)
