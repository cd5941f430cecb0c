"""Lengths of time in the words of the reader's language; `model.durations.write` writes them in English."""

import re
from typing import Final

from wenyam.i18n.translate import Translator, mark

_PART: Final = re.compile(r"(-?[\d.]+(?:e[+-]?\d+)?) ([dhms])\b")
_UNITS: Final = {"d": mark("{count} d"), "h": mark("{count} h"), "m": mark("{count} m"), "s": mark("{count} s")}
_SHORT: Final = {"d": mark("days"), "h": mark("h"), "m": mark("min"), "s": mark("s")}


def told_time(written: str, say: Translator) -> str:
    """Return a written duration, such as `5 m 10 s`, with the units of the translator's language."""
    return _PART.sub(lambda part: say(_UNITS[part[2]]).format(count=part[1]), written)


def short_time(written: str, say: Translator) -> str:
    """Return a written duration with units short enough for a column: at most 13 cells of a terminal in Thai."""

    def unit(letter: str) -> str:
        word = say(_SHORT[letter])
        return letter if word == _SHORT[letter] else word

    return _PART.sub(lambda part: f"{part[1]} {unit(part[2])}", written)
