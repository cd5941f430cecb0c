"""How a state looks to people, wherever it is shown: a symbol, a colour and a word, so that any one of the three is enough."""

from typing import Final

from wenyam.i18n.translate import mark
from wenyam.model.states import State

SYMBOLS: Final = {
    State.UP: ("●", "green"),
    State.OK: ("●", "green"),
    State.WARN: ("▲", "yellow"),
    State.CRIT: ("✖", "red"),
    State.DOWN: ("✖", "red"),
    State.UNREACHABLE: ("◌", "magenta"),
    State.UNKNOWN: ("?", "cyan"),
}
"""A shape and a colour for every state, so that either alone is enough."""

WORDS: Final = {
    State.UP: mark("UP"),
    State.OK: mark("OK"),
    State.WARN: mark("WARN"),
    State.CRIT: mark("CRIT"),
    State.DOWN: mark("DOWN"),
    State.UNREACHABLE: mark("UNREACHABLE"),
    State.UNKNOWN: mark("UNKNOWN"),
}
"""The word of every state, to be said in the reader's language."""

WORST_FIRST: Final = (State.DOWN, State.CRIT, State.UNREACHABLE, State.WARN, State.UNKNOWN, State.UP, State.OK)
"""The order in which a person wants to hear of them."""
