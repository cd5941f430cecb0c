"""What every view model is given: the picture, the reader's language and what the reader narrowed it to."""

from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.i18n.dates import format_instant
from wenyam.i18n.translate import Translator, mark
from wenyam.model.durations import write
from wenyam.model.instants import Instant, from_iso, seconds_between
from wenyam.model.inventory import Text
from wenyam.tui.picture import Picture


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

    def ago(self, since: Instant | str | None) -> str:
        """Return for how long something is so since a moment, or one written as ISO 8601."""
        begun = from_iso(since) if isinstance(since, str) else since
        return "" if not begun else write(float(int(max(0.0, seconds_between(begun, self.picture.at)))))


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


def reason(look: Look, nothing: str, parts: Iterable[str] = ()) -> str:
    """Return why a table is empty: not looked yet, a filter, a silent watcher, a part that failed, or truly nothing."""
    picture = look.picture
    if not picture.looked:
        return look.say("Looking …")
    if troubles := [picture.troubles[part] for part in parts if part in picture.troubles]:
        return " ".join(troubles)
    if look.wanted:
        return look.say("Nothing matches the filter; Esc takes it away.")
    if not picture.live:
        return look.say("Nothing is known of now.")
    return nothing
