"""What every view model is given: the picture, the reader's language and what the reader narrowed it to."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wenyam.alerts.subject_words import spoken_check
from wenyam.alerts.summaries import told_of
from wenyam.i18n.dates import format_instant, local_date, local_time
from wenyam.i18n.lengths import short_time
from wenyam.i18n.translate import Translator, mark, translator
from wenyam.model.durations import write
from wenyam.model.instants import Instant, from_iso, seconds_between
from wenyam.model.inventory import Text
from wenyam.model.states import Subject
from wenyam.operations.subject_names import called, with_names
from wenyam.tui.picture import Picture

_TIME_WIDTHS = {"en": 9, "th": 13}
_MOMENT_WIDTHS = {"en": 20, "th": 23}
_DATA_AGE_WIDTHS = {"en": 14, "th": 18}
_KIND_WIDTHS = {"en": 10, "th": 15}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a picture."""

    picture: Picture
    language: str = "en"
    say: Translator = mark
    wanted: str = ""
    """What the reader filters by; rows that contain every word of it stay."""
    folded: frozenset[str] = frozenset()
    """Keys of rows whose children are hidden, or shown where a table folds by itself."""
    order: int = 0
    """Which of a table's orders the reader chose."""

    def matches(self, *texts: str) -> bool:
        """Tell whether a row with these texts stays."""
        return not self.wanted or all(word in "\n".join(texts).casefold() for word in self.wanted.casefold().split())

    def name(self, label: Text | None, otherwise: str = "") -> str:
        """Return a label in the reader's language."""
        return otherwise if label is None else (label.th if self.language == "th" else label.en) or otherwise

    def person(self, who: str) -> str:
        """Return a person's name in the reader's language."""
        known = self.picture.configuration.inventory.people.get(who)
        return who if known is None else self.name(known.name, who)

    def moment(self, at: Instant | str | None, *, seconds: bool = False) -> str:
        """Return a moment, or one written as ISO 8601, in the reader's language and the instance's zone; empty for none."""
        if at is None:
            return ""
        zone = self.picture.configuration.instance.availability.time_zone
        return format_instant(from_iso(at) if isinstance(at, str) else at, zone, self.language, seconds=seconds)

    def lately(self, at: Instant) -> str:
        """Return a moment of the last two days without its date, an earlier one with it."""
        zone = self.picture.configuration.instance.availability.time_zone
        days = (local_date(self.picture.at or at, zone) - local_date(at, zone)).days
        if days not in (0, 1):
            return self.moment(at, seconds=True)
        clock = f"{local_time(at, zone):%H:%M:%S}"
        return clock if days == 0 else f"{self.say('yesterday')} {clock}"

    def ago(self, since: Instant | str | None) -> str:
        """Return for how long something is so since a moment, or one written as ISO 8601."""
        begun = from_iso(since) if isinstance(since, str) else since
        return "" if not begun else self.lasting(int(max(0.0, seconds_between(begun, self.picture.at))))

    def lasting(self, seconds: float) -> str:
        """Return a length of time with the reader's units."""
        written = write(float(seconds))
        return written if self.language == "en" else short_time(written, self.say)

    @property
    def time_width(self) -> int:
        """How many cells a length of time takes in a table: Thai units are words."""
        return _TIME_WIDTHS[self.language]

    @property
    def moment_width(self) -> int:
        """How many cells an indented moment takes in a table."""
        return _MOMENT_WIDTHS[self.language]

    @property
    def data_age_width(self) -> int:
        """How many cells the age of restored data takes in a table, its word before it."""
        return _DATA_AGE_WIDTHS[self.language]

    @property
    def kind_width(self) -> int:
        """How many cells a kind of device takes in a table."""
        return _KIND_WIDTHS[self.language]

    def called(self, subject: str) -> str:
        """Return what a subject is called in a table: in English by its names, in Thai by what they mean."""
        return called(subject, self.picture.configuration.inventory, self.language)

    def check(self, name: str) -> str:
        """Return what a check is called beside what it is a check of."""
        return name if self.language == "en" else spoken_check(name, self.say)

    def told(self, subject: str, summary: str) -> str:
        """Return what a check said of a subject in the reader's language."""
        if self.language == "en" or not summary:
            return summary
        said = _told(subject, summary, self.language)
        return with_names(said, self.picture.configuration.inventory, self.language)


@lru_cache(maxsize=4096)
def _told(subject: str, summary: str, language: str) -> str:
    """Return a summary in a language; kept, because a table says the same ones at every look."""
    return told_of(Subject.parse(subject), summary, translator(language))


class Arranged:
    """A look as the key of a cache: equal to another at which rows stand in the same order, whatever the moment."""

    def __init__(self, look: Look) -> None:
        """Take the look; it keeps alive what it is compared by."""
        self.look = look
        states, inventory = look.picture.states, look.picture.configuration.inventory
        self._key = (id(states), id(inventory), look.wanted, look.folded, look.order, look.language)

    def __hash__(self) -> int:
        """Hash what the order hangs on."""
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        """Compare what the order hangs on."""
        return isinstance(other, Arranged) and self._key == other._key


def trouble(look: Look, part: str) -> str:
    """Return why a part could not be gathered, in the reader's language where the catalogue knows it; empty when it was."""
    said = look.picture.troubles.get(part, "")
    return look.say(said) if said else ""


def reason(look: Look, nothing: str, parts: Iterable[str] = ()) -> str:
    """Return why a table is empty: not looked yet, a filter, a silent watcher, a part that failed, or truly nothing."""
    picture = look.picture
    if not picture.looked:
        return look.say("Looking …")
    if troubles := [trouble(look, part) for part in parts if part in picture.troubles]:
        return " ".join(troubles)
    if look.wanted:
        return look.say("Nothing matches the filter; Esc takes it away.")
    if not picture.live:
        return look.say("Nothing is known of now.")
    return nothing
