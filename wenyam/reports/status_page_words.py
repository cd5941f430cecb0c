"""What the status page says in one language: names, moments, lengths of time, and text made harmless for HTML."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape

from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_date, format_instant
from wenyam.i18n.translate import Translator, mark, translator
from wenyam.model import durations
from wenyam.model.instants import MILLISECONDS, Instant, to_iso
from wenyam.model.inventory import Text
from wenyam.model.states import State
from wenyam.reports.status_page import Day, DayLook, StatusPage

LONGEST = 1000
_UNITS = {"d": mark("days"), "h": mark("h"), "m": mark("min"), "s": mark("sec")}

LOOKS = {
    State.UP: ("up", "●", mark("Working")),
    State.DOWN: ("down", "✖", mark("Not working")),
    State.UNREACHABLE: ("down", "✖", mark("Not working")),
    State.UNKNOWN: ("unknown", "?", mark("Not known")),
}
"""Class, symbol and word of a service's state; the three say the same."""
DAY_LOOKS = {
    DayLook.UP: mark("working"),
    DayLook.DOWN: mark("not working at some time"),
    DayLook.PLANNED: mark("planned work"),
    DayLook.UNKNOWN: mark("not known"),
    DayLook.EMPTY: mark("no data"),
}


@dataclass(frozen=True)
class Tongue:
    """One language for one page."""

    page: StatusPage
    language: str

    @cached_property
    def _catalogue(self) -> Translator:
        return translator(self.language)

    def say(self, template: str, **parts: object) -> str:
        """Say a sentence with its parts filled in, as HTML; the parts are only text."""
        return safe(self._catalogue(template).format(**parts))

    def text(self, text: Text) -> str:
        """Return a text of the configuration in this language, as HTML."""
        return safe(text.th if self.language == "th" else text.en)

    def label(self, service: str) -> str:
        """Return what people call a service, as HTML; its name when nothing else is known."""
        found = self.page.service_labels.get(service)
        return safe(service) if found is None else self.text(found)

    def moment(self, instant: Instant, *, seconds: bool = False) -> str:
        """Write a moment as HTML that machines can read too."""
        shown = format_instant(instant, self.page.time_zone, self.language, seconds=seconds)
        return f'<time datetime="{to_iso(instant)}">{safe(shown)}</time>'

    def span(self, start: Instant, end: Instant) -> str:
        """Write from when to when."""
        return f"{self.moment(start)} – {self.moment(end)}"

    def length(self, milliseconds: int) -> str:
        """Write a length of time in words, at least a second; plain text."""
        words = durations.write(max(1, round(milliseconds / MILLISECONDS))).split()
        return " ".join(self._catalogue(_UNITS[word]) if word in _UNITS else word for word in words)

    def names(self, services: Iterable[str]) -> str:
        """Return the labels of several services."""
        return ", ".join(map(self.label, services))

    def day(self, day: Day) -> str:
        """Say how a day was, as HTML."""
        told = self.say(DAY_LOOKS[day.look])
        if day.look is DayLook.DOWN:
            told = self.say("not working for {length}", length=self.length(day.lost))
        elif day.look is DayLook.PLANNED:
            told = self.say("planned work for {length}", length=self.length(day.buckets.planned))
        return f"{safe(format_date(day.date, self.language, short=True))}: {told}"


def safe(text: str) -> str:
    """Return text that can stand anywhere in HTML, in attributes too, whoever wrote it."""
    return escape(clean(text, LONGEST), quote=True)
