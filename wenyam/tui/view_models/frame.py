"""The lines around every screen: counts and time above, tabs, the banner of a silent watcher, keys below."""

from collections.abc import Sequence

from wenyam.i18n.dates import format_day, local_time
from wenyam.i18n.states import SYMBOLS, WORDS
from wenyam.i18n.translate import mark
from wenyam.operations.silence_words import told_silence
from wenyam.tui.cells import TONES, Cell, Line, Tone
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.problems import counts
from wenyam.tui.wrapping import wrapped

Entry = tuple[str, str, str]

_REASON = 2
"""Lines of why the watcher is silent."""

_CHANGING = ("screen.ask(", "screen.run_now(", "screen.deed(")
"""Actions that ask the watcher for something."""
_HELP: Entry = ("app.help", "?", mark("help"))
COMMON: Sequence[Entry] = (
    ("screen.filter", "/", mark("filter")),
    ("app.palette", ":", mark("commands")),
    ("app.theme", "t", mark("theme")),
    ("app.language", "l", mark("ไทย/English")),
    ("app.quit", "q", mark("quit")),
)
"""Keys of every screen: (action, key, words)."""


def top(look: Look) -> Line:
    """Return the line above all: instance, counts by state, moment."""
    picture = look.picture
    cells = [Cell(f"{picture.configuration.instance.name}  ", Tone.STRONG)]
    if picture.replayed:
        zone = picture.configuration.instance.availability.time_zone
        cells.append(Cell(f"▶▶ {look.say('replay')} {_speed(look)} · {format_day(picture.at, zone, look.language)}  ", Tone.WARN))
    if picture.looked and not picture.live:
        cells.append(Cell(look.say("last known:") + " ", Tone.WARN))  # in words too: grey alone says nothing without colours
    for state, count in counts(picture.states).items():
        if count:
            cells.append(Cell(f"{SYMBOLS[state][0]} {count} {look.say(WORDS[state])}  ", TONES[state]))
    if look.wanted:
        cells.append(Cell(f"{look.say('only')} /{look.wanted}  ", Tone.WARN))
    if picture.looked:
        zone = picture.configuration.instance.availability.time_zone
        cells.append(Cell(f"{local_time(picture.at, zone):%H:%M:%S}  ", Tone.FAINT))
    return cells


def _speed(look: Look) -> str:
    return look.say("at its end") if look.picture.replayed == "end" else look.picture.replayed


def going_to(name: str) -> str:
    """Return the action that opens a screen."""
    return f"app.go('{name}')"


def tabs(look: Look, screens: Sequence[Entry]) -> Sequence[Entry]:
    """Return the screens, given as (name, key, words), as entries that open them."""
    return [(going_to(name), key, look.say(words)) for name, key, words in screens]


def banner(look: Look, width: int) -> Sequence[Line]:
    """Return what is said while the watcher is silent; nothing while it answers."""
    picture = look.picture
    if not picture.looked or picture.live:
        return []
    age = look.say("never") if picture.age is None else look.lasting(int(picture.age))
    said = look.say("The watcher is silent; last sign of life:")
    return [
        [Cell(f"{said} {age}", Tone.STRONG)],
        *([Cell(line)] for line in wrapped(told_silence(picture.silence, look.say), width)[:_REASON]),
    ]


def keys(look: Look, own: Sequence[Entry]) -> Sequence[Entry]:
    """Return the keys for the line below: help, the screen's own, those of every screen."""
    return [(action, key, look.say(words)) for action, key, words in (_HELP, *doable(look, own), *COMMON)]


def doable(look: Look, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the keys that do something now: in a replay of the past nothing can be changed."""
    return [entry for entry in entries if not (look.picture.replayed and entry[0].startswith(_CHANGING))]
