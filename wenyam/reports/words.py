"""How raw values are said in one language: percentages, durations, instants, names and the fixed words."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from wenyam.checks.wording import write as write_size
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_instant
from wenyam.i18n.percent import percent
from wenyam.i18n.translate import Translator, mark, translator
from wenyam.model.backup import Verdict
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.inventory import Text
from wenyam.operations.drill_words import DRILL_TOKENS
from wenyam.operations.incident_words import CAUSES, TOKENS
from wenyam.reports.tables import Cell, Shape

NOTHING = "–"

_WORDS = {
    "whole": mark("whole"),
    "site": mark("site"),
    "kind": mark("kind"),
    "group": mark("group"),
    "service": mark("service"),
    "link": mark("link"),
    "device": mark("device"),
    "up": mark("up"),
    "down": mark("down"),
    "unreachable": mark("unreachable"),
    "unknown": mark("unknown"),
    "planned": mark("planned"),
    "missed": mark("missed"),
    "failed": mark("failed"),
    "incomplete": mark("incomplete"),
    "done": mark("done"),
    "running": mark("running"),
    **CAUSES,
    "met": mark("met"),
    "below": mark("below"),
    "insufficient": mark("insufficient data"),
    "no_data": mark("no data"),
    Verdict.PASS.value: mark("PASS"),
    Verdict.FAIL.value: mark("FAIL"),
    Verdict.NOT_TESTED.value: mark("NOT TESTED"),
    "not_ended": mark("DID NOT END"),
    "not_compared": mark("not compared"),
    "files_beside": mark("files, beside"),
    "files_in_place": mark("files, in place"),
    "database_beside": mark("database, beside"),
    "database_in_place": mark("database, in place"),
    "proven": mark("proven"),
    "too_old": mark("too old"),
    "never": mark("NEVER PROVEN"),
    "not_configured": mark("no longer configured"),
    "age_risk": mark("over 5 years: a risk"),
    "age_replace": mark("over 7 years: may be replaced"),
    **TOKENS,
    **DRILL_TOKENS,
}
"""What every token is called: kinds, states, outcomes, causes (R2.4), results."""


@dataclass(frozen=True)
class Words:
    """One reader: language and time zone."""

    language: str
    time_zone: str

    @cached_property
    def say(self) -> Translator:
        """Return the function that says an English sentence in this language."""
        return translator(self.language)

    def label(self, text: Text | None) -> str | None:
        """Return a thing's label in this language, if it has one."""
        return None if text is None else text.th if self.language == "th" else text.en

    def word(self, token: str) -> str:
        """Say a token; one from a newer Wenyam stays as it is."""
        return self.say(_WORDS[token]) if token in _WORDS else token

    def instant(self, instant: int) -> str:
        """Write an instant with seconds, in Thai with its B.E. year."""
        return format_instant(Instant(instant), self.time_zone, self.language, seconds=True)

    def shaped(self, value: Cell, shape: Shape) -> str:
        """Write one raw cell for a reader."""
        if value is None:
            return NOTHING
        writer = _WRITERS.get(shape)
        if writer is not None:
            return writer(value)
        if shape is Shape.WORD:
            return self.word(str(value))
        if shape is Shape.INSTANT:
            return self.instant(int(value))
        # Labels come from people and details from programs; whatever they hold, a report only shows text.
        return clean(str(value))


def change(ratio: float) -> str:
    """Write how much something grew or shrank, in percent with its sign."""
    return f"{'-' if ratio < 0 else '+'}{percent(abs(ratio))}"


def duration(milliseconds: int) -> str:
    """Write a duration as hours:minutes:seconds, which spreadsheets add up; rounded to the second."""
    seconds = (milliseconds + MILLISECONDS // 2) // MILLISECONDS
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_WRITERS: Final[dict[Shape, Callable[[Cell], str]]] = {
    Shape.PERCENT: lambda value: percent(float(value or 0)),
    Shape.CHANGE: lambda value: change(float(value or 0)),
    Shape.BYTES: lambda value: write_size(float(value or 0), "bytes"),
    Shape.DURATION: lambda value: duration(int(value or 0)),
}
"""What looks the same in every language."""
