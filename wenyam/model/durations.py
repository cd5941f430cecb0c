"""Lengths of time as people write them: `30s`, `5m`, `1h30m`, `30d`, `2w`; always seconds inside."""

import math
import re

SECONDS_OF = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
"""Seconds of each unit that may be written."""

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|w)")
_WHOLE = re.compile(rf"(?:{_PART.pattern}\s*)+")
_LONGEST = 10_000 * 365 * SECONDS_OF["d"]
_ADVICE = "write a number with a unit: 30s, 5m, 1h30m, 12h, 30d or 2w"


def parse(text: str) -> float:
    """Return the seconds of a written duration such as `5m` or `1h30m`; ValueError with a sentence otherwise."""
    written = text.strip()
    if _WHOLE.fullmatch(written) is None:
        raise ValueError(f"'{text}' is not a duration; {_ADVICE}")
    return _bounded(sum(float(number) * SECONDS_OF[unit] for number, unit in _PART.findall(written)), text)


def seconds(value: object) -> float:
    """Return the seconds of a written duration or of a plain number, which is seconds; ValueError with a sentence otherwise."""
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a duration; {_ADVICE}")  # noqa: TRY004  # pydantic turns only ValueError into its sentence
    return _bounded(float(value), value)


def write(length: float) -> str:
    """Write seconds for people with the two largest units: `40 d 3 h`, `5 m`, `0.25 s`."""
    if not math.isfinite(length):
        return str(length)
    sign, rest = ("-" if length < 0 else ""), abs(length)
    if rest < SECONDS_OF["m"] or rest > _LONGEST:
        return f"{sign}{rest:.3g} s"
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, SECONDS_OF[unit])
        if count or parts:
            parts.append(f"{count:.0f} {unit}" if count else "")
        if len(parts) == 2:  # noqa: PLR2004  # a third unit tells nobody more
            break
    return sign + " ".join(part for part in parts if part)


def _bounded(length: float, written: object) -> float:
    if not math.isfinite(length) or length < 0:
        raise ValueError(f"'{written}' is not a duration: it must be zero or more, and finite")
    return length
