"""Values out of JSON that somebody else wrote: whatever has another type than it should is nothing, or refused and counted."""

from collections.abc import Mapping
from typing import Any

from wenyam.collectors.readings import ReadingBuilder

Object = Mapping[str, Any]


def mapping(value: Any) -> Object:
    """Return a JSON object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Object]:
    """Return the objects of a JSON array, without what else stands in it."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return text; anything else is empty."""
    return value.strip() if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a number; a truth value, text or anything else is none. One too large for us is infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def truth(value: Any) -> bool | None:
    """Return a truth value, which some write as 1 and 0; anything else is none."""
    return bool(value) if isinstance(value, bool | int) and value in (0, 1) else None


def add_number(reading: ReadingBuilder, name: str, value: Any, *labels: str, factor: float = 1.0) -> None:
    """Add a sample; null is none, what is no number is refused and counted."""
    found = number(value)
    if found is not None:
        reading.add(name, found * factor, *labels)
    elif value is not None:
        reading.refuse(name)
