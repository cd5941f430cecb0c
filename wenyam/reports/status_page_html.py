"""The status page as HTML in one language: no script, nothing from elsewhere, every text escaped. Pure."""

from collections import Counter
from collections.abc import Iterable

from wenyam.model.instants import seconds_between
from wenyam.model.states import State
from wenyam.reports.status_page import StatusPage
from wenyam.reports.status_page_bars import key
from wenyam.reports.status_page_parts import announcement, service, work
from wenyam.reports.status_page_style import policy, style_sheet
from wenyam.reports.status_page_words import DAY_LOOKS, LOOKS, Tongue, safe

_NAMES = {"th": "ภาษาไทย", "en": "English"}
"""What each language calls itself."""


def write(page: StatusPage, language: str) -> str:
    """Return the whole file."""
    tongue = Tongue(page, language)
    style = style_sheet(seconds_between(page.written, page.due))
    title = tongue.text(page.title)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">{tongue.say("To the content")}</a>\n'
        f"<header>{_languages(page, language, tongue)}<h1>{title}</h1>\n{_overall(page, tongue)}\n{_age(page, tongue)}</header>\n"
        f'<p class="old">{tongue.say("This page has been open for a while. Load it again to see the present.")}</p>\n'
        f'<main id="main">\n{_main(page, tongue)}</main>\n'
        f'<footer class="quiet">{_foot(page, tongue)}</footer>\n</body>\n</html>\n'
    )


def _languages(page: StatusPage, language: str, tongue: Tongue) -> str:
    links = [
        f'<a href="{page.file_of(other)}" lang="{other}" hreflang="{other}">{_NAMES[other]}</a>'
        for other in page.languages
        if other != language
    ]
    return f'<nav aria-label="{tongue.say("Language")}">{" ".join(links)}</nav>' if links else ""


def _overall(page: StatusPage, tongue: Tongue) -> str:
    """Say in one sentence how things are."""
    states = Counter(LOOKS[each.state][0] for each in page.services)
    total = len(page.services)
    if states["down"]:
        state, said = State.DOWN, tongue.say("{count} of {total} services do not work", count=states["down"], total=total)
    elif states["unknown"]:
        state, said = (
            State.UNKNOWN,
            tongue.say("Of {count} of {total} services nothing is known", count=states["unknown"], total=total),
        )
    elif total:
        state, said = State.UP, tongue.say("All {total} services work", total=total)
    else:
        state, said = State.UNKNOWN, tongue.say("No service is configured")
    look, symbol, _ = LOOKS[state]
    return f'<p class="overall {look}"><span aria-hidden="true">{symbol}</span> {said}</p>'


def _age(page: StatusPage, tongue: Tongue) -> str:
    """Say when the page was written and when it stops being true: nobody needs a script to see that it is old."""
    written, due = tongue.moment(page.written, seconds=True), tongue.moment(page.due, seconds=True)
    rule = tongue.say("If it is later than that, this page is out of date and says nothing of the present.")
    return f"<p>{tongue.say('Written')} {written} · {tongue.say('the next one is due by')} {due} · {rule}</p>"


def _main(page: StatusPage, tongue: Tongue) -> str:
    parts = []
    if page.announcements:
        rows = "".join(announcement(each, tongue) for each in page.announcements)
        parts.append(_section("announcements", tongue.say("Announcements"), f'<ul class="plain">{rows}</ul>'))
    rows = "".join(service(each, place, tongue) for place, each in enumerate(page.services, start=1))
    parts.append(_section("services", tongue.say("Services"), rows + _legend(tongue)))
    rows = "".join(work(each, tongue) for each in page.work)
    planned = f'<ul class="plain">{rows}</ul>' if rows else f"<p>{tongue.say('No work is planned.')}</p>"
    parts.append(_section("work", tongue.say("Planned work"), planned))
    return "".join(parts)


def _section(name: str, heading: str, content: str) -> str:
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{heading}</h2>\n{content}</section>\n'


def _legend(tongue: Tongue) -> str:
    rows = "".join(f"<li>{key(look)}{tongue.say(word)}</li>" for look, word in DAY_LOOKS.items())
    return f'<ul class="legend quiet" aria-label="{tongue.say("One bar is one day")}">{rows}</ul>'


def _foot(page: StatusPage, tongue: Tongue) -> str:
    return "".join(f"<p>{line}</p>" for line in _foot_lines(page, tongue))


def _foot_lines(page: StatusPage, tongue: Tongue) -> Iterable[str]:
    if page.contact is not None:
        yield tongue.text(page.contact)
    yield tongue.say("Times are of the zone {zone}.", zone=page.time_zone)
    yield tongue.say("Written by Wenyam {instance}.", instance=page.instance)
    if page.head is not None:
        said = tongue.say("Head of the fact chain")
        yield f"{said}: {page.head.sequence} <code>{safe(page.head.digest)}</code> {tongue.moment(page.head.at, seconds=True)}"
