"""A rota as an RFC 5545 calendar for telephones and mail programs: one event a shift, the same id whenever it is written."""

from datetime import timedelta

from icalendar import Calendar, Event

from wenyam.i18n.clean_text import clean
from wenyam.incidents.rota import Shift, whole_shifts
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant, Period, from_datetime, to_datetime
from wenyam.model.oncall import OnCallPlan, Rota

_DAYS_OF_A_MONTH = 31
_LONGEST = 1000


def calendar(configuration: Configuration, plan: OnCallPlan, rota: Rota, months: int, now: Instant) -> str:
    """Return the shifts from the present one on for so many months; times in UTC, so that no reader has to know our zone."""
    found = Calendar()
    found.add("prodid", "-//Wenyam//On call//EN")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("x-wr-calname", clean(_label(configuration, rota), _LONGEST))
    end = from_datetime(to_datetime(now) + timedelta(days=_DAYS_OF_A_MONTH * months))
    for shift in whole_shifts(plan, rota, Period(now, end)):
        found.add_component(_event(configuration, rota, shift, now))
    text: bytes = found.to_ical()
    return text.decode("utf-8")


def _event(configuration: Configuration, rota: Rota, shift: Shift, now: Instant) -> Event:
    event = Event()
    start, end, stamp = (to_datetime(_whole_second(instant)) for instant in (shift.start, shift.end, now))
    event.add("uid", f"{rota.name}-{shift.layer}-{start:%Y%m%dT%H%M%SZ}@{configuration.instance.name}")
    event.add("dtstamp", stamp)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", clean(_summary(configuration, rota, shift), _LONGEST))
    description = clean(_description(configuration, shift), _LONGEST)
    if description:
        event.add("description", description)
    event.add("transp", "TRANSPARENT")  # duty leaves room for meetings
    return event


def _whole_second(instant: Instant) -> Instant:
    """Return the second an instant is in: a calendar knows no parts of one."""
    return Instant(instant - instant % MILLISECONDS)


def _summary(configuration: Configuration, rota: Rota, shift: Shift) -> str:
    layer = f" {shift.layer}" if len(rota.layers) > 1 else ""
    return f"{_label(configuration, rota)}{layer}: {_name(configuration, shift.person)}"


def _description(configuration: Configuration, shift: Shift) -> str:
    person = configuration.inventory.people.get(shift.person)
    telephone = "" if person is None else person.telephone or ""
    return "; ".join(part for part in (telephone, shift.stands_in) if part)


def _label(configuration: Configuration, rota: Rota) -> str:
    return rota.label.th if configuration.instance.language == "th" else rota.label.en


def _name(configuration: Configuration, who: str) -> str:
    person = configuration.inventory.people.get(who)
    if person is None:
        return who
    return person.name.th if configuration.instance.language == "th" else person.name.en
