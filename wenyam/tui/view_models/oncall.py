"""Who is on duty now in every rota, how to reach them, until when, and who takes over."""

from collections.abc import Iterator

from wenyam.i18n.dates import format_date
from wenyam.incidents.duty import Place
from wenyam.model.oncall import Hours
from wenyam.operations.oncall import Duty
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone
from wenyam.tui.view_models.look import Look, reason


def head(look: Look) -> list[Line]:
    """Return today, and whether it is a working day."""
    roster, say = look.picture.roster, look.say
    if roster is None:
        return [(Cell(reason(look, say("Looking …"), ("duty",)), Tone.FAINT),)]
    holiday = roster.holiday_th if look.language == "th" else roster.holiday_en
    kind = holiday or (say("working day") if roster.working_day else say("no working day"))
    lines: list[Line] = [(Cell(format_date(roster.day, look.language) + "  ", Tone.STRONG), Cell(kind, Tone.FAINT))]
    if roster.store_silent:
        lines.append((Cell(roster.store_silent, Tone.WARN),))
    return lines


def oncall(look: Look) -> Rows:
    """Return the table: a line for each layer of each rota, the first called on top."""
    say = look.say
    columns = [
        Column(say("Rota"), 16, grow=1),
        Column(say("Called"), 6, right=True),
        Column(say("On duty"), 16, grow=2),
        Column(say("Telephone"), 16),
        Column(say("Until"), look.moment_width - 2),
        Column(say("Then"), 20, grow=2, from_width=100),
    ]
    roster = look.picture.roster
    lines = {} if roster is None else dict(row for duty in roster.duties for row in _duty(look, duty))
    empty = reason(look, say("No rota is configured: section 'oncall' (docs/howto/on-call.md)."), ("duty",))
    return Rows(columns, list(lines), lines.__getitem__, empty)


def _duty(look: Look, duty: Duty) -> Iterator[tuple[str, Line]]:
    label = look.name(duty.rota.label, duty.rota.name)
    for place in duty.places:
        who = whoever(look, duty, place)
        if look.matches(label, who.text):
            yield f"{duty.rota.name}:{place.layer}", _line(look, label if place.layer == 1 else "", place, who)


def whoever(look: Look, duty: Duty, place: Place) -> Cell:
    """Return who is on duty; that nobody is, is no trouble outside the hours of a rota that has hours."""
    if place.person is not None:
        return Cell(look.person(place.person))
    if duty.rota.hours is not Hours.ALWAYS and place.next_person is not None:
        return Cell(look.say("outside its hours"), Tone.FAINT)
    return Cell(look.say("nobody"), Tone.WARN)


def _line(look: Look, label: str, place: Place, who: Cell) -> Line:
    known = look.picture.configuration.inventory.people.get(place.person or "")
    stands_in = f" ({place.stands_in})" if place.stands_in else ""
    then = (
        "" if place.next_person is None else f"{look.person(place.next_person)} {look.say('from')} {look.moment(place.next_from)}"
    )
    return (
        Cell(label, Tone.STRONG),
        Cell(str(place.layer), Tone.FAINT),
        Cell(who.text + stands_in, who.tone),
        Cell(known.telephone or "" if known is not None else ""),
        Cell(look.moment(place.until), Tone.FAINT),
        Cell(then, Tone.FAINT),
    )
