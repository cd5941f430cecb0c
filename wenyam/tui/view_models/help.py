"""What the help says: the present screen, its keys, the keys of every screen, what the symbols mean."""

from collections.abc import Iterator, Sequence

from wenyam.i18n.states import SYMBOLS, WORDS
from wenyam.i18n.translate import mark
from wenyam.model.states import State
from wenyam.tui.cells import TONES, Cell, Line, Tone, cut
from wenyam.tui.view_models.look import Look
from wenyam.tui.wrapping import wrapped

WIDTH = 66
_KEYS = (
    ("↑ ↓  j k", mark("one row up or down; PgUp PgDn Home End further")),
    ("Enter", mark("go in")),
    ("Esc", mark("take the filter away, go back")),
    ("/", mark("show only rows with these words")),
    (":  Ctrl+P", mark("every command and every name")),
    ("a", mark("acknowledge the incident of this row")),
    ("m", mark("plan work on it")),
    ("r", mark("check it again now")),
    ("S", mark("silence alerts about it")),
    ("t", mark("light or dark")),
    ("l", mark("Thai or English")),
    ("q", mark("quit; the watcher goes on")),
)
_BRIEFLY = (mark("acknowledge"), mark("plan work"), mark("check again"))
"""What the line of keys calls acts that the help tells at length."""
_ACTS = frozenset("amrS")
"""Keys that do something about the row under the cursor, where rows are about things that are watched."""
_MEANINGS = (
    ("~", mark("flapping: it changes all the time")),
    ("✖2", mark("two observations speak for this state; it is not decided yet")),
)


def lines(
    look: Look, sentence: str, own: Sequence[tuple[str, str]], screens: Sequence[tuple[str, str, str]], *, acts: bool
) -> list[Line]:
    """Return everything; `own` are the present screen's keys, `screens` the list of (name, key, words).

    `acts` tells whether the acts of every screen do anything on this one.
    """
    said: list[Line] = [[Cell(line)] for line in wrapped(look.say(sentence), WIDTH)] if sentence else []
    known = {key for key, _ in _KEYS}
    here_alone = [_key(key, look.say(words)) for key, words in own if key not in known]
    said += [[], *here_alone] if here_alone else []
    said += [[], *(_key(key, look.say(words)) for _, key, words in screens), []]
    here = {key: words for key, words in own if words not in _BRIEFLY}  # a key may do something else on this screen
    dead = frozenset() if acts else _ACTS - {key for key, _ in own}
    said += [_key(key, look.say(here.get(key, words))) for key, words in _KEYS if key not in dead]
    return [*said, [], *_symbols(look)]


def _key(key: str, words: str) -> Line:
    return (Cell(cut(key, 12), Tone.WARN), Cell(words))


def _symbols(look: Look) -> Iterator[Line]:
    for state in State:
        yield (Cell(cut(SYMBOLS[state][0], 12), TONES[state]), Cell(look.say(WORDS[state]), TONES[state]))
    for sign, words in _MEANINGS:
        yield (Cell(cut(sign, 12)), Cell(look.say(words)))
