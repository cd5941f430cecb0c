"""Lengths of time and sizes as devices write them out for people."""

import re

_SECONDS_OF = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME_PART = re.compile(
    r"(?P<clock>\d{1,3}:\d\d:\d\d)"
    r"|(?P<count>\d{1,9}) ?(?P<unit>[ywdhms])(?:(?:ear|eek|ay|our|r|inute|in|econd|ec)(?:s|\(s\))?)?(?![a-zA-Z(])",
    re.IGNORECASE,
)
_BETWEEN_PARTS = re.compile(r"(?:[\s,]|and)*")
_SIZE = re.compile(r" *(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?) *(?P<unit>[KMGT]?)(?:i?B|bytes)? *", re.IGNORECASE)


def seconds_written(text: str) -> int:
    """Return the seconds of `3 weeks, 2 days`, `1w2d3h4m5s` or `12 days, 3:04:05`; ValueError for anything else."""
    parts = [*_TIME_PART.finditer(text)]
    if not parts or not _BETWEEN_PARTS.fullmatch(_TIME_PART.sub("", text)):
        raise ValueError(f"'{text}' is no length of time")
    return sum(map(_part_seconds, parts))


def _part_seconds(part: re.Match[str]) -> int:
    if part["clock"] is not None:
        hours, minutes, seconds = map(int, part["clock"].split(":"))
        return hours * 3600 + minutes * 60 + seconds
    return int(part["count"]) * _SECONDS_OF[part["unit"].lower()]


def bytes_written(text: str) -> float:
    """Return the bytes of `67,108,864`, `512.0MiB` or `1024K`, units being powers of 1024; ValueError for anything else."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no size")
    return float(found["number"].replace(",", "")) * 1024.0 ** " KMGT".index(found["unit"].upper() or " ")
