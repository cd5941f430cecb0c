"""Performance data of monitoring plug-ins (Monitoring Plugins Development Guidelines, section 2.6), without I/O."""

import math
import re
from dataclasses import dataclass
from typing import Final

_ITEM: Final = re.compile(r"""\s*(?:'((?:[^']|'')*)'|([^\s='"]+))=(\S*)""")
_VALUE: Final = re.compile(r"(-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z%µ]{0,8})")
_SCALES: Final = {
    "": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "%": 0.01, "c": 1.0, "b": 1.0,
    "kb": 1024.0, "mb": 1024.0**2, "gb": 1024.0**3, "tb": 1024.0**4, "pb": 1024.0**5,
    "kib": 1024.0, "mib": 1024.0**2, "gib": 1024.0**3, "tib": 1024.0**4,
}  # fmt: skip
_BASE_UNITS: Final = {
    "s": "seconds",
    "ms": "seconds",
    "us": "seconds",
    "µs": "seconds",
    "ns": "seconds",
    "%": "ratio",
    "c": "count",
}
_ITEM_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Range:
    """A threshold: alert outside [low, high], or inside when `inside`."""

    low: float
    high: float
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Tell whether this value raises the alert."""
        return (self.low <= value <= self.high) == self.inside


@dataclass(frozen=True, slots=True)
class Metric:
    """One item, in its base unit: seconds, bytes, ratio (from percent), or as it is. None where nothing was given."""

    label: str
    value: float | None
    unit: str
    warning: Range | None = None
    critical: Range | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class PerformanceData:
    """All items of an output and how many pieces of it made no sense."""

    metrics: tuple[Metric, ...]
    garbage: int


def parse_performance_data(text: str) -> PerformanceData:
    """Read everything behind the `|`; what makes no sense is counted, and the rest still read."""
    metrics: list[Metric] = []
    garbage, place = 0, 0
    while place < len(text) and len(metrics) < _ITEM_LIMIT:
        match = _ITEM.match(text, place)
        if match is None:
            rest = text[place:].lstrip()
            garbage += bool(rest)
            skipped = re.match(r"\s*\S+", text[place:])
            place = len(text) if skipped is None else place + skipped.end()
            continue
        place = match.end()
        label = match.group(2) if match.group(1) is None else match.group(1).replace("''", "'")
        metric = _metric(label, match.group(3))
        if metric is None:
            garbage += 1
        else:
            metrics.append(metric)
    return PerformanceData(tuple(metrics), garbage)


def _metric(label: str, text: str) -> Metric | None:
    value_text, *limits = text.split(";")
    value_text = value_text.replace(",", ".")
    if value_text == "U":  # "could not be determined"
        return Metric(label, None, "") if label else None
    match = _VALUE.fullmatch(value_text)
    unit = match.group(2) if match else ""
    if match is None or not label or unit.lower() not in _SCALES:
        return None
    scale = _SCALES[unit.lower()]
    value = float(match.group(1)) * scale
    if not math.isfinite(value):
        return None
    limits += [""] * (4 - len(limits))
    return Metric(
        label,
        value,
        _BASE_UNITS.get(unit.lower(), "bytes" if unit else ""),
        parse_range(limits[0], scale),
        parse_range(limits[1], scale),
        _number(limits[2], scale),
        _number(limits[3], scale),
    )


def parse_range(text: str, scale: float = 1.0) -> Range | None:
    """Read `10`, `10:`, `~:10`, `10:20` or `@10:20`; None for nothing or nonsense."""
    inside = text.startswith("@")
    low_text, colon, high_text = text.removeprefix("@").partition(":")
    if not colon:
        low_text, high_text = "0", low_text
        if not high_text:
            return None
    low = -math.inf if low_text == "~" else _number(low_text or "0", scale)
    high = math.inf if not high_text else _number(high_text, scale)
    if low is None or high is None or low > high:
        return None
    return Range(low, high, inside)


def _number(text: str, scale: float) -> float | None:
    try:
        number = float(text.replace(",", ".")) * scale
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def split_output(output: str) -> tuple[str, str]:
    """Split a plug-in's output into its first line of text and all its performance data.

    Data stands behind the first `|` of the first line, and behind the first `|` of the long text to the end.
    """
    first, _, rest = output.partition("\n")
    text, _, data = first.partition("|")
    _, _, more = rest.partition("|")
    return text.strip(), f"{data} {more}".replace("\n", " ").strip()
