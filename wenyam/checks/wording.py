"""How checks speak: values with human units, rows by the names people gave them."""

import math
import re
from collections.abc import Callable
from functools import cache

from wenyam.checks.parameters import counter_of, definition_of
from wenyam.model import durations
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Labels

_SYMBOLS = {"celsius": "°C", "volts": "V", "amperes": "A", "watts": "W", "hertz": "Hz", "rpm": "rpm"}
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SUFFIXES = ("_total", "_timestamp_seconds", "_utilization_ratio", "_ratio", "_seconds", "_bytes", "_celsius", "_rpm", "_volts",
             "_amperes", "_watts", "_hertz", "_bytes_per_second", "_status")  # fmt: skip
_MEANING = re.compile(r"(\d+) ([A-Za-z][A-Za-z ]*)")


@cache
def unit_of(sample: str) -> str:
    """Return a sample's unit in Prometheus words; a rate's ends with `_per_second`."""
    unit = definition_of(sample).unit
    return unit if counter_of(sample) is None else f"{unit}_per_second".lstrip("_")


@cache
def noun_of(sample: str) -> str:
    """Return what a sample is about in words: `filesystem`, `battery charge`, `interface receive errors`."""
    name = counter_of(sample) or sample
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.replace("_", " ")


def row_name(sample: str, labels: Labels) -> str:
    """Name one row: the sample's noun with its label values, `filesystem /var`."""
    values = [value for name, value in labels if value and (name, value) != ("cpu", "all")]
    return " ".join([noun_of(sample), *dict.fromkeys(values)])


def write(value: float, unit: str) -> str:
    """Write a value with the unit people use: % for ratios, GiB for bytes, d/h/m for seconds; another unit follows as it is."""
    if not math.isfinite(value):
        return "not a number"
    writer = _WRITERS.get(unit)
    return writer(value) if writer else f"{_short(value)} {_SYMBOLS.get(unit, unit)}".rstrip()


def meaning_of(sample: str, value: float) -> str:
    """Write a value of an enumerated sample with its word: `5 battery`; just the number when it has none."""
    number = _short(value)
    return f"{number} {_words_of(sample).get(number, '')}".rstrip()


@cache
def _words_of(sample: str) -> dict[str, str]:
    """Return the words of an enumeration's values, read from the sample's definition; a lone "1 when …" is none."""
    definition = SAMPLES.get(sample)
    words = {number: word.strip() for number, word in _MEANING.findall(definition.help)} if definition else {}
    return words if len(words) > 1 else {}


def _short(value: float) -> str:
    """Write with one decimal, none when it is zero, three significant digits when small, and powers when huge."""
    if abs(value) >= 1e9 or 0 < abs(value) < 1:  # noqa: PLR2004  # where one decimal says too much or too little
        return f"{value:.3g}"
    return f"{value:.1f}".removesuffix(".0")


def _binary(value: float) -> str:
    power = 0
    while abs(value) >= 1024 and power < len(_BINARY) - 1:  # noqa: PLR2004  # KiB are powers of 1024
        value /= 1024
        power += 1
    return f"{_short(value)} {_BINARY[power]}"


_WRITERS: dict[str, Callable[[float], str]] = {
    "ratio": lambda value: f"{_short(100 * value)} %",
    "seconds": durations.write,
    "bytes": _binary,
    "bytes_per_second": lambda value: f"{_binary(value)}/s",
    "per_second": lambda value: f"{_short(value)}/s",
}
