"""The pieces of the status page: a service, an announcement, planned work. HTML; every text went through `safe`."""

from wenyam.i18n.percent import percent
from wenyam.i18n.translate import mark
from wenyam.incidents.announcements import Announcement
from wenyam.reports.status_page import Day, DayLook, ShownService, ShownWork
from wenyam.reports.status_page_bars import USUAL, bars
from wenyam.reports.status_page_words import LOOKS, Tongue, safe

_TROUBLED = (DayLook.DOWN, DayLook.PLANNED)


def service(shown: ShownService, place: int, tongue: Tongue) -> str:
    """Write one service: its name, its state, the last days."""
    look, symbol, word = LOOKS[shown.state]
    state = f'<span class="state {look}"><span aria-hidden="true">{symbol}</span> {tongue.say(word)}</span>'
    if shown.in_work:
        state += f' <span class="state planned"><span aria-hidden="true">◆</span> {tongue.say("planned work goes on")}</span>'
    return (
        f'<article class="card" aria-labelledby="s{place}"><div class="head"><h3 id="s{place}">{tongue.text(shown.label)}</h3>'
        f"{state}</div>{_since(shown, tongue)}{_because(shown, tongue)}{_history(shown, tongue)}</article>\n"
    )


def _since(shown: ShownService, tongue: Tongue) -> str:
    if not shown.since:
        return ""
    return f'<p class="quiet">{tongue.say("since")} {tongue.moment(shown.since)}</p>'


def _because(shown: ShownService, tongue: Tongue) -> str:
    if not shown.because:
        return ""
    names = ", ".join(tongue.text(each) for each in shown.because)
    return f"<p>{tongue.say('Because of')}: {names}</p>"


def _history(shown: ShownService, tongue: Tongue) -> str:
    days = [(day, "" if day.look in USUAL else tongue.day(day)) for day in shown.days]
    if not days:
        return ""
    figure = _figure(shown, tongue)
    ends = f"<span>{tongue.say('{days} days ago', days=len(days))}</span><span>{figure}</span><span>{tongue.say('today')}</span>"
    return f'{bars(days, _summary(shown, tongue))}<div class="ends quiet">{ends}</div>{_troubled(days, tongue)}'


def _figure(shown: ShownService, tongue: Tongue) -> str:
    if shown.availability is None:
        return tongue.say("no figure yet")
    figures = {"ratio": percent(shown.availability), "objective": f"{shown.objective * 100:g}"}
    told = tongue.say("{ratio} % available, objective {objective} %", **figures)
    if shown.corrected is not None:
        told += " " + tongue.say("({ratio} % with corrections)", ratio=percent(shown.corrected))
    return told


def _summary(shown: ShownService, tongue: Tongue) -> str:
    """Say the whole picture in one sentence, for whoever does not see it."""
    bad = [day for day in shown.days if day.look is DayLook.DOWN]
    lost = sum(day.lost for day in bad)
    if not bad:
        return tongue.say("Last {days} days: no outage", days=len(shown.days))
    sentence = mark("Last {days} days: not working on {count} of them, {length} in all")
    return tongue.say(sentence, days=len(shown.days), count=len(bad), length=tongue.length(lost))


def _troubled(days: list[tuple[Day, str]], tongue: Tongue) -> str:
    found = [said for day, said in reversed(days) if day.look in _TROUBLED]
    if not found:
        return ""
    rows = "".join(f"<li>{said}</li>" for said in found)
    head = tongue.say("Days with an outage or planned work: {count}", count=len(found))
    return f"<details><summary>{head}</summary><ul>{rows}</ul></details>"


def announcement(each: Announcement, tongue: Tongue) -> str:
    """Write one announcement; one in the other language says so, for voices that read aloud."""
    text, language = each.said(tongue.language)
    other = "" if language == tongue.language else f' lang="{language}"'
    about = f"<p>{tongue.say('About')}: {tongue.names(each.services)}</p>" if each.services else ""
    until = f"{tongue.moment(each.at)} · {tongue.say('valid until')} {tongue.moment(each.until)}"
    return f'<li class="card"><p{other}><strong>{safe(text)}</strong></p>{about}<p class="quiet">{until}</p></li>\n'


def work(shown: ShownWork, tongue: Tongue) -> str:
    """Write one piece of planned work."""
    word = tongue.say("going on now") if shown.now else tongue.say("planned")
    when = tongue.span(shown.period.start, shown.period.end)
    head = f'<span class="state planned"><span aria-hidden="true">◆</span> {word}</span> {when}'
    parts = [f"<p>{head}</p>"]
    if shown.services:
        parts.append(f"<p>{tongue.say('May be interrupted')}: {tongue.names(shown.services)}</p>")
    if shown.reason:
        parts.append(f"<p>{safe(shown.reason)}</p>")
    if shown.devices:
        parts.append(f'<p class="quiet">{", ".join(tongue.text(each) for each in shown.devices)}</p>')
    return f'<li class="card">{"".join(parts)}</li>\n'
