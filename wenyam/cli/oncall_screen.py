"""What `wenyam oncall` prints, as text in one language."""

from wenyam.i18n.dates import format_instant
from wenyam.i18n.translate import Translator, translator
from wenyam.incidents.duty import Place
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import Text
from wenyam.model.oncall import StandIn
from wenyam.operations.oncall import Duty, Roster


def screen(configuration: Configuration, found: Roster, language: str) -> str:
    """Write who is on duty in every rota."""
    say = translator(language)
    lines = [_day(configuration, found, language, say)]
    if not found.duties:
        lines.append(say("No rota is configured; the section 'oncall' holds them."))
    for duty in found.duties:
        label = _text(duty.rota.label, language)
        name = "" if label == duty.rota.name else f" ({duty.rota.name})"
        lines += ["", f"{label}{name}"]
        lines += [_place(configuration, place, language, say) for place in duty.places]
        lines += _coming(configuration, duty, found.at, language, say)
    return "\n".join(lines) + "\n"


def _day(configuration: Configuration, found: Roster, language: str, say: Translator) -> str:
    zone = configuration.oncall.time_zone
    holiday = found.holiday_th if language == "th" else found.holiday_en
    kind = f"{say('holiday')}: {holiday}" if holiday else say("working day") if found.working_day else say("weekend")
    return f"{format_instant(found.at, zone, language)} · {kind}"


def _place(configuration: Configuration, place: Place, language: str, say: Translator) -> str:
    zone = configuration.oncall.time_zone
    parts = [f"  {place.layer}  {_person(configuration, place.person, language) if place.person else say('nobody')}"]
    if place.stands_in:
        parts.append(f"{say('stands in')}: {place.stands_in}")
    if place.until is not None:
        parts.append(f"{say('until')} {format_instant(place.until, zone, language)}")
    if place.next_person is not None and place.next_from is not None:
        then = _name(configuration, place.next_person, language)
        when = "" if place.next_from == place.until else f" {say('from')} {format_instant(place.next_from, zone, language)}"
        parts.append(f"{say('then')} {then}{when}")
    return " · ".join(parts)


def _coming(configuration: Configuration, duty: Duty, at: Instant, language: str, say: Translator) -> list[str]:
    """List who was entered at run time and is not over, with the number to withdraw it by."""
    return [
        f"  {say('stand-in')} {each.number}: {_stand_in(configuration, each, language)}"
        for each in duty.rota.overrides
        if each.number and each.ends > at
    ]


def _stand_in(configuration: Configuration, each: StandIn, language: str) -> str:
    zone = configuration.oncall.time_zone
    times = " – ".join(format_instant(instant, zone, language) for instant in (each.starts, each.ends))
    return f"{_name(configuration, each.person, language)}, {times}, {each.reason}"


def _person(configuration: Configuration, who: str, language: str) -> str:
    person = configuration.inventory.people.get(who)
    telephone = None if person is None else person.telephone
    return _name(configuration, who, language) + (f" · {telephone}" if telephone else "")


def _name(configuration: Configuration, who: str, language: str) -> str:
    person = configuration.inventory.people.get(who)
    return who if person is None else _text(person.name, language)


def _text(text: Text, language: str) -> str:
    return text.th if language == "th" else text.en
